/** Contamination against a naive search over all prompts. */
import { describe, expect, test } from 'vitest'
import { type Contained, contaminationDefaults, Prompts } from '../../src/quality/contamination.ts'
import { dice, resemblingTexts } from './texts.ts'

function naive(
  prompts: readonly string[],
  text: string,
  ngram: number,
  containment: number,
): number | undefined {
  const grams = (of: string): Set<string> => {
    const words = of.split(' ')
    return new Set(words.slice(ngram - 1).map((_, at) => words.slice(at, at + ngram).join(' ')))
  }
  const here = grams(text)
  let [best, found]: [number, number | undefined] = [0, undefined]
  for (const [at, prompt] of prompts.entries()) {
    if (prompt === text) return at
    const wanted = grams(prompt)
    const run = wanted.size === 0 && ` ${text} `.includes(` ${prompt} `)
    const share = run ? 1 : [...wanted].filter((gram) => here.has(gram)).length / Math.max(1, wanted.size)
    if (share >= containment && share > best) [best, found] = [share, at]
  }
  return found
}

test('the prompt that a text has most of is the one that a search over all of them finds', () => {
  const prompts = [...new Set(resemblingTexts(150, 3))]
  const roll = dice(4)
  const texts = Array.from({ length: 120 }, () => {
    const words = prompts[roll(prompts.length)]!.split(' ')
    const part = words.slice(0, 1 + roll(words.length)).join(' ')
    return roll(4) === 0 ? part : `said ${part} and ${prompts[roll(prompts.length)]}`
  })
  for (const [ngram, containment] of [
    [8, 0.5],
    [5, 0.3],
    [3, 1],
    [13, 0.2],
  ] as const) {
    const index = new Prompts({ ngram, containment, ignoreCommon: null })
    for (const prompt of prompts) index.add(prompt)
    const found = texts.map((text) => index.find(text)?.prompt)
    expect(found).toEqual(texts.map((text) => naive(prompts, text, ngram, containment)))
    expect(found.filter((each) => each !== undefined).length).toBeGreaterThan(20)
  }
})

const question = 'If a train leaves at noon and travels sixty miles an hour, when does it arrive?'

describe('one prompt', () => {
  const cases: readonly [prompt: string, text: string, found: Contained | undefined][] = [
    [question, `Q: ${question} A: at two.`, { prompt: 0, share: 1 }],
    [question, question.toUpperCase(), { prompt: 0, share: 1 }],
    [question, 'If a train leaves at noon and travels, it is late.', undefined],
    [
      'What is the capital of France?',
      'He said: what is the capital of France, Bob?',
      { prompt: 0, share: 1 },
    ],
    ['What is the capital of France?', 'What is the old capital of France?', undefined],
    ['Who am I?', 'who am i', { prompt: 0, share: 1 }],
    ['Who am I?', 'And who am I?', undefined],
    ['東京は日本の首都ですか', '質問:東京は日本の首都ですか?はい', { prompt: 0, share: 1 }],
    ['', '', undefined],
    ['🙂', '🙂', undefined],
  ]
  test.each(cases)('%j in %j', (prompt, text, found) => {
    const prompts = new Prompts()
    prompts.add(prompt)
    expect(prompts.find(text)).toEqual(found)
  })
})

test('what stands in many prompts does not count, equal prompts are one, and what cannot be checked is counted', () => {
  const boiler = 'Which of the following statements about the topic is true? Choose one:'
  const prompts = new Prompts(contaminationDefaults)
  const topics = ['owls', 'owls', ...Array.from({ length: 12 }, (_, at) => `topic${at}`)]
  for (const topic of topics) prompts.add(`${boiler} ${topic} are found in deep water near the coast of Peru`)
  prompts.add(boiler)
  prompts.add('Why?')
  expect(prompts.count).toBe(15)
  expect(prompts.find(`${boiler} Nothing else.`)).toBeUndefined()
  expect(prompts.find('owls are found in deep water near the coast of peru')?.prompt).toBeUndefined()
  expect(prompts.find(`${boiler} topic3 are found in deep water`)).toEqual({ prompt: 4, share: 0.75 })
  // The boilerplate itself has no n-gram of its own left, and "Why?" is too short.
  expect(prompts.uncheckable).toBe(2)
})

test('bad options are refused', () => {
  const bad = [
    { ngram: 0 },
    { ngram: 2.5 },
    { ngram: 101 },
    { containment: 0 },
    { containment: 1.1 },
    { ignoreCommon: 0 },
  ]
  for (const each of bad) {
    expect(() => new Prompts({ ...contaminationDefaults, ...each }), JSON.stringify(each)).toThrow(
      /for example|integer/,
    )
  }
})
