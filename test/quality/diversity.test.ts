/** Diversity of texts. */
import { expect, test } from 'vitest'
import { type Diversity, DiversityCounter } from '../../src/quality/diversity.ts'

function diversityOf(texts: readonly string[]): Diversity {
  const counter = new DiversityCounter()
  for (const text of texts) counter.add(text)
  return counter.result()
}

test('distinct-n counts n-grams within texts; openings that several texts share come first', () => {
  const found = diversityOf([
    'As an AI language model I can',
    'as an AI, language models',
    'No',
    'a b c d',
    'A b c d e',
  ])
  expect(found).toMatchObject({
    texts: 5,
    words: 22,
    distinct_1: 14 / 22,
    distinct_2: 11 / 17,
    distinct_3: 9 / 13,
    same_opening: 1,
    openings: [
      { words: 'a b c d', texts: 2 },
      { words: 'as an ai language', texts: 2 },
    ],
  })
})

test('lengths are in characters and words; emoji of two code units are one character', () => {
  const found = diversityOf(['🙂🙂', 'one two three', ''])
  expect(found.characters).toEqual({ min: 0, median: 2, mean: 5, p95: 13, max: 13 })
  expect(found.word_counts).toEqual({ min: 0, median: 0, mean: 1, p95: 3, max: 3 })
})

test('distinct-n is taken over the first 100,000 words, so that a longer list has the same figures', () => {
  const texts = Array.from({ length: 3000 }, (_, at) => `${`w${at} `.repeat(20)}`)
  const [all, more] = [diversityOf(texts), diversityOf([...texts, ...texts])]
  expect(all.words).toBe(60_000)
  expect(more).toMatchObject({ words: 100_000, distinct_1: 3000 / 100_000 })
})

test('no texts have no figures', () => {
  expect(diversityOf([])).toEqual({
    texts: 0,
    words: 0,
    distinct_1: null,
    distinct_2: null,
    distinct_3: null,
    same_opening: null,
    openings: [],
    characters: null,
    word_counts: null,
  })
})
