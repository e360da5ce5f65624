/** Who may change the session of `rowsmith dev`, and what a change may say: a request a line. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, expectTypeOf, test } from 'vitest'
import { loadConfigAgain } from '../../src/api/load.ts'
import type { SaveRow } from '../../src/dev/save-rows.ts'
import { type DevServer, startDev } from '../../src/dev/server.ts'
import type { DevView } from '../../src/dev/session.ts'
import type { CellEvent } from '../../src/run/report/events.ts'
import type * as page from '../../web/dev-types.ts'
import { artifactFolder, quick } from '../support/small-runs.ts'
import type { Wired } from '../view/wired.ts'

const folder = artifactFolder()
let server: DevServer
let port = 0
let token = ''

beforeAll(async () => {
  const path = join(folder.path, 'c.yaml')
  writeFileSync(path, 'columns: [{ name: id, column_type: sampler, sampler_type: uuid, params: {} }]\n')
  const options = {
    path,
    load: async () => ({ config: await loadConfigAgain(path, []), options: {} }),
    place: { artifactPath: join(folder.path, 'artifacts'), datasetName: 'dataset' },
    files: [],
    isCode: false,
    rows: 2,
    maxCost: null,
    yes: true,
    command: 'rowsmith create c.yaml -n 1000',
  }
  server = await startDev(options, 0, quick().components)
  const url = new URL(server.url)
  port = Number(url.port)
  token = url.hash.replace('#token=', '')
})
afterAll(() => server.close())

async function posted(
  path: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<[number, string]> {
  const given = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers }
  const sent = request({ host: '127.0.0.1', port, path, method: 'POST', headers: given, agent: false })
  sent.end(body)
  const [response] = await once(sent, 'response')
  let text = ''
  for await (const part of response) text += part
  return [response.statusCode, JSON.parse(text).message]
}

test.each<[string, string, string, Record<string, string>, number, string]>([
  ['no token', '/api/dev/rows', '{"rows":3}', { authorization: '' }, 401, 'The token is missing or wrong'],
  [
    'another name in Host',
    '/api/dev/rows',
    '{"rows":3}',
    { host: 'evil.com' },
    421,
    'at its own address only',
  ],
  [
    'the origin of another page',
    '/api/dev/rows',
    '{"rows":3}',
    { origin: 'http://evil.com' },
    403,
    'Another page',
  ],
  [
    'a form of another page',
    '/api/dev/rows',
    'rows=3',
    { 'content-type': 'text/plain' },
    415,
    'application/json only',
  ],
  ['a path that changes nothing', '/api/rows', '{}', {}, 405, 'GET only'],
  ['a path behind one that does', '/api/dev/rows/../../x', '{}', {}, 405, 'GET only'],
  ['half a body', '/api/dev/rows', '{"rows":', {}, 400, 'not JSON'],
  ['null', '/api/dev/rows', 'null', {}, 400, 'not a JSON object'],
  ['a list', '/api/dev/budget', '[1]', {}, 400, 'not a JSON object'],
  ['a text', '/api/dev/ask', '"rows"', {}, 400, 'not a JSON object'],
  ['a body without end', '/api/dev/rows', JSON.stringify({ rows: 'x'.repeat(20_000) }), {}, 400, 'too large'],
  ['no rows', '/api/dev/rows', '{}', {}, 400, 'a whole number from 1 to 200'],
  ['rows as text', '/api/dev/rows', '{"rows":"3"}', {}, 400, 'a whole number from 1 to 200'],
  ['too many rows', '/api/dev/rows', '{"rows":201}', {}, 400, 'a whole number from 1 to 200'],
  ['a budget below zero', '/api/dev/budget', '{"maxCost":-1}', {}, 400, 'an amount, or null'],
])('refuses %s', async (_, path, body, headers, status, message) => {
  expect(await posted(path, body, headers)).toEqual([status, expect.stringContaining(message)])
  expect(server.session.view().maxCost).toBeNull()
})

test('takes a budget, and its end', async () => {
  expect(await posted('/api/dev/budget', '{"maxCost":2.5}')).toEqual([200, undefined])
  expect(server.session.view().maxCost).toBe(2.5)
  expect(await posted('/api/dev/budget', '{"maxCost":null}')).toEqual([200, undefined])
  expect(server.session.view().maxCost).toBeNull()
})

test('what the page expects is what the server has', () => {
  expectTypeOf<Wired<DevView>>().toExtend<page.View>()
  expectTypeOf<Wired<SaveRow>>().toExtend<page.SaveRow>()
  expectTypeOf<Wired<CellEvent> & { readonly n: number }>().toExtend<page.Cell>()
})
