/** Providers through the real command, end to end: what lies between a config and a server. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Simulator, scenarioFromValue, startSimulator } from '../../../../src/entries/simulator.ts'
import { open, type Row } from '../../../../src/index.ts'
import { type Arrived, proxy, secureServer } from '../../../models/http/servers.ts'
import { folder, remoteConfig, rowsmith } from '../../support.ts'

const certificates = join(import.meta.dirname, '../../../models/http/certificates')

async function simulator(scenario: object = {}): Promise<Simulator> {
  const started = await startSimulator({ scenario: scenarioFromValue({ latency: '5ms', ...scenario }) })
  onTestFinished(() => started.close())
  return started
}

function files(config: string, provider: object) {
  const providers = [{ name: 'local', api_key: 'LOCAL_KEY', ...provider }]
  return folder({ 'c.yaml': config, 'p.yaml': JSON.stringify({ providers }) })
}

function create(cwd: string, rows: number, env: Record<string, string> = {}, more: readonly string[] = []) {
  const args = ['create', 'c.yaml', '--providers', 'p.yaml', '-n', `${rows}`, '--json', ...more]
  return rowsmith(args, { cwd, env: { LOCAL_KEY: 'sk-0123456789abcdef', ...env } })
}

async function rowsOf(cwd: string): Promise<Row[]> {
  const rows: Row[] = []
  for await (const row of open(join(cwd, 'artifacts/dataset')).rows({ integers: 'bigint' })) rows.push(row)
  return rows
}

describe("a server with a certificate of one's own", () => {
  it('is refused with the way out, and served with tls.ca_file: over HTTP/2, with the headers asked for, every answer once, whatever it hangs up', async () => {
    const behind = await simulator()
    const seen: Arrived[] = []
    // The last request that each connection took, once it said goodbye. Node still takes what comes before the goodbye is on its way.
    const lasts = new WeakMap<object, number>()
    const front = await secureServer(async (request) => {
      const { session, id = 0 } = request.stream
      if (session !== undefined && id > (lasts.get(session) ?? Number.POSITIVE_INFINITY)) return
      seen.push(request)
      const headers = {
        'content-type': 'application/json',
        'x-rowsmith-effect': `${request.headers['x-rowsmith-effect']}`,
      }
      const answer = await fetch(`${behind.url}${request.url}`, {
        method: 'POST',
        headers,
        body: request.body,
      })
      // The goodbye of a server that counts requests per connection. It names the last request that it took: those behind it are
      // left alone, and sent again.
      if (seen.length % 10 === 0 && session !== undefined && !lasts.has(session)) {
        const last = Math.max(
          ...seen.filter(({ stream }) => stream.session === session).map(({ stream }) => stream.id ?? 0),
        )
        lasts.set(session, last)
        session.goaway(0, last)
      }
      request.answer(answer.status, await answer.text())
    })
    onTestFinished(() => front.close())
    const endpoint = `${front.url}/v1`
    const untrusted = await create(files(remoteConfig, { endpoint }), 2)
    expect(untrusted.code).toBe(5)
    expect(JSON.parse(untrusted.stdout).error).toMatchObject({
      code: 'endpoint_unreachable',
      message: expect.stringContaining('tls.ca_file'),
    })
    expect(seen).toEqual([])
    const tls = { ca_file: join(certificates, 'ca.pem') }
    const cwd = files(remoteConfig, { endpoint, tls, extra_headers: { 'X-Team': 'tea' } })
    expect(await create(cwd, 60, {}, ['-j', '32'])).toMatchObject({ code: 0 })
    expect(new Set(seen.map(({ version, headers }) => `${version} ${headers['x-team']}`))).toEqual(
      new Set(['2.0 tea']),
    )
    expect(seen).toHaveLength(60)
    expect(Object.values(behind.stats().effects)).toEqual(Array(60).fill(1))
    expect(front.connections(), 'many requests share one').toBeLessThan(20)
  })
})

it('a proxy of the environment carries the requests of a run', async () => {
  const { url } = await simulator()
  const between = await proxy()
  onTestFinished(() => between.close())
  const cwd = files(remoteConfig, { endpoint: `${url}/v1` })
  expect(await create(cwd, 3, { HTTP_PROXY: between.url })).toMatchObject({ code: 0 })
  expect(between.asked).toEqual(Array(3).fill(`POST ${url}/v1/chat/completions`))
})

it('a request that gets no answer within timeout is asked for again, and the run ends whole', async () => {
  const silent = await simulator({ faults: [{ fault: 'stall', after: 'nothing', nth: 1 }] })
  const config = remoteConfig.replace(
    'model: simulated',
    'model: simulated\n    inference_parameters: {timeout: 2}',
  )
  const cwd = files(config, { endpoint: `${silent.url}/v1` })
  expect(await create(cwd, 4)).toMatchObject({ code: 0 })
  expect(silent.stats().faults).toMatchObject({ stall: 1 })
  expect(await rowsOf(cwd)).toHaveLength(4)
})

describe('a whole run', () => {
  const pixel =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
  const base = {
    model_configs: ['text', 'embedding', 'image'].map((use) => ({
      alias: use,
      provider: 'local',
      model: use === 'image' ? 'gemini-image' : 'm',
      inference_parameters: { generation_type: use === 'text' ? 'chat-completion' : use },
    })),
    columns: [
      {
        name: 'topic',
        column_type: 'sampler',
        sampler_type: 'category',
        params: { values: ['tea', 'rope'] },
      },
      { name: 'photo', column_type: 'sampler', sampler_type: 'category', params: { values: [pixel] } },
      {
        name: 'seen',
        column_type: 'llm-text',
        model_alias: 'text',
        prompt: 'What of {{ topic }} is there?',
        system_prompt: 'Be short.',
        multi_modal_context: [
          { modality: 'image', column_name: 'photo', data_type: 'base64', image_format: 'png' },
        ],
      },
      {
        name: 'card',
        column_type: 'llm-structured',
        model_alias: 'text',
        prompt: 'A card on {{ topic }}',
        output_format: {
          type: 'object',
          properties: { title: { type: 'string' }, stars: { type: 'integer', minimum: 1, maximum: 5 } },
          required: ['title', 'stars'],
        },
      },
      {
        name: 'verdict',
        column_type: 'llm-judge',
        model_alias: 'text',
        prompt: 'Judge {{ seen }}',
        scores: [{ name: 'tone', description: 'How kind', options: { 1: 'rude', 2: 'kind' } }],
      },
      { name: 'vector', column_type: 'embedding', model_alias: 'embedding', target_column: 'topic' },
      { name: 'picture', column_type: 'image', model_alias: 'image', prompt: 'Draw {{ topic }}' },
    ],
  }
  const only = (...uses: readonly string[]) =>
    JSON.stringify({
      model_configs: base.model_configs.filter(({ alias }) => uses.includes(alias)),
      columns: base.columns.filter(({ model_alias: alias = 'text' }) => uses.includes(alias)),
    })

  it.each([
    ['Anthropic', 'anthropic', '', only('text'), 3],
    ['Gemini', 'gemini', '/v1beta', only('text', 'embedding', 'image'), 5],
    ['OpenRouter', 'openrouter', '/v1', only('text', 'embedding', 'image'), 5],
  ])(
    'of texts, structured answers, judges and images, with what else there is, works with %s',
    async (_name, type, path, config, calls) => {
      const { url, stats } = await simulator({ faults: [{ fault: 'status', status: 529, nth: 2 }] })
      const cwd = files(config, { endpoint: `${url}${path}`, provider_type: type })
      const { code, stdout, stderr } = await create(cwd, 3)
      expect(code, `${stdout} ${stderr}`).toBe(0)
      expect(stats().answered).toBe(3 * calls)
      for (const row of await rowsOf(cwd)) {
        expect(row).toMatchObject({
          seen: expect.stringMatching(/\w/),
          card: { title: expect.any(String), stars: expect.any(BigInt) },
          verdict: { tone: { score: expect.anything() } },
        })
        if (calls === 3) continue
        expect((row.vector as { embeddings: unknown[] }).embeddings).toHaveLength(1)
        const [picture] = row.picture as string[]
        expect(
          readFileSync(join(cwd, 'artifacts/dataset', picture!))
            .subarray(1, 4)
            .toString(),
        ).toBe('PNG')
      }
    },
  )
})

it.each([
  ['a wrong key', 401, 'authentication_failed'],
  ['an account without credit', 402, 'quota_exhausted'],
])('%s stops a run of 2,000 rows with 64 in flight after its first requests', async (_what, status, code) => {
  const { url, stats } = await simulator({ faults: [{ fault: 'status', status, rate: 1 }] })
  const ended = await create(files(remoteConfig, { endpoint: `${url}/v1` }), 2000, {}, ['-j', '64'])
  expect(ended.code).toBe(5)
  const printed = JSON.parse(ended.stdout)
  expect(printed.error.code).toBe(code)
  expect(printed.rows_open).toBe(2000)
  expect(stats().requests).toBeLessThanOrEqual(64)
})
