import { describe, expect, it } from 'vitest'
import { parseYaml } from '../../../src/config/reading/yaml.ts'

const read = (text: string): unknown => parseYaml(text, 'config.yaml').value

describe('a plain scalar means what PyYAML says it means', () => {
  const rows: [string, unknown][] = [
    ...['yes', 'on', 'true', 'Yes', 'TRUE'].map((text): [string, unknown] => [text, true]),
    ...['no', 'OFF', 'False'].map((text): [string, unknown] => [text, false]),
    ...['y', 'n', 'tRue', '0o17', '08', '1,000', '0x1G'].map((text): [string, unknown] => [text, text]),
    ...['1e3', '1.0e3', '1e-5', '12e03', '-.5', '2024-1-1', '-.nan'].map((text): [string, unknown] => [
      text,
      text,
    ]),
    ['017', 15n],
    ['07', 7n],
    ['-017', -15n],
    ['0', 0n],
    ['0x1F', 31n],
    ['-0x1F', -31n],
    ['0b11', 3n],
    ['1_000', 1000n],
    ['+12', 12n],
    ['12345678901234567890', 12345678901234567890n],
    ['1:30', 90n],
    ['-1:30', -90n],
    ['190:20:30', 685230n],
    ['1:30.5', 90.5],
    ['1.0e+3', 1000],
    ['1.e+3', 1000],
    ['1.0e-5', 0.00001],
    ['5.', 5],
    ['.5', 0.5],
    ['-0.0', -0],
    ['1_0.5', 10.5],
    ['.inf', Number.POSITIVE_INFINITY],
    ['+.inf', Number.POSITIVE_INFINITY],
    ['-.INF', Number.NEGATIVE_INFINITY],
    ['.nan', Number.NaN],
    ...['~', 'null', 'Null', 'NULL', ''].map((text): [string, unknown] => [text, null]),
    ['nUll', 'nUll'],
    ['2024-01-02', '2024-01-02'],
    ['2024-01-02 03:04:05', '2024-01-02T03:04:05'],
    ['2024-1-2T3:04:05.5', '2024-01-02T03:04:05.500000'],
    ['2024-01-02T03:04:05Z', '2024-01-02T03:04:05+00:00'],
    ['2024-01-02 03:04:05.123456789 -5:30', '2024-01-02T03:04:05.123456-05:30'],
  ]
  for (const [text, value] of rows) {
    it(`${JSON.stringify(text)}`, () => expect(read(`v: ${text}`)).toEqual({ v: value }))
  }

  it('and quoted or block text is always text', () => {
    expect(read('a: "1"\nb: \'yes\'\nc: |\n  1\n')).toEqual({ a: '1', b: 'yes', c: '1\n' })
  })

  it('and an explicit tag decides', () => {
    expect(read('a: !!str 1\nb: !!float 3\nc: !!int "0x10"\nd: !!null x')).toEqual({
      a: '1',
      b: 3,
      c: 16n,
      d: null,
    })
  })
})

describe('maps', () => {
  it('keep the last of duplicate keys', () => expect(read('a: 1\na: 2')).toEqual({ a: 2n }))

  it('turn keys into text', () => {
    expect(read('1: a\nyes: b\n~: c\n1.0: d')).toEqual({ 1: 'a', true: 'b', null: 'c', '1.0': 'd' })
  })

  it('merge: own keys win over merged ones, earlier merged maps over later ones', () => {
    const text = 'a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\nc: {y: 3, <<: [*a, *b]}'
    expect(read(text)).toMatchObject({ c: { x: 1n, y: 3n, z: 2n } })
  })

  it('hold a key called __proto__ as a key', () => {
    expect(Object.keys(read('__proto__: {a: 1}') as object)).toEqual(['__proto__'])
  })
})

describe('JSON is read as YAML, but for its numbers', () => {
  it('so an exponent without a dot is a number, as JSON.stringify writes it, and in YAML a text', () => {
    expect(read('a: [1e-05]')).toEqual({ a: ['1e-05'] })
    expect(read('{"a": [1, 1.0, 1e-05], "b": "\\ud83c\\udf89"}')).toEqual({ a: [1n, 1, 1e-5], b: '🎉' })
  })
})

describe('text that cannot be read is refused with file and line', () => {
  const rows: [string, number, RegExp][] = [
    ['a: 1\nb: : c', 2, /Nested mappings/],
    ['a: 1\nb: [1', 2, /sequence/],
    ['a: 1\n---\nb: 2', 2, /more than one document/],
    ['a:\n  - &x [*x]', 2, /contains itself/],
    ['a: 1\nb: &x {<<: *x}', 2, /contains itself/],
    ['a: 1\nb: *nope', 2, /no anchor "nope"/],
    ['a: 1\n\n? [b]\n: 3', 3, /cannot be a key/],
    ['a: 1\n2024-01-01: 3', 2, /date cannot be a key/],
    ['a: 1\nb: 2024-02-30', 2, /no such day/],
    ['a: 1\nb: !custom 3', 2, /tag "!custom" is not supported/],
    ['a: 1\nb: "x\u0007"', 2, /U\+0007/],
    ['a: 1\n<<: 3', 2, /only maps can be merged/],
  ]
  for (const [text, line, what] of rows) {
    it(JSON.stringify(text), () => {
      expect(() => read(text)).toThrow(
        expect.objectContaining({
          code: 'config_unreadable',
          message: expect.stringMatching(
            new RegExp(`^config.yaml:${line}: not readable as YAML: .*${what.source}`),
          ),
          facts: { file: 'config.yaml', line },
        }),
      )
    })
  }

  it('and aliases of aliases cannot blow it up', () => {
    const levels = Array.from(
      { length: 30 },
      (_, level) => `l${level + 1}: &l${level + 1} [*l${level}, *l${level}]`,
    )
    expect(() => read(['l0: &l0 [1]', ...levels].join('\n'))).toThrow(/aliases repeat too much/)
  })
})

describe('a line separator in a text', () => {
  it.each([
    ["'a\u2028  b'", 'a\u2028b'],
    ['"a \u2028\t b"', 'a\u2028b'],
    ["'a\u2029\u2028  b'", 'a\u2029\u2028b'],
    ["'a \u2028'", 'a\u2028'],
    ['a\u2028  b', 'a\u2028b'],
    ['|\n  a\u2028  b\n', 'a\u2028b\n'],
    // Escaped, it is no end of a line.
    [String.raw`"a\L  b"`, 'a\u2028  b'],
  ])('stays, without the indentation behind it, as PyYAML has it: %j', (text, value) => {
    expect(read(`v: ${text}`)).toEqual({ v: value })
  })
})

describe('the source of a value', () => {
  it('names the line of every path, or of the nearest thing above it', () => {
    const { source } = parseYaml('a:\n  - x: 1\n    y:\n      z: 2\n  - 3\n', 'config.yaml')
    expect(source.line(['a'])).toBe(1)
    expect(source.line(['a', 0])).toBe(2)
    expect(source.line(['a', 0, 'y', 'z'])).toBe(4)
    expect(source.line(['a', 0, 'y', 'missing', 'deeper'])).toBe(3)
    expect(source.line(['a', 1])).toBe(5)
  })
})
