import type { Behaviour } from './behaviour.ts'

export const directoryAndMode: Readonly<Record<string, Behaviour>> = {
  A1: {
    says: 'never begins under the plain name when there is no folder.',
    tests: [
      [
        'test/run/open/directories.test.ts',
        'where nothing was begun > no folder: never and if_possible begin under the plain name',
      ],
    ],
  },
  A2: {
    says: 'never begins in an empty folder.',
    tests: [
      [
        'test/run/open/directories.test.ts',
        'where nothing was begun > an empty folder: never and if_possible begin under the plain name',
      ],
    ],
  },
  A3: {
    says: 'never makes a sibling named by the local clock, tells its path, and leaves the old folder as it was.',
    tests: [
      [
        'test/run/open/directories.test.ts',
        'where there is a dataset > never makes a sibling named by the local clock, says where, and leaves the old one alone',
      ],
    ],
  },
  A4: {
    says: 'Two runs of one second get two siblings: folders are made exclusively, the second one with a number behind its name.',
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
  A5: {
    says: 'always refuses where there is no folder: a typed error that says how to begin.',
    tests: [
      [
        'test/run/open/directories.test.ts',
        'where nothing was begun > no folder: always refuses, says how to begin, and makes nothing',
      ],
      [
        'test/run/request/refused-runs.test.ts',
        'a run refused with nothing_to_resume > always: changes no byte and sends no request',
      ],
    ],
  },
  A6: {
    says: 'always refuses an empty folder in the same way.',
    tests: [
      [
        'test/run/open/directories.test.ts',
        'where nothing was begun > an empty folder: always refuses, says how to begin, and makes nothing',
      ],
    ],
  },
  A7: {
    says: 'always goes on in the plain folder.',
    tests: [
      ['test/run/open/directories.test.ts', 'where there is a dataset > always goes on in the plain folder'],
    ],
  },
  A8: {
    says: 'if_possible begins under the plain name when there is no folder.',
    tests: [
      [
        'test/run/open/directories.test.ts',
        'where nothing was begun > no folder: never and if_possible begin under the plain name',
      ],
    ],
  },
  A9: {
    says: 'if_possible begins in an empty folder.',
    tests: [
      [
        'test/run/open/directories.test.ts',
        'where nothing was begun > an empty folder: never and if_possible begin under the plain name',
      ],
    ],
  },
  A10: {
    says: 'if_possible puts another config into a sibling, says why, and leaves the old folder as it was.',
    tests: [
      [
        'test/run/execute/create.test.ts',
        'create() > starts beside when another prompt is asked for, with the same seed, and leaves the old one alone',
      ],
      [
        'test/run/request/refused-runs.test.ts',
        'a run refused with config_differs > if_possible: begins a new dataset, and leaves the old one as it was',
      ],
    ],
  },
  A11: {
    says: 'An interrupted sibling is found again: siblings are looked through, newest first, and no third folder is made.',
    tests: [
      [
        'test/run/open/directories.test.ts',
        'where there is a dataset > a sibling that was interrupted is found and gone on with, and no third one is made',
      ],
    ],
  },
  A12: {
    says: 'A sibling can be named itself; metadata.json keeps the name that was asked for first.',
    tests: [
      [
        'test/run/open/directories.test.ts',
        'where there is a dataset > a sibling can be named itself; the name of its dataset stays',
      ],
    ],
  },
  A13: {
    says: 'A folder that holds only files nobody knows counts as empty: always refuses, if_possible begins in it, the files stay.',
    tests: [
      [
        'test/run/open/directories.test.ts',
        'where nothing was begun > a folder with files that nobody knows counts as empty: the dataset begins in it, and they stay',
      ],
    ],
  },
  A14: {
    says: 'With builder_config.json alone the config is compared before anything else; a run of ours killed before its first row goes on by run.json.',
    tests: [
      [
        'test/plan/found-identity.test.ts',
        'the config is told > by builder_config.json, when there is no metadata.json: another config is never taken for the same',
      ],
      [
        'test/run/open/half-made.test.ts',
        'what a killed process left half made > a sibling with no more than its run.json is gone on with',
      ],
      [
        'test/run/open/half-made.test.ts',
        'what a killed process left half made > a dataset whose config is gone goes on with the command it was begun with',
      ],
      [
        'test/run/seal/import-row-groups.test.ts',
        'a run of Data Designer that completed nothing > begins anew in its folder',
      ],
    ],
  },
  A15: {
    says: 'Files of a larger run are never overwritten or mixed in: without metadata.json their plan is not known, and fewer rows than are there is refused anyway.',
    tests: [
      [
        'test/run/open/directories.test.ts',
        "a directory of Data Designer's without its metadata.json > always: fewer rows asked for than are there is refused, no file is overwritten",
      ],
      [
        'test/run/open/directories.test.ts',
        "a directory of Data Designer's without its metadata.json > if_possible: fewer rows asked for than are there is refused, no file is overwritten",
      ],
      [
        'test/run/seal/import-row-groups.test.ts',
        'files that do not belong to a run of Data Designer > row groups without metadata.json are refused: their plan is not known',
      ],
    ],
  },
  A16: {
    says: 'Rows of two configs never share a folder: without metadata.json the stored config is still compared.',
    tests: [
      [
        'test/run/open/directories.test.ts',
        "a directory of Data Designer's without its metadata.json > another config is refused, or gets a folder of its own: rows of two configs never share one",
      ],
      [
        'test/plan/found-identity.test.ts',
        'the config is told > by builder_config.json, when there is no metadata.json: another config is never taken for the same',
      ],
    ],
  },
  A17: {
    says: 'A name that is empty, dots, or leads out of the folder is refused before anything is made.',
    tests: [
      ['test/run/open/directories.test.ts', 'where nothing was begun > the name "" is refused'],
      ['test/run/open/directories.test.ts', 'where nothing was begun > the name "../elsewhere" is refused'],
      ['test/run/open/directories.test.ts', 'where nothing was begun > the name "a/b" is refused'],
    ],
  },
  A18: {
    says: 'The plain folder comes first, also when a sibling is newer.',
    tests: [
      [
        'test/run/open/directories.test.ts',
        'where there is a dataset > the plain folder comes before its siblings, also when they are newer',
      ],
      ['test/plan/candidates.test.ts', 'the plain folder comes first, then its siblings, newest first'],
    ],
  },
}
