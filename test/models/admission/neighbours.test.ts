import { describe, expect, it } from 'vitest'
import type { AdmissionQueue, Permit } from '../../../src/models/admission/admission-queue.ts'
import { Admissions, defaultAdmission } from '../../../src/models/admission/admissions.ts'
import type { Endpoint } from '../../../src/models/contract/contract.ts'
import { SimulatedClock } from '../../proof/clock/simulated-clock.ts'
import { failed } from './simulated-servers.ts'

const never = new AbortController().signal
const reply = { kind: 'reply', body: '{}' } as const
const nothing = () => {}

function twoModels(more: Partial<Endpoint> = {}) {
  const clock = new SimulatedClock()
  const told = { free: nothing, rateLimited: nothing, heldBack: nothing, down: nothing, back: nothing }
  const admissions = new Admissions(defaultAdmission, clock, told)
  const model = (name: string) =>
    admissions.model({ provider: 'p', model: name, limit: 4, send: () => Promise.reject(), ...more })
  return { clock, busy: model('a'), starved: model('b') }
}

async function sent(queue: AdmissionQueue): Promise<Permit> {
  const slot = await queue.take(1, never)
  queue.sent(slot)
  return slot
}

describe('models of one provider', () => {
  it('let one that was refused alone go in the place of the next of their own', async () => {
    const { clock, busy, starved } = twoModels()
    const slots = await Promise.all([1, 2, 3, 4].map(() => sent(busy)))
    starved.give(await sent(starved), failed('server_error', 'retry', null, true))
    await clock.runUntil(300)
    const went: string[] = []
    void sent(starved).then(() => went.push('starved'))
    void sent(busy).then(() => went.push('busy'))
    busy.give(slots[0]!, reply)
    await clock.runUntil(310)
    expect(went).toEqual(['starved'])
    await clock.runUntil(400)
    expect(went).toEqual(['starved', 'busy'])
  })

  it('go by themselves when nobody gives them a turn', async () => {
    const { clock, busy, starved } = twoModels()
    await sent(busy)
    starved.give(await sent(starved), failed('server_error', 'retry', null, true))
    let went = false
    void sent(starved).then(() => (went = true))
    await clock.runUntil(3_000)
    expect(went).toBe(true)
  })

  it('forget what they learned beside one that asks no more', async () => {
    const { clock, busy, starved } = twoModels()
    const slot = await sent(busy)
    const own = await sent(starved)
    for (const refused of await Promise.all([1, 2, 3].map(() => sent(starved)))) {
      starved.give(refused, failed('rate_limited', 'wait'))
    }
    await clock.runUntil(100)
    expect(starved.limitNow).toBeLessThan(4)
    busy.give(slot, reply)
    starved.give(own, reply)
    await clock.runUntil(250)
    expect(starved.limitNow).toBeGreaterThanOrEqual(2)
  })
})
