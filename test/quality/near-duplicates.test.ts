/** Near-duplicates against an exact join: each text compared with all that stay. */
import { expect, test } from 'vitest'
import { NearDuplicates, type Resemblance } from '../../src/quality/near-duplicates.ts'
import { dice, resemblingTexts } from './texts.ts'

const found = (texts: readonly string[], threshold: number): (Resemblance | undefined)[] => {
  const near = new NearDuplicates(threshold)
  return texts.map((text, at) => near.add(text, at))
}

/** Triples of words, by another way than the code under test. */
function triples(text: string): Set<string> {
  const words = text.split(' ')
  return new Set(words.slice(2).map((_, at) => words.slice(at, at + 3).join(' ')))
}

/** Of texts of five words or more. */
function exactJoin(texts: readonly string[], threshold: number): (Resemblance | undefined)[] {
  const stay: { at: number; set: Set<string> }[] = []
  const seen = new Map<string, number>()
  return texts.map((text, at): Resemblance | undefined => {
    const equal = seen.get(text)
    if (equal !== undefined) return { kind: 'equal', like: equal, similarity: 1 }
    seen.set(text, at)
    const set = triples(text)
    let best: Resemblance | undefined
    for (const other of stay) {
      let common = 0
      for (const each of set) if (other.set.has(each)) common++
      const similarity = common / (set.size + other.set.size - common)
      if (similarity >= threshold && similarity > (best?.similarity ?? 0)) {
        best = { kind: 'near', like: other.at, similarity }
      }
    }
    if (best === undefined) stay.push({ at, set })
    return best
  })
}

test('none is missed and none is extra, whatever the threshold, and each names the one it resembles most', () => {
  // Past 1,000 texts that stay, the order of the index has been learnt.
  const texts = resemblingTexts(1500)
  for (const threshold of [0.5, 0.8, 1]) {
    expect(found(texts, threshold), String(threshold)).toEqual(exactJoin(texts, threshold))
  }
  const few = resemblingTexts(400, 3, 6)
  for (const threshold of [0.3, 0.6, 0.9]) expect(found(few, threshold)).toEqual(exactJoin(few, threshold))
})

test('what is said of a text does not change when more texts follow', () => {
  const texts = resemblingTexts(2000, 11)
  expect(found(texts, 0.7).slice(0, 900)).toEqual(found(texts.slice(0, 900), 0.7))
})

const pairs: readonly [first: string, second: string, kind: 'equal' | 'near' | undefined][] = [
  ['', '', 'equal'],
  ['🙂', '🙂', 'equal'],
  ['🙂', '🙂🙂', undefined],
  ['', ' ', undefined],
  // Texts shorter than a 3-gram, or with the same words in another order, are not alike.
  ['cat', 'dog', undefined],
  ['This is a test document.', 'This document is a test.', undefined],
  ['Yes.', 'yes', 'near'],
  ['a b c d', 'A, B: c – d!', 'near'],
  ['a b c d', 'a b d c', undefined],
  ['no no no', 'no no no no', undefined],
  ['One two three four five six', 'one  two three, four FIVE six.', 'near'],
  ['一二三四五六七八九十', '一二三四五六七八九', 'near'],
  ['一二三四五', '五四三二一', undefined],
  ['नमस्ते दुनिया यह एक परीक्षा है', 'नमस्ते दुनिया यह एक परीक्षा था', undefined],
]

test('short texts, texts without words and scripts without spaces', () => {
  for (const [first, second, kind] of pairs) expect(found([first, second], 0.8)[1]?.kind, second).toBe(kind)
})

test('many equal, templated or small texts take no quadratic time', () => {
  const roll = dice(5)
  const word = (): string => 'abcde'.charAt(roll(5))
  const template = 'You are a helpful assistant who writes a kind and funny story for children about'
  const lists: readonly ((at: number) => string)[] = [
    () => template,
    (at) => `${template} number ${at}`,
    () => `${template} w${roll(60)} x${roll(60)} and y${roll(600)} in z${roll(600)} v${roll(600)}`,
    () => Array.from({ length: 40 }, word).join(' '),
  ]
  const counted = lists.map((textOf) => {
    const near = new NearDuplicates(0.8)
    for (let at = 0; at < 4000; at++) near.add(textOf(at), at)
    return near.counts
  })
  expect(counted.slice(0, 2).map(({ equal, near }) => equal + near)).toEqual([3999, 3999])
  // A text was compared with the first 2,000 that may resemble it, and it is counted.
  expect(counted[3]?.limited).toBeGreaterThan(0)
})

test('a text of a megabyte is compared by its first 20,000 words, and is counted', () => {
  const roll = dice(9)
  const long = Array.from({ length: 200_000 }, () => `w${roll(5000)}`).join(' ')
  const near = new NearDuplicates(0.8)
  expect([near.add(long, 0), near.add(`${long} more`, 1)?.kind]).toEqual([undefined, 'near'])
  expect(near.counts).toEqual({ texts: 2, equal: 0, near: 1, cut: 2, limited: 0 })
})

test('a threshold that is no share is refused', () => {
  for (const threshold of [0, -1, 1.01, Number.NaN]) {
    expect(() => new NearDuplicates(threshold)).toThrow(/above 0 and up to 1/)
  }
})
