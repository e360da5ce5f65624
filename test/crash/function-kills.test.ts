/** Kills while functions of a module are under way. `npm run torture` kills ten times as often. */
import { expect, it } from 'vitest'
import { serverFolder } from '../tools/support.ts'
import { functionKills } from './function-kills.ts'

const scratch = serverFolder()

it('a function that asks models is killed: what is durable is not asked for, nor computed, again, and the bytes are those of a calm run', async () => {
  expect(await functionKills({ rows: 12, kills: 1, seed: 3, folder: scratch.path })).toEqual([])
})
