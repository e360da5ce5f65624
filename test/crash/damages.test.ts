/** Damage at rest: right bytes, or a refusal, or a repair; never silent, never paid twice unsaid. */
import { expect, test } from 'vitest'
import { sweepDamages } from '../proof/sweeps/damage-sweep.ts'

test('200 damages of datasets killed, finished, extended, retried and processed', async () => {
  const { cases, violations } = await sweepDamages({ cases: 200, seed: 1 })
  expect(violations).toEqual([])
  expect(cases).toBe(200)
})

test('and of images, received and published', async () => {
  const path = /^(images|\.rowsmith\/media)\//
  const { violations } = await sweepDamages({ cases: 64, seed: 1, aim: { damage: 'delete', path } })
  expect(violations).toEqual([])
})
