import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RowsmithError } from '../../../src/base/errors/errors.ts'
import type { Value } from '../../../src/base/values/value.ts'
import { compileTemplate, printValue } from '../../../src/template/rendering/template.ts'

const names = fc.constantFrom('a', 'b', 'person', 'constructor', '__proto__', 'toString', 'x')
const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), names), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value

/** Pieces of templates, right and wrong, put together at random. */
const pieces = fc.constantFrom(
  ...'{{ |}}|{% |%}|{#|#}|{%- |-%}| a |b.c|person|[0]|["k"]|(|)|[|]|{|}|,|:|1|2.5|"text"|\'|"|\\|\n| + | - |*|/|//|%|**|~|==|<|in |not |and |or |is |if |else |elif |endif |for |endfor |set |=|endset|macro |m()|endmacro|call |endcall|filter |endfilter|with |endwith|raw |endraw|upper|default|.items()|.format|loop.index|recursive|é|🦆|{% if a %}|{% endif %}|{% for x in a %}|{{ x }}|{% endfor %}'.split(
    '|',
  ),
  '|',
)
const source = fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join(''))

function outcome(act: () => string): string {
  try {
    return act()
  } catch (error) {
    if (!RowsmithError.isInstance(error) || error.code === 'internal') throw error
    return error.code
  }
}

describe('whatever the template is', () => {
  test('reading it throws nothing but RowsmithError, with a place inside the source', () => {
    fc.assert(
      fc.property(fc.oneof(source, fc.string({ unit: 'binary' })), (text) => {
        try {
          compileTemplate(text)
        } catch (error) {
          if (!RowsmithError.isInstance(error)) throw error
          expect(error.code).toBe('template_invalid')
          expect(error.facts.line).toBeGreaterThan(0)
          expect(error.facts.line).toBeLessThanOrEqual(text.split(/\r\n?|\n/).length)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('rendering it throws nothing but RowsmithError, and asks the row for nothing but its reads', () => {
    fc.assert(
      fc.property(source, fc.dictionary(names, value, { noNullPrototype: true }), (text, data) => {
        const asked = new Set<string>()
        const row = new Proxy(data, {
          get: (target, name) => {
            asked.add(String(name))
            return Reflect.get(target, name)
          },
          getOwnPropertyDescriptor: (target, name) => {
            asked.add(String(name))
            return Reflect.getOwnPropertyDescriptor(target, name)
          },
        })
        outcome(() => {
          const template = compileTemplate(text)
          const result = outcome(() => template.render(row))
          expect([...asked].filter((name) => !template.reads.includes(name))).toEqual([])
          return result
        })
      }),
      { numRuns: 2000 },
    )
  })

  test('text without braces renders as itself', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const plain = text.replaceAll('{', '(')
        expect(compileTemplate(`${plain}.`).render({})).toBe(`${plain}.`)
      }),
    )
  })
})

describe('printing and reading are each other’s inverse', () => {
  test('a printed list, read as an expression, is the list again', () => {
    fc.assert(
      fc.property(value, (item) => {
        const printed = printValue([item])
        expect(compileTemplate(`{{ ${printed} }}`).evaluate({})).toEqual([item])
      }),
      { numRuns: 500 },
    )
  })

  test('a value goes through a template unchanged', () => {
    fc.assert(
      fc.property(value, (item) => {
        expect(compileTemplate('{{ a }}').evaluate({ a: item })).toEqual(item)
      }),
    )
  })

  test('concatenation is printing', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(compileTemplate('{{ a ~ b }}').render({ a, b })).toBe(printValue(a) + printValue(b))
      }),
    )
  })
})

describe('integers', () => {
  const integers = fc.tuple(
    fc.bigInt(-1000n, 1000n),
    fc.bigInt(-1000n, 1000n).filter((b) => b !== 0n),
  )
  test('are what // and % take them apart into, and the rest has the sign of the divisor', () => {
    fc.assert(
      fc.property(integers, ([a, b]) => {
        expect(compileTemplate('{{ (a // b) * b + a % b == a }}').render({ a, b })).toBe('True')
        expect(compileTemplate('{{ a % b == 0 or (a % b < 0) == (b < 0) }}').render({ a, b })).toBe('True')
      }),
    )
  })
})

describe('nothing of JavaScript can be reached', () => {
  const forbidden = [
    'constructor',
    'prototype',
    '__proto__',
    'toString',
    'valueOf',
    'hasOwnProperty',
    '__defineGetter__',
    'length',
    'map',
    'at',
    'call',
    'apply',
    'bind',
    'name',
    'invoke',
    'attributes',
    'entries',
    '__class__',
    '__globals__',
  ]
  const holders = [
    'text',
    'list',
    'object',
    'number',
    'integer',
    'flag',
    'nothing',
    '[1]',
    "{'k': 1}",
    '(1,)',
    '"x"',
    '1',
    'range',
    'range(3)',
    'namespace()',
    'cycler(1)',
    'text.upper',
    'list.index',
    'object.get',
    'object.items()',
    '(list|first)',
  ]
  const row = {
    text: 'abc',
    list: ['a'],
    object: { k: 1n },
    number: 1.5,
    integer: 1n,
    flag: true,
    nothing: null,
  }

  test.each(holders)('from %s', (holder) => {
    for (const name of forbidden) {
      for (const source of [`${holder}.${name}`, `${holder}["${name}"]`, `${holder}|attr("${name}")`]) {
        expect(compileTemplate(`{{ ${source} is defined }}`).render(row), source).toBe('False')
      }
      expect(
        outcome(() => compileTemplate(`{{ [${holder}]|map(attribute="${name}")|first }}`).render(row)),
      ).toBe('')
      expect(outcome(() => compileTemplate(`{{ "{0.${name}}".format(${holder}) }}`).render(row))).toBe('')
    }
  })

  test('a row with dangerous keys gives its own values, and writing to a namespace stays there', () => {
    const dangerous = JSON.parse('{"o": {"__proto__": "p", "constructor": "c"}}')
    expect(compileTemplate('{{ o.__proto__ }}{{ o.constructor }}').render(dangerous)).toBe('pc')
    compileTemplate('{% set n = namespace() %}{% set n.__proto__ = {"polluted": 1} %}').render({})
    compileTemplate('{{ {"__proto__": {"polluted": 1}} }}').evaluate({})
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  test('only own columns of the row are columns', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      expect(compileTemplate(`{{ ${name} is defined }}`).render({})).toBe('False')
    }
  })
})
