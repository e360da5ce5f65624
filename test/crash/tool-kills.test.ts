/** Kills in the middle of conversations with tools, over every transport. `npm run torture` kills ten times each. */
import { expect, it } from 'vitest'
import { serverFolder } from '../tools/support.ts'
import { toolKills } from './tool-kills.ts'

const servers = serverFolder()

it.each([
  ['tools marked once run once for each call, or their row says that nobody knows', 'stdio', true, 2],
  ['with other tools the bytes are those of a run that nobody killed', 'stdio', false, 2],
  ['as over stdio, whatever became of the sessions', 'streamable_http', true, 1],
  ['as over stdio, whatever became of the streams', 'sse', false, 1],
] as const)('killed in conversations, %s (%s, once: %s)', async (_, transport, once, kills) => {
  const violations = await toolKills({
    ...{ transport, once, kills, rows: 12, seed: once ? 1 : 2, folder: servers.path },
  })
  expect(violations).toEqual([])
})
