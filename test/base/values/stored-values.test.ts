import { expect, test } from 'vitest'
import type { ColumnType, FoundType } from '../../../src/base/values/column-type.ts'
import { storedColumn, unconvertible } from '../../../src/base/values/stored-values.ts'
import type { Value } from '../../../src/base/values/value.ts'

const string = { kind: 'string' } as const
const int = { kind: 'int' } as const
const float = { kind: 'float' } as const
const json = { kind: 'json' } as const
const none = { kind: 'none' } as const
const struct = <T>(fields: Record<string, T>) => ({
  kind: 'struct' as const,
  fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
})
const list = <T>(element: T) => ({ kind: 'list' as const, element })

const cases: [what: string, FoundType, ColumnType, Value[], FoundType, Value[]][] = [
  ['an integer is text among texts', string, int, [4n, null], string, ['4', null]],
  ['an object is JSON text among texts', string, json, [{ a: 1n }], string, ['{"a": 1}']],
  ['an integer is a float among floats', float, int, [4n], float, [4]],
  ['a number that was a text is a float among floats', float, json, ['12.50', 3n], float, [12.5, 3]],
  [
    'a text that is no number widens the floats of its file',
    float,
    json,
    ['a few', 3n],
    string,
    ['a few', '3'],
  ],
  ['nulls stay without a type', none, string, [null, null], none, [null, null]],
  ['a first value brings the type of the column', none, int, [null, 3n], int, [null, 3n]],
  [
    'a first value of an open column brings its own',
    none,
    json,
    [{ a: [1n] }],
    struct({ a: list(int) }),
    [{ a: [1n] }],
  ],
  [
    'keys that are null are left out',
    struct({ a: string }),
    struct({ a: string, b: string }),
    [{ a: 'x', b: null }],
    struct({ a: string }),
    [{ a: 'x' }],
  ],
  [
    'keys that occur are added',
    struct({ a: string }),
    struct({ a: string, b: int }),
    [{ a: 'x', b: 2n }],
    struct({ a: string, b: int }),
    [{ a: 'x', b: 2n }],
  ],
  [
    'keys within lists, too',
    list(struct({ a: string })),
    list(struct({ a: string, b: int })),
    [[{ a: 'x', b: 2n }]],
    list(struct({ a: string, b: int })),
    [[{ a: 'x', b: 2n }]],
  ],
  [
    'a field without a type stays so',
    struct({ a: none, b: int }),
    struct({ a: string, b: int }),
    [{ a: null, b: 1n }],
    struct({ a: none, b: int }),
    [{ a: null, b: 1n }],
  ],
  [
    'keys of a dictionary have its type',
    { ...struct({}), further: float },
    json,
    [{ x: 1n }, { y: 2.5 }],
    struct({ x: float, y: float }),
    [
      { x: 1, y: null },
      { x: null, y: 2.5 },
    ],
  ],
  [
    'a dictionary without keys is null',
    struct({ d: { ...struct({}), further: float }, a: int }),
    json,
    [{ d: {}, a: 1n }],
    struct({ d: none, a: int }),
    [{ d: null, a: 1n }],
  ],
  ['a list among structs is text', struct({ a: int }), json, [[1n]], string, ['[1]']],
]

test.each(cases)('%s', (_what, followed, own, values, type, stored) => {
  expect(storedColumn({ followed, own }, values)).toEqual({ type, values: stored })
})

test('a member that the reference does not have is left out of files that lack it', () => {
  const own = struct({ name: string, email: string })
  const made = storedColumn({ followed: struct({ name: string }), own, extras: ['email'] }, [
    { name: 'A', email: 'a@b' },
  ])
  expect(made).toEqual({ type: struct({ name: string }), values: [{ name: 'A' }] })
})

const pairs: [FoundType, FoundType, string | undefined][] = [
  [int, string, ''],
  [float, { kind: 'bool' }, ''],
  [struct({ a: int }), string, ''],
  [list(struct({ a: int })), list(struct({ a: string })), '[].a'],
  [string, int, undefined],
  [none, int, undefined],
  [int, float, undefined],
  [{ kind: 'date' }, string, undefined],
  [struct({ a: int }), json, undefined],
  [struct({ a: int, b: int }), struct({ a: float }), undefined],
]

test.each(pairs)('whether %j can say values of %j is known beforehand', (followed, own, path) => {
  expect(unconvertible(followed, own)?.path).toBe(path)
})
