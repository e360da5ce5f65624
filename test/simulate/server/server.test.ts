import { describe, expect, it, onTestFinished } from 'vitest'
import type { Transport } from '../../../src/models/http/transport.ts'
import { undiciTransport } from '../../../src/models/http/undici-transport.ts'
import { readReply } from '../../../src/models/wire/reply.ts'
import { type Simulator, type SimulatorOptions, startSimulator } from '../../../src/simulate/server/server.ts'
import { simulatorTransport } from '../../../src/simulate/server/transport.ts'
import { scenarioOf } from '../support.ts'

async function start(
  options: SimulatorOptions = {},
): Promise<{ simulator: Simulator; transport: Transport }> {
  const simulator = await startSimulator(options)
  const transport = undiciTransport()
  onTestFinished(() => simulator.close())
  onTestFinished(() => transport.close())
  return { simulator, transport }
}

const never = new AbortController().signal
const ask = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hello' }] })

function post(
  { simulator, transport }: { simulator: Simulator; transport: Transport },
  options: { body?: string; key?: string; signal?: AbortSignal } = {},
) {
  return transport.post(
    `${simulator.url}/v1/chat/completions`,
    { 'content-type': 'application/json', 'x-rowsmith-effect': options.key ?? 'k' },
    options.body ?? ask,
    options.signal ?? never,
    20_000,
  )
}

async function json(url: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

describe('the simulator over HTTP', () => {
  it('listens on loopback and answers as the model does in the process', async () => {
    const served = await start({ seed: 3n, words: 20 })
    expect(served.simulator.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const inProcess = simulatorTransport({ seed: 3n, words: 20 })
    const there = await post(served)
    const here = await inProcess.post('http://x', {}, ask, never, 1000)
    if ('broken' in there || 'broken' in here) throw new Error('No answer came.')
    expect(there.body).toBe(here.body)
    expect(readReply(there.body).content.split(/\s+/)).toHaveLength(20)
  })

  it('counts requests, tokens and effect keys', async () => {
    const served = await start()
    for (const key of ['a', 'b', 'a']) await post(served, { key })
    await post(served, { body: 'no json' })
    const { body } = await json(`${served.simulator.url}/stats`)
    expect(body).toMatchObject({ requests: 3, answered: 3, in_flight: 0, effects: { a: 2, b: 1 } })
    expect(body.prompt_tokens).toBe(6)
    expect(body.completion_tokens).toBeGreaterThan(0)
  })

  it('shows how many requests are in flight and were at most', async () => {
    const served = await start({ latencyMs: 60_000 })
    const until = async (holds: () => boolean): Promise<void> => {
      while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const leaving = new AbortController()
    const asked = Array.from({ length: 10 }, () => post(served, { signal: leaving.signal }))
    await until(() => served.simulator.stats().requests === 10)
    expect(served.simulator.stats()).toMatchObject({ in_flight: 10, max_in_flight: 10 })
    leaving.abort(new Error('gone'))
    await Promise.allSettled(asked)
    await until(() => served.simulator.stats().in_flight === 0)
    expect(served.simulator.stats()).toMatchObject({ requests: 10, max_in_flight: 10 })
  })

  it('counts a client that went away as asked, not as answered', async () => {
    const served = await start({ latencyMs: 60_000 })
    const controller = new AbortController()
    const asked = post(served, { signal: controller.signal })
    while (served.simulator.stats().requests === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    controller.abort(new Error('gone'))
    await expect(asked).rejects.toThrow('gone')
    while (served.simulator.stats().in_flight > 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(served.simulator.stats()).toMatchObject({ requests: 1, answered: 0, completion_tokens: 0 })
  })

  it('lists its model, knows no other path, and refuses bad JSON', async () => {
    const served = await start()
    const models = await json(`${served.simulator.url}/v1/models`)
    expect(models.body).toMatchObject({ object: 'list', data: [{ id: 'simulated' }] })
    expect((await json(`${served.simulator.url}/v2/nothing?q=1`)).status).toBe(404)
    expect(await post(served, { body: '{' })).toMatchObject({ status: 400 })
  })

  it('hangs up on everybody when it closes, and says so when a port is taken', async () => {
    const served = await start({ latencyMs: 60_000 })
    const port = Number(new URL(served.simulator.url).port)
    await expect(startSimulator({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    const asked = post(served)
    while (served.simulator.stats().requests === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await served.simulator.close()
    expect(await asked).toMatchObject({ broken: 'closed' })
  })
})

describe('the simulator inside the process', () => {
  it('takes its time, keeps to the deadline and lets itself be interrupted', async () => {
    const slow = simulatorTransport({ latencyMs: 60_000 })
    expect(await slow.post('http://x', {}, ask, never, 10)).toMatchObject({ broken: 'timeout' })
    const controller = new AbortController()
    const asked = slow.post('http://x', {}, ask, controller.signal, 100_000)
    controller.abort(new Error('enough'))
    await expect(asked).rejects.toThrow('enough')
    await expect(slow.post('http://x', {}, ask, controller.signal, 100_000)).rejects.toThrow('enough')
  })
})

describe('faults over HTTP', () => {
  const faulty = (fault: object) => start({ scenario: scenarioOf({ faults: [fault] }) })

  it.each(['nothing', 'half'])('a reset after %s breaks the connection off', async (after) => {
    const served = await faulty({ fault: 'reset', after, nth: 1 })
    expect(await post(served)).toMatchObject({ broken: 'closed' })
    expect(await post(served)).toMatchObject({ status: 200 })
    expect(served.simulator.stats()).toMatchObject({ requests: 2, answered: 1, in_flight: 0 })
  })

  it('a stall lets a client wait until it gives up, with half an answer in hand', async () => {
    const served = await faulty({ fault: 'stall' })
    const response = await fetch(`${served.simulator.url}/v1/chat/completions`, { method: 'POST', body: ask })
    const reader = response.body!.getReader()
    const { value } = await reader.read()
    expect(new TextDecoder().decode(value)).toMatch(/^\{"id":"chatcmpl-/)
    expect(served.simulator.stats()).toMatchObject({ in_flight: 1, answered: 0 })
    await reader.cancel()
    while (served.simulator.stats().in_flight > 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(served.simulator.stats()).toMatchObject({ answered: 0 })
  })

  it('a stall that ends lets the answer come after all', async () => {
    const served = await faulty({ fault: 'stall', for: '20ms' })
    const calm = simulatorTransport()
    const [late, whole] = [await post(served), await calm.post('http://x', {}, ask, never, 1000)]
    expect(late).toMatchObject({ status: 200, body: (whole as { body: string }).body })
  })

  it('a status comes with its headers', async () => {
    const served = await faulty({ fault: 'status', status: 503, retry_after: '4s' })
    expect(await post(served)).toMatchObject({ status: 503, headers: { 'retry-after': '4' } })
  })

  it('a stream comes as the tokens do', async () => {
    const served = await start({ scenario: scenarioOf({ latency: { per_token: '1ms' }, words: 40 }) })
    const body = JSON.stringify({ ...JSON.parse(ask), stream: true })
    const response = await fetch(`${served.simulator.url}/v1/chat/completions`, { method: 'POST', body })
    const chunks: string[] = []
    for await (const chunk of response.body!) chunks.push(new TextDecoder().decode(chunk))
    expect(chunks.length).toBeGreaterThan(2)
    expect(chunks.at(-1)).toMatch(/data: \[DONE\]\n\n$/)
  })
})
