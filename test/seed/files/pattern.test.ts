import { describe, expect, it } from 'vitest'
import { isPattern, nameMatcher, pathMatcher } from '../../../src/seed/files/pattern.ts'

describe('a pattern of names', () => {
  it.each([
    ['*', 'a.md', true],
    ['*', '.hidden', true],
    ['*.md', 'a.md', true],
    ['*.md', 'a.MD', false],
    ['*.md', 'a.mdx', false],
    ['a?c', 'abc', true],
    ['a?c', 'a😀c', true],
    ['a?c', 'ac', false],
    ['[ab]*', 'bee', true],
    ['[!ab]*', 'bee', false],
    ['[a-c]', 'b', true],
    ['[c-a]', 'b', false],
    ['[-a]', '-', true],
    ['[]x]', ']', true],
    ['[', '[', true],
    ['a[', 'a[', true],
    ['a.b', 'axb', false],
    ['a+(b)', 'a+(b)', true],
    ['*\n', 'x\n', true],
  ])('%j and the name %j', (pattern, name, expected) => {
    expect(nameMatcher(pattern)(name)).toBe(expected)
  })
})

describe('a pattern of paths', () => {
  it.each([
    ['data/*.parquet', 'data/a.parquet', true],
    ['data/*.parquet', 'data/b/a.parquet', false],
    ['**/*.parquet', 'a.parquet', true],
    ['**/*.parquet', 'x/y/a.parquet', true],
    ['data/**/train-*.csv', 'data/train-1.csv', true],
    ['data/**/train-*.csv', 'other/train-1.csv', false],
    ['data/**', 'data/x/y', true],
  ])('%j and the path %j', (pattern, path, expected) => {
    expect(pathMatcher(pattern)(path)).toBe(expected)
  })

  it('is told from a plain path', () => {
    expect(['a/b.csv', 'a/*.csv', 'a/[b].csv'].map(isPattern)).toEqual([false, true, true])
  })
})
