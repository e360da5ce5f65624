import type { Behaviour } from './behaviour.ts'

export const afterGeneration: Readonly<Record<string, Behaviour>> = {
  F1: {
    says: 'A dataset whose rows are all there and whose stage has not run gets its stage on resume; nothing is generated again.',
    tests: [
      [
        'test/run/execute/write-tables.test.ts',
        'a processor that throws > leaves all rows, a marker that says "started", and a dataset whose stage is done on resume; nothing is bought again',
      ],
    ],
  },
  F2: {
    says: 'A directory whose processing Data Designer started and did not finish is refused, and not a byte of it changes.',
    tests: [
      [
        'test/run/seal/import-row-groups.test.ts',
        'a run of Data Designer whose processing had started > is refused, for its files may be half rewritten, and not a byte changes',
      ],
      [
        'test/plan/decide.table.test.ts',
        "Data Designer's, processing started > always: post_generation_started",
      ],
    ],
  },
  F3: {
    says: 'if_possible refuses such a directory too; only another config, or never, begins beside it.',
    tests: [
      [
        'test/plan/decide.table.test.ts',
        "Data Designer's, processing started > if_possible: post_generation_started",
      ],
      [
        'test/plan/decide.table.test.ts',
        "Data Designer's, processing started, another config > if_possible: fresh_beside",
      ],
    ],
  },
  F4: {
    says: 'The marker says "started" from the first metadata write on, long before the stage touches anything.',
    tests: [
      [
        'test/run/execute/write-tables.test.ts',
        'the marker > says "started" from the first metadata on, before anything is processed',
      ],
    ],
  },
  F5: {
    says: 'A processor that throws leaves its input whole and the dataset resumable.',
    tests: [
      [
        'test/run/execute/write-tables.test.ts',
        'a processor that throws > leaves all rows, a marker that says "started", and a dataset whose stage is done on resume; nothing is bought again',
      ],
    ],
  },
  F6: {
    says: 'The raw row groups stay under .rowsmith/generated, so no kill during the stage costs a row.',
    tests: [
      [
        'test/crash/fault-sweep.test.ts',
        'a run on the modelled disk > goes on after a stop at any operation of a stage: readers find the table of before or the new one',
      ],
    ],
  },
  F7: {
    says: 'A processed directory asked for the same rows is already complete: nothing is built, sent or written.',
    tests: [
      ['test/plan/decide.table.test.ts', "Data Designer's, processed > always: already_complete"],
      ['test/plan/decide.table.test.ts', "Data Designer's, processed > if_possible: already_complete"],
    ],
  },
  F8: {
    says: 'Fewer rows than a processed directory was asked for are refused with both numbers.',
    tests: [
      [
        'test/plan/decide.table.test.ts',
        "Data Designer's, processed, fewer asked for > always: fewer_than_target",
      ],
    ],
  },
  F9: {
    says: 'More rows than a processed directory was asked for are refused: raw and processed rows would be mixed.',
    tests: [
      [
        'test/plan/decide.table.test.ts',
        "Data Designer's, processed, more asked for > always: post_generation_complete",
      ],
      [
        'test/plan/decide.test.ts',
        'the refusal of a complete stage of Data Designer’s and a larger ask says what is wrong',
      ],
    ],
  },
  F10: {
    says: 'The older flag post_generation_processed means the same as the state "complete".',
    tests: [
      [
        'test/store/control/metadata.test.ts',
        'reads the stage of {"post_generation_processed":true} as complete',
      ],
    ],
  },
  F11: {
    says: 'A directory without marker and hash is kept as raw rows before a stage touches it, and the summary says so.',
    tests: [
      [
        'test/run/execute/write-tables.test.ts',
        'a directory that Data Designer completed > is told about when nothing says whether it was processed before',
      ],
    ],
  },
  F12: {
    says: 'A state that is neither "started" nor "complete" is a defect of metadata.json, named with what is allowed.',
    tests: [['test/store/control/metadata.test.ts', 'names what is wrong when it has an unknown state']],
  },
  F13: {
    says: 'A processed directory counts as complete by what it was asked for, however many rows processing left.',
    tests: [
      [
        'test/plan/decide.table.test.ts',
        "Data Designer's, processed into more rows than asked > always: already_complete",
      ],
    ],
  },
  F14: {
    says: 'A run that is short of its target never marks its stage complete.',
    tests: [
      [
        'test/run/execute/write-tables.test.ts',
        'the marker > stays "started" in a run that is short of its target, whose stage does not run',
      ],
    ],
  },
  F15: {
    says: 'A dataset without a row has nothing to process, and the run tells the cause of that.',
    tests: [
      [
        'test/run/execute/write-tables.test.ts',
        'a dataset that was processed > has a table without rows when every row was lost, and the run tells the cause of that',
      ],
    ],
  },
  F16: {
    says: 'A stage may change the number of rows: dropped columns belong to the raw rows and are never joined to processed ones.',
    tests: [
      [
        'test/run/execute/write-tables.test.ts',
        'a stage of SQL > leaves its table as the dataset, further ones beside it, and the rows as they were generated',
      ],
    ],
  },
  F17: {
    says: 'metadata.json counts what the stage left.',
    tests: [
      [
        'test/run/execute/write-tables.test.ts',
        'a stage of SQL > leaves its table as the dataset, further ones beside it, and the rows as they were generated',
      ],
    ],
  },
  F18: {
    says: 'A stage that leaves no row leaves a file with the columns and no row.',
    tests: [
      [
        'test/run/execute/write-tables.test.ts',
        'a dataset that was processed > has a file with the columns and no row when its stage leaves none',
      ],
    ],
  },
  F19: {
    says: 'The output of a stage is cut by the plan, in drafts, and put in place as a whole.',
    tests: [
      [
        'test/run/execute/write-tables.test.ts',
        'a stage of SQL > leaves its table as the dataset, further ones beside it, and the rows as they were generated',
      ],
      [
        'test/crash/fault-sweep.test.ts',
        'a run on the modelled disk > goes on after a stop at any operation of a stage: readers find the table of before or the new one',
      ],
    ],
  },
  F20: {
    says: 'A run that finds its dataset complete has a summary with the bill of all runs before, and no traces of its own.',
    tests: [
      [
        'test/run/execute/resumed-results.test.ts',
        'the results of a run that finds its dataset complete > can all be used, though no model was connected, no worker started and nothing sent',
      ],
    ],
  },
}
