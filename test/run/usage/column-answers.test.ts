import { describe, expect, it } from 'vitest'
import {
  columnAnswers,
  countRequested,
  countReusedAnswers,
  noAnswers,
} from '../../../src/run/usage/column-answers.ts'
import { noPrices, Prices } from '../../../src/run/usage/prices.ts'

const usage = (inputTokens: number, outputTokens: number) => ({
  inputTokens,
  outputTokens,
  cachedInputTokens: 0,
  reasoningTokens: 0,
})
const body = (prompt_tokens: number, completion_tokens: number) =>
  JSON.stringify({
    choices: [{ message: { content: completion_tokens === 0 ? '' : 'x' } }],
    usage: { prompt_tokens, completion_tokens },
  })
const million = { cached_input: null, request: 0 }
const prices = new Prices({ 'p/a': { ...million, input: 1_000_000, output: 2_000_000 } })

/** Bought and reused answers of a column, as `[model, input tokens, output tokens]`, and what is said of them. */
const cases = [
  { name: 'nothing', cost: 0, complete: true, spared: 0 },
  { name: 'bought', bought: [['p/a', 10, 5]], cost: 20, complete: true, spared: 0 },
  {
    name: 'corrected',
    bought: [
      ['p/a', 10, 5],
      ['p/a', 1, 1],
    ],
    cost: 23,
    complete: true,
    spared: 0,
  },
  {
    name: 'reused',
    reused: [
      ['p/a', 10, 5],
      ['p/a', 2, 0],
    ],
    cost: 0,
    complete: true,
    spared: 22,
  },
  { name: 'both', bought: [['p/a', 1, 0]], reused: [['p/a', 1, 3]], cost: 1, complete: true, spared: 7 },
  {
    name: 'no price',
    bought: [['p/b', 1, 1]],
    reused: [['p/b', 1, 1]],
    cost: null,
    complete: false,
    spared: null,
  },
  {
    name: 'one price of two',
    bought: [
      ['p/b', 1, 1],
      ['p/a', 1, 1],
    ],
    cost: 3,
    complete: false,
    spared: 0,
  },
  {
    name: 'a tool',
    bought: [['tool:search', 0, 0]],
    reused: [['tool:search', 0, 0]],
    cost: 0,
    complete: true,
    spared: 0,
  },
] as const

describe('what is said of the answers to a column', () => {
  it.each(cases)('$name', ({ cost, complete, spared, ...of }) => {
    const counts = noAnswers()
    const bought = 'bought' in of ? of.bought : []
    const reused = 'reused' in of ? of.reused : []
    for (const [model, input, output] of bought) countRequested(counts, model, usage(input, output))
    for (const [model, input, output] of reused) {
      countReusedAnswers(counts, model, model === 'tool:search' ? '[]' : body(input, output))
    }
    expect(columnAnswers('text', counts, prices)).toMatchObject({
      column: 'text',
      bought: bought.length,
      reused: reused.length,
      cost,
      cost_complete: complete,
      reused_cost: spared,
    })
  })

  it('has tokens without any price', () => {
    const counts = noAnswers()
    countRequested(counts, 'p/a', usage(7, 3))
    countReusedAnswers(counts, 'p/a', body(70, 30))
    expect(columnAnswers('text', counts, noPrices)).toMatchObject({
      usage: { input_tokens: 7, output_tokens: 3 },
      cost: null,
      reused_usage: { input_tokens: 70, output_tokens: 30 },
      reused_cost: null,
    })
  })
})
