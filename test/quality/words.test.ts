/** What a word is, on which all reports on quality rest. */
import { expect, test } from 'vitest'
import { eachWord, normalText, opening, textHash, Words } from '../../src/quality/words.ts'

function wordsOf(text: string): string[] {
  const normal = normalText(text)
  const found: string[] = []
  eachWord(normal, (start, end) => found.push(normal.slice(start, end)) > 0)
  return found
}

const cases: readonly [text: string, words: readonly string[]][] = [
  ['', []],
  ['  \n\t ', []],
  ['🙂🙂 — … !!!', []],
  ["Don't stop!", ["don't", 'stop']],
  ["''quoted'' '", ["''quoted''"]],
  ['The 3rd e-mail, No. 42.', ['the', '3rd', 'e', 'mail', 'no', '42']],
  ['ＦＵＬＬ ﬁt', ['full', 'fit']],
  ['e\u0301tude', ['étude']],
  ['हिन्दी भाषा', ['हिन्दी', 'भाषा']],
  ['東京タワー', ['東', '京', 'タ', 'ワ', 'ー']],
  ['ｶﾞ', ['ガ']],
  ['สวัสดี', ['ส', 'วั', 'ส', 'ดี']],
  ['Python入門', ['python', '入', '門']],
  ['한국어 문장', ['한국어', '문장']],
  ['\u{20000}\u{20001}', ['\u{20000}', '\u{20001}']],
  ['a\ud800b', ['a', 'b']],
  ['مرحبا بالعالم', ['مرحبا', 'بالعالم']],
]

test('words are runs of letters, marks and digits, and single characters where a script has no spaces', () => {
  for (const [text, words] of cases) expect(wordsOf(text), text).toEqual(words)
})

test('both apostrophes are one', () => {
  const [straight, curly] = ["don't", 'don’t'].map((text) => new Words().read(text).gram(0, 1))
  expect(curly).toBe(straight)
  expect(opening('It’s a long way home', 4)).toBe("it's a long way")
})

test('n-grams are distinct and in order; a text with fewer words is one n-gram; one without words has none', () => {
  const sizes = ['a b c d', 'a b c a b c', 'a b', '🙂'].map((text) => new Words().read(text).grams(3).length)
  expect(sizes).toEqual([2, 3, 1, 0])
  const grams = new Words().read('one two three four five six seven eight').grams(3)
  expect([...grams]).toEqual([...grams].sort((a, b) => a - b))
})

test('hashes are the same on every machine', () => {
  const words = new Words().read('the quick brown fox')
  expect([words.gram(0, 1), words.gram(0, 3), words.gram(1, 3), textHash('the quick brown fox')]).toEqual([
    5695073606626483, 1603642923337607, 7257478796158887, 4744855175913826,
  ])
})

test('a text of a million words is read to the limit, and says so', () => {
  const words = new Words(1000).read('word '.repeat(1_000_000))
  expect([words.count, words.cut]).toEqual([1000, true])
})
