import { describe, expect, it } from 'vitest'
import { RowsmithError } from '../../../src/base/errors/errors.ts'
import { keyedRandom } from '../../../src/base/numbers/random.ts'
import type { Value } from '../../../src/base/values/value.ts'
import { Admissions, defaultAdmission } from '../../../src/models/admission/admissions.ts'
import type { ChatPrompt, ModelRequest } from '../../../src/models/contract/contract.ts'
import type { Effect, EffectEnd } from '../../../src/models/contract/effect.ts'
import { requestHash } from '../../../src/models/contract/request-hash.ts'
import { CellEffects, requestsOf } from '../../../src/run/effects/effects.ts'
import type { EffectsHost } from '../../../src/run/effects/effects-host.ts'
import { effectKey } from '../../../src/run/effects/journal-records.ts'
import { emptyReplayState, type ReplayState, replayRecords } from '../../../src/run/effects/replay-state.ts'
import { Budget } from '../../../src/run/usage/budget.ts'
import { noAnswers } from '../../../src/run/usage/column-answers.ts'
import { noPrices } from '../../../src/run/usage/prices.ts'
import { usageReportOf } from '../../../src/run/usage/usage-report.ts'
import { impatientClock } from '../../support/small-runs.ts'

/** What one process wrote, and a cell of it. */
function processOf(kept: ReplayState = emptyReplayState()) {
  const frames: string[] = []
  const durable = new Set<string>()
  const stopping = new AbortController()
  const clock = impatientClock()
  const nothing = () => {}
  const admissions = new Admissions(defaultAdmission, clock, {
    free: nothing,
    rateLimited: nothing,
    heldBack: nothing,
    down: nothing,
    back: nothing,
  })
  const host: EffectsHost = {
    clock,
    writer: {
      append: async (_, text) => {
        frames.push(text)
        durable.add(text)
      },
      note: async (_, text) => {
        frames.push(text)
      },
      confirm: () => undefined,
      media: {
        store: () => Promise.reject(new Error('kept a medium')),
        has: async () => false,
        read: async () => undefined,
      },
    },
    models: {
      request: () => Promise.reject(new Error('asked')) as never,
      structuredMode: () => 'prompt',
      thoughtTags: () => 'apart',
      endpoint: () => Promise.reject(new Error('asked')) as never,
      close: async () => {},
    },
    budget: new Budget({ cost: null, tokens: null, requests: 0 }, noPrices, new Map()),
    ledger: new Map(),
    attemptsMax: 5,
    endpointWaitMs: 0,
    queue: (endpoint) => admissions.model(endpoint),
    gate: (gate) => admissions.gate(gate),
    toolbox: () => Promise.reject(new Error('asked')) as never,
    answer: (_, ask) => ask(),
    perform: (effect, _, signal) => effect.run(signal),
    emit: () => {},
    reportUnknownUsage: nothing,
    stopping: stopping.signal,
    abortInFlight: stopping.signal,
    stop: (error) => stopping.abort(error),
    counts: {
      requestsSent: 0,
      inFlight: 0,
      others: new Map(),
      repliesReplayed: 0,
      repliesReused: 0,
      inputTokens: 0,
      outputTokens: 0,
    },
    answersOf: () => noAnswers(),
  }
  const cell = (row = 0) =>
    requestsOf(
      new CellEffects(host, kept, { group: 0, row, column: 'c' }),
      undefined,
      keyedRandom(1n, 'c', row),
    )
  return { host, frames, durable, cell, stopping, bill: () => usageReportOf(kept.ledger, noPrices) }
}

/** What the next process finds. */
function keptFrom(frames: readonly string[]): ReplayState {
  const kept = new Map<number, ReplayState>()
  replayRecords(kept, frames, { wanted: () => true, counted: () => true })
  return kept.get(0) ?? emptyReplayState()
}

function effect(run: () => EffectEnd | Promise<EffectEnd>, more: Partial<Effect> = {}): Effect {
  return { kind: 'tool', name: 'search', request: { q: 'tea' }, run: async () => run(), ...more }
}

const done = (value: Value): EffectEnd => ({ kind: 'done', value })

function failed(action: 'wait' | 'retry' | 'drop' | 'stop', maybeCharged = false): EffectEnd {
  const failure = {
    code: 'server_error',
    action,
    message: 'It broke.',
    status: null,
    retryAfterMs: null,
  } as const
  return { kind: 'failed', failure: { ...failure, maybeCharged } }
}

/** What a process leaves that is killed while an effect runs. */
async function killedWhileRunning(once: boolean): Promise<readonly string[]> {
  const { cell, frames } = processOf()
  await new Promise<void>((started) => {
    const forever = effect(
      () => {
        started()
        return new Promise(() => {})
      },
      { once },
    )
    void cell().perform(forever)
  })
  return frames
}

describe('an effect that is no request to a model', () => {
  it('is run once, and its value is what the journal holds: on the next day too', async () => {
    const first = processOf()
    const value = { hits: [1n, 1.5, '\ud800'], when: null }
    const kept = { hits: [1n, 1.5, '\ud800'], when: null }
    expect(await first.cell().perform(effect(() => done(value)))).toEqual(kept)
    expect(first.frames.map((text) => JSON.parse(text).t)).toEqual(['intent', 'reply'])
    expect(first.durable.has(first.frames[1]!)).toBe(true)
    const second = processOf(keptFrom(first.frames))
    expect(await second.cell().perform(effect(() => Promise.reject(new Error('run again'))))).toEqual(kept)
    expect(second.frames).toEqual([])
  })

  it('is told from others by its request, its name and its turn', async () => {
    const { cell, frames } = processOf()
    const same = cell()
    await same.perform(effect(() => done(1n)))
    await same.perform(effect(() => done(2n)))
    await same.perform(effect(() => done(3n), { request: { q: 'rain' } }))
    await same.perform(effect(() => done(4n), { name: 'look/up' }))
    const next = processOf(keptFrom(frames)).cell()
    const never = () => Promise.reject(new Error('run again'))
    expect(await next.perform(effect(never, { name: 'look/up' }))).toBe(4n)
    expect(await next.perform(effect(never))).toBe(1n)
    expect(await next.perform(effect(never))).toBe(2n)
    expect(await next.perform(effect(never, { request: { q: 'rain' } }))).toBe(3n)
  })

  it('has a line of its own on the bill, and neither tokens nor a place in the budget of requests', async () => {
    const { cell, bill, host } = processOf()
    await cell().perform(effect(() => done(1n)))
    await cell(1).perform(effect(() => done(1n)))
    expect(bill()).toMatchObject({
      requests: 0,
      usage: { input_tokens: 0 },
      models: [],
      effects: [{ effect: 'tool:search', runs: 2, unknown: 0, results: 2, results_reused: 0 }],
    })
    expect(host.counts.requestsSent).toBe(0)
  })

  it('is tried again after a transient failure, and waits out a limit for ever', async () => {
    const { cell, frames } = processOf()
    const ends = [
      failed('retry'),
      ...Array<EffectEnd>(9).fill(failed('wait')),
      failed('retry'),
      done('there'),
    ]
    expect(await cell().perform(effect(() => ends.shift()!))).toBe('there')
    expect(frames.filter((text) => JSON.parse(text).t === 'failed')).toHaveLength(11)
  })

  it('drops the row, or stops the run, as its failure says', async () => {
    const dropping = processOf()
    await expect(dropping.cell().perform(effect(() => failed('drop')))).rejects.toMatchObject({
      code: 'server_error',
    })
    expect(dropping.stopping.signal.aborted).toBe(false)
    const ending = processOf()
    await expect(ending.cell().perform(effect(() => failed('stop')))).rejects.toThrow(
      'tool:search: It broke.',
    )
    expect(ending.stopping.signal.aborted).toBe(true)
    const dead = processOf()
    const tries: number[] = []
    const failing = effect(() => failed('retry', tries.push(1) > 9), { attemptsMax: 3 })
    await expect(dead.cell().perform(failing)).rejects.toMatchObject({ code: 'endpoint_unreachable' })
    expect(tries).toHaveLength(3)
    expect(dead.stopping.signal.aborted).toBe(true)
  })

  it('takes its turn at its gate', async () => {
    const { cell } = processOf()
    const running = new Set<number>()
    let most = 0
    const gate = { name: 'search', limit: 2 }
    await Promise.all(
      [0, 1, 2, 3, 4, 5].map((row) =>
        cell(row).perform(
          effect(
            async () => {
              running.add(row)
              most = Math.max(most, running.size)
              await new Promise((resolve) => setImmediate(resolve))
              running.delete(row)
              return done(null)
            },
            { gate },
          ),
        ),
      ),
    )
    expect(most).toBe(2)
  })
})

describe('an effect marked once', () => {
  it('is announced durably before it runs', async () => {
    const { cell, frames, durable } = processOf()
    let announced = false
    await cell().perform(
      effect(
        () => {
          announced = durable.has(frames[0]!)
          return done(1n)
        },
        { once: true },
      ),
    )
    expect(announced).toBe(true)
  })

  it('is not run where a killed process may have run it: the row is dropped and told why', async () => {
    for (const once of [true, false]) {
      const { cell } = processOf(keptFrom(await killedWhileRunning(once)))
      const again = cell().perform(effect(() => done('again'), { once }))
      if (once) await expect(again).rejects.toMatchObject({ code: 'effect_uncertain' })
      else expect(await again).toBe('again')
    }
  })

  it('is not tried again when its failure does not tell whether it ran, by this process or the next', async () => {
    const first = processOf()
    const broken = effect(() => failed('retry', true), { once: true })
    await expect(first.cell().perform(broken)).rejects.toMatchObject({ code: 'server_error' })
    expect(first.frames).toHaveLength(2)
    const second = processOf(keptFrom(first.frames))
    await expect(second.cell().perform(broken)).rejects.toMatchObject({ code: 'effect_uncertain' })
    const unreached = processOf()
    const ends = [failed('retry'), done('ran')]
    expect(await unreached.cell().perform(effect(() => ends.shift()!, { once: true }))).toBe('ran')
    expect(keptFrom(unreached.frames.slice(0, 2)).maybeExecuted.size).toBe(0)
  })

  it('gives back what it gave when its result was kept', async () => {
    const first = processOf()
    await first.cell().perform(effect(() => done('kept'), { once: true }))
    const second = processOf(keptFrom(first.frames))
    expect(await second.cell().perform(effect(() => done('again'), { once: true }))).toBe('kept')
  })
})

describe('a column without an alias', () => {
  it('cannot ask a model by mistake', async () => {
    const asking = processOf().cell().request({ messages: [] })
    await expect(asking).rejects.toBeInstanceOf(RowsmithError)
  })
})

describe('a request that starts a conversation again', () => {
  const bare = [{ role: 'user' as const, content: 'Review tea.' }]
  const noted = [{ role: 'user' as const, content: 'Review tea.\n\n(Attempt 2.)' }]
  const body = (content: string) =>
    JSON.stringify({ choices: [{ message: { content }, finish_reason: 'stop' }] })
  const requestOf = (messages: typeof bare, temperature: number): ModelRequest => ({
    kind: 'chat',
    provider: 'p',
    model: 'm',
    messages,
    temperature,
  })
  /** A cell whose request draws its temperature, and the keys of what was kept for it. */
  const cellWith = (
    kept: readonly (readonly [messages: typeof bare, occurrence: number, content: string])[],
  ) => {
    const group = emptyReplayState()
    const draws = keyedRandom(1n, 'c', 0)
    const drawn = [draws.float(), draws.float()]
    for (const [messages, occurrence, content] of kept) {
      const hash = requestHash(requestOf(messages, drawn[occurrence]!))
      group.answers.set(effectKey(0, 'c', hash, 0, 0), body(content))
    }
    const { host } = processOf(group)
    const models: EffectsHost['models'] = {
      ...host.models,
      request: (_, prompt, draw) => requestOf((prompt as ChatPrompt).messages as typeof bare, draw()),
    }
    const effects = new CellEffects({ ...host, models }, group, { group: 0, row: 0, column: 'c' })
    return { cell: requestsOf(effects, 'a', keyedRandom(1n, 'c', 0)), group }
  }

  it('takes the answer that is kept to the bare prompt, with the temperature that was drawn for it', async () => {
    const { cell, group } = cellWith([
      [bare, 0, 'first'],
      [bare, 1, 'second'],
    ])
    expect((await cell.request({ messages: bare })).content).toBe('first')
    expect((await cell.request({ messages: noted, formerMessages: bare })).content).toBe('second')
    expect(group.answers.size).toBe(0)
  })

  it('takes the answer to its own prompt where that is kept', async () => {
    const { cell } = cellWith([
      [bare, 0, 'first'],
      [noted, 1, 'second'],
    ])
    await cell.request({ messages: bare })
    expect((await cell.request({ messages: noted, formerMessages: bare })).content).toBe('second')
  })
})
