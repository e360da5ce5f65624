import { expect, test } from 'vitest'
import { columnGraph } from '../../src/plan/graph.ts'

const column = (name: string, ...reads: string[]): { name: string; reads: string[] } => ({ name, reads })

test('columns come after what they read, else in config order', () => {
  const graph = columnGraph([
    column('review', 'product', 'mood'),
    column('mood', 'id'),
    column('product'),
    column('id'),
  ])
  expect(graph.order).toEqual(['product', 'id', 'mood', 'review'])
})

test('dependents are listed once each, in config order', () => {
  const graph = columnGraph([column('a'), column('c', 'a', 'a'), column('b', 'a', 'c')])
  expect(graph.dependents.get('a')).toEqual(['c', 'b'])
  expect(graph.dependents.get('b')).toEqual([])
})

test('a cycle is named, without the columns that only lead into it', () => {
  const build = (): unknown =>
    columnGraph([column('in', 'a'), column('a', 'b'), column('b', 'c'), column('c', 'a')])
  expect(build).toThrow(
    expect.objectContaining({
      code: 'config_invalid',
      message: 'Columns read each other in a circle: a -> b -> c -> a.',
      facts: { cycle: ['a', 'b', 'c', 'a'] },
    }),
  )
})

test('reading itself, or a name nobody makes, holds nothing up', () => {
  expect(columnGraph([column('a', 'a', 'missing')]).order).toEqual(['a'])
})
