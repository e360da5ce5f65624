/** What goes wrong with batches in the hands of a provider, or of a second process, and whose words they are told in. */
import { describe, expect, it } from 'vitest'
import { toValue } from '../../../../src/base/values/value.ts'
import { type Clock, systemClock } from '../../../../src/base/work/clock.ts'
import { configFromValue } from '../../../../src/config/form/load.ts'
import { type CreateOptions, create, open, type RunEvent, type Transport } from '../../../../src/index.ts'
import { simulatorTransport } from '../../../../src/simulate/server/transport.ts'
import { dataFiles } from '../../../../src/testing/crash/independent-reader.ts'
import { inThread } from '../../../../src/testing/datasets/in-thread.ts'
import type { SimulatedDisk } from '../../../../src/testing/disks/simulated-disk.ts'
import { asProcess } from '../../../../src/testing/disks/simulated-process.ts'
import { smallDisk } from '../../../proof/small/small-run.ts'
import { scenarioOf } from '../../../simulate/support.ts'

type Provider = ReturnType<typeof simulatorTransport>
type Exchange = NonNullable<Transport['exchange']>
/** Stands between a run and its provider. */
type Between = (call: Parameters<Exchange>[0], pass: () => ReturnType<Exchange>) => ReturnType<Exchange>

const config = configFromValue(
  toValue({
    model_configs: [
      { alias: 'writer', provider: 'far', model: 'm', inference_parameters: { max_tokens: 50 } },
    ],
    columns: [
      { name: 'topic', column_type: 'sampler', sampler_type: 'uuid', params: {} },
      { name: 'text', column_type: 'llm-text', model_alias: 'writer', prompt: 'Write of {{ topic }}.' },
    ],
  }),
  'the config',
)
const rows = 8
const usual = {
  ...{ mode: 'batch', window: '24h', max_wait: null, min_requests: 1 },
  ...{ remainder: 'sync', poll: 0.001, workspace: 'exclusive' },
} as const
const price = { input: 2, cached_input: null, output: 10, request: 0 }

const closed = { broken: 'closed', detail: 'ECONNRESET' } as const
const isCreate = ({ method, url }: Parameters<Exchange>[0]): boolean =>
  method === 'POST' && /\/(batches|jobs)$/.test(new URL(url).pathname)

const providerWith = (batches: object = {}): Provider =>
  simulatorTransport({ words: 5, scenario: scenarioOf({ batches }) })

interface Given extends Partial<CreateOptions> {
  readonly inference?: object
  readonly type?: 'openai' | 'anthropic' | 'azure'
  readonly endpoint?: string
  readonly between?: Between
  readonly as?: number
  readonly clock?: Clock
  readonly onEvent?: (event: RunEvent) => void
}

function made(disk: SimulatedDisk, provider: Provider, given: Given = {}) {
  const {
    inference,
    type = 'openai',
    endpoint = 'http://far.invalid/v1',
    between,
    as,
    clock,
    onEvent,
    ...options
  } = given
  const transport: Transport = {
    ...provider,
    exchange: (call, ...more) => {
      const pass = () => provider.exchange!(call, ...more)
      return between === undefined ? pass() : between(call, pass)
    },
  }
  const run = create(
    config,
    {
      ...{
        numRecords: rows,
        artifactPath: '/out',
        datasetName: 'set',
        seed: 7,
        waitForLockMs: 0,
        graceMs: 0,
      },
      runConfig: {
        buffer_size: 4,
        inference: { writer: { ...usual, ...inference } },
        prices: { writer: price },
      },
      providers: [
        { name: 'far', endpoint, provider_type: type, api_key: null, extra_body: null, extra_headers: null },
      ],
      ...options,
    } as CreateOptions,
    {
      disk: as === undefined ? disk : asProcess(disk, as),
      transport: () => transport,
      encoder: () => inThread,
      statistics: null,
      ...(clock && { clock }),
    },
  )
  if (onEvent !== undefined) void watch(run, onEvent)
  return run
}

async function watch(run: ReturnType<typeof create>, onEvent: (event: RunEvent) => void): Promise<void> {
  for await (const event of run.events()) onEvent(event)
}

const bytesOf = (disk: SimulatedDisk) => dataFiles(disk, '/out/set')

async function singly({ type, endpoint }: Given = {}) {
  const disk = smallDisk()
  await made(disk, providerWith(), { batches: false, ...(type && { type }), ...(endpoint && { endpoint }) })
  return bytesOf(disk)
}

const charged = (provider: Provider): number[] =>
  Object.values(provider.stats().batches.custom_ids).map(([, times]) => times)

const ask = async (provider: Provider, method: 'GET' | 'POST', path: string): Promise<void> => {
  const call = { method, url: `http://far.invalid${path}`, headers: {}, body: null }
  await provider.exchange?.(call, new AbortController().signal, 1000)
}

describe('a batch that ends otherwise', () => {
  it('by its window: what was answered counts, the rest is asked for again, and the second time alone', async () => {
    const [disk, provider] = [smallDisk(), providerWith({ takes: '1h', window: '1ms' })]
    const { summary } = await made(disk, provider)
    const stats = provider.stats()
    expect(await bytesOf(disk)).toEqual(await singly())
    // Half of eight, then half of four; two are left.
    expect([stats.batches.created, stats.batches.answered, stats.requests]).toEqual([2, 6, 2])
    expect(Math.max(...charged(provider))).toBe(1)
    expect(summary.total).toMatchObject({ requests: 8, unknown: 0 })
  })

  it('called back by another client: what was answered counts, and the rest is asked for again', async () => {
    const [disk, provider] = [smallDisk(), providerWith({ takes: '1h' })]
    let isCalledBack = false
    const { summary } = await made(disk, provider, {
      between: async ({ method, url }, pass) => {
        const [id] = /batch[^/]*$/.exec(new URL(url).pathname) ?? []
        if (method === 'GET' && id !== undefined && id !== 'batches') {
          if (isCalledBack) await ask(provider, 'POST', '/clock?forward_ms=3600000')
          else await ask(provider, 'POST', `/v1/batches/${id}/cancel`)
          isCalledBack = true
        }
        return pass()
      },
    })
    expect(await bytesOf(disk)).toEqual(await singly())
    expect(provider.stats().batches).toMatchObject({ created: 2, answered: 8 })
    expect(summary.total).toMatchObject({ requests: 8, unknown: 0 })
  })

  it('refused since too much waits there: smaller ones follow, one after the other, and no row is lost', async () => {
    const [disk, provider] = [smallDisk(), providerWith({ enqueued_tokens: 60 })]
    const warnings: string[] = []
    const { summary } = await made(disk, provider, {
      onEvent: (event) => {
        if (event.type === 'warning') warnings.push(event.message)
      },
    })
    expect(await bytesOf(disk)).toEqual(await singly())
    expect(summary.rows_open).toBe(0)
    expect(provider.stats()).toMatchObject({ requests: 0, batches: { answered: 8 } })
    expect(warnings.join('\n')).toMatch(/far\/m took no batch of 8 requests/)
  })

  it('refused though it has one request: that is asked for alone', async () => {
    const [disk, provider] = [smallDisk(), providerWith({ enqueued_tokens: 1 })]
    await made(disk, provider, { numRecords: 2 })
    expect(provider.stats()).toMatchObject({ requests: 2, batches: { answered: 0 } })
  })
})

describe('a create of which nothing was heard, at Anthropic', () => {
  const anthropic = {
    type: 'anthropic',
    endpoint: 'http://far.invalid',
    inference: { workspace: 'shared' },
  } as const
  /** The first create never reaches the provider. */
  const notSent = (): Between => {
    let isFirst = true
    return (call, pass) => {
      if (!isCreate(call) || !isFirst) return pass()
      isFirst = false
      return Promise.resolve(closed)
    }
  }

  it('is waited for until it has ended, and told by its first result', async () => {
    const [disk, provider] = [smallDisk(), providerWith({ faults: [{ fault: 'create_lost', nth: 1 }] })]
    const { summary } = await made(disk, provider, anthropic)
    expect(await bytesOf(disk)).toEqual(await singly(anthropic))
    expect(summary.total).toMatchObject({ requests: 8, unknown: 0 })
    expect(provider.stats().batches).toMatchObject({ created: 1, answered: 8 })
  })

  it('is told from a batch of the same size that somebody else made', async () => {
    const [disk, provider] = [smallDisk(), providerWith()]
    const requests = Array.from({ length: rows }, (_, at) => ({
      custom_id: `theirs-${at}`,
      params: { model: 'm', max_tokens: 5, messages: [{ role: 'user', content: 'Hello' }] },
    }))
    const url = 'http://far.invalid/v1/messages/batches'
    const body = JSON.stringify({ requests })
    await provider.exchange!({ method: 'POST', url, headers: {}, body }, new AbortController().signal, 1000)
    const { summary } = await made(disk, provider, { ...anthropic, between: notSent() })
    expect(await bytesOf(disk)).toEqual(await singly(anthropic))
    expect(summary.total).toMatchObject({ requests: 8, unknown: 0 })
    expect(charged(provider)).toEqual(Array.from({ length: 16 }, () => 1))
  })

  it('is created again where nobody has one of that size', async () => {
    const [disk, provider] = [smallDisk(), providerWith()]
    const { summary } = await made(disk, provider, { ...anthropic, between: notSent() })
    expect(summary.total).toMatchObject({ requests: 8, unknown: 0 })
    expect(provider.stats().batches).toMatchObject({ created: 1, answered: 8 })
    expect((await open('/out/set', { disk }).status()).batches).toMatchObject([
      { state: 'read', requests: 8 },
    ])
  })

  it('is requested again with consent, and the first one is unknown on the account', async () => {
    const [disk, provider] = [
      smallDisk(),
      providerWith({ takes: '1h', faults: [{ fault: 'create_lost', nth: 1 }] }),
    ]
    const { summary } = await made(disk, provider, {
      ...anthropic,
      resubmitUncertain: true,
      between: async ({ method, url }, pass) => {
        const isLook = method === 'GET' && /\/messages\/batches\/[^/]+$/.test(new URL(url).pathname)
        if (isLook) await ask(provider, 'POST', '/clock?forward_ms=3600000')
        return pass()
      },
    })
    expect(await bytesOf(disk)).toEqual(await singly(anthropic))
    expect(summary.total).toMatchObject({ requests: 16, unknown: 8 })
    expect(charged(provider)).toEqual(Array.from({ length: rows }, () => 2))
  })
})

describe('what providers were seen to do', () => {
  const isLook = ({ method, url }: Parameters<Between>[0]): boolean =>
    method === 'GET' && /\/batches\/[^/]+$/.test(new URL(url).pathname)
  const isDownload = ({ url }: Parameters<Between>[0]): boolean => /\/content$/.test(new URL(url).pathname)

  /** Changes answers to some calls, the first few or all. */
  function changing(
    which: (call: Parameters<Between>[0]) => boolean,
    change: (body: string) => string | number,
    times = Number.POSITIVE_INFINITY,
  ): Between {
    let left = times
    return async (call, pass) => {
      const answer = await pass()
      if (!which(call) || !('body' in answer) || left <= 0) return answer
      const changed = change(answer.body)
      if (changed !== answer.body) left--
      return typeof changed === 'number'
        ? { ...answer, status: changed, body: '{}' }
        : { ...answer, body: changed }
    }
  }
  const batchWith = (more: object) => (body: string) => JSON.stringify({ ...JSON.parse(body), ...more })
  const whenDone = (change: (body: string) => string) => (body: string) =>
    JSON.parse(body).status === 'completed' ? change(body) : body
  const noFiles = {
    output_file_id: null,
    error_file_id: null,
    request_counts: { total: 0, completed: 0, failed: 0 },
  }

  const seen: readonly (readonly [string, Between, { readonly failed: number; readonly times: number }])[] = [
    [
      'an empty name in place of a file',
      changing(isLook, batchWith({ error_file_id: '' })),
      { failed: 0, times: 1 },
    ],
    [
      'a batch that is complete before its files are named',
      changing(isLook, whenDone(batchWith(noFiles)), 2),
      { failed: 0, times: 1 },
    ],
    ['a new batch that is not found at first', changing(isLook, () => 404, 2), { failed: 0, times: 1 }],
    [
      'a download that ends early',
      changing(isDownload, (body) => body.slice(0, body.length / 2), 1),
      { failed: 0, times: 1 },
    ],
    [
      'a batch that failed with what was answered before',
      changing(isLook, whenDone(batchWith({ status: 'failed' }))),
      { failed: 0, times: 1 },
    ],
    [
      'a line with the status 0',
      changing(isDownload, (body) => body.replace('"status_code":200', '"status_code":0'), 1),
      { failed: 1, times: 2 },
    ],
    [
      'a result that never comes',
      changing(isDownload, (body) => body.split('\n').slice(1).join('\n'), 3),
      { failed: 1, times: 2 },
    ],
  ]

  it.each(seen)('costs no row, and no answer twice unsaid: %s', async (_, between, { failed, times }) => {
    const [disk, provider] = [smallDisk(), providerWith()]
    const { summary } = await made(disk, provider, { between })
    expect(await bytesOf(disk)).toEqual(await singly())
    expect(Math.max(...charged(provider))).toBe(times)
    expect(summary).toMatchObject({ rows_open: 0, total: { unknown: 0 } })
    const batched = summary.total.models.find(({ model }) => model === 'far/m@batch')!
    expect(batched.requests - batched.replies).toBe(failed)
  })

  it('stops for an account that ran empty among its requests, keeps the answers, and goes on with the rest', async () => {
    const [disk, provider] = [smallDisk(), providerWith()]
    const error = {
      error: { type: 'invalid_request_error', message: 'Your credit balance is too low to access the API.' },
    }
    const between = changing(
      isDownload,
      (body) =>
        body.replace(
          /"response":\{.*?\},"error":null/,
          `"response":{"status_code":400,"body":${JSON.stringify(error)}},"error":null`,
        ),
      1,
    )
    await expect(made(disk, provider, { between, as: 1 })).rejects.toMatchObject({ code: 'quota_exhausted' })
    const { summary } = await made(disk, provider, { as: 2 })
    expect(summary.rows_open).toBe(0)
    expect(await bytesOf(disk)).toEqual(await singly())
    expect(charged(provider).filter((times) => times > 1).length).toBeLessThanOrEqual(1)
  })
})

describe('the words of a vendor', () => {
  const words: readonly (readonly [string, string, Given, RegExp, RegExp])[] = [
    [
      'OpenAI',
      'https://api.openai.com/v1',
      {},
      /"endpoint":"\/v1\/chat\/completions".*"completion_window":"24h".*"rowsmith"/,
      /"url":"\/v1\/chat\/completions"/,
    ],
    [
      'Azure',
      'https://x.openai.azure.com/openai/v1',
      {},
      /"endpoint":"\/chat\/completions".*"rowsmith"/,
      /"url":"\/chat\/completions"/,
    ],
    [
      'Groq',
      'https://api.groq.com/openai/v1',
      { inference: { window: '168h' } },
      /"completion_window":"7d".*"rowsmith"/,
      /"url":"\/v1\/chat\/completions"/,
    ],
    [
      'Mistral',
      'https://api.mistral.ai/v1',
      { inference: { window: '48h' } },
      /"input_files":\["[^"]+"\],"model":"m".*"rowsmith".*"timeout_hours":48/,
      /"body":/,
    ],
    ['Together', 'https://api.together.xyz/v1', {}, /^(?!.*metadata)/, /"url":"\/v1\/chat\/completions"/],
  ]

  it.each(words)(
    'are spoken, and a lost create is found by them: %s',
    async (vendor, endpoint, given, creation, line) => {
      const [disk, provider] = [smallDisk(), providerWith({ faults: [{ fault: 'create_lost', nth: 1 }] })]
      const said = { created: '', uploaded: '', uploadedTo: '' }
      const { summary } = await made(disk, provider, {
        ...given,
        endpoint,
        between: async (call, pass) => {
          const { pathname } = new URL(call.url)
          const body = call.body === null ? '' : Buffer.from(call.body ?? '').toString('utf8')
          if (isCreate(call)) said.created = body
          if (call.method === 'POST' && /\/files/.test(pathname))
            Object.assign(said, { uploaded: body, uploadedTo: pathname })
          const answer = await pass()
          return vendor === 'Together' && 'body' in answer && /batches/.test(pathname)
            ? { ...answer, body: asTogether(answer.body, isCreate(call)) }
            : answer
        },
      })
      expect(said.created).toMatch(creation)
      expect(said.uploaded).toMatch(line)
      expect(said.uploadedTo.endsWith('/upload')).toBe(vendor === 'Together')
      expect(summary.total).toMatchObject({ requests: 8, unknown: 0 })
      expect(provider.stats().batches).toMatchObject({ created: 1, answered: 8 })
      expect(await bytesOf(disk)).toEqual(await singly({ endpoint }))
    },
  )

  /** A job around a new batch, a bare list, states in capitals, no mark. */
  function asTogether(body: string, isNew: boolean): string {
    const answer = JSON.parse(body)
    const shown = ({ metadata: _, status, ...batch }: { metadata: unknown; status: string }) => ({
      ...batch,
      status: status.toUpperCase(),
    })
    if (Array.isArray(answer.data)) return JSON.stringify(answer.data.map(shown))
    return JSON.stringify(isNew ? { job: shown(answer) } : shown(answer))
  }
})

describe('a second process', () => {
  it('takes over while the first sleeps, and that one creates nothing when it wakes', async () => {
    const [disk, provider] = [smallDisk(), providerWith()]
    let wake = (): void => {}
    const asleep = new Promise<void>((resolve) => {
      wake = resolve
    })
    let fallAsleep = (): void => {}
    const sleeps = new Promise<void>((resolve) => {
      fallAsleep = resolve
    })
    let creates = 0
    let late = 0
    const clock: Clock = {
      now: () => systemClock.now() + late,
      monotonic: () => systemClock.monotonic() + late,
      sleep: (ms, signal) => systemClock.sleep(ms, signal),
    }
    const first = made(disk, provider, {
      as: 1,
      clock,
      between: async (call, pass) => {
        if (isCreate(call)) creates++
        const answer = await pass()
        if (/\/files$/.test(new URL(call.url).pathname)) {
          fallAsleep()
          await asleep
        }
        return answer
      },
    }).then(
      () => 'done',
      (error: { code: string }) => error.code,
    )
    await sleeps
    const { summary } = await made(disk, provider, { as: 2, waitForLockMs: 1 })
    late = 600_000
    wake()
    expect(await first).toBe('lock_lost')
    expect(creates).toBe(0)
    expect(summary.total).toMatchObject({ requests: 8, unknown: 0 })
    expect(provider.stats().batches).toMatchObject({ created: 1, answered: 8 })
  })
})
