import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Column } from '../../../../src/columns/column/column.ts'
import type { TopologicalOrder } from '../../../../src/columns/column/topological-order.ts'
import { RowGroupState } from '../../../../src/run/scheduler/group/row-group-state.ts'

/** A group whose column `i` reads the columns of `reads[i]`, all of them before it. */
function topologicalOrder(reads: readonly (readonly number[])[]): TopologicalOrder {
  const columns = reads.map(
    (sources, position): Column => ({
      kind: 'model',
      name: `c${position}`,
      type: { kind: 'string' },
      drop: false,
      reads: sources.map((source) => `c${source}`),
      aliases: ['m'],
      queue: { kind: 'model', alias: 'm' },
      run: async () => ({ value: null }),
    }),
  )
  return {
    columns,
    sources: reads,
    waits: reads,
    grouped: [],
    readers: reads.map((_, position) =>
      reads.flatMap((sources, reader) => (sources.includes(position) ? [reader] : [])),
    ),
    along: reads.map(() => []),
    eagerCount: 0,
  }
}

const graphs = fc
  .integer({ min: 1, max: 6 })
  .chain((width) =>
    fc.tuple(...Array.from({ length: width }, (_, position) => fc.subarray([...Array(position).keys()]))),
  )

/** Makes one row in an order picked by `pick`; cells in `failing` have no value. Returns how it ended. */
function makeRow(reads: readonly (readonly number[])[], failing: ReadonlySet<number>, pick: () => number) {
  const group = new RowGroupState(0, 0, 1, topologicalOrder(reads))
  const ready = reads.flatMap((sources, position) => (sources.length === 0 ? [position] : []))
  const asked: number[] = []
  let fate = group.settle(0)
  while (fate === 'open') {
    const wanted = ready.filter((position) => group.wants(0, position))
    if (wanted.length === 0) return { fate: 'stuck' as const, asked }
    const position = wanted[pick() % wanted.length]!
    ready.splice(ready.indexOf(position), 1)
    asked.push(position)
    if (failing.has(position))
      group.fail(0, position, { row: 0, column: `c${position}`, code: 'parse_failed' })
    else ready.push(...group.put(0, position, `v${position}`))
    fate = group.settle(0)
  }
  return { fate, asked }
}

describe('OpenGroup', () => {
  it('gives every row the same fate in whatever order its cells end (rule G2)', () => {
    fc.assert(
      fc.property(
        graphs,
        fc.array(fc.nat(5), { maxLength: 3 }),
        fc.infiniteStream(fc.nat()),
        fc.infiniteStream(fc.nat()),
        (reads, failing, one, other) => {
          const bad = new Set(failing)
          const first = makeRow(reads, bad, () => one.next().value)
          const second = makeRow(reads, bad, () => other.next().value)
          expect(first.fate).not.toBe('stuck')
          expect(second.fate).toEqual(first.fate)
        },
      ),
    )
  })

  it('drops a row for its first failing column, and only when every column before it is made', () => {
    const group = new RowGroupState(0, 10, 1, topologicalOrder([[], []]))
    group.fail(0, 1, { row: 10, column: 'c1', code: 'schema_failed' })
    expect(group.settle(0)).toBe('open')
    expect(group.wants(0, 0)).toBe(true)
    group.fail(0, 0, { row: 10, column: 'c0', code: 'truncated' })
    expect(group.settle(0)).toEqual({ row: 10, column: 'c0', code: 'truncated' })
    expect(group.rowsOpen).toBe(0)
  })

  it('makes a cell ready only when everything it reads is made', () => {
    const group = new RowGroupState(0, 0, 1, topologicalOrder([[], [], [0, 1]]))
    expect(group.put(0, 0, 'a')).toEqual([])
    expect(group.put(0, 1, 'b')).toEqual([2])
    expect(group.view(0, 2)).toEqual({ c0: 'a', c1: 'b' })
  })

  it('shows a column whatever its name is', () => {
    const order = topologicalOrder([[], [0]])
    const named = order.columns.map((column, at) => (at === 0 ? { ...column, name: '__proto__' } : column))
    const group = new RowGroupState(0, 0, 1, { ...order, columns: named })
    group.put(0, 0, 'a')
    expect(Object.entries(group.view(0, 1))).toEqual([['__proto__', 'a']])
  })

  it('honours a verdict of a former process without making the row again', () => {
    const group = new RowGroupState(3, 30, 2, topologicalOrder([[]]))
    group.restoreFailure({ row: 31, column: 'c0', code: 'truncated' })
    expect(group.wants(1, 0)).toBe(false)
    expect(group.settle(1)).toEqual({ row: 31, column: 'c0', code: 'truncated' })
    group.put(0, 0, 'kept')
    expect(group.settle(0)).toBe('written')
    expect(group.survivors(0)).toEqual(['kept'])
    expect(group.rowsDropped).toBe(1)
  })
})
