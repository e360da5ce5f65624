/** Who is answered, and what with: the table of security of the page, a test a line. */
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { create } from '../../src/index.ts'
import { inThread } from '../../src/testing/datasets/in-thread.ts'
import { startView } from '../../src/view/server.ts'
import { answer } from '../support/scripted-transport.ts'
import { failureOf, quick, smallConfig, smallOptions } from '../support/small-runs.ts'

let folder = ''
let port = 0
let token = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rowsmith-view-'))
  await create(smallConfig(), smallOptions(folder, 6), quick(() => answer('x'.repeat(500))).components)
  const server = await startView(join(folder, 'dataset'), { encoder: () => inThread })
  const url = new URL(server.url)
  port = Number(url.port)
  token = url.hash.replace('#token=', '')
  return async () => {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** A request as it is written, with nothing that a client would put right. */
async function asked(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false })
  sent.end()
  const [response] = await once(sent, 'response')
  let body = ''
  for await (const part of response) body += part
  return { status: response.statusCode, headers: response.headers, body }
}

const withToken = () => ({ authorization: `Bearer ${token}` })

describe('the server of the page', () => {
  const refused: [string, () => Promise<Answer>, number][] = [
    ['another name in Host', () => asked('/', { host: 'example.com' }), 421],
    ['a name that begins as ours', () => asked('/', { host: `127.0.0.1.evil.com:${port}` }), 421],
    ['another port in Host', () => asked('/', { host: '127.0.0.1:1' }), 421],
    [
      'the origin of another page',
      () => asked('/api/rows', { ...withToken(), origin: 'http://evil.com' }),
      403,
    ],
    ['the origin null', () => asked('/api/rows', { ...withToken(), origin: 'null' }), 403],
    ['a request that another site made', () => asked('/', { 'sec-fetch-site': 'cross-site' }), 403],
    ['one that a sibling of the host made', () => asked('/', { 'sec-fetch-site': 'same-site' }), 403],
    ['no token', () => asked('/api/rows'), 401],
    ['a wrong token', () => asked('/api/rows', { authorization: 'Bearer x' }), 401],
    ['a token in the address', () => asked(`/api/rows?token=${token}`), 401],
    ['no token, and a path that is turned into one of the API', () => asked('/x/../api/rows'), 401],
    ['no token, and dots that are encoded', () => asked('/%2e/api/rows'), 401],
    ['two slashes', () => asked('//api/rows'), 404],
    ['an address in place of a path', () => asked(`http://127.0.0.1/api/rows`), 400],
    ['a change', () => asked('/api/rows', withToken(), 'POST'), 405],
    ['a question of another page', () => asked('/api/rows', withToken(), 'OPTIONS'), 405],
    ['a file beside the page', () => asked('/../package.json'), 404],
    ['a file beside it, encoded', () => asked('/%2e%2e%2fpackage.json'), 404],
    ['a file of the page that is none', () => asked('/tsconfig.json'), 404],
    ['a row that is not there', () => asked('/api/row/6', withToken()), 400],
    ['a row that is no number', () => asked('/api/row/-1', withToken()), 400],
    ['an answer that is not stored', () => asked('/api/rows?query=9', withToken()), 400],
  ]
  test.each(refused)('refuses %s', async (_, ask, status) => {
    const found = await ask()
    expect([found.status, found.body]).toEqual([status, expect.stringContaining('"message"')])
    expect(found.body).not.toContain('at file:')
  })

  test('answers at its own address, with a policy under which no markup acts', async () => {
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`]) {
      const { status, headers } = await asked('/', { host, 'sec-fetch-site': 'none' })
      expect(status).toBe(200)
      expect(headers['content-security-policy']).toContain("default-src 'none'")
      expect(headers['content-security-policy']).toContain(
        "require-trusted-types-for 'script'; trusted-types 'none'",
      )
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      })
      expect(headers['set-cookie']).toBeUndefined()
      expect(headers['access-control-allow-origin']).toBeUndefined()
    }
  })

  test('listens to this machine alone', async () => {
    const socket = connect({ host: '127.0.0.2', port })
    const [error] = await once(socket, 'error')
    expect(error).toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('gives rows that are cut, one whole, and the positions that a condition found', async () => {
    const { body } = await asked('/api/rows?at=1&n=2', withToken())
    const { of, rows } = JSON.parse(body)
    expect([of, rows.length]).toEqual([6, 2])
    const text = new Map<string, unknown>(rows[0].values).get('text')
    expect(text).toEqual({ $cut: 'x'.repeat(240), length: 500 })
    const whole = JSON.parse((await asked('/api/row/1', withToken())).body)
    expect(new Map<string, unknown>(whole.values).get('text')).toBe('x'.repeat(500))
    expect(whole.inspected.cells).toHaveLength(4)
    const piece = JSON.parse((await asked('/api/cell/1/text?from=490', withToken())).body)
    expect(piece).toEqual({ text: 'x'.repeat(10), from: 490, length: 500 })
    const lines = (await asked(`/api/query?where=${encodeURIComponent("text <> ''")}`, withToken())).body
      .trim()
      .split('\n')
    const { id, found } = JSON.parse(lines.at(-1)!)
    expect(found).toBe(6)
    const page = JSON.parse((await asked(`/api/rows?query=${id}&at=4&n=10`, withToken())).body)
    expect(page.rows.map(({ position }: { position: number }) => position)).toEqual([4, 5])
    const [wrong] = (await asked('/api/query?where=1%2B', withToken())).body.trim().split('\n').slice(-1)
    expect(JSON.parse(wrong!)).toMatchObject({ error: { code: 'where_invalid' } })
  })

  test('changes nothing, in a directory that Data Designer made too', async () => {
    const complete = fileURLToPath(new URL('../fixtures/data-designer/complete/dataset', import.meta.url))
    const contents = () =>
      readdirSync(complete, { recursive: true, encoding: 'utf8' }).map((name) => {
        const { size, mtimeMs } = statSync(join(complete, name))
        return [name, size, mtimeMs]
      })
    const before = contents()
    const server = await startView(complete, { encoder: () => inThread })
    const { origin, hash } = new URL(server.url)
    const headers = { authorization: `Bearer ${hash.replace('#token=', '')}` }
    for (const path of [
      'dataset',
      'rows',
      'row/0',
      'cell/0/stars',
      'query?sort=-stars',
      'profile',
      'log',
      'config',
    ]) {
      expect((await fetch(`${origin}/api/${path}`, { headers })).status, path).toBe(200)
    }
    await server.close()
    expect(contents()).toEqual(before)
  })

  test('is not started over what is no dataset', async () => {
    expect((await failureOf(startView(folder))).code).toBe('dataset_not_found')
  })
})
