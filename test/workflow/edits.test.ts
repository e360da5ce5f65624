/** Workflows edited at random. `npm run torture` edits twenty of them twenty times each. */
import { expect, it } from 'vitest'
import { artifactFolder } from '../support/small-runs.ts'
import { editWorkflow } from './edits.ts'

const folder = artifactFolder()

it('buys only what changed when steps are put in, taken out, renamed, moved, reworded and enlarged, one edit after the other', async () => {
  expect(await editWorkflow(folder.path, 4, 8)).toEqual([])
})
