import { afterEach, describe, expect, it } from 'vitest'
import type { Transport } from '../../src/models/http/transport.ts'
import { undiciTransport } from '../../src/models/http/undici-transport.ts'
import { readReply } from '../../src/models/reply.ts'
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulate/server.ts'
import { simulatorTransport } from '../../src/simulate/transport.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function start(
  options: SimulatorOptions = {},
): Promise<{ simulator: Simulator; transport: Transport }> {
  const simulator = await startSimulator(options)
  const transport = undiciTransport()
  closers.push(() => simulator.close())
  closers.push(() => transport.close())
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
    const served = await start({ latencyMs: 50 })
    await Promise.all(Array.from({ length: 10 }, () => post(served)))
    await post(served)
    expect(served.simulator.stats()).toMatchObject({ requests: 11, in_flight: 0, max_in_flight: 10 })
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
