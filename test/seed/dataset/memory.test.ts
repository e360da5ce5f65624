/** Rows in memory as a seed. */
import { describe, expect, it } from 'vitest'
import { memoryRows } from '../../../src/seed/dataset/memory.ts'
import { readSeed } from '../opened.ts'

const read = (rows: readonly object[] | undefined) => readSeed({ seed_type: 'df' }, { folders: [], rows })

describe('rows in memory', () => {
  it('have a column per member, of the one kind its values have', async () => {
    const { rows, types } = await read([
      { id: 1, price: 2, on: true, name: 'a', tags: ['x'], when: new Date(0), big: 2n ** 53n, mixed: 1 },
      { id: 2, price: 2.5, on: false, name: null, tags: [], when: null, big: 1n, mixed: 'one', late: null },
    ])
    expect(types).toEqual([
      'id int',
      'price float',
      'on bool',
      'name string',
      'tags json',
      'when string',
      'big int',
      'mixed json',
      'late string',
    ])
    expect(rows).toEqual([
      {
        id: 1n,
        price: 2,
        on: true,
        name: 'a',
        tags: ['x'],
        when: '1970-01-01T00:00:00.000Z',
        big: 2n ** 53n,
        mixed: 1n,
        late: null,
      },
      {
        id: 2n,
        price: 2.5,
        on: false,
        name: null,
        tags: [],
        when: null,
        big: 1n,
        mixed: 'one',
        late: null,
      },
    ])
  })

  it('are the same seed when they are equal, and another when a value, a name or a kind is not', async () => {
    const contents = async (rows: object[]) => (await read(rows)).contents
    const one = await contents([{ a: 1 }, { a: 2 }])
    expect(await contents([{ a: 1n }, { a: 2 }])).toBe(one)
    for (const others of [[{ a: 2 }, { a: 1 }], [{ a: 1 }], [{ b: 1 }, { b: 2 }], [{ a: 1 }, { a: 2.5 }]]) {
      expect(await contents(others)).not.toBe(one)
    }
  })

  it('that are not given, or are no rows, are an error', async () => {
    expect(() => memoryRows(undefined)).toThrow(expect.objectContaining({ code: 'seed_not_found' }))
    await expect(read([])).rejects.toMatchObject({ code: 'seed_unreadable' })
    const unfit: [object, RegExp][] = [
      [[1], /row 2: it must be an object/],
      [{ a: () => 1 }, /row 2: a is a function/],
      [{ a: [Number.NaN] }, /row 2: .* numbers must be finite/],
    ]
    for (const [row, message] of unfit) {
      await expect(async () => read([{ a: 1 }, row])).rejects.toMatchObject({
        code: 'seed_unreadable',
        message: expect.stringMatching(message),
      })
    }
  })
})
