import type { Behaviour } from './behaviour.ts'

export const resultsAndCommands: Readonly<Record<string, Behaviour>> = {
  J1: {
    says: "countRecords sums the footers of the dataset's own row groups.",
    tests: [
      [
        'test/results/rows/dataset-results.test.ts',
        'order > rows come by group number, as numbers, past the padding of file names',
      ],
      ['test/results/rows/dataset-results.test.ts', 'order > files that are not row groups are left alone'],
    ],
  },
  J2: {
    says: 'export writes jsonl, csv and parquet, one row group in memory at a time.',
    tests: [
      [
        'test/results/export/exported-fixtures.test.ts',
        'an export as jsonl has one row group in memory: each is written before the next is read',
      ],
      [
        'test/results/export/exported-fixtures.test.ts',
        'an export as csv has one row group in memory: each is written before the next is read',
      ],
      [
        'test/results/export/exported-fixtures.test.ts',
        'an export as parquet has one row group in memory: each is written before the next is read',
      ],
    ],
  },
  J3: {
    says: 'Columns stand in the order of the config whatever their order in each file, and every value in its column.',
    tests: [
      [
        'test/results/export/export-formats.test.ts',
        'files that disagree > about order, fields and numbers become one Parquet file',
      ],
      [
        'test/results/export/exported-fixtures.test.ts',
        'rich > as csv has every row and every cell in its column',
      ],
    ],
  },
  J4: {
    says: 'A column that only some files have is empty in the rows of the others, in every format.',
    tests: [
      [
        'test/results/export/export-formats.test.ts',
        'files that disagree > about order, fields and numbers become one Parquet file',
      ],
    ],
  },
  J5: {
    says: 'Floats are the shortest text that reads back equal, and integers have all their digits.',
    tests: [
      ['test/results/export/export-formats.test.ts', 'read back by DuckDB > jsonl has every cell'],
      [
        'test/results/export/export-formats.test.ts',
        'files that disagree > with an integer that no float equals are refused as Parquet, and exact as jsonl',
      ],
    ],
  },
  J6: {
    says: '--resume takes never, always and if_possible; each failure is one line with its code, and classes of failures have exit codes of their own.',
    tests: [
      [
        'test/run/request/settings.test.ts',
        'the flag of a setting > resume if-possible is read, used and remembered',
      ],
      ['test/cli/options/bad-input.test.ts', 'a dataset directory > that is not there, with --resume always'],
      ['test/architecture/docs.test.ts', 'docs/errors.md lists every exit code'],
    ],
  },
  J7: {
    says: "create -f writes the export beside the dataset's files, also when it was complete before; one that fails leaves no file, and an older one as it was.",
    tests: [
      [
        'test/cli/commands/read/export.test.ts',
        'create -f exports when it is done, and again when it was done before',
      ],
      [
        'test/results/export/export.test.ts',
        'one export, stopped or failing at every operation on the disk > ENOSPC is told, and the temporary file is removed',
      ],
      [
        'test/results/export/export.test.ts',
        'one export, stopped or failing at every operation on the disk > the old file or the whole new one is there, also after a power loss',
      ],
    ],
  },
  J8: {
    says: "There is no upload to a hub: an export or the folder itself is uploaded with the hub's own tools.",
    notTested: 'Nothing is sent anywhere but to models.',
  },
}
