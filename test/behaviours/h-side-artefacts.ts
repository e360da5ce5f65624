import type { Behaviour } from './behaviour.ts'

export const sideArtefacts: Readonly<Record<string, Behaviour>> = {
  H1: {
    says: 'The files of a row group go to drafts, then one commit names them all, then companions get their names, the main file last.',
    tests: [
      [
        'test/store/publishing/publish.test.ts',
        'publishes step by step: drafts, commit, companions, main file, and only then are drafts gone',
      ],
    ],
  },
  H2: {
    says: 'A kill between them leaves a commit that the next run finishes, or drafts that it sweeps.',
    tests: [
      [
        'test/store/publishing/publish.test.ts',
        'on a file system that has links: true > is whole or absent after recovery, wherever a kill or a power loss hits (stop-after)',
      ],
      [
        'test/store/publishing/roll-forward.test.ts',
        'finishes a committed group from its drafts, and then has no draft left',
      ],
    ],
  },
  H3: {
    says: 'A companion never lies there without its group: a group that loses all rows has companions without rows.',
    tests: [
      [
        'test/run/scheduler/failing-answers.test.ts',
        'a run without early shutdown whose answers all fail > publishes row groups without rows, companions too, and never makes them again',
      ],
    ],
  },
  H4: {
    says: 'Dropped columns of every group stand beside the rows they belong to.',
    tests: [
      [
        'test/run/seal/side-files.test.ts',
        'dropped columns > stand beside the rows they belong to, whatever rows were lost and however often the run was stopped',
      ],
    ],
  },
  H5: {
    says: 'Main file and companions of a group have the same rows in the same order, whatever was lost before.',
    tests: [
      [
        'test/run/seal/side-files.test.ts',
        'dropped columns > stand beside the rows they belong to, whatever rows were lost and however often the run was stopped',
      ],
      [
        'test/crash/mixed-directories.test.ts',
        'extended or filled by the command, killed twenty times: files stay, nothing is bought twice, all is one dataset > begun by Data Designer: rich',
      ],
    ],
  },
  H6: {
    says: 'A companion that is lost is named and costs no row: the dataset is read, and goes on, without it; `verify --repair` makes it again from kept answers.',
    tests: [
      [
        'test/verify/damages.test.ts',
        'a dataset that was finished > with any file deleted: it is found by name, mended, and ends with the same rows',
      ],
      [
        'test/verify/repair.test.ts',
        'what is not whole, and nobody can mend > a companion whose answers are lost too: its rows are whole, and it is told again every time',
      ],
      [
        'test/store/publishing/roll-forward.test.ts',
        'keeps a published group whose companion is gone, and names the companion',
      ],
    ],
  },
  H7: {
    says: 'The file of a processor is a companion like any other: its loss is named, and mended.',
    tests: [
      [
        'test/verify/repair.test.ts',
        'the cost that verify tells > is nothing when the replies suffice, whatever is gone of the data',
      ],
      [
        'test/verify/other-makers.test.ts',
        'a dataset that Data Designer began > with dropped columns and processors of its own is whole, and a lost one of those is named',
      ],
      [
        'test/store/publishing/roll-forward.test.ts',
        'keeps a published group whose companion is gone, and names the companion',
      ],
    ],
  },
  H8: {
    says: 'With preserve_dropped_columns false there are no such files, and metadata.json says so; the two kinds of dataset never mix.',
    tests: [
      [
        'test/run/seal/side-files.test.ts',
        'dropped columns > are not kept when the run config says so, and metadata.json tells',
      ],
    ],
  },
  H9: {
    says: 'Images are linked under their final name by the commit of their row group.',
    tests: [
      [
        'test/run/scheduler/cells/images.test.ts',
        'an image column > holds the paths of its images, which are published with their row group and kept nowhere else',
      ],
      [
        'test/run/scheduler/cells/images.test.ts',
        'an image column > costs nothing again after a stop, and ends with the same bytes',
      ],
    ],
  },
  H10: {
    says: 'Images of rows that were dropped never get a final name.',
    tests: [
      [
        'test/run/scheduler/cells/images.test.ts',
        'an image column > of a row that is dropped is not published, and not thrown away',
      ],
    ],
  },
  H11: {
    says: 'How media are stored stands in run.json and is part of what must match.',
    notTested:
      'There is one way to store them, on the disk, so that two modes cannot meet; previews keep files too.',
  },
  H12: {
    says: 'Events of all processes are kept with the dataset.',
    tests: [
      [
        'test/results/status/history.test.ts',
        'the story of a dataset > tells runs and how they ended, extensions, and retries, over all processes',
      ],
    ],
  },
  H13: {
    says: "Temporary files of dead writers, Data Designer's among them, go with the next run.",
    tests: [
      [
        'test/run/seal/side-files.test.ts',
        'what a killed process left > under temporary names goes with the next run, and nothing else does',
      ],
      [
        'test/run/open/found-on-disk.test.ts',
        "what dead runs left > drafts, temporary files and Data Designer's partial folder are no progress; what is ours goes",
      ],
    ],
  },
  H14: {
    says: 'A finished run leaves no draft and no journal.',
    tests: [
      [
        'test/run/execute/create.test.ts',
        'create() > makes every row, buys one answer per cell and keeps dropped columns apart',
      ],
      [
        'test/run/seal/side-files.test.ts',
        'what a killed process left > under temporary names goes with the next run, and nothing else does',
      ],
    ],
  },
  H15: {
    says: 'Stored statistics stay while the dataset has as many rows as they are of, then they go; keys of users and other tools stay.',
    tests: [
      [
        'test/run/seal/side-files.test.ts',
        'metadata.json > keeps what a user and other tools put there, and statistics until there are other rows',
      ],
      [
        'test/store/control/metadata.test.ts',
        'keeps what others put there, and statistics while they are of as many rows',
      ],
    ],
  },
  H16: {
    says: 'Every run that made rows stores statistics of its columns; a finished dataset cannot fail for them.',
    tests: [
      [
        'test/results/profile/profile.test.ts',
        'a run that made rows > stores statistics as Data Designer does, and loadAnalysis gives them',
      ],
      [
        'test/results/profile/profile.test.ts',
        'a run that made rows > ends well when they cannot be counted, and tells so',
      ],
    ],
  },
}
