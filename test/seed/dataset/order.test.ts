import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Selection, seedOrder, selectRows } from '../../../src/seed/dataset/order.ts'

const runSeed = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const selection = fc.record({ start: fc.nat(50), size: fc.integer({ min: 1, max: 300 }) })

function pass(order: (row: number) => number, { size }: Selection, number: number): number[] {
  return Array.from({ length: size }, (_, index) => order(number * size + index))
}

function all({ start, size }: Selection): number[] {
  return Array.from({ length: size }, (_, index) => start + index)
}

const ascending = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)

describe('the order of seed rows', () => {
  it('goes through the selection from its start, and again from its start when it is used up', () => {
    const order = seedOrder('ordered', { start: 3, size: 4 }, 1n)
    expect(Array.from({ length: 10 }, (_, row) => order(row))).toEqual([3, 4, 5, 6, 3, 4, 5, 6, 3, 4])
  })

  it('shuffled, has each row of the selection once in every pass, whatever the size', () => {
    fc.assert(
      fc.property(runSeed, selection, fc.nat(5), (seed, selected, number) => {
        const order = seedOrder('shuffle', selected, seed)
        expect(ascending(pass(order, selected, number))).toEqual(all(selected))
      }),
    )
  })

  it.each([1, 2, 3, 4, 5, 7, 8, 9, 64, 1000, 1024, 4097])('is a permutation of %i rows', (size) => {
    const selected = { start: 0, size }
    const order = seedOrder('shuffle', selected, 11n)
    for (const number of [0, 1, 2]) {
      expect(ascending(pass(order, selected, number))).toEqual(all(selected))
    }
  })

  it('shuffled, depends on the row and the run seed alone, not on which row was asked for before', () => {
    fc.assert(
      fc.property(runSeed, selection, fc.array(fc.nat(2000), { minLength: 1 }), (seed, selected, rows) => {
        const order = seedOrder('shuffle', selected, seed)
        const shown = rows.map((row) => order(row))
        expect(rows.map((row) => seedOrder('shuffle', selected, seed)(row))).toEqual(shown)
      }),
    )
  })

  it('shuffled, is another one in each pass and for each run seed', () => {
    const selected = { start: 0, size: 100 }
    const passes = [1n, 2n].flatMap((seed) => {
      const order = seedOrder('shuffle', selected, seed)
      return [0, 1, 2].map((number) => pass(order, selected, number).join())
    })
    expect(new Set(passes).size).toBe(6)
    expect(passes).not.toContain(all(selected).join())
  })

  it('shuffled, has every order of a few rows about as often', () => {
    // 6000 passes over three rows: six orders, 1000 each, with a standard deviation of 29.
    const selected = { start: 0, size: 3 }
    const counts = new Map<string, number>()
    const order = seedOrder('shuffle', selected, 5n)
    for (let number = 0; number < 6000; number++) {
      const text = pass(order, selected, number).join()
      counts.set(text, (counts.get(text) ?? 0) + 1)
    }
    expect(counts.size).toBe(6)
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })

  it('shuffled, puts every row in every place about as often, in large selections too', () => {
    // Which tenth of the places the rows of each tenth get, over 20 passes of 1000: 200 each, deviation 14.
    const selected = { start: 0, size: 1000 }
    const order = seedOrder('shuffle', selected, 6n)
    const counts = Array.from({ length: 10 }, () => new Array<number>(10).fill(0))
    for (let number = 0; number < 20; number++) {
      for (const [place, row] of pass(order, selected, number).entries()) {
        counts[Math.floor(place / 100)]![Math.floor(row / 100)]!++
      }
    }
    for (const count of counts.flat()) expect(Math.abs(count - 200)).toBeLessThan(75)
  })

  it('stays the same for ever: a change would change datasets', () => {
    const order = seedOrder('shuffle', { start: 10, size: 8 }, 0x0123456789abcdefn)
    expect(Array.from({ length: 16 }, (_, row) => order(row))).toMatchInlineSnapshot(`
      [
        10,
        11,
        16,
        12,
        13,
        17,
        14,
        15,
        11,
        16,
        17,
        12,
        15,
        13,
        14,
        10,
      ]
    `)
  })

  it('takes selections of any size that a number counts', () => {
    const size = 2 ** 40 + 1
    const order = seedOrder('shuffle', { start: 0, size }, 3n)
    const rows = Array.from({ length: 200 }, (_, row) => order(row))
    expect(new Set(rows).size).toBe(200)
    expect(rows.every((row) => Number.isSafeInteger(row) && row >= 0 && row < size)).toBe(true)
    expect(Math.max(...rows)).toBeGreaterThan(size / 2)
  })
})

describe('the selection', () => {
  it('is everything, an inclusive range, or a block of which the last takes the rest', () => {
    expect(selectRows(null, 10)).toEqual({ start: 0, size: 10 })
    expect(selectRows({ start: 2, end: 9 }, 10)).toEqual({ start: 2, size: 8 })
    expect(selectRows({ index: 0, num_partitions: 3 }, 10)).toEqual({ start: 0, size: 3 })
    expect(selectRows({ index: 2, num_partitions: 3 }, 10)).toEqual({ start: 6, size: 4 })
  })

  it('has blocks that cover every row once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 500 }), (rowCount, parts) => {
        fc.pre(parts <= rowCount)
        const rows = Array.from({ length: parts }, (_, index) =>
          all(selectRows({ index, num_partitions: parts }, rowCount) as Selection),
        ).flat()
        expect(rows).toEqual(all({ start: 0, size: rowCount }))
      }),
    )
  })

  it('says what is wrong when it is not within the rows', () => {
    expect(selectRows({ start: 0, end: 10 }, 10)).toEqual({
      key: 'end',
      what: 'must be below the number of rows of the seed dataset, 10 (seen 10)',
    })
    expect(selectRows({ index: 0, num_partitions: 11 }, 10)).toEqual({
      key: 'num_partitions',
      what: 'must not be above the number of rows of the seed dataset, 10 (seen 11)',
    })
  })
})
