import type { Behaviour } from './behaviour.ts'

export const weaknesses: Readonly<Record<string, Behaviour>> = {
  W1: {
    says: 'Raw row groups are never deleted to write processed ones; a processed generation is published beside and switched to.',
    tests: [
      [
        'test/crash/fault-sweep.test.ts',
        'a run on the modelled disk > goes on after a stop at any operation of a stage: readers find the table of before or the new one',
      ],
    ],
  },
  W2: {
    says: 'A stage counts as complete only when its input is the whole plan.',
    tests: [
      [
        'test/run/execute/write-tables.test.ts',
        'the marker > stays "started" in a run that is short of its target, whose stage does not run',
      ],
    ],
  },
  W3: {
    says: 'All files of a dataset have one column order and one schema, from the config or from the files that were there.',
    tests: [
      [
        'test/run/scheduler/engines.test.ts',
        'the two engines > make the same bytes and ask for the same cells, in whatever order answers come',
      ],
      [
        'test/run/seal/import-row-groups.test.ts',
        'an interrupted run of Data Designer > is finished: its groups keep their bytes, the others are made, the union reads as one dataset',
      ],
      [
        'test/results/export/export-formats.test.ts',
        'files that disagree > about order, fields and numbers become one Parquet file',
      ],
    ],
  },
  W4: {
    says: 'A row group that cannot be written stops the run; no value that a model gives makes a group unwritable.',
    tests: [
      [
        'test/run/scheduler/failing-answers.test.ts',
        'a row group that cannot be written > stops the run with ENOSPC told, keeps every answer, and is there after the next run',
      ],
      [
        'test/run/scheduler/failing-answers.test.ts',
        'a row group that cannot be written > is none because of what its values are: objects without a member, and numbers beside text',
      ],
    ],
  },
  W5: {
    says: 'Every answer is durable before it is used: a kill loses calls in flight, not row groups.',
    tests: [
      [
        'test/crash/real-kills.test.ts',
        'processes killed with requests in flight > lose nothing, buy nothing twice, and end with the same bytes',
      ],
      [
        'test/crash/mixed-directories.test.ts',
        'extended or filled by the command, killed twenty times: files stay, nothing is bought twice, all is one dataset > begun by us',
      ],
      [
        'test/crash/real-kills.test.ts',
        'processes killed with requests in flight > are caught with planted bug 2, acknowledge before sync',
      ],
    ],
  },
  W6: {
    says: 'What the run is stands in run.json before its first row group; a lost metadata.json costs nothing.',
    tests: [
      [
        'test/run/seal/side-files.test.ts',
        'metadata.json > that is gone is made again from what the dataset knows, and nothing is bought',
      ],
      [
        'test/run/seal/side-files.test.ts',
        'metadata.json > that was lost in a stopped run costs no row group that is published',
      ],
    ],
  },
  W7: {
    says: 'Files say whose they are; readable ones that do not belong are refused by name, never adopted or overwritten.',
    tests: [
      [
        'test/store/publishing/roll-forward.test.ts',
        'names readable batch files outside the plan or of another identity, and nothing else',
      ],
      [
        'test/run/open/directories.test.ts',
        "a directory of Data Designer's without its metadata.json > another config is refused, or gets a folder of its own: rows of two configs never share one",
      ],
    ],
  },
  W8: {
    says: 'The plan is recorded as segments that only grow, so no extension changes earlier groups.',
    tests: [
      [
        'test/plan/row-groups.test.ts',
        'any extensions: every row is in exactly one group, and old groups never change',
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'extension never changes earlier groups, also twice and unaligned > 5 -> 6 -> 10 at buffer 2 gives 10',
      ],
      [
        'test/run/execute/plan-property.test.ts',
        'random targets, extensions, buffer sizes, stops and holes give the groups of a plain list, each row once',
      ],
    ],
  },
  W9: {
    says: 'Every row is written, dropped with column and code, or open, and the summary counts all three; a dropped row stays dropped.',
    tests: [
      [
        'test/run/execute/create.test.ts',
        'failures of a model > drop the row that cannot be had, for good: a resume honours it and buys nothing for it',
      ],
      [
        'test/cli/output/json.test.ts',
        'a run that loses rows exits with 6, tells them by column, and --max-dropped allows them',
      ],
    ],
  },
  W10: {
    says: 'A lease with owner and heartbeat admits one writer, takes over from the dead, and temporary names are unique.',
    tests: [
      [
        'test/crash/two-processes.test.ts',
        'two processes on one directory: one writes, the other is told or finds it complete, 50 times',
      ],
      [
        'test/store/lock/lock.test.ts',
        'takes a silent lock of another boot after 30 seconds, counting down until then',
      ],
      ['test/store/lock/lock.test.ts', 'lets exactly one of two real processes win, twenty times'],
    ],
  },
  W11: {
    says: 'A commit holds size, rows and checksum of every file; damage is told by file, with what a repair does and costs, and repaired; resume repairs what it sees.',
    tests: [
      [
        'test/verify/damages.test.ts',
        'a dataset that was finished > with any file a bit flipped in the middle: it is found by name, mended, and ends with the same rows',
      ],
      [
        'test/verify/repair.test.ts',
        'the cost that verify tells > is what the next resume buys: a row group whose answers are lost too',
      ],
      [
        'test/store/publishing/roll-forward.test.ts',
        'puts a cut main file into quarantine and opens its group again',
      ],
      [
        'test/run/open/found-on-disk.test.ts',
        'a row group whose file > has a damaged page is named by whoever reads it, and no row is said to be dropped',
      ],
      [
        'test/run/seal/import-row-groups.test.ts',
        'files of Data Designer that are damaged > a page that cannot be read is found while the run goes on: the group is made again, the file put aside',
      ],
    ],
  },
  W12: {
    says: 'A dataset has one schema; files of another tool that disagree are read by a rule that widens and loses nothing.',
    tests: [
      [
        'test/results/export/export-formats.test.ts',
        'files that disagree > about order, fields and numbers become one Parquet file',
      ],
      [
        'test/results/export/export-formats.test.ts',
        'files that disagree > about the kind of a column make it JSON',
      ],
      [
        'test/results/export/export-formats.test.ts',
        'files that disagree > with an integer that no float equals are refused as Parquet, and exact as jsonl',
      ],
    ],
  },
  W13: {
    says: 'One commit names all files of a row group, companions too, with the rows they hold.',
    tests: [
      [
        'test/store/publishing/publish.test.ts',
        'publishes step by step: drafts, commit, companions, main file, and only then are drafts gone',
      ],
      [
        'test/run/seal/side-files.test.ts',
        'dropped columns > stand beside the rows they belong to, whatever rows were lost and however often the run was stopped',
      ],
    ],
  },
  W14: {
    says: 'One function decides before anything is done, over the plain folder and its siblings, and names every reason.',
    tests: [
      ['test/plan/candidates.test.ts', 'the first that can go on is taken, and nothing is read after it'],
      ['test/plan/decide.test.ts', 'all refusals that hold are listed, in one order'],
      ['test/run/request/refused-runs.test.ts', 'every refusal there is stands in the table'],
    ],
  },
  W15: {
    says: 'A sibling is made exclusively: two in one second get two folders.',
    tests: [
      [
        'test/run/open/directories.test.ts',
        'where there is a dataset > two new datasets within one second get two folders, and no row of one gets into the other',
      ],
      [
        'test/run/open/directories.test.ts',
        'where there is a dataset > two new datasets begun at the same moment get two folders',
      ],
    ],
  },
  W16: {
    says: 'Identity covers what changes rows and nothing else, and a difference is shown field by field.',
    tests: [
      [
        'test/run/prepare/identity.test.ts',
        'whether a dataset may go on > does not depend on models that no column asks',
      ],
      [
        'test/run/prepare/identity.test.ts',
        'whether a dataset may go on > depends on whether the simulator answers, on the prompt, and on settings that change an answer',
      ],
      [
        'test/run/prepare/seeds.test.ts',
        'a seed dataset > that was edited is another one: the run is refused, or starts beside',
      ],
      ['test/plan/decide.test.ts', 'the refusal of another config, field by field says what is wrong'],
    ],
  },
  W17: {
    says: 'Seeds and samplers depend on the run seed and the row alone, so a resumed dataset equals one made at once.',
    tests: [
      [
        'test/run/prepare/seeds.test.ts',
        'a seed dataset > shuffle, goes on after a stop as if there had been none',
      ],
      [
        'test/crash/real-kills.test.ts',
        'processes killed with requests in flight > lose nothing, buy nothing twice, and end with the same bytes',
      ],
    ],
  },
  W18: {
    says: 'Usage is counted per process and in total over all of them, also for those that were stopped or killed.',
    tests: [
      [
        'test/run/usage/usage-report.test.ts',
        'the bill (P8) > goes on growing when a lost group is made again by several processes',
      ],
      [
        'test/run/execute/resumed-results.test.ts',
        'a dataset that was stopped in its second row group, resumed, and then extended > sums up the whole dataset in the summary, and this invocation under `this_run` and `generated`',
      ],
      [
        'test/run/execute/create.test.ts',
        'a run that is stopped > goes on where it was, with every answer it had paid for',
      ],
    ],
  },
  W19: {
    says: 'Everything is checked before the first effect; there are no probes, and a complete dataset needs no key and no model.',
    tests: [
      [
        'test/run/open/refusals.test.ts',
        'a refused run > changes no byte when a key is missing, the lock files included',
      ],
      [
        'test/run/execute/resumed-results.test.ts',
        'the results of a run that finds its dataset complete > can all be used, though no model was connected, no worker started and nothing sent',
      ],
    ],
  },
  W20: {
    says: 'metadata.json is a summary that is made again at will; keys of others in it stay.',
    tests: [
      [
        'test/run/seal/side-files.test.ts',
        'metadata.json > keeps what a user and other tools put there, and statistics until there are other rows',
      ],
      [
        'test/run/seal/side-files.test.ts',
        'metadata.json > that is gone is made again from what the dataset knows, and nothing is bought',
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'progress comes from files while metadata lags (concurrent) > counters that claim too much are not believed',
      ],
    ],
  },
  W21: {
    says: 'A target only grows and a buffer size given otherwise is refused with both numbers: a dataset never means two plans.',
    tests: [
      ['test/plan/decide.test.ts', 'the refusal of another buffer size says what is wrong'],
      ['test/plan/decide.test.ts', 'the refusal of an ask below the target says what is wrong'],
    ],
  },
  W22: {
    says: 'Files are synced, named, their folders synced, and only then counted; every order of losing what is not is tried.',
    tests: [
      [
        'test/crash/fault-sweep.test.ts',
        'a run on the modelled disk > goes on after a stop before and after every operation, whatever of the unsynced is lost, kept or torn',
      ],
      [
        'test/crash/real-kills.test.ts',
        'processes killed with requests in flight > are caught with planted bug 4, no directory sync',
      ],
    ],
  },
  W23: {
    says: 'A row group without survivors is sealed and published like any other.',
    tests: [
      [
        'test/run/scheduler/failing-answers.test.ts',
        'a run without early shutdown whose answers all fail > publishes row groups without rows, companions too, and never makes them again',
      ],
    ],
  },
  W24: {
    says: 'Watchers stand outside the commit: they are told after it, and nothing they do reaches the run.',
    tests: [
      [
        'test/run/report/watchers.test.ts',
        'a watcher > hears of a row group when its file and its commit are there',
      ],
      [
        'test/run/report/watchers.test.ts',
        'a watcher > that throws ends its own watching, and neither the run nor another watcher',
      ],
    ],
  },
  W25: {
    says: 'Every failure is one class of error with a code and a next step; a file of another shape is named with the field.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'a missing field of metadata.json is a typed error naming the field > a field of the wrong type is named with what it holds and what is due',
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'corrupt or half-written metadata is its own error, the same on every path > not UTF-8',
      ],
      ['test/architecture/docs.test.ts', 'docs/errors.md lists every code with its exit code and next step'],
    ],
  },
  W26: {
    says: 'A cell that waits for a rate limit holds up neither a stop nor an early shutdown.',
    tests: [
      [
        'test/run/scheduler/failing-answers.test.ts',
        'an early shutdown > does not wait for a model that asks for patience without end',
      ],
      [
        'test/run/scheduler/stop-in-every-phase.test.ts',
        'a stop > while a model cools down ends every wait and gives the lock back',
      ],
    ],
  },
  W27: {
    says: 'What dead writers left under temporary names goes with the next run; `verify` lists it, and whatever else belongs to no commit.',
    tests: [
      ['test/verify/repair.test.ts', 'what dead writers left is listed, and is no reason not to be whole'],
      [
        'test/run/seal/side-files.test.ts',
        'what a killed process left > under temporary names goes with the next run, and nothing else does',
      ],
      [
        'test/store/publishing/roll-forward.test.ts',
        'sweeps drafts of earlier writers and temporary files of others, and nothing else',
      ],
    ],
  },
  W28: {
    says: 'No run reads its dataset back at the end; reading and exporting hold one row group in memory.',
    tests: [
      [
        'test/results/rows/dataset-results.test.ts',
        'order > one file is read only when the rows before it are used up',
      ],
      [
        'test/results/export/exported-fixtures.test.ts',
        'an export as parquet has one row group in memory: each is written before the next is read',
      ],
      ['test/store/view/facts.test.ts', 'reads published groups without opening one of them'],
    ],
  },
  W29: {
    says: 'A workflow never deletes what a stage paid for, and counts contents instead of paths and versions.',
    tests: [
      [
        'test/workflow/workflow.test.ts',
        'a part of a workflow > is run up to a stage; what is known of later ones is kept',
      ],
      [
        'test/workflow/workflow.test.ts',
        'a part of a workflow > is made anew from a stage on; the same call goes on with that, and the old one stays',
      ],
      [
        'test/workflow/workflow.test.ts',
        'files of a stage > can be moved: contents count, and no path outside the folder',
      ],
      [
        'test/workflow/workflow.test.ts',
        'a workflow that was stopped > between two stages begins the next like a new one, also under always',
      ],
    ],
  },
  W30: {
    says: 'Row groups are encoded in a thread of their own.',
    tests: [
      [
        'test/store/parquet/encoder.test.ts',
        'makes in its thread the bytes that the pure function makes, in every thread',
      ],
    ],
  },
  W31: {
    says: 'A torn end of a log costs the frames it hits; each process begins a file of its own.',
    tests: [
      [
        'test/journal/replay.test.ts',
        'a torn tail > zeros, noise and holes after the last sync cost only the frames they hit',
      ],
      ['test/journal/replay.test.ts', 'a torn tail > frames after a hole still count'],
    ],
  },
  W32: {
    says: 'Exports are exact: floats and integers in full, nested values as JSON in CSV cells.',
    tests: [
      ['test/results/export/export-formats.test.ts', 'read back by DuckDB > jsonl has every cell'],
      ['test/results/export/export-formats.test.ts', 'read back by DuckDB > csv has every cell, aligned'],
      [
        'test/results/export/export-formats.test.ts',
        'read back by DuckDB > parquet has every cell and every type',
      ],
    ],
  },
}
