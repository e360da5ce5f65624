import { expect, it } from 'vitest'
import { isWorkflowFile } from '../../src/entries/workflow.ts'
import { loadConfig } from '../../src/index.ts'

it.each(['config.py', 'notes/Config.PY', 'a.ipynb'])(
  'a config in Python is refused with how to export it, before it is looked for: %s',
  async (path) => {
    for (const read of [loadConfig, isWorkflowFile]) {
      await expect(read(path)).rejects.toMatchObject({
        code: 'config_unreadable',
        nextStep: expect.stringContaining('write_config("config.yaml")'),
      })
    }
  },
)
