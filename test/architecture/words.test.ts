/** One term per concept: the old words of `words.txt` are in no file of src, docs, web, scripts and bench, and on no page next to them. */
import { expect, test } from 'vitest'
import { foundOldWords, oldWords } from '../../scripts/shared/old-words.ts'

test('no file uses an old word', () => {
  expect(foundOldWords(), 'say it with the words of test/architecture/words.txt').toEqual([])
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

test('what a file says in place of an old word is in the list', () => {
  expect(oldWords('a companion').get('companion')).toBe('sidecar file')
})
