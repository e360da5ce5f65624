import type { Behaviour } from './behaviour.ts'

export const workflows: Readonly<Record<string, Behaviour>> = {
  K1: {
    says: 'Each stage of a workflow has a dataset of its own.',
    later: 'Workflows are not built yet.',
  },
  K2: {
    says: 'A workflow whose stages are complete and match runs nothing and gives their results.',
    later: 'Workflows are not built yet.',
  },
  K3: {
    says: 'A changed stage and those after it are made beside; earlier ones stay.',
    later: 'Workflows are not built yet.',
  },
  K4: {
    says: 'Under always a changed stage is refused with what differs.',
    later: 'Workflows are not built yet.',
  },
  K5: {
    says: 'A stage that was interrupted goes on where it was; its descendants follow from its rows.',
    later: 'Workflows are not built yet.',
  },
  K6: {
    says: 'Under always a workflow that was never begun is refused; if_possible begins it.',
    later: 'Workflows are not built yet.',
  },
  K7: {
    says: 'A workflow record that cannot be read is an error of its own, the same on every path.',
    later: 'Workflows are not built yet.',
  },
  K8: {
    says: 'A stage whose output is lost is made again from the answers that were kept.',
    later: 'Workflows are not built yet.',
  },
  K9: {
    says: 'A function between stages counts by its source, so it is reusable without a version.',
    later: 'Workflows are not built yet.',
  },
  K10: {
    says: 'A stage that is complete without rows stays so, and what follows is skipped.',
    later: 'Workflows are not built yet.',
  },
  K11: {
    says: 'A stage and those after it can be made anew on request.',
    later: 'Workflows are not built yet.',
  },
  K12: {
    says: 'The output of a stage can be given instead of made.',
    later: 'Workflows are not built yet.',
  },
  K13: {
    says: 'What a stage is depends on its config and on the contents it reads, on no version of the program.',
    later: 'Workflows are not built yet.',
  },
  K14: {
    says: 'Making a stage again deletes nothing that was paid for.',
    later: 'Workflows are not built yet.',
  },
  K15: {
    says: 'Running an early stage alone forgets nothing of later ones.',
    later: 'Workflows are not built yet.',
  },
  K16: {
    says: 'A workflow can be moved: contents count, not absolute paths.',
    later: 'Workflows are not built yet.',
  },
  K17: {
    says: 'A stage that failed before its folder existed begins like a new one.',
    later: 'Workflows are not built yet.',
  },
  K18: {
    says: 'A stage that was stopped goes on, whatever stopped it.',
    later: 'Workflows are not built yet.',
  },
  K19: {
    says: 'Another buffer size does not touch complete stages.',
    later: 'Workflows are not built yet.',
  },
  K20: {
    says: 'A stage is reused only when its files are whole.',
    later: 'Workflows are not built yet.',
  },
  K21: {
    says: 'The results of a reused stage say all that those of a fresh one do about the dataset.',
    later: 'Workflows are not built yet.',
  },
}
