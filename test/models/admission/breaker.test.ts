import { describe, expect, it } from 'vitest'
import { type Slot, Slots } from '../../../src/models/admission/slots.ts'
import { SimulatedClock } from '../../support/simulated-clock.ts'
import { failed } from './simulated-servers.ts'

const never = new AbortController().signal
const reply = { kind: 'reply', body: '{}' } as const
const down = failed('connection_failed', 'retry', null, true)

function model(limit = 8) {
  const clock = new SimulatedClock()
  const told: string[] = []
  const slots = new Slots({
    model: 'p/m',
    limit,
    clock,
    watcher: {
      free: () => {},
      rateLimited: () => {},
      down: (_, { probesFailed, waitMs }) => told.push(`down ${probesFailed} ${Math.ceil(waitMs / 1000)}`),
      back: (downMs) => told.push(`back ${downMs >= 1000}`),
    },
  })
  const sent = async (): Promise<Slot> => {
    const slot = await slots.take(1, never)
    slots.sent(slot)
    return slot
  }
  const end = async (ended: Parameters<Slots['give']>[1]) => slots.give(await sent(), ended)
  return { clock, told, slots, sent, end }
}

describe('a model that is down', () => {
  it('counts as down after five failures in a row, and is asked by one real request at a time, ever later', async () => {
    const { clock, slots, told, sent, end } = model()
    for (let failure = 0; failure < 4; failure++) await end(down)
    expect(slots.isDown).toBe(false)
    await end(down)
    expect(slots.isDown).toBe(true)
    expect(told).toEqual(['down 0 1'])
    const asked: Slot[] = []
    for (let row = 0; row < 20; row++) void sent().then((slot) => asked.push(slot))
    await clock.runUntil(400)
    expect(asked).toEqual([])
    await clock.runUntil(1_000)
    expect(asked).toHaveLength(1)
    await clock.runUntil(60_000)
    expect(asked).toHaveLength(1)
    slots.give(asked[0]!, down)
    await clock.runUntil(60_999)
    expect(asked).toHaveLength(1)
    await clock.runUntil(62_000)
    expect(asked).toHaveLength(2)
    slots.give(asked[1]!, reply)
    await clock.runUntil(62_000)
    expect(asked).toHaveLength(10)
    expect(told).toEqual(['down 0 1', 'down 1 2', 'back true'])
    expect(slots.isDown).toBe(false)
  })

  it.each([
    ['an answer', reply],
    ['a 429', failed('rate_limited', 'wait', 0)],
    ['a refused row', failed('bad_request', 'drop')],
  ])('is none while there is %s between the failures', async (_, ended) => {
    const { clock, slots, end } = model()
    for (let failure = 0; failure < 20; failure++) {
      await end(failure % 5 === 4 ? ended : down)
      await clock.runUntil(clock.now() + 10_000)
    }
    expect(slots.isDown).toBe(false)
  })

  it('is none for failures that may be the fault of the request', async () => {
    const { slots, end } = model()
    for (let failure = 0; failure < 20; failure++) await end(failed('server_error', 'retry'))
    expect(slots.isDown).toBe(false)
  })

  it('is not made worse by requests that were on their way when it was noticed', async () => {
    const { clock, slots, told, sent } = model()
    const before = await Promise.all(Array.from({ length: 8 }, sent))
    for (const slot of before) slots.give(slot, down)
    expect(told).toEqual(['down 0 1'])
    await clock.runUntil(1_000)
    expect(slots.free).toBeGreaterThan(0)
  })

  it('is asked by another request when the first one is given up', async () => {
    const { clock, slots, sent, end } = model()
    for (let failure = 0; failure < 5; failure++) await end(down)
    await clock.runUntil(1_000)
    slots.give(await sent())
    slots.give(await sent(), reply)
    expect(slots.isDown).toBe(false)
  })

  it('waits as long as the server says', async () => {
    const { clock, slots, end, sent } = model()
    for (let failure = 0; failure < 5; failure++) {
      await end(failed('connection_failed', 'retry', 30_000, true))
    }
    let asked = false
    void sent().then(() => {
      asked = true
    })
    await clock.runUntil(29_999)
    expect([asked, slots.isDown]).toEqual([false, true])
    await clock.runUntil(30_000)
    expect(asked).toBe(true)
  })
})
