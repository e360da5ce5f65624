/** What admission makes of servers that refuse, queue, come and go; in simulated time. */
import { describe, expect, it } from 'vitest'
import { AdmissionQueue } from '../../../src/models/admission/admission-queue.ts'
import { SimulatedClock } from '../../proof/clock/simulated-clock.ts'
import { Caller, LimitedServer, lognormal, QueueingServer, type Server } from './simulated-servers.ts'

const minute = 60_000

function asking(server: (clock: SimulatedClock) => Server, limit: number) {
  const clock = new SimulatedClock()
  let caller: Caller | undefined
  const bursts: number[] = []
  const slots = new AdmissionQueue({
    model: 'p/m',
    limit,
    clock,
    opens: true,
    senses: true,
    watcher: {
      free: () => caller?.look(),
      heldBack: () => {},
      rateLimited: (waitMs) => bursts.push(waitMs),
      down: () => {},
      back: () => {},
    },
  })
  caller = new Caller(slots, server(clock))
  caller.look()
  return { clock, asker: caller, slots, bursts }
}

describe('a server that allows so many requests a second', () => {
  it.each([
    // Requests a second, our limit, latency in ms, what its bucket holds, Retry-After in ms.
    [100, 256, 200, 100, null],
    [100, 256, 200, 100, 1000],
    [100, 64, 200, 1, null],
    [100, 64, 200, 1, 1000],
    [100, 256, 200, 1, 10],
    [10, 64, 1000, 10, null],
    [10, 64, 1000, 10, 2000],
    [50, 256, 1000, 3000, 1000],
    [2, 64, 500, 2, 1000],
    [5, 64, 3000, 25, null],
    [1000, 1024, 200, 1000, 1000],
    [1000, 1024, 200, 1, null],
    [0.5, 64, 500, 1, null],
    [0.5, 64, 500, 1, 2000],
    [0.5, 64, 2000, 1, 1000],
  ])(
    '%d/s is used to nine tenths after a minute (limit %i, %i ms, bucket of %i, Retry-After %s ms), and no row is lost',
    async (perSecond, limit, medianMs, burst, retryAfterMs) => {
      let limited: LimitedServer | undefined
      const { clock, asker: caller } = asking((clock) => {
        const latencyMs = lognormal(medianMs, 0.4, 1)
        const retryAfter = retryAfterMs === null ? null : () => retryAfterMs
        limited = new LimitedServer(clock, perSecond, { latencyMs, burst, retryAfterMs: retryAfter })
        return limited
      }, limit)
      const server = limited!
      await clock.runUntil(minute)
      const [answered, refused] = [server.answered, server.refused]
      await clock.runUntil(3 * minute)
      expect((server.answered - answered) / 120).toBeGreaterThanOrEqual(0.9 * perSecond)
      // With good manners, too.
      expect(server.refused - refused).toBeLessThanOrEqual(Math.max(4, 0.06 * (server.answered - answered)))
      caller.stopped = true
      await clock.runUntil(10 * minute)
      expect(caller.answered).toBe(caller.rows)
    },
  )

  it('is used again soon after it allows more, and after it allows less', async () => {
    let limited: LimitedServer | undefined
    const { clock } = asking((clock) => {
      limited = new LimitedServer(clock, 20, { latencyMs: () => 200, burst: 20, retryAfterMs: null })
      return limited
    }, 64)
    const server = limited!
    await clock.runUntil(minute)
    const rate = async (perSecond: number) => {
      server.perSecond = perSecond
      await clock.runUntil(clock.now() + minute)
      const before = server.answered
      await clock.runUntil(clock.now() + minute)
      return (server.answered - before) / 60 / perSecond
    }
    expect(await rate(80)).toBeGreaterThanOrEqual(0.9)
    expect(await rate(8)).toBeGreaterThanOrEqual(0.9)
  })

  it('is asked nothing before its Retry-After is over', async () => {
    const asked: number[] = []
    const { clock } = asking((clock) => {
      const limited = new LimitedServer(clock, 10, {
        latencyMs: () => 100,
        burst: 10,
        retryAfterMs: () => 3_000,
      })
      let until = 0
      return {
        async ask() {
          expect(clock.now()).toBeGreaterThanOrEqual(until)
          asked.push(clock.now())
          const ended = await limited.ask()
          if (ended.kind === 'failed') until = clock.now() + 3_000
          return ended
        },
      }
    }, 1)
    await clock.runUntil(2 * minute)
    expect(asked.length).toBeGreaterThan(600)
  })
})

describe('a server that never refuses', () => {
  it.each([
    ['works on 32 and lets the rest queue', 32, lognormal(1000, 0.4, 2), 256, 29.5],
    ['works on 100 and lets the rest queue', 100, lognormal(200, 0.4, 3), 256, 461],
  ])(
    'and %s gets no more than it works on, and loses nothing by it',
    async (_, places, workMs, limit, best) => {
      let queueing: QueueingServer | undefined
      const { clock, slots } = asking((clock) => {
        queueing = new QueueingServer(clock, places, workMs)
        return queueing
      }, limit)
      const server = queueing!
      await clock.runUntil(3 * minute)
      const before = server.answered
      await clock.runUntil(9 * minute)
      expect((server.answered - before) / 360).toBeGreaterThanOrEqual(0.8 * best)
      expect(slots.limitNow).toBeLessThan(0.75 * limit)
    },
  )

  it('and slows down under load is held near its best', async () => {
    let queueing: QueueingServer | undefined
    const noise = lognormal(1, 0.2, 5)
    const { clock } = asking((clock) => {
      // Best with 48 in flight: 48 a second. With 256 it makes 18.
      queueing = new QueueingServer(clock, 10_000, (inWork) => 500 * (1 + (inWork / 48) ** 2) * noise())
      return queueing
    }, 256)
    const server = queueing!
    await clock.runUntil(3 * minute)
    const before = server.answered
    await clock.runUntil(9 * minute)
    expect((server.answered - before) / 360).toBeGreaterThanOrEqual(0.8 * 48)
  })

  it('and has room for all of them is used to the full', async () => {
    let queueing: QueueingServer | undefined
    const { clock } = asking((clock) => {
      queueing = new QueueingServer(clock, 10_000, lognormal(1000, 0.5, 3))
      return queueing
    }, 256)
    const server = queueing!
    await clock.runUntil(minute)
    const before = server.answered
    await clock.runUntil(11 * minute)
    expect((server.answered - before) / 600).toBeGreaterThanOrEqual(0.9 * 225)
  })

  it('and has room for all of them costs less than two hundredths to make sure of it', async () => {
    let queueing: QueueingServer | undefined
    const { clock } = asking((clock) => {
      queueing = new QueueingServer(clock, 10_000, () => 200)
      return queueing
    }, 256)
    await clock.runUntil(minute)
    expect(queueing!.answered / 60).toBeGreaterThanOrEqual(0.98 * 1280)
  })

  it('and had room for all of them, but lets them queue from now on, is noticed within a minute', async () => {
    let queueing: QueueingServer | undefined
    const { clock, slots } = asking((clock) => {
      queueing = new QueueingServer(clock, 10_000, lognormal(500, 0.3, 7))
      return queueing
    }, 256)
    await clock.runUntil(minute)
    expect(slots.limitNow).toBeGreaterThan(170)
    queueing!.places = 64
    await clock.runUntil(2 * minute)
    expect(slots.limitNow).toBeLessThan(0.75 * 256)
  })
})
