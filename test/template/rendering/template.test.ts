import { describe, expect, test } from 'vitest'
import { RowsmithError } from '../../../src/base/errors/errors.ts'
import type { Value } from '../../../src/base/values/value.ts'
import {
  compileTemplate,
  isTruthy,
  parseJsonText,
  printValue,
  templateContext,
} from '../../../src/template/rendering/template.ts'

const row: Record<string, Value> = {
  name: 'Ada',
  age: 36n,
  person: { name: 'Ada', items: [1n, 2n], nothing: null },
  tags: ['a', 'b'],
}

function render(source: string, context: Record<string, Value> = row): string {
  return compileTemplate(source).render(context)
}

function failure(act: () => unknown): RowsmithError {
  try {
    act()
  } catch (error) {
    if (RowsmithError.isInstance(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('errors say what and where', () => {
  test('an unknown name is an error that names it', () => {
    const error = failure(() => render('Hello\n  {{ nmae }}'))
    expect(error.code).toBe('template_failed')
    expect(error.facts).toEqual({ variable: 'nmae', line: 2, column: 6 })
    expect(error.message).toContain('Template at 2:6: "nmae" is not defined')
  })

  test('something of a missing attribute is an error that names the attribute', () => {
    const error = failure(() => render('{{ person.address.city }}'))
    expect(error.facts).toEqual({ variable: 'person.address', line: 1, column: 10 })
    expect(error.message).toContain('"person" (a dict) has no "address", so "city" of it cannot be read')
  })

  test('a missing attribute is empty text, and an error when strict', () => {
    expect(render('[{{ person.address }}]')).toBe('[]')
    const error = failure(() => compileTemplate('{{ person.address }}', { strict: true }).render(row))
    expect(error.facts.variable).toBe('person.address')
  })

  test('an operator that does not fit says both types', () => {
    const error = failure(() => render('{{ name + age }}'))
    expect(error.message).toBe("Template at 1:9: unsupported operand types for +: 'str' and 'int'")
  })

  test.each([
    ['{{ name', 1, 1, 'this tag has no end'],
    ['a\n{% if name %}b', 2, 4, 'this {% if %} has no {% endif %}'],
    ['{% endfor %}', 1, 4, 'unknown or misplaced tag "endfor"'],
    ['{{ name | uper }}', 1, 11, 'there is no filter "uper"'],
    ['{{ a b }}', 1, 6, 'found "b" where "}}" is due'],
    ['{{ (a] }}', 1, 6, 'found "]" where ")" is due'],
    ['{% include "x" %}', 1, 4, 'unknown or misplaced tag "include"'],
    ['{{ a ? b }}', 1, 6, 'unexpected character "?"'],
  ])('%s is refused with its place', (source, line, column, message) => {
    const error = failure(() => compileTemplate(source))
    expect(error.code).toBe('template_invalid')
    expect(error.facts).toEqual({ line, column })
    expect(error.message).toContain(message)
  })
})

describe('reads', () => {
  test('are the names from the row, once each, sorted, without what the template makes', () => {
    const source =
      '{% set a = name %}{{ a }}{% for t in tags %}{{ t ~ loop.index ~ prefix }}{% endfor %}{{ range(2) }}'
    expect(compileTemplate(source).reads).toEqual(['name', 'prefix', 'tags'])
  })

  test('hold a name that is assigned in some branches only, not one assigned in all', () => {
    expect(compileTemplate('{% if c %}{% set a = 1 %}{% endif %}{{ a }}').reads).toEqual(['a', 'c'])
    const both = '{% if c %}{% set a = 1 %}{% else %}{% set a = 2 %}{% endif %}{{ a }}'
    expect(compileTemplate(both).reads).toEqual(['c'])
  })

  test('never hold a global, and a column of its name does not change it', () => {
    const template = compileTemplate('{{ range(2)|list }}')
    expect(template.reads).toEqual([])
    expect(template.render({ range: 'column' })).toBe('[0, 1]')
  })
})

describe('evaluate', () => {
  test.each<[string, Value]>([
    ['{{ age }}', 36n],
    ['{{ age / 2 }}', 18],
    ['{{ age > 40 }}', false],
    ['{{ person }}', row.person ?? null],
    ['{{ tags + ["c"] }}', ['a', 'b', 'c']],
    ['{{ (1, none) }}', [1n, null]],
    ["{{ {'k': tags} }}", { k: ['a', 'b'] }],
    ['{{ person.nothing }}', null],
    ['{{ person.nowhere }}', null],
    ['{{ person.items }}', [1n, 2n]],
    ['{{ age }}\n', 36n],
    ['{{ age }} years', '36 years'],
    ['', ''],
  ])('%s is its value', (source, value) => {
    expect(compileTemplate(source).evaluate(row)).toEqual(value)
  })

  test('a function is not a value', () => {
    expect(failure(() => compileTemplate('{{ name.upper }}').evaluate(row)).code).toBe('template_failed')
  })
})

describe('cells that hold JSON text', () => {
  test.each<[Value, Value]>([
    ['123', 123n],
    ['1.50', 1.5],
    [' [1, 2.0] ', [1n, 2]],
    ['{"a": null}', { a: null }],
    ['"quoted"', 'quoted'],
    ['true', true],
    ['null', null],
    ['01', '01'],
    ['{not json}', '{not json}'],
    ['[1, 2', '[1, 2'],
    ['plain text', 'plain text'],
    ['True', 'True'],
    ['', ''],
    [7n, 7n],
  ])('of %s', (cell, value) => {
    expect(parseJsonText(cell)).toEqual(value)
  })

  test('become values for the columns asked for', () => {
    const context = templateContext({ a: '{"b": [1]}', c: '5', d: 'x' }, ['a', 'c', 'absent'])
    expect({ ...context }).toEqual({ a: { b: [1n] }, c: 5n })
    expect(compileTemplate('{{ a.b[0] + c }}').render(context)).toBe('6')
  })
})

describe('a key comes before a method of its name', () => {
  test('as an attribute it is the key, called it is the method', () => {
    expect(render('{{ person.items }}')).toBe('[1, 2]')
    expect(render('{{ person.items()|length }}')).toBe('3')
  })
})

describe('random', () => {
  test('draws from the stream it is given', () => {
    const asked: number[] = []
    const random = { below: (n: number) => asked.push(n) }
    expect(
      compileTemplate("{{ ['a', 'b', 'c']|random }}{{ tags|random }}").render(
        { tags: ['x', 'y', 'z'] },
        random,
      ),
    ).toBe('bz')
    expect(asked).toEqual([3, 3])
  })

  test('without a stream it says so instead of making one up', () => {
    expect(failure(() => render('{{ tags|random }}')).message).toContain('no random stream')
  })
})

describe('jsonpath', () => {
  const document = { a: [{ b: 1n }, { b: 2n, c: { b: 3n } }], 'odd key': true }
  test.each<[string, string]>([
    ['$', "[{'a': [{'b': 1}, {'b': 2, 'c': {'b': 3}}], 'odd key': True}]"],
    ['$.a[*].b', '[1, 2]'],
    ['$..b', '[1, 2, 3]'],
    ['$.a[-1].c.b', '[3]'],
    ['$.a[0,1].b', '[1, 2]'],
    ['$.a[:1].b', '[1]'],
    ["$['odd key']", '[True]'],
    ['$.nope.x', '[]'],
  ])('%s', (path, text) => {
    expect(render('{{ document|jsonpath(path) }}', { document, path })).toBe(text)
  })

  test('a path that cannot be read is an error', () => {
    expect(failure(() => render('{{ d|jsonpath("$.a[?(@.b)]") }}', { d: document })).code).toBe(
      'template_failed',
    )
  })
})

describe('every render ends', () => {
  test.each([
    ['{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}', 'steps'],
    ['{% for a in range(90000) %}{{ "0123456789" }}{% endfor %}', '512000 characters'],
    ['{{ range(100001) }}', 'range is longer'],
    ["{{ 'a' * 10**12 }}", 'a text grows longer'],
    ['{{ [1] * 10**12 }}', 'a list grows longer'],
    ['{{ 10 ** 1000000 }}', 'too large'],
    ['{{ 10.0 ** 1000 }}', 'too large'],
    ["{{ 'a'.ljust(10**12) }}", 'a text grows longer'],
    ["{{ '%*d' % (10**12, 1) }}", 'a text grows longer'],
    ["{{ '{:999999999}'.format(1) }}", 'a text grows longer'],
    ['{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}', 'calls inside each other'],
    ['{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}', 'calls inside each other'],
    [
      "{% set n = namespace(s='ab') %}{% for a in range(99) %}{% set n.s = n.s ~ n.s %}{% endfor %}",
      'a text grows',
    ],
    [
      '{% set n = namespace(i=3) %}{% for a in range(99) %}{% set n.i = n.i * n.i %}{% endfor %}',
      'grows too large',
    ],
  ])('%s', (source, message) => {
    const error = failure(() => render(source))
    expect(error.code).toBe('template_failed')
    expect(error.message).toContain(message)
  })

  /** A list (dict, tuple) that holds itself twice, forty levels deep: small in memory, endless to walk. */
  const shared = (start: string, twice: string): string =>
    `{% set n = namespace(x=${start}) %}{% for a in range(40) %}{% set n.x = ${twice} %}{% endfor %}`

  test.each([
    ['{{ n.x }}', 'steps'],
    ['{{ n.x | tojson }}', 'steps'],
    ['{{ n.x | pprint }}', 'steps'],
    ['{{ n.x == [n.x[0], n.x[1]] }}', 'steps'],
    ['{{ [n.x, n.x] | max }}', 'steps'],
    ["{{ {'a': n.x} | xmlattr }}", 'steps'],
    ["{{ '%s' % (n.x,) }}", 'steps'],
    ["{{ '{}'.format(n.x) }}", 'steps'],
  ])('lists in lists: %s', (use, message) => {
    expect(failure(() => render(shared("['a']", '[n.x, n.x]') + use)).message).toContain(message)
  })

  test.each([
    [`${shared("{'a': 1}", "{'a': n.x, 'b': n.x}")}{{ n.x | jsonpath('$..a') }}`, 'steps'],
    [`${shared('(1,)', '(n.x, n.x)')}{{ {n.x: 1} }}`, 'steps'],
    ["{{ 'x' | batch(1000000000, 'a') | list | length }}", 'steps'],
    ["{% set t = 'a' * 4000000 %}{{ ([t] * 900000) | tojson | length }}", 'steps'],
    ["{% set t = 'a' * 4000000 %}{% for a in range(9999) %}{% set x = 'b' in t %}{% endfor %}", 'steps'],
    [
      '{% set n = namespace(x=9**9000) %}{% for a in range(9999) %}{% set x = n.x ~ "" %}{% endfor %}',
      'steps',
    ],
    [
      '{% set n = namespace(x=[]) %}{% for a in range(90000) %}{% set n.x = [n.x] %}{% endfor %}{{ n.x }}',
      'depth',
    ],
    ["{{ ('9' * 4000000) | int }}", 'grows too large'],
  ])('%s', (source, message) => {
    const error = failure(() => render(source))
    expect(error.code).toBe('template_failed')
    expect(error.message).toContain(message)
  })

  test('an integer of a million digits is refused as it is read', () => {
    expect(failure(() => compileTemplate(`{{ ${'9'.repeat(1_000_000)} }}`)).code).toBe('template_invalid')
  })

  test('an account is of one render: the next one has its own', () => {
    const template = compileTemplate('{% for a in range(90000) %}{% endfor %}ok')
    for (let time = 0; time < 30; time++) expect(template.render({})).toBe('ok')
  })

  test.each([
    '('.repeat(100_000),
    `{{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}`,
    `{{ ${'-'.repeat(5000)}1 }}`,
    `{{ 1${'+1'.repeat(5000)} }}`,
    `{{ 1${'|abs'.repeat(5000)} }}`,
    `${'{% if 1 %}'.repeat(5000)}`,
  ])('source nested too deeply is refused, not run (%#)', (source) => {
    if (source.startsWith('(')) expect(render(source)).toBe(source)
    else expect(failure(() => compileTemplate(source)).code).toBe('template_invalid')
  })
})

test('truth and printing are those of Python', () => {
  const falsy: Value[] = [null, false, 0n, 0, -0, '', [], {}]
  expect(falsy.map(isTruthy)).toEqual(falsy.map(() => false))
  expect([1n, -0.5, Number.NaN, ' ', [null], { a: null }].map(isTruthy)).toEqual(Array(6).fill(true))
  expect(printValue({ a: [true, null, 2, "it's"] })).toBe("{'a': [True, None, 2.0, \"it's\"]}")
})
