import type { Behaviour } from './behaviour.ts'

export const progressOnDisk: Readonly<Record<string, Behaviour>> = {
  E1: {
    says: 'Rows are counted from footers and commits, not from counters.',
    tests: [
      ['test/store/view/facts.test.ts', 'counts published groups, their rows, and the holes between them'],
      ['test/store/view/facts.test.ts', "reads Data Designer's directory: complete"],
    ],
  },
  E2: {
    says: "The concurrent engine fills holes; the sequential one refuses them, listing the groups; in Data Designer's directories too.",
    tests: [
      [
        'test/run/open/found-on-disk.test.ts',
        'a row group whose file > is gone is made again with the same bytes, from answers that were paid for',
      ],
      [
        'test/run/seal/import-row-groups.test.ts',
        'a hole in a finished run of Data Designer > is filled with its own rows',
      ],
      [
        'test/run/seal/import-row-groups.test.ts',
        'an interrupted run of Data Designer > is refused by the sequential engine, which names the hole, and not a byte changes',
      ],
      [
        'test/run/scheduler/engines.test.ts',
        'the sequential engine > refuses a directory with holes by name, changing no byte; the concurrent one fills them',
      ],
      ['test/plan/decide.table.test.ts', 'holes, sequential engine > always: holes_in_sequential'],
    ],
  },
  E3: {
    says: 'A group that lost all its rows is written, without rows: it is no hole.',
    tests: [
      [
        'test/run/scheduler/engines.test.ts',
        'the sequential engine > goes on when every row of a group is lost',
      ],
      [
        'test/run/scheduler/failing-answers.test.ts',
        'a run without early shutdown whose answers all fail > publishes row groups without rows, companions too, and never makes them again',
      ],
    ],
  },
  E4: {
    says: 'A file that is empty, cut or garbage goes to quarantine, and its group is made again with the same bytes from answers that were paid for.',
    tests: [
      [
        'test/run/open/found-on-disk.test.ts',
        'a row group whose file > is empty is made again with the same bytes, from answers that were paid for',
      ],
      [
        'test/run/open/found-on-disk.test.ts',
        'a row group whose file > is cut is made again with the same bytes, from answers that were paid for',
      ],
      [
        'test/run/open/found-on-disk.test.ts',
        'a row group whose file > is garbage is made again with the same bytes, from answers that were paid for',
      ],
      [
        'test/run/seal/import-row-groups.test.ts',
        'files of Data Designer that are damaged > a cut file is put aside and its group made again',
      ],
      [
        'test/store/publishing/roll-forward.test.ts',
        'puts a cut main file into quarantine and opens its group again',
      ],
    ],
  },
  E5: {
    says: "A damaged page is never called dropped rows: Data Designer's files are read through once, and such a group is made again; later, `verify` finds it by its checksum and mends it, and whoever reads it is told the file.",
    tests: [
      [
        'test/verify/damages.test.ts',
        'a dataset that was finished > with any file a bit flipped in the middle: it is found by name, mended, and ends with the same rows',
      ],
      [
        'test/verify/other-makers.test.ts',
        'a dataset that Data Designer began > whose own file is damaged costs what its cells cost, and keeps the rest',
      ],
      [
        'test/run/seal/import-row-groups.test.ts',
        'files of Data Designer that are damaged > a page that cannot be read is found while the run goes on: the group is made again, the file put aside',
      ],
      [
        'test/run/open/found-on-disk.test.ts',
        'a row group whose file > has a damaged page is named by whoever reads it, and no row is said to be dropped',
      ],
    ],
  },
  E6: {
    says: 'An unreadable file outside the plan breaks nothing: rows are read from the files of the plan.',
    tests: [
      [
        'test/run/open/found-on-disk.test.ts',
        'parquet-files > with an unreadable batch file outside the plan goes on, and every row is read',
      ],
    ],
  },
  E7: {
    says: 'A readable file outside the plan is refused by its name, so it never counts for a group that is missing.',
    tests: [
      [
        'test/run/open/found-on-disk.test.ts',
        'parquet-files > with a readable batch_00007.parquet of whatever origin is refused by its name, whether a group is missing or not',
      ],
      [
        'test/run/request/refused-runs.test.ts',
        'a run refused with foreign_batch_files > always: changes no byte and sends no request',
      ],
    ],
  },
  E8: {
    says: 'batch_x.parquet is refused by its name: other readers would take it for data.',
    tests: [
      [
        'test/run/seal/import-row-groups.test.ts',
        'files that do not belong to a run of Data Designer > a name that no row group has is named and refused',
      ],
      [
        'test/run/open/found-on-disk.test.ts',
        'parquet-files > with a readable batch_x.parquet of whatever origin is refused by its name, whether a group is missing or not',
      ],
    ],
  },
  E9: {
    says: 'batch_1.parquet without padding is no row group of ours: refused by its name.',
    tests: [
      [
        'test/run/open/found-on-disk.test.ts',
        'parquet-files > with a readable batch_1.parquet of whatever origin is refused by its name, whether a group is missing or not',
      ],
    ],
  },
  E10: {
    says: 'A stray file among the row groups is neither read, counted nor touched.',
    tests: [
      [
        'test/run/open/found-on-disk.test.ts',
        'parquet-files > with a file notes.txt in it is read, counted, exported and gone on with as if it were not there',
      ],
      [
        'test/run/open/found-on-disk.test.ts',
        'parquet-files > with a file .hidden in it is read, counted, exported and gone on with as if it were not there',
      ],
      ['test/results/rows/dataset-results.test.ts', 'order > files that are not row groups are left alone'],
    ],
  },
  E11: {
    says: 'parquet-files deleted whole: the groups are made again from kept answers, nothing is bought twice.',
    tests: [
      [
        'test/run/open/found-on-disk.test.ts',
        'parquet-files > that is deleted whole is made again, and nothing is bought twice',
      ],
    ],
  },
  E12: {
    says: 'A dropped row has a recorded verdict and is not made again; it is counted as dropped, and the plan stays what it was.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'actual counts of short groups > rows that are in the files count, not rows that were planned',
      ],
      [
        'test/run/execute/create.test.ts',
        'failures of a model > drop the row that cannot be had, for good: a resume honours it and buys nothing for it',
      ],
    ],
  },
  E13: {
    says: 'A group without a surviving row is published, and not tried again.',
    tests: [
      [
        'test/run/scheduler/failing-answers.test.ts',
        'a run without early shutdown whose answers all fail > publishes row groups without rows, companions too, and never makes them again',
      ],
    ],
  },
  E14: {
    says: 'Drafts and temporary files of dead runs are swept under the lock, after committed groups got their names.',
    tests: [
      [
        'test/run/open/found-on-disk.test.ts',
        "what dead runs left > drafts, temporary files and Data Designer's partial folder are no progress; what is ours goes",
      ],
      [
        'test/store/publishing/roll-forward.test.ts',
        'sweeps drafts of earlier writers and temporary files of others, and nothing else',
      ],
    ],
  },
  E15: {
    says: 'Nothing left to do is said so: already complete, with the metadata refreshed.',
    tests: [
      [
        'test/run/execute/create.test.ts',
        'create() > is already complete when asked the same again, and sends nothing',
      ],
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'already complete refreshes counters > metadata.json says what is there, whatever it said before',
      ],
    ],
  },
  E16: {
    says: 'Complete and no processor after generation: there is nothing to process.',
    tests: [['test/plan/decide.table.test.ts', 'a complete dataset > always: already_complete']],
  },
  E17: {
    says: 'Groups go by number, past the padding of their names.',
    tests: [
      [
        'test/results/rows/dataset-results.test.ts',
        'order > rows come by group number, as numbers, past the padding of file names',
      ],
      [
        'test/store/publishing/publish.test.ts',
        'names files so that they outgrow their padding without a clash, and reads no other name as one',
      ],
    ],
  },
  E18: {
    says: 'The sequential engine goes on at the first missing group, not at the number of files.',
    tests: [
      [
        'test/run/prepare/seed-named-rules.test.ts',
        'progress comes from files while metadata lags (sequential) > groups of an extension that are there are not made again, the others are',
      ],
      [
        'test/run/scheduler/engines.test.ts',
        'the sequential engine > goes on when every row of a group is lost',
      ],
    ],
  },
}
