import { describe, expect, it, onTestFinished } from 'vitest'
import { type Simulator, startSimulator } from '../../../src/simulate/server/server.ts'
import { scenarioOf } from '../support.ts'

interface Batch {
  readonly id: string
  readonly status: string
  readonly output_file_id: string | null
  readonly error_file_id: string | null
  readonly errors: { readonly data: readonly { readonly code: string }[] } | null
  readonly request_counts: { readonly completed: number }
}

async function start(batches: object): Promise<Simulator> {
  const simulator = await startSimulator({ scenario: scenarioOf({ batches }), words: 5 })
  onTestFinished(() => simulator.close())
  return simulator
}

const line = (custom_id: string): string =>
  JSON.stringify({
    custom_id,
    method: 'POST',
    url: '/v1/chat/completions',
    body: { model: 'm', messages: [{ role: 'user', content: custom_id }] },
  })

async function upload({ url }: Simulator, ...ids: string[]): Promise<string> {
  const form = new FormData()
  form.set('purpose', 'batch')
  form.set('file', new Blob([ids.map(line).join('\n')]), 'in.jsonl')
  const reply = await fetch(`${url}/v1/files`, { method: 'POST', body: form })
  return ((await reply.json()) as { id: string }).id
}

function create({ url }: Simulator, input_file_id: string): Promise<Response> {
  const body = { input_file_id, endpoint: '/v1/chat/completions', completion_window: '24h' }
  return fetch(`${url}/v1/batches`, { method: 'POST', body: JSON.stringify(body) })
}

async function begun(simulator: Simulator, ...ids: string[]): Promise<Batch> {
  return (await (await create(simulator, await upload(simulator, ...ids))).json()) as Batch
}

const look = async ({ url }: Simulator, { id }: { id: string }): Promise<Batch> =>
  (await (await fetch(`${url}/v1/batches/${id}`)).json()) as Batch

const forward = ({ url }: Simulator, ms: number): Promise<Response> =>
  fetch(`${url}/clock?forward_ms=${ms}`, { method: 'POST' })

async function idsIn({ url }: Simulator, file: string | null): Promise<string[]> {
  const text = await (await fetch(`${url}/v1/files/${file}/content`)).text()
  return text
    .trim()
    .split('\n')
    .map((each) => (JSON.parse(each) as { custom_id: string }).custom_id)
}

describe('batches of the simulator', () => {
  it('are worked on when their time has come by the clock, which a test moves', async () => {
    const simulator = await start({ takes: '1h' })
    const batch = await begun(simulator, 'a', 'b')
    expect((await look(simulator, batch)).status).not.toBe('completed')
    await forward(simulator, 3_600_000)
    const done = await look(simulator, batch)
    expect(done).toMatchObject({ status: 'completed', request_counts: { completed: 2 } })
    expect(await idsIn(simulator, done.output_file_id)).toEqual(['a', 'b'])
    expect(simulator.stats().batches.custom_ids).toEqual({ a: [1, 1], b: [1, 1] })
  })

  it('are made though the reply to the create is lost, and again by another create', async () => {
    const simulator = await start({ faults: [{ fault: 'create_lost', nth: 1 }] })
    const file = await upload(simulator, 'a')
    await expect(create(simulator, file)).rejects.toThrow()
    const again = (await (await create(simulator, file)).json()) as Batch
    expect(simulator.stats().batches.created).toBe(2)
    await look(simulator, again)
    const { data } = (await (await fetch(`${simulator.url}/v1/batches`)).json()) as { data: Batch[] }
    expect(data).toHaveLength(2)
    expect(simulator.stats().batches.custom_ids).toEqual({ a: [2, 2] })
  })

  it.each([
    ['expires', { faults: [{ fault: 'expires' }] }, 25, 'expired', ['a']],
    ['a window that is too short', { takes: '2h', window: '1h' }, 2, 'expired', ['a']],
  ] as const)('that expire give what was answered: %s', async (_, batches, hours, status, ids) => {
    const simulator = await start(batches)
    const batch = await begun(simulator, 'a', 'b')
    await look(simulator, batch)
    await forward(simulator, hours * 3_600_000)
    const ended = await look(simulator, batch)
    expect(ended.status).toBe(status)
    expect(await idsIn(simulator, ended.output_file_id)).toEqual(ids)
    expect(await idsIn(simulator, ended.error_file_id)).toEqual(['b'])
    expect(simulator.stats().batches.answered).toBe(1)
  })

  it('fail at no cost over the limit of enqueued tokens', async () => {
    const simulator = await start({ enqueued_tokens: 3 })
    const batch = await begun(simulator, 'a')
    expect((await look(simulator, batch)).errors?.data[0]?.code).toBe('token_limit_exceeded')
    expect(simulator.stats().batches.answered).toBe(0)
  })

  it.each([
    ['shuffled', ['b', 'a']],
    ['twice', ['a', 'b', 'a']],
    ['missing', ['b']],
    ['unknown_id', ['a', 'b', 'unknown-id']],
  ])('hand out results %s', async (fault, ids) => {
    const simulator = await start({ faults: [{ fault }] })
    const { output_file_id } = await look(simulator, await begun(simulator, 'a', 'b'))
    expect(await idsIn(simulator, output_file_id)).toEqual(ids)
  })

  it('answer as the request alone would be answered', async () => {
    const simulator = await start({})
    const { output_file_id } = await look(simulator, await begun(simulator, 'a'))
    const result = (await (await fetch(`${simulator.url}/v1/files/${output_file_id}/content`)).json()) as {
      response: { body: unknown }
    }
    const { body } = JSON.parse(line('a')) as { body: object }
    const alone = await fetch(`${simulator.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(body),
    })
    const [one, other] = [result.response.body, await alone.json()].map((each) => ({
      ...(each as object),
      created: 0,
    }))
    expect(one).toEqual(other)
  })
})
