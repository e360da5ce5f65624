import { describe, expect, test } from 'vitest'
import { keyedRandom } from '../../src/base/numbers/random.ts'
import type { ColumnType } from '../../src/base/values/column-type.ts'
import { settledType } from '../../src/base/values/common-type.ts'
import type { Value } from '../../src/base/values/value.ts'
import { asWritten } from '../../src/post/schema-transform.ts'
import { compileTree } from '../../src/post/template-tree.ts'

const string: ColumnType = { kind: 'string' }
const int: ColumnType = { kind: 'int' }
const types: Readonly<Record<string, ColumnType>> = {
  text: string,
  stars: int,
  price: { kind: 'float' },
  liked: { kind: 'bool' },
  open: { kind: 'json' },
  profile: {
    kind: 'struct',
    fields: [
      { name: 'title', type: string },
      { name: 'scores', type: { kind: 'list', element: int } },
    ],
  },
}

/** What a tree becomes for one row, and its type. */
function made(tree: Value, cells: Record<string, Value> = {}): { value: Value; type: ColumnType } {
  const part = compileTree(tree, (name) => types[name], ['template', 'x'])
  return { value: part.make(cells, keyedRandom(1n, 'x', 0)), type: settledType(part.type) }
}
const text = (tree: string, cells: Record<string, Value>): Value => made(tree, cells).value

describe('a text of the template', () => {
  test('takes quotes, newlines, backslashes and other scripts as they are', () => {
    const nasty = 'He said "no"\n\tC:\\dir {{ x }} é ☃ 你好 \u{1f600}'
    expect(text('{{ text }}', { text: nasty })).toBe(nasty)
    expect(text('Q: {{ text }}!', { text: nasty })).toBe(`Q: ${nasty}!`)
    expect(text('{% if text == "a" %}"yes"{% else %}\n{% endif %}', { text: 'a' })).toBe('"yes"')
    expect(text('{{ profile["title"] }}', { profile: { title: nasty, scores: [] } })).toBe(nasty)
  })

  test('keeps a text that looks like a number, a word or a list', () => {
    for (const cell of ['1.10', '1e5', 'true', 'null', '[1.10]', '"quoted"', '{"a":1.10}']) {
      expect(text('{{ text }}', { text: cell })).toBe(cell)
      expect(text('v{{ text }}', { text: cell })).toBe(`v${cell}`)
    }
  })

  test('looks into a text that spells JSON, and counts with one that spells a number', () => {
    expect(text('{{ text.a[1] }}', { text: '{"a": [1, "z"]}' })).toBe('z')
    expect(text('{% if text > 3 %}many{% endif %}', { text: '5' })).toBe('many')
    expect(text('{% set text = 7 %}{{ text }}', { text: '1.10' })).toBe('7')
    expect(text('{% for text in [1] %}{{ text }}{% endfor %}', { text: '1.0' })).toBe('1')
  })

  test('prints values among text as JSON has them', () => {
    const cells = { stars: 5n, price: 2, liked: true, text: null, open: ['ä', 1n, { b: null }] }
    expect(text('{{ stars }} {{ price }} {{ liked }} {{ text }}', cells)).toBe('5 2.0 true null')
    expect(text('{{ open }}.', cells)).toBe('["ä", 1, {"b": null}].')
    expect(text('{{ profile.nope }}.', { profile: { title: 'a', scores: [] } })).toBe('.')
  })

  test('that is one expression of a known type keeps it', () => {
    const profile = { title: 't', scores: [3n, 4n] }
    const cells = { stars: 5n, price: 2, liked: true, open: { a: 1n }, profile, text: '12' }
    expect(made('{{ stars }}', cells)).toEqual({ value: 5n, type: int })
    expect(made('{{ price }}', cells)).toEqual({ value: 2, type: { kind: 'float' } })
    expect(made('{{ liked }}', cells)).toEqual({ value: true, type: { kind: 'bool' } })
    expect(made('{{ open }}', cells)).toEqual({ value: { a: 1n }, type: { kind: 'json' } })
    expect(made('{{ profile }}', cells)).toEqual({ value: profile, type: types.profile })
    expect(made('{{ profile.scores }}', cells)).toEqual({
      value: [3n, 4n],
      type: { kind: 'list', element: int },
    })
    expect(made("{{ profile['scores'][1] }}", cells)).toEqual({ value: 4n, type: int })
    expect(made('{{ profile.scores[7] }}', cells)).toEqual({ value: null, type: int })
    expect(made('{{ text | int }}', cells)).toEqual({ value: 12n, type: int })
    expect(made('{{ text | length }}', { text: 'abc' })).toEqual({ value: 3n, type: int })
    expect(made('{{ stars > 3 }}', cells)).toEqual({ value: true, type: { kind: 'bool' } })
    expect(made('{{ stars }}', { stars: null })).toEqual({ value: null, type: int })
  })

  test('is text wherever the type cannot be told', () => {
    const cells = { stars: 5n, open: { a: 1n } }
    expect(made(' {{ stars }}', cells)).toEqual({ value: ' 5', type: string })
    expect(made('{{ stars + 1 }}', cells)).toEqual({ value: '6', type: string })
    expect(made('{{ open.a }}', cells)).toEqual({ value: '1', type: string })
    expect(made("{{ stars | int('none') }}", cells)).toEqual({ value: '5', type: string })
  })

  test('that fails says where in the tree it stands', () => {
    const tree = { list: ['fine', { deep: '{{ open.a.b }}' }] }
    expect(() => made(tree, { open: {} })).toThrow(
      expect.objectContaining({
        code: 'template_failed',
        facts: expect.objectContaining({ place: 'template.x.list[1].deep' }),
      }),
    )
  })
})

describe('what is no text', () => {
  test('stays as it is', () => {
    const tree = { n: 1n, f: 1, t: true, none: null, list: [1n, 2n], nothing: [], empty: {} }
    expect(made(tree)).toEqual({
      value: tree,
      type: {
        kind: 'struct',
        fields: [
          { name: 'n', type: int },
          { name: 'f', type: { kind: 'float' } },
          { name: 't', type: { kind: 'bool' } },
          { name: 'none', type: string },
          { name: 'list', type: { kind: 'list', element: int } },
          { name: 'nothing', type: { kind: 'list', element: string } },
          { name: 'empty', type: { kind: 'json' } },
        ],
      },
    })
  })

  test('a list of objects has the fields of all of them', () => {
    const { type, value } = made([{ role: 'user' }, { role: 'tool', id: '{{ stars }}' }], { stars: 2n })
    const fields = [
      { name: 'role', type: string },
      { name: 'id', type: int },
    ]
    expect(type).toEqual({ kind: 'list', element: { kind: 'struct', fields } })
    expect(asWritten(type, value)).toEqual([
      { role: 'user', id: null },
      { role: 'tool', id: 2n },
    ])
  })

  test('a list of anything holds JSON', () => {
    expect(made([1n, 'a']).type).toEqual({ kind: 'list', element: { kind: 'json' } })
  })

  test('an object with a template among its keys is JSON', () => {
    expect(made({ 'k{{ stars }}': 'v', __proto__x: 1n }, { stars: 2n })).toEqual({
      value: { k2: 'v', __proto__x: 1n },
      type: { kind: 'json' },
    })
  })
})

describe('a schema that is followed', () => {
  test('gets text where it has text', () => {
    expect(asWritten(string, 5n)).toBe('5')
    expect(asWritten(string, 2)).toBe('2.0')
    expect(asWritten(string, ['a', true])).toBe('["a", true]')
    expect(asWritten(string, null)).toBe(null)
    expect(asWritten({ kind: 'list', element: string }, [1n, null])).toEqual(['1', null])
  })

  test('gets the fields of its structs in its order', () => {
    const fields = [
      { name: 'content', type: string },
      { name: 'role', type: string },
    ]
    const written = asWritten({ kind: 'struct', fields }, { role: 'user', content: 1n })
    expect(Object.entries(written as object)).toEqual([
      ['content', '1'],
      ['role', 'user'],
    ])
    expect(asWritten({ kind: 'struct', fields }, { role: 'user', more: 'x' })).toBe(undefined)
  })
})
