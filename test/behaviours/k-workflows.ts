import type { Behaviour } from './behaviour.ts'

export const workflows: Readonly<Record<string, Behaviour>> = {
  K1: {
    says: 'Each stage of a workflow has a dataset of its own, in `stage-<i>-<name>`; the record is replaced before and after each.',
    tests: [
      [
        'test/workflow/workflow.test.ts',
        'a workflow > makes a dataset per stage, each from the rows of the one before',
      ],
      [
        'test/workflow/two-at-once.test.ts',
        'the second of two that start at once is told, and nothing is paid twice',
      ],
    ],
  },
  K2: {
    says: 'A workflow whose stages are complete and match runs nothing and gives their results.',
    tests: [
      [
        'test/workflow/workflow.test.ts',
        'a workflow > that is complete sends nothing, and gives the same results again',
      ],
    ],
  },
  K3: {
    says: 'A changed stage and those after it are made beside, with every answer that still matches; earlier ones stay.',
    tests: [
      [
        'test/workflow/workflow.test.ts',
        'a workflow > with a changed stage makes it and those after it beside; the ones before stay, and nothing goes',
      ],
      [
        'test/workflow/moved-stages.test.ts',
        'a stage is found by its name > and what changes besides is bought alone',
      ],
      ['test/workflow/moved-stages.test.ts', 'a stage is found by its name > a new name is told of'],
      [
        'test/workflow/workflow.test.ts',
        'a workflow > that is to have more rows buys those alone, in every stage',
      ],
    ],
  },
  K4: {
    says: 'Under always a changed stage is refused with what differs.',
    tests: [
      [
        'test/workflow/workflow.test.ts',
        'resume > always is refused for a workflow that never began, and for a changed stage, with what differs',
      ],
    ],
  },
  K5: {
    says: 'A stage that was interrupted goes on where it was; its descendants follow from its rows.',
    tests: [
      [
        'test/workflow/workflow.test.ts',
        'a workflow that was stopped > goes on, buys nothing twice, and ends as if it had not been',
      ],
      [
        'test/cli/commands/run/workflow.test.ts',
        'killed in every stage, the same command goes on, and buys again only what was in flight',
      ],
    ],
  },
  K6: {
    says: 'Under always a workflow that was never begun is refused; if_possible begins it.',
    tests: [
      [
        'test/workflow/workflow.test.ts',
        'resume > always is refused for a workflow that never began, and for a changed stage, with what differs',
      ],
    ],
  },
  K7: {
    says: 'A workflow record that cannot be read is an error of its own, the same on every path.',
    tests: [
      [
        'test/workflow/workflow.test.ts',
        'resume > is refused by a record that cannot be read, in every mode; moved away, everything goes on',
      ],
    ],
  },
  K8: {
    says: 'A stage whose output is lost is rebuilt from stored answers.',
    tests: [
      ['test/workflow/workflow.test.ts', 'files of a stage > that are lost are rebuilt from stored answers'],
    ],
  },
  K9: {
    says: 'A function between stages counts by its source, so it is reusable without a version.',
    tests: [
      [
        'test/workflow/workflow.test.ts',
        'a function between stages > makes other rows, and counts by its source',
      ],
    ],
  },
  K10: {
    says: 'A stage that is complete without rows stays so, and what follows is skipped, where the workflow allows it; else it stops there.',
    tests: [
      [
        'test/workflow/workflow.test.ts',
        'where > that leaves nothing stops the workflow, or ends it where that is allowed',
      ],
    ],
  },
  K11: {
    says: 'A stage and those after it can be made anew on request.',
    tests: [
      [
        'test/workflow/workflow.test.ts',
        'a part of a workflow > is made anew from a stage on; the same call goes on with that, and the old one stays',
      ],
    ],
  },
  K12: {
    says: 'The output of a stage can be given instead of made.',
    tests: [
      [
        'test/workflow/workflow.test.ts',
        'a part of a workflow > can be replaced by a file: stages before it are not run, those after it start from that',
      ],
    ],
  },
  K13: {
    says: 'What a stage is depends on its config and on the contents it reads, on no version of the program.',
    tests: [
      [
        'test/workflow/workflow.test.ts',
        'files of a stage > can be moved: contents count, and no path outside the folder',
      ],
    ],
  },
  K14: {
    says: 'Making a stage again deletes nothing that was paid for.',
    tests: [
      [
        'test/workflow/workflow.test.ts',
        'a workflow > with a changed stage makes it and those after it beside; the ones before stay, and nothing goes',
      ],
      [
        'test/workflow/workflow.test.ts',
        'a part of a workflow > is made anew from a stage on; the same call goes on with that, and the old one stays',
      ],
    ],
  },
  K15: {
    says: 'Running an early stage alone forgets nothing of later ones.',
    tests: [
      [
        'test/workflow/workflow.test.ts',
        'a part of a workflow > is run up to a stage; what is known of later ones is kept',
      ],
    ],
  },
  K16: {
    says: 'A workflow can be moved: contents count, not absolute paths.',
    tests: [
      [
        'test/workflow/workflow.test.ts',
        'files of a stage > can be moved: contents count, and no path outside the folder',
      ],
    ],
  },
  K17: {
    says: 'A stage that failed before its folder existed begins like a new one.',
    tests: [
      [
        'test/workflow/workflow.test.ts',
        'a workflow that was stopped > between two stages begins the next like a new one, also under always',
      ],
    ],
  },
  K18: {
    says: 'A stage that was stopped goes on, whatever stopped it.',
    tests: [
      [
        'test/workflow/workflow.test.ts',
        'a workflow that was stopped > goes on, buys nothing twice, and ends as if it had not been',
      ],
      [
        'test/workflow/workflow.test.ts',
        'a workflow that was stopped > by its budget goes on when that is raised; it is one budget for all stages',
      ],
    ],
  },
  K19: {
    says: 'Another buffer size does not touch complete stages.',
    tests: [
      [
        'test/workflow/workflow.test.ts',
        'files of a stage > of complete stages stay whatever buffer size is asked for',
      ],
    ],
  },
  K20: {
    says: 'A stage is reused only when its files are whole.',
    tests: [['test/workflow/workflow.test.ts', 'files of a stage > that are damaged are never built upon']],
  },
  K21: {
    says: 'The results of a reused stage say all that those of a fresh one do about the dataset.',
    tests: [
      [
        'test/workflow/workflow.test.ts',
        'a workflow > that is complete sends nothing, and gives the same results again',
      ],
    ],
  },
}
