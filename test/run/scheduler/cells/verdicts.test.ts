/** Validation columns whose verdicts come from a function or a server: kept as effects, asked for once, never guessed. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { configFromCode } from '../../../../src/entries/config.ts'
import { create, customColumn } from '../../../../src/index.ts'
import { artifactFolder, failureOf, quick, rowsOf, smallOptions } from '../../../support/small-runs.ts'

const folder = artifactFolder()
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

interface Reply {
  readonly status?: number
  readonly body: unknown
}

/** A validator on loopback, and what it was asked. */
async function validator(reply: (data: { n: number }[], before: number) => Reply) {
  const asked: { n: number }[][] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const { data } = JSON.parse(Buffer.concat(chunks).toString())
      const before = asked.filter((each) => JSON.stringify(each) === JSON.stringify(data)).length
      asked.push(data)
      const { status = 200, body } = reply(data, before)
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/check` }
}

const values = { values: Array.from({ length: 40 }, (_, index) => index) }
const n = { name: 'n', column_type: 'sampler', sampler_type: 'category', params: values }

function configOf(params: Record<string, unknown>, type: 'remote' | 'local_callable', more: object = {}) {
  const verdict = { name: 'verdict', column_type: 'validation', target_columns: ['n'], validator_type: type }
  return configFromCode({ columns: [n, { ...verdict, validator_params: params, ...more }] }, 'test')
}

const options = (numRecords = 8) => ({ ...smallOptions(folder.path, numRecords), seed: 7n })
const run = (config: ReturnType<typeof configOf>, given = options()) =>
  create(config, given, quick().components)
const even = ([row]: { n: number }[]): Reply => ({
  body: { data: [{ is_valid: row!.n % 2 === 0, why: 'parity' }] },
})

describe('a remote validator', () => {
  it('is sent the target columns of each row, and what it says is kept', async () => {
    const { asked, url } = await validator(even)
    const rows = await rowsOf(await run(configOf({ endpoint_url: url }, 'remote')))
    for (const row of rows) {
      expect(row.verdict).toEqual({ is_valid: (row.n as bigint) % 2n === 0n, why: 'parity' })
    }
    expect(asked.map(([row]) => Object.keys(row!))).toEqual(Array.from({ length: 8 }, () => ['n']))
    await run(configOf({ endpoint_url: url }, 'remote'))
    expect(asked).toHaveLength(8)
  })

  it('has the type that output_schema gives, and what that does not know is left out', async () => {
    const { url } = await validator(even)
    const item = { type: 'object', properties: { is_valid: { type: 'boolean' } }, required: ['is_valid'] }
    const schema = { type: 'object', properties: { data: { type: 'array', items: item } } }
    const rows = await rowsOf(await run(configOf({ endpoint_url: url, output_schema: schema }, 'remote')))
    expect(rows[0]?.verdict).toEqual({ is_valid: expect.any(Boolean) })
  })

  it('is asked again when it fails, as often as max_retries says', async () => {
    const { asked, url } = await validator((data, before) =>
      before < 2 ? { status: 503, body: '' } : even(data),
    )
    const rows = await rowsOf(
      await run(configOf({ endpoint_url: url, max_retries: 3 }, 'remote'), options(1)),
    )
    expect(rows).toHaveLength(1)
    expect(asked).toHaveLength(3)
  })

  it.each([
    ['gives two verdicts', { body: { data: [{ is_valid: true }, { is_valid: true }] } }, /gave 2 results/],
    ['gives none', { body: {} }, /gave no list of them/],
    ['gives no is_valid', { body: { data: [{ ok: true }] } }, /no "is_valid"/],
    ['gives no JSON', { body: '<html>' }, /is not JSON/],
    ['refuses the row', { status: 422, body: '' }, /answered 422/],
  ] as const)('that %s costs the row, and is not taken for a verdict', async (_, reply, message) => {
    const { url } = await validator((data) => (data[0]!.n % 2 === 0 ? reply : even(data)))
    const results = await run(configOf({ endpoint_url: url }, 'remote'))
    expect(results.firstNonRetryableError?.code).toBe('validator_failed')
    expect(results.firstNonRetryableError?.message).toMatch(message)
    for (const row of await rowsOf(results)) expect(row.verdict).toMatchObject({ is_valid: false })
  })

  it('that answers nobody stops the run, and no row is lost', async () => {
    const config = configOf({ endpoint_url: 'http://127.0.0.1:9/check', max_retries: 1 }, 'remote')
    const error = await failureOf(run(config))
    expect(error.code).toBe('endpoint_unreachable')
    expect(error.message).not.toContain('http://')
  })

  it('is given no more rows at once than max_parallel_requests', async () => {
    let under = 0
    let most = 0
    const server = createServer((request, response) => {
      most = Math.max(most, ++under)
      request.resume().on('end', () =>
        setImmediate(() => {
          under--
          response.end('{"data":[{"is_valid":null}]}')
        }),
      )
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const rows = await rowsOf(
      await run(configOf({ endpoint_url: url, max_parallel_requests: 2 }, 'remote'), options(24)),
    )
    expect(rows[0]?.verdict).toEqual({ is_valid: null })
    expect(most).toBe(2)
  })
})

describe('a local validator', () => {
  it.each([
    ['a truth', (row: { n?: unknown }) => (row.n as bigint) % 2n === 0n],
    ['an object', (row: { n?: unknown }) => ({ is_valid: (row.n as bigint) % 2n === 0n })],
    ['a promise', async (row: { n?: unknown }) => (row.n as bigint) % 2n === 0n],
  ])('may give %s', async (_, validate) => {
    const config = configOf(
      { validation_function: customColumn({ name: 'even' }, validate) },
      'local_callable',
    )
    for (const row of await rowsOf(await run(config))) {
      expect(row.verdict).toEqual({ is_valid: (row.n as bigint) % 2n === 0n })
    }
  })

  it('sees null where a target was skipped, and skipped rows have no verdict', async () => {
    const seen: unknown[] = []
    const validate = (row: Record<string, unknown>) => {
      seen.push(row.maybe)
      return row.maybe !== null
    }
    const skip = { when: '{{ n > 20 }}' }
    const maybe = { name: 'maybe', column_type: 'expression', expr: 'x', skip }
    const verdict = {
      name: 'verdict',
      column_type: 'validation',
      target_columns: ['maybe'],
      validator_type: 'local_callable',
      validator_params: { validation_function: validate },
    }
    const read = async (propagates: boolean) =>
      rowsOf(
        await run(
          configFromCode({ columns: [n, maybe, { ...verdict, propagate_skip: propagates }] }, 'test'),
          {
            ...options(),
            datasetName: `set-${propagates}`,
          } as never,
        ),
      )
    for (const row of await read(false)) expect(row.verdict).toEqual({ is_valid: row.maybe !== null })
    expect(seen).toContain(null)
    for (const row of await read(true)) {
      expect(row.verdict).toEqual(row.maybe === null ? null : { is_valid: true })
    }
  })

  it('that throws, or says nothing, costs the row', async () => {
    const config = configOf(
      {
        validation_function: function picky(row: { n?: unknown }) {
          if ((row.n as bigint) > 20n) throw new RangeError('too far')
          return true
        },
      },
      'local_callable',
    )
    const results = await run(config)
    expect(results.summary.rows_dropped).toBeGreaterThan(0)
    expect(results.firstNonRetryableError).toMatchObject({
      code: 'validator_failed',
      message: 'The validator of column "verdict" failed: RangeError: too far',
    })
    const silent = configOf({ validation_function: () => 'yes' }, 'local_callable')
    const none = await run(silent, { ...options(2), datasetName: 'silent' } as never)
    expect(none.firstNonRetryableError?.message).toMatch(/no "is_valid"/)
  })
})
