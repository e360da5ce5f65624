/** Seeds on the hub: the real client over real HTTP, to a server of the test's own. */

import { readdirSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { validate } from '../../../src/index.ts'
import { readSeed, seedConfig } from '../opened.ts'

/** What the server was asked, and what it holds: revision, then path, then text. */
interface Hub {
  endpoint: string
  readonly asked: { path: string; authorization: string | undefined }[]
  files: Record<string, Record<string, string>>
  /** The token that the dataset needs. */
  token: string | undefined
  /** Breaks the connection in the middle of a file. */
  breaks: boolean
}

const hub: Hub = { endpoint: '', asked: [], files: {}, token: undefined, breaks: false }
let server: Server

beforeEach(async () => {
  Object.assign(hub, { files: {}, token: undefined, breaks: false })
  hub.asked.length = 0
  server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://hub')
    hub.asked.push({ path: url.pathname, authorization: request.headers.authorization })
    const fail = (status: number, headers: object = {}): void => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(JSON.stringify({ error: `no: ${request.headers.authorization}` }))
    }
    if (hub.token !== undefined && request.headers.authorization !== `Bearer ${hub.token}`) return fail(401)
    const tree = /^\/api\/datasets\/acme\/shop\/tree\/([^/]+)(?:\/(.*))?$/.exec(url.pathname)
    if (tree !== null) {
      const below = tree[2] === undefined ? '' : `${tree[2]}/`
      const names = Object.keys(hub.files[tree[1]!] ?? {}).filter((name) => name.startsWith(below))
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(
        JSON.stringify([
          { type: 'directory', path: 'data', size: 0, oid: '0' },
          ...names.map((path) => ({ type: 'file', path, size: 1, oid: '1' })),
        ]),
      )
      return
    }
    const file = /^\/datasets\/acme\/shop\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname)
    const text = file === null ? undefined : hub.files[file[1]!]?.[decodeURIComponent(file[2]!)]
    if (text === undefined)
      return fail(404, { 'x-error-code': file === null ? 'RepoNotFound' : 'EntryNotFound' })
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
    const [start, end] = range === null ? [0, text.length - 1] : [Number(range[1]), Number(range[2])]
    const part = text.slice(start, end + 1)
    response.writeHead(range === null ? 200 : 206, {
      etag: '"1"',
      'content-length': Buffer.byteLength(part),
      'content-range': `bytes ${start}-${Math.min(end, text.length - 1)}/${text.length}`,
    })
    if (hub.breaks && part.length > 1) {
      response.write(part.slice(0, 1))
      response.destroy()
    } else response.end(part)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  hub.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith('rowsmith-hub-'))
const read = (path: string, more: object = {}, env: Record<string, string> = {}) =>
  readSeed({ seed_type: 'hf', path, endpoint: hub.endpoint, ...more }, { folders: [], hub: { env } })

describe('a seed on the hub', () => {
  it('is one file, or all that a pattern names, by their paths', async () => {
    hub.files = {
      main: {
        'data/b.csv': 'id\n3\n',
        'data/a.csv': 'id\n1\n2\n',
        'data/deep/c.csv': 'id\n4\n',
        'README.md': 'x',
      },
      'v1.0': { 'data/a.csv': 'id\n9\n' },
    }
    const ids = async (path: string) => (await read(path)).rows.map(({ id }) => Number(id))
    const before = leftovers()
    expect(await ids('datasets/acme/shop/data/a.csv')).toEqual([1, 2])
    expect(await ids('datasets/acme/shop/data/*.csv')).toEqual([1, 2, 3])
    expect(await ids('hf://datasets/acme/shop/**/*.csv')).toEqual([1, 2, 3, 4])
    expect(await ids('datasets/acme/shop@v1.0/data/a.csv')).toEqual([9])
    expect(leftovers()).toEqual(before)
  })

  it('is the same as long as its files are, wherever it is fetched from', async () => {
    hub.files = { main: { 'a.jsonl': '{"id": 1}\n' }, other: { 'b.jsonl': '{"id": 1}\n' } }
    const { contents } = await read('datasets/acme/shop/a.jsonl')
    expect((await read('datasets/acme/shop@other/b.jsonl')).contents).toBe(contents)
    hub.files = { main: { 'a.jsonl': '{"id": 2}\n' } }
    expect((await read('datasets/acme/shop/a.jsonl')).contents).not.toBe(contents)
  })

  it('takes a token from the variable that the config names, or from HF_TOKEN, and shows it to nobody', async () => {
    hub.files = { main: { 'a.csv': 'id\n1\n' } }
    hub.token = 'hf_secretsecret'
    await read('datasets/acme/shop/a.csv', { token: 'MINE' }, { MINE: hub.token })
    await read('datasets/acme/shop/a.csv', {}, { HF_TOKEN: hub.token })
    expect(new Set(hub.asked.map(({ authorization }) => authorization))).toEqual(
      new Set([`Bearer ${hub.token}`]),
    )
    const refused = await read('datasets/acme/shop/a.csv', {}, { HF_TOKEN: 'hf_another' }).catch(
      (error: unknown) => error,
    )
    expect(refused).toMatchObject({ code: 'permission_denied' })
    expect(`${(refused as Error).message} ${JSON.stringify(refused)}`).not.toContain('hf_')
    await expect(read('datasets/acme/shop/a.csv', { token: 'MINE' })).rejects.toMatchObject({
      code: 'missing_api_key',
      message: expect.stringContaining('MINE'),
    })
    await expect(read('datasets/acme/shop/a.csv', { token: 'MINE' }, { MINE: 'sk-1' })).rejects.toMatchObject(
      {
        code: 'missing_api_key',
        message: expect.not.stringContaining('sk-1'),
      },
    )
  })

  it('never stands with its token in a config', async () => {
    const error = await read('datasets/acme/shop/a.csv', { token: 'hf_secretsecret' }).catch(
      (cause: unknown) => cause,
    )
    expect(error).toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/^config\.yaml: seed_config\.source\.token: must be the name/),
    })
    expect((error as Error).message).not.toContain('hf_secret')
    expect(hub.asked).toEqual([])
  })

  it('that is not there, or cannot be had, is told of in one line; nothing is left behind', async () => {
    const before = leftovers()
    hub.files = { main: { 'a.csv': `id\n${'1\n'.repeat(1000)}` } }
    const failure = (path: string, more: object = {}) => read(path, more).catch((error: unknown) => error)
    expect(await failure('datasets/acme/shop/b.csv')).toMatchObject({ code: 'seed_not_found' })
    expect(await failure('datasets/acme/shop/x/*.csv')).toMatchObject({ code: 'seed_not_found' })
    expect(await failure('datasets/acme/none/a.csv')).toMatchObject({ code: 'seed_not_found' })
    hub.breaks = true
    expect(await failure('datasets/acme/shop/a.csv')).toMatchObject({ code: 'endpoint_unreachable' })
    expect(await failure('datasets/acme/shop/a.csv', { endpoint: 'http://127.0.0.1:1' })).toMatchObject({
      code: 'endpoint_unreachable',
      message: expect.stringContaining('http://127.0.0.1:1'),
    })
    expect(leftovers()).toEqual(before)
  })

  it('says which of its files is wrong by the name it has there', async () => {
    hub.files = { main: { 'a.csv': 'id\n' } }
    await expect(read('datasets/acme/shop/a.csv')).rejects.toThrow(
      'The seed dataset datasets/acme/shop/a.csv cannot be used: it has no rows',
    )
  })

  it.each(['shop/a.csv', 'datasets/shop/a.csv', 'datasets/acme/shop/a.txt', 'models/acme/shop/a.csv'])(
    'is not %s',
    async (path) => {
      await expect(read(path)).rejects.toMatchObject({
        code: 'config_invalid',
        message: expect.stringMatching(
          /seed_config\.source\.path: must be datasets\/<owner>\/<name>\/<files>/,
        ),
      })
    },
  )

  it('is not asked by validate, which says so', async () => {
    const source = { seed_type: 'hf', path: 'datasets/acme/shop/a.csv', endpoint: hub.endpoint }
    const { warnings } = await validate(seedConfig(source))
    expect(warnings).toEqual([
      expect.stringMatching(/^The seed dataset is on the hub, which is not contacted here/),
    ])
    await expect(validate(seedConfig({ ...source, path: 'a.csv' }))).rejects.toMatchObject({
      code: 'config_invalid',
    })
    expect(hub.asked).toEqual([])
  })
})
