import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Clock } from '../../src/base/clock.ts'
import { Slots } from '../../src/models/slots.ts'

const never = new AbortController().signal

/** A clock that goes on when the test says so. */
class HandClock implements Clock {
  time = 0
  readonly sleepers: { until: number; wake: () => void; signal: AbortSignal | undefined }[] = []
  now = (): number => this.time
  monotonic = (): number => this.time
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason))
      this.sleepers.push({ until: this.time + ms, wake: resolve, signal })
    })
  }
  async advance(ms: number): Promise<void> {
    this.time += ms
    for (const sleeper of [...this.sleepers]) {
      if (sleeper.until > this.time) continue
      this.sleepers.splice(this.sleepers.indexOf(sleeper), 1)
      sleeper.wake()
    }
    await settle()
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

describe('slots', () => {
  it('are given at once while there are any, then to waiters by order', async () => {
    const slots = new Slots(2, new HandClock())
    expect(slots.take(9, never)).toBeUndefined()
    expect(slots.take(8, never)).toBeUndefined()
    expect(slots.free).toBe(0)
    const admitted: number[] = []
    for (const order of [5, 1, 3]) void slots.take(order, never)?.then(() => admitted.push(order))
    slots.give()
    slots.give()
    await settle()
    expect(admitted).toEqual([1, 3])
    slots.give()
    await settle()
    expect(admitted).toEqual([1, 3, 5])
    slots.give()
    slots.give()
    expect(slots.free).toBe(2)
    expect(() => slots.give()).toThrow(RangeError)
  })

  it('tell when one is free and nobody waits', () => {
    let free = 0
    const slots = new Slots(1, new HandClock(), () => free++)
    void slots.take(1, never)
    void slots.take(2, never)
    slots.give()
    expect(free).toBe(0)
    slots.give()
    expect(free).toBe(1)
  })

  it('pass over a waiter that gave up, who gets the reason', async () => {
    const slots = new Slots(1, new HandClock())
    void slots.take(1, never)
    const controller = new AbortController()
    const gaveUp = slots.take(2, controller.signal)
    let admitted = false
    void slots.take(3, never)?.then(() => {
      admitted = true
    })
    controller.abort('enough')
    await expect(gaveUp).rejects.toBe('enough')
    slots.give()
    await settle()
    expect(admitted).toBe(true)
    expect(() => slots.take(4, controller.signal)).toThrow('enough')
  })

  it('are given to nobody while cooling down, with one timer, that can be prolonged but not cut short', async () => {
    const clock = new HandClock()
    let free = 0
    const slots = new Slots(2, clock, () => free++)
    expect(clock.sleepers).toHaveLength(0)
    slots.coolDown(100)
    slots.coolDown(300)
    slots.coolDown(200)
    expect(slots.free).toBe(0)
    let admitted = false
    void slots.take(1, never)?.then(() => {
      admitted = true
    })
    expect(clock.sleepers).toHaveLength(1)
    await clock.advance(100)
    await clock.advance(150)
    expect(admitted).toBe(false)
    expect(clock.sleepers).toHaveLength(1)
    await clock.advance(50)
    expect(admitted).toBe(true)
    expect(free).toBe(1)
    expect(slots.free).toBe(1)
    expect(clock.sleepers).toHaveLength(0)
    slots.coolDown(50)
    expect(slots.free).toBe(1)
  })

  it('let go of their timer when closed', () => {
    const clock = new HandClock()
    const slots = new Slots(1, clock)
    slots.coolDown(1000)
    slots.close()
    expect(clock.sleepers[0]?.signal?.aborted).toBe(true)
  })

  it('never admit more than the limit and never forget a waiter, whatever happens in which order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.tuple(fc.constantFrom('take', 'give', 'abort', 'cool', 'time'), fc.nat(20)), {
          maxLength: 80,
        }),
        async (limit, steps) => {
          const clock = new HandClock()
          const slots = new Slots(limit, clock)
          let held = 0
          const waiting = new Map<AbortController, number>()
          for (const [step, number] of steps) {
            if (step === 'take') {
              const controller = new AbortController()
              const wait = slots.take(number, controller.signal)
              if (wait === undefined) held++
              else {
                waiting.set(controller, number)
                wait.then(
                  () => {
                    held++
                    waiting.delete(controller)
                  },
                  () => waiting.delete(controller),
                )
              }
            }
            if (step === 'give' && held > 0) {
              held--
              slots.give()
            }
            if (step === 'abort') [...waiting.keys()][number]?.abort('x')
            if (step === 'cool') slots.coolDown(clock.time + number)
            if (step === 'time') await clock.advance(number)
            await settle()
            expect(held).toBeLessThanOrEqual(limit)
            if (slots.free > 0) expect(waiting.size).toBe(0)
          }
          await clock.advance(100)
          while (held > 0) {
            held--
            slots.give()
            await settle()
          }
          expect(waiting.size).toBe(0)
          expect(slots.free).toBe(limit)
        },
      ),
    )
  })
})
