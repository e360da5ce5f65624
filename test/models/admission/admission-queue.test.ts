import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  AdmissionQueue,
  type AdmissionQueueOptions,
  type Permit,
} from '../../../src/models/admission/admission-queue.ts'
import { SimulatedClock } from '../../proof/clock/simulated-clock.ts'
import { failed } from './simulated-servers.ts'

const never = new AbortController().signal
const reply = { kind: 'reply', body: '{}' } as const

function make(limit: number, more: Partial<AdmissionQueueOptions> = {}) {
  const clock = new SimulatedClock()
  const told = { free: 0, rateLimited: [] as number[], down: 0, back: 0 }
  const watcher = {
    free: () => void told.free++,
    heldBack: () => {},
    rateLimited: (waitMs: number) => void told.rateLimited.push(waitMs),
    down: () => void told.down++,
    back: () => void told.back++,
  }
  const slots = new AdmissionQueue({ model: 'p/m', limit, clock, watcher, ...more })
  return { clock, told, slots }
}

/** A slot that is there at once, its request on the way. */
function sent(slots: AdmissionQueue, order = 1): Permit {
  const slot = slots.take(order, never)
  if (slot instanceof Promise) throw new Error('There was no slot.')
  slots.sent(slot)
  return slot
}

/** A slot, when there is one, its request on the way. */
async function admitted(slots: AdmissionQueue): Promise<Permit> {
  const slot = await slots.take(1, never)
  slots.sent(slot)
  return slot
}

/** A model that refuses a request, and asks for that long a pause. */
function refuse(slots: AdmissionQueue, retryAfterMs: number): void {
  slots.give(sent(slots), failed('rate_limited', 'wait', retryAfterMs))
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

/** Takes a slot some time. */
function waiting(slots: AdmissionQueue, order: number, signal = never) {
  const state: { slot: Permit | undefined; reason: unknown } = { slot: undefined, reason: undefined }
  Promise.resolve(slots.take(order, signal)).then(
    (slot) => {
      state.slot = slot
    },
    (reason) => {
      state.reason = reason
    },
  )
  return state
}

describe('slots', () => {
  it('are given at once while there are any, then to waiters by order', async () => {
    const { slots } = make(2)
    const held = [sent(slots, 9), sent(slots, 8)]
    expect(slots.free).toBe(0)
    const admitted: number[] = []
    for (const order of [5, 1, 3]) {
      void Promise.resolve(slots.take(order, never)).then((slot) => {
        admitted.push(order)
        held.push(slot)
      })
    }
    slots.give(held.shift()!, reply)
    slots.give(held.shift()!, reply)
    await settle()
    expect(admitted).toEqual([1, 3])
    slots.give(held.shift()!)
    await settle()
    expect(admitted).toEqual([1, 3, 5])
    slots.give(held.shift()!)
    const last = held.shift()!
    slots.give(last)
    expect(slots.free).toBe(2)
    expect(() => slots.give(last)).toThrow(RangeError)
  })

  it('tell when one is free and nobody waits', async () => {
    const { slots, told } = make(1)
    const first = sent(slots)
    const second = waiting(slots, 2)
    slots.give(first)
    expect(told.free).toBe(0)
    await settle()
    slots.give(second.slot!)
    expect(told.free).toBe(1)
  })

  it('pass over a waiter that gave up, who gets the reason', async () => {
    const { slots } = make(1)
    const first = sent(slots)
    const controller = new AbortController()
    const gaveUp = waiting(slots, 2, controller.signal)
    const patient = waiting(slots, 3)
    controller.abort('enough')
    await settle()
    expect(gaveUp.reason).toBe('enough')
    slots.give(first)
    await settle()
    expect(patient.slot).toBeDefined()
    expect(() => slots.take(4, controller.signal)).toThrow('enough')
  })

  it('are given to nobody before the Retry-After of the only request is over, with one timer', async () => {
    const { slots, clock, told } = make(2)
    refuse(slots, 300)
    const patient = waiting(slots, 1)
    expect(clock.sleeping).toBe(1)
    await clock.runUntil(299)
    expect(patient.slot).toBeUndefined()
    expect(clock.sleeping).toBe(1)
    // A tenth is jitter.
    await clock.runUntil(331)
    expect(patient.slot).toBeDefined()
    expect(clock.sleeping).toBe(0)
    expect(told.rateLimited).toEqual([expect.closeTo(315, -2)])
  })

  it('are given to nobody before the longest Retry-After is over, when all that was in flight was refused', async () => {
    const { slots, clock } = make(3)
    const burst = [sent(slots), sent(slots), sent(slots)]
    slots.give(burst[0]!, failed('rate_limited', 'wait', 5_000))
    slots.give(burst[1]!, failed('rate_limited', 'wait', 200))
    slots.give(burst[2]!, failed('rate_limited', 'wait'))
    const patient = waiting(slots, 1)
    await clock.runUntil(4_999)
    expect(patient.slot).toBeUndefined()
    await clock.runUntil(5_501)
    expect(patient.slot).toBeDefined()
  })

  it('go on while others are served, whatever one Retry-After says', async () => {
    const { slots, clock } = make(3)
    const [first, second, third] = [sent(slots), sent(slots), sent(slots)]
    slots.give(first!, failed('rate_limited', 'wait', 60_000))
    await clock.runUntil(200)
    slots.give(second!, reply)
    slots.give(third!, reply)
    const next = waiting(slots, 1)
    await clock.runUntil(1_000)
    expect(next.slot).toBeDefined()
  })

  it('that were given before a refusal tell nothing of what follows it', async () => {
    const { clock, slots } = make(8)
    const served = [1, 2].map(() => sent(slots))
    const early = [1, 2].map(() => slots.take(1, never) as Permit)
    slots.give(sent(slots), failed('rate_limited', 'wait', 2_000))
    // Their intents were being written meanwhile.
    for (const slot of early) {
      slots.sent(slot)
      slots.give(slot, failed('rate_limited', 'wait', 2_000))
    }
    await clock.runUntil(100)
    slots.give(served[0]!, reply)
    expect(slots.free).toBe(1)
  })

  it('are held back towards the end of what was answered before the last pause, so that one is refused', async () => {
    const { clock, slots } = make(8)
    const minute = async (answers: number) => {
      for (let count = 0; count < answers; count++) {
        slots.give(await admitted(slots), reply)
        await clock.runUntil(clock.monotonic() + 100)
      }
    }
    await minute(20)
    // The minute is over, and one more is refused; its pause ends as it said.
    for (const seconds of [30, 30]) {
      const slot = await Promise.race([admitted(slots), clock.runUntil(clock.monotonic() + 60_000)])
      slots.give(slot as Permit, failed('rate_limited', 'wait', 1000 * seconds))
    }
    await clock.runUntil(clock.monotonic() + 60_000)
    await minute(17)
    const last = [1, 2, 3].map(() => sent(slots))
    expect(slots.take(1, never)).toBeInstanceOf(Promise)
    for (const slot of last) slots.give(slot, reply)
    expect(slots.limitNow).toBe(1)
  })

  it('come to a suspect last', async () => {
    const { slots } = make(1)
    const held = sent(slots)
    const admitted: string[] = []
    const wait = (order: number, standing: 'again' | 'suspect') =>
      Promise.resolve(slots.take(order, never, { most: { input: 0, output: 0 }, standing })).then((slot) => {
        admitted.push(standing)
        slots.give(slot)
      })
    const both = [wait(1, 'suspect'), wait(2, 'again')]
    slots.give(held, reply)
    await Promise.all(both)
    expect(admitted).toEqual(['again', 'suspect'])
  })

  it('let go of their timer when closed', () => {
    const { slots, clock } = make(1)
    refuse(slots, 1000)
    void waiting(slots, 1)
    expect(clock.sleeping).toBe(1)
    slots.close()
    expect(clock.sleeping).toBe(0)
  })

  it('cost nothing while nobody wants them: no timer, whatever was learned', async () => {
    const { slots, clock } = make(4)
    refuse(slots, 100)
    await clock.runUntil(2_000)
    slots.give(sent(slots), reply)
    expect(clock.sleeping).toBe(0)
  })

  it('never admit more than the limit and never forget a waiter, whatever happens in which order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.tuple(fc.constantFrom('take', 'give', 'abort', 'refuse', 'fail', 'time'), fc.nat(20)), {
          maxLength: 80,
        }),
        async (limit, steps) => {
          const { slots, clock } = make(limit)
          const held: Permit[] = []
          const waiters = new Set<AbortController>()
          for (const [step, number] of steps) {
            if (step === 'take') {
              const controller = new AbortController()
              const slot = slots.take(number, controller.signal)
              if (slot instanceof Promise) {
                waiters.add(controller)
                const over = () => waiters.delete(controller)
                slot.then((given) => over() && held.push(given), over)
              } else held.push(slot)
            }
            if (step !== 'take' && step !== 'abort' && step !== 'time' && held.length > 0) {
              const slot = held.splice(number % held.length, 1)[0]!
              slots.sent(slot)
              if (step === 'give') slots.give(slot, number % 3 === 0 ? undefined : reply)
              if (step === 'refuse') slots.give(slot, failed('rate_limited', 'wait', number))
              if (step === 'fail')
                slots.give(slot, failed('connection_failed', 'retry', number, number % 2 === 0))
            }
            if (step === 'abort') [...waiters][number]?.abort('x')
            if (step === 'time') await clock.runUntil(clock.now() + 100 * number)
            await settle()
            expect(held.length).toBeLessThanOrEqual(limit)
            if (slots.free > 0) expect(waiters.size).toBe(0)
          }
          for (let patience = 0; held.length > 0 || waiters.size > 0; patience++) {
            expect(patience).toBeLessThan(200)
            for (const slot of held.splice(0)) {
              slots.sent(slot)
              slots.give(slot, reply)
            }
            await clock.runUntil(clock.now() + 60_000)
          }
          await clock.runUntil(clock.now() + 3_600_000)
          expect(clock.sleeping).toBe(0)
          expect(slots.free).toBe(limit)
        },
      ),
    )
  })
})

describe('a model that is down', () => {
  const down = failed('connection_failed', 'retry', null, true)

  /** Rows that wait for it, each to be told how its request ended. */
  function waitingFor(slots: AdmissionQueue, rows: number) {
    const asked: Permit[] = []
    for (let row = 0; row < rows; row++) {
      void Promise.resolve(slots.take(row, never)).then((slot) => {
        slots.sent(slot)
        asked.push(slot)
      })
    }
    return asked
  }

  it('is asked by one real request at a time, ever later, and goes on at once when one is answered', async () => {
    const { clock, slots, told } = make(8)
    for (const slot of Array.from({ length: 8 }, () => sent(slots))) slots.give(slot, down)
    expect(slots.isDown).toBe(true)
    expect(told.down).toBe(1)
    const asked = waitingFor(slots, 40)
    await clock.runUntil(500)
    expect(asked).toHaveLength(1)
    const waits: number[] = []
    for (let tries = 1; tries <= 12; tries++) {
      const from = clock.now()
      expect(asked.at(-1)!.probe).toBe(true)
      slots.give(asked.at(-1)!, down)
      while (asked.length === tries) await clock.runUntil(clock.now() + 50)
      expect(asked).toHaveLength(tries + 1)
      waits.push(clock.now() - from)
    }
    expect(waits.at(-1)!).toBeGreaterThan(5 * waits[0]!)
    expect(Math.max(...waits)).toBeLessThanOrEqual(60_000)
    expect(told.back).toBe(0)
    slots.give(asked.at(-1)!, reply)
    await clock.runUntil(clock.now() + 500)
    expect(asked).toHaveLength(13 + 8)
    expect([told.down, told.back, slots.isDown]).toEqual([13, 1, false])
  })

  it.each([
    ['an answer', reply],
    ['a 429', failed('rate_limited', 'wait', 0)],
    ['a refused row', failed('bad_request', 'drop')],
  ])('is none while there is %s between the failures', async (_, ended) => {
    const { clock, slots } = make(8)
    for (let failure = 0; failure < 20; failure++) {
      const asked = waitingFor(slots, 1)
      await clock.runUntil(clock.now() + 120_000)
      slots.give(asked[0]!, failure % 5 === 4 ? ended : down)
    }
    expect(slots.isDown).toBe(false)
  })

  it('is none for failures that may be the fault of the request', async () => {
    const { clock, slots } = make(8)
    for (let failure = 0; failure < 20; failure++) {
      const asked = waitingFor(slots, 1)
      await clock.runUntil(clock.now() + 120_000)
      slots.give(asked[0]!, failed('server_error', 'retry'))
    }
    expect(slots.isDown).toBe(false)
  })

  it('is asked by another request when the first one is given up', async () => {
    const { clock, slots } = make(8)
    for (const slot of Array.from({ length: 8 }, () => sent(slots))) slots.give(slot, down)
    const asked = waitingFor(slots, 2)
    await clock.runUntil(1_000)
    slots.give(asked[0]!)
    await clock.runUntil(2_000)
    slots.give(asked[1]!, reply)
    expect(slots.isDown).toBe(false)
  })

  it('is left alone as long as it says', async () => {
    const { clock, slots } = make(8)
    for (const slot of Array.from({ length: 8 }, () => sent(slots))) {
      slots.give(slot, failed('connection_failed', 'retry', 30_000, true))
    }
    const asked = waitingFor(slots, 1)
    await clock.runUntil(29_999)
    expect([asked.length, slots.isDown]).toEqual([0, true])
    await clock.runUntil(31_001)
    expect(asked).toHaveLength(1)
  })
})
