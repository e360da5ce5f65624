/** `npm run torture` has fifty rounds. */
import { expect, test } from 'vitest'
import { raceSiblings } from '../proof/sweeps/sibling-races.ts'

test('of five equal commands started together one makes a dataset beside the other, and one pays', async () => {
  expect(await raceSiblings(8)).toEqual([])
})
