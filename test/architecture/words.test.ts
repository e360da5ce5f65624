/**
 * One term per concept: the words of `words.txt` are in no file but those that `words-left.txt` still lists.
 *
 * A file that has none of them any more leaves that list (`node scripts/words-left.ts` writes it). No file joins it.
 */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { filesWithOldWords, oldWords } from '../../scripts/shared/old-words.ts'

const left = readFileSync('test/architecture/words-left.txt', 'utf8')
  .split('\n')
  .filter((line) => line !== '')

test('no file uses an old word but those that are listed', () => {
  const listed = new Set(left)
  const found = [...filesWithOldWords()].filter(([path]) => !listed.has(path))
  const shown = found.map(([path, words]) => `${path}: ${[...words].join(', ')}`)
  expect(shown, 'say it with the words of test/architecture/words.txt').toEqual([])
})

test('an old word is found in names, comments and messages, as a word of its own', () => {
  const words = (text: string): string[] => [...oldWords(text).keys()]
  expect(words('const keptAnswers = 1')).toEqual(['kept'])
  expect(words('/** Mend it. */')).toEqual(['mend'])
  expect(words("throw new Error('the file is gone')")).toEqual(['gone'])
  expect(words('recommended, keeping, ungone')).toEqual([])
})

test('a name that stays is no old word as a name, and one in a sentence', () => {
  const words = (text: string): string[] => [...oldWords(text).keys()]
  expect(words("line.bought += 1; const all = { bought: 1 }; read('bought')")).toEqual([])
  expect(words('// answers that were bought')).toEqual(['bought'])
})

test('what a new file says in place of an old word is in the list', () => {
  expect(oldWords('a companion').get('companion')).toBe('sidecar file')
})
