import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { money, moneyAsNumber } from '../../../src/base/numbers/money.ts'
import { create, type Price, preview, type RunEvent, resume } from '../../../src/index.ts'
import { Budget, type BudgetLimits } from '../../../src/run/usage/budget.ts'
import { countAnswered, countFailure, countRequest, type Ledger } from '../../../src/run/usage/ledger.ts'
import { noPrices, Prices } from '../../../src/run/usage/prices.ts'
import { everyByte } from '../../support/every-byte.ts'
import { answer, failure } from '../../support/scripted-transport.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  quick,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'

const folder = artifactFolder()
const none: BudgetLimits = { cost: null, tokens: null, requests: null }
const signal = new AbortController().signal
const usage = (inputTokens: number, outputTokens: number) => ({
  inputTokens,
  cachedInputTokens: 0,
  outputTokens,
  reasoningTokens: 0,
})
const price: Price = { input: 1, cached_input: null, output: 10, request: 0 }

describe('a budget', () => {
  it('admits what fits at its most, and lets the next wait for what is in flight', async () => {
    const budget = new Budget({ ...none, tokens: 250 }, noPrices, new Map())
    const most = { input: 50, output: 50 }
    expect(budget.take('m', most, signal)).toBeUndefined()
    expect(budget.take('m', most, signal)).toBeUndefined()
    let admitted = false
    const third = budget.take('m', most, signal)!.then(() => {
      admitted = true
    })
    await Promise.resolve()
    expect(admitted).toBe(false)
    budget.settle('m', most, usage(30, 20))
    await third
    expect(admitted).toBe(true)
    const fourth = budget.take('m', most, signal)!
    const refused = expect(fourth).rejects.toMatchObject({ code: 'budget_reached' })
    budget.settle('m', most, usage(50, 50))
    budget.settle('m', most, 'unseen')
    await refused
  })

  it('is never passed, in whatever order requests end', async () => {
    const ending = fc.record({
      pick: fc.nat(),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      how: fc.constantFrom('reply' as const, 'nothing' as const, 'unseen' as const),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5000 }),
        fc.array(fc.record({ input: fc.nat(300), output: fc.nat(300) }), { minLength: 1, maxLength: 30 }),
        fc.array(ending, { minLength: 60, maxLength: 60 }),
        async (tokens, requests, endings) => {
          const prices = new Prices({ m: price })
          const limits = { tokens, requests: 20, cost: money(0.02)! }
          const budget = new Budget(limits, prices, new Map())
          const ledger: Ledger = new Map()
          const flying: (typeof requests)[number][] = []
          const stop = new AbortController()
          for (const most of requests) {
            const fly = (): void => {
              flying.push(most)
              countRequest(ledger, 'm', most)
            }
            try {
              const leave = budget.take('m', most, stop.signal)
              if (leave === undefined) fly()
              else leave.then(fly, () => stop.abort())
            } catch {
              break
            }
          }
          for (const { pick, share, how } of endings) {
            const [most] = flying.splice(pick % Math.max(1, flying.length), 1)
            if (most === undefined) break
            const used = usage(Math.floor(share * most.input), Math.floor(share * most.output))
            if (how === 'reply') countAnswered(ledger, 'm', most, { usage: used })
            else countFailure(ledger, 'm', most, how === 'unseen')
            budget.settle('m', most, how === 'reply' ? used : how)
            await Promise.resolve()
          }
          const line = ledger.get('m')
          if (line === undefined) return
          const { input_tokens, output_tokens, unseen_input_tokens, unseen_output_tokens } = line
          expect(
            input_tokens + output_tokens + unseen_input_tokens + unseen_output_tokens,
          ).toBeLessThanOrEqual(tokens)
          expect(line.requests).toBeLessThanOrEqual(20)
          expect(prices.paid('m', line)! + prices.maybeCharged('m', line)! <= limits.cost).toBe(true)
        },
      ),
    )
  })

  it('counts requests as what answers really take, where a provider keeps to no bound', async () => {
    const budget = new Budget({ ...none, tokens: 1000 }, noPrices, new Map())
    const most = { input: 50, output: 50 }
    budget.take('m', most, signal)
    budget.settle('m', most, usage(50, 400))
    budget.take('m', most, signal)
    // 450 are spent, and 450 in flight.
    const next = budget.take('m', most, signal)!
    const refused = expect(next).rejects.toThrow(
      '900 of 1000 tokens are used, and the next request may take 450',
    )
    budget.settle('m', most, usage(50, 400))
    await refused
  })

  it('counts what was spent before, and what may have been', () => {
    const ledger: Ledger = new Map()
    const most = { input: 40, output: 60 }
    for (let request = 0; request < 3; request++) countRequest(ledger, 'm', most)
    countAnswered(ledger, 'm', most, { usage: usage(10, 10) })
    countFailure(ledger, 'm', most, false)
    // 20 tokens are known, 100 may have been taken.
    const budget = new Budget({ ...none, tokens: 150 }, noPrices, ledger)
    expect(() => budget.take('m', { input: 20, output: 11 }, signal)).toThrow(
      '120 of 150 tokens are used, and the next request may take 31',
    )
    expect(budget.take('m', { input: 20, output: 10 }, signal)).toBeUndefined()
  })
})

describe('a run with a budget', () => {
  const bounded = () => {
    const config = smallConfig()
    const [model] = config.model_configs
    const parameters = { ...model!.inference_parameters, max_tokens: 20 }
    return { ...config, model_configs: [{ ...model!, inference_parameters: parameters }] } as typeof config
  }

  it('stops before the request too many, loses no row, and goes on with more', async () => {
    const options = smallOptions(folder.path, 12)
    const first = quick()
    const error = await failureOf(create(bounded(), { ...options, maxRequests: 5 }, first.components))
    expect(error).toMatchObject({ code: 'budget_reached', facts: { max_requests: 5, requests: 5 } })
    expect(first.asked).toHaveLength(5)
    expect(error.summary).toMatchObject({ rows_dropped: 0, rows_open: 8, total: { requests: 5 } })

    const again = quick()
    const same = await failureOf(create(bounded(), { ...options, maxRequests: 5 }, again.components))
    expect(same.code).toBe('budget_reached')
    expect(again.asked).toHaveLength(0)

    const last = quick()
    const results = await create(bounded(), { ...options, maxRequests: 12 }, last.components)
    expect(last.asked).toHaveLength(7)
    expect(results.summary).toMatchObject({ rows_written: 12, rows_dropped: 0, total: { requests: 12 } })
    // Nothing is left to send, so nothing is left to stop.
    await create(bounded(), { ...options, maxRequests: 1 }, quick().components)
  })

  it('is passed by no more than what was in flight, where answers take more than their most', async () => {
    const { asked, components } = quick((each) => {
      const { body, ...rest } = echo(each) as { body: string; status: number; headers: object }
      const told = { ...JSON.parse(body), usage: { prompt_tokens: 10, completion_tokens: 90_000 } }
      return { ...rest, headers: {}, body: JSON.stringify(told) }
    })
    const options = { ...smallOptions(folder.path, 40), maxTokens: 100_000 }
    const error = await failureOf(create(smallConfig(undefined, 4n), options, components))
    expect(error.code).toBe('budget_reached')
    expect(asked.length).toBeLessThanOrEqual(4)
  })

  it('counts HTTP retries, and resume keeps the limit until another one is given', async () => {
    const options = { ...smallOptions(folder.path, 4), maxRequests: 6 }
    const flaky = quick((asked) => (asked.before === 0 ? failure(503) : echo(asked)))
    const error = await failureOf(create(bounded(), options, flaky.components))
    expect(error.code).toBe('budget_reached')
    expect(flaky.asked).toHaveLength(6)
    const { dataset_path } = error.summary as { dataset_path: string }
    const resumed = await failureOf(resume(dataset_path, {}, quick().components))
    expect(resumed.code).toBe('budget_reached')
    const lifted = await resume(dataset_path, { maxRequests: null }, quick().components)
    expect(lifted.summary).toMatchObject({ rows_written: 4, rows_dropped: 0 })
  })

  it('never spends more money than that, in-flight requests at their most, and tells the cost exactly', async () => {
    const prices = { writer: { input: 1000, cached_input: null, output: 10_000, request: 0.5 } }
    const options = { ...smallOptions(folder.path, 40), runConfig: { buffer_size: 10, prices } }
    // An answer costs 0.01 + 0.05 + 0.5; at its most, with 128 and some bytes of prompt and 20 tokens out, about 0.9.
    const { asked, components } = quick()
    const error = await failureOf(create(bounded(), { ...options, maxCost: 6 }, components))
    expect(error.code).toBe('budget_reached')
    const spent = Number((asked.length * 0.56).toFixed(2))
    expect(error.summary).toMatchObject({
      total: {
        cost: spent,
        cost_complete: true,
        unseen_cost: 0,
        models: [{ model: 'simulator/m', aliases: ['writer'], cost: spent, replies: asked.length }],
      },
      this_run: { cost: spent },
    })
    expect(spent).toBeGreaterThan(5)
    expect(spent).toBeLessThanOrEqual(6)
  })

  it('needs the price of every model that is asked, before a byte is written', async () => {
    const before = everyByte(folder.path)
    const { asked, components } = quick()
    const options = { ...smallOptions(folder.path, 4), maxCost: 1 }
    const error = await failureOf(create(bounded(), options, components))
    expect(error).toMatchObject({ code: 'price_missing', facts: { model: 'simulator/m' } })
    expect(asked).toHaveLength(0)
    expect(everyByte(folder.path)).toEqual(before)
  })

  it('warns that a model without max_tokens can pass it', async () => {
    const events: RunEvent[] = []
    const run = create(
      smallConfig(),
      { ...smallOptions(folder.path, 4), maxTokens: 1_000_000 },
      quick().components,
    )
    for await (const event of run.events()) events.push(event)
    await run
    expect(events).toContainEqual(expect.objectContaining({ type: 'warning', code: 'budget_unbounded' }))
  })

  it('holds for a preview too', async () => {
    const { asked, components } = quick()
    const options = { artifactPath: folder.path, numRecords: 5, maxRequests: 3 }
    const error = await failureOf(preview(bounded(), options, components))
    expect(error.code).toBe('budget_reached')
    expect(asked).toHaveLength(3)
  })

  it('takes the prices of providers by model, and of aliases before those', async () => {
    const providers = [
      {
        name: 'simulator',
        endpoint: 'simulator:',
        provider_type: 'simulator' as const,
        api_key: null,
        extra_body: null,
        extra_headers: null,
        prices: { m: { ...price, output: 1 } },
      },
    ]
    const options = { ...smallOptions(folder.path, 4), providers }
    const first = await create(bounded(), options, quick().components)
    // Ten tokens in and five out, four times.
    expect(first.summary.total.cost).toBe(0.00006)
    const prices = { writer: { ...price, output: 0 } }
    const runConfig = { ...options.runConfig, prices }
    const again = await create(bounded(), { ...options, runConfig }, quick().components)
    expect(again.summary.total.cost).toBe(0.00004)
    const unknown = create(
      bounded(),
      { ...options, runConfig: { prices: { writr: price } } },
      quick().components,
    )
    await expect(unknown).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('prices.writr: no model has this alias; there are writer'),
    })
  })

  it('says "at least" when a model has no price, and null when none has', async () => {
    const options = smallOptions(folder.path, 4)
    const free = await create(bounded(), options, quick(() => answer('x')).components)
    expect(free.summary.total).toMatchObject({ cost: null, cost_complete: false, unseen_cost: null })
    const priced = { ...options, runConfig: { ...options.runConfig, prices: { writer: price } } }
    const { summary } = await create(bounded(), priced, quick().components)
    // Four answers of ten tokens in and five out.
    expect(summary.total).toMatchObject({ cost: 0.00024, cost_complete: true })
    expect(moneyAsNumber(money(0.00024)!)).toBe(0.00024)
  })
})
