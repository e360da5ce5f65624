import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Value } from '../../../src/base/values/value.ts'
import { openSeed } from '../../../src/seed/dataset/dataset.ts'
import { readSeed, seedConfig, seedFolder } from '../opened.ts'

const folder = seedFolder()

async function read(name: string, text: string | Uint8Array, more: object = {}) {
  folder.write(name, text)
  return readSeed({ seed_type: 'local', path: name, ...more }, { folders: [folder.path] })
}

const lines = (...all: readonly string[]) => `${all.join('\n')}\n`

describe('a CSV', () => {
  it('may have more columns than the memory that most seeds need has room for', async () => {
    const numbers = Array.from({ length: 1500 }, (_, index) => index)
    const { rows, types } = await read(
      'a.csv',
      lines(numbers.map((index) => `c${index}`).join(), numbers.join()),
    )
    expect(types).toEqual(numbers.map((index) => `c${index} int`))
    expect(rows[0]).toMatchObject({ c0: 0n, c1499: 1499n })
  })
})

describe('a column of a CSV', () => {
  it.each<[string, string[], string, Value[]]>([
    ['of integers', ['1', '-7', '9223372036854775807'], 'int', [1n, -7n, 9223372036854775807n]],
    ['of floats, whole ones among them', ['1.5', '2', '1e-07', 'NaN'], 'float', [1.5, 2, 1e-7, Number.NaN]],
    ['of true and false', ['true', 'false'], 'bool', [true, false]],
    ['of dates', ['2024-01-31', '0999-12-01'], 'date', ['2024-01-31', '0999-12-01']],
  ])('%s has that type', async (_, texts, type, values) => {
    const { rows, types } = await read('a.csv', lines('v', ...texts))
    expect(types).toEqual([`v ${type}`])
    expect(rows.map(({ v }) => v)).toEqual(values)
  })

  it.each([
    [['02116', '7']],
    [['1.50', '2.25']],
    [['yes', 'no']],
    [['True', 'False']],
    [['1-2-3']],
    [['9:05', '12:30']],
    [['0x1F', '0xdeadbeef']],
    [['12345678901234567890', '1']],
    [['9007199254740993', '1.5']],
    [['12345678901234567.89', '1.5']],
    [['1e5', '1E5']],
    [['+5', '-0']],
    [['1_000']],
    [['01/02/2024']],
    [['2024-1-31']],
    [['2024-01-31', '2024-02-30']],
    [['2024-01-31 09:30:00']],
    [['2024-01-31T09:30:00+02:00']],
    [['A9F4C1D2-1111-4111-8111-111111111111']],
    [['nan', 'inf', '1.5']],
    [['NaN', '1']],
  ])('%j stays text', async (texts) => {
    const { rows, types } = await read('a.csv', lines('v', ...texts))
    expect(types).toEqual(['v string'])
    expect(rows.map(({ v }) => v)).toEqual(texts)
  })

  it('is of floats with a comma, where the user says so', async () => {
    const text = 'id;x\n1;1,50\n2;-2\n3;\n'
    const plain = await read('a.csv', text)
    expect(plain.types).toEqual(['id int', 'x string'])
    const { rows } = await read('a.csv', text, { types: { x: 'float' }, decimal: ',' })
    expect(rows.map(({ x }) => x)).toEqual([1.5, -2, null])
    await expect(read('a.csv', 'id;x\n1;1.5\n', { types: { x: 'float' }, decimal: ',' })).rejects.toThrow(
      'row 1, column "x": "1.5" is no float',
    )
  })

  it.each(['1.75', '02116', 'x', '2024-01-31', '0x1F', '99999999999999999999'])(
    'has the type of all of its values: %s in row 21,001',
    async (late) => {
      const { rows, types } = await read('a.csv', `v\n${'12\n'.repeat(21_000)}${late}\n`)
      expect(types).toEqual([late === '1.75' ? 'v float' : 'v string'])
      expect(rows.at(-1)!.v).toBe(late === '1.75' ? 1.75 : late)
      expect(rows[0]!.v).toBe(late === '1.75' ? 12 : '12')
    },
  )

  it('tells empty text from nothing, and what else is null', async () => {
    const { rows } = await read('a.csv', 'a,b\n"",NA\n,"NA"\n', { null_values: ['NA'] })
    expect(rows).toEqual([
      { a: '', b: null },
      { a: null, b: 'NA' },
    ])
  })
})

describe('a CSV file', () => {
  it.each<[string, string, RegExp]>([
    ['a wider table below', 'a,b\n1,x\na,b,c\n', /Line: 3: Expected Number of Columns: 2 Found: 3/],
    ['a comma too many', 'a,b\n1,x, y\n', /Line: 2: Expected Number of Columns: 2 Found: 3/],
    ['a delimiter at the end', 'a,b\n1,x,\n', /Line: 2: Expected Number of Columns: 2 Found: 3/],
    ['a short row', 'a,b\n1,"x\ny"\n3\n', /Line: 4: Expected Number of Columns: 2 Found: 1/],
    ['a comment', '# note\na,b\n1,x\n', /Line: 2: Expected Number of Columns: 1 Found: 2/],
    [
      'a quote that never ends',
      'a,b\n1,x\n2,"y\n3,z\n',
      /Line: 3: a quote opens a value and is never closed/,
    ],
    ['text after a quoted value', 'a,b\n1,"x" y\n', /Line: 2: text stands after the end/],
    ['a space before a quote', 'a,b\n1, "x,y"\n', /Line: 2: a space stands before/],
    ['lines that end in CR among others', 'a,b\n1,x\r2,y\n', /Line: 3: some lines end in CR alone/],
    ['single quotes', "a,b\n'1','x'\n", /column "a": every value stands in single quotes/],
    [
      'two delimiters that both fit',
      'name;price,eur\nx;1,5\n',
      /line 1: its rows can be split two ways, by "," and by ";"/,
    ],
    [
      'a title without a delimiter',
      'Report\na|b\n1|x\n',
      /line 1: it is one name, and each line below has 2 values/,
    ],
    ["a spreadsheet's hint", 'sep=;\na;b\n1;2\n', /line 1: it names the delimiter for spreadsheets/],
    ['no header, perhaps', '1,2.5\n2,3.5\n', /line 1: .* header or a row/],
  ])('with %s is refused with its line', async (_, text, message) => {
    await expect(read('a.csv', text)).rejects.toMatchObject({
      code: 'seed_unreadable',
      message: expect.stringMatching(message),
    })
  })

  it.each<[string, Uint8Array, RegExp]>([
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0), /it is compressed with gzip/],
    ['UTF-16', Buffer.from('\ufeffa\n1\n', 'utf16le'), /it is text in UTF-16/],
    ['Latin-1', Buffer.from('a\ncaf\xe9\n', 'latin1'), /line 2: it is not text in UTF-8/],
  ])('in %s is refused as that', async (_, bytes, message) => {
    await expect(read('a.csv', bytes)).rejects.toThrow(message)
  })

  it.each<[string, string, object, object[]]>([
    ["below a spreadsheet's hint", 'sep=;\na;b\n1;x\n', { header: 2, delimiter: ';' }, [{ a: 1n, b: 'x' }]],
    ['below a title', 'Report\n\na,b\n1,x\n', { header: 3 }, [{ a: 1n, b: 'x' }]],
    ['without a header', '1,x\n', { header: false }, [{ column0: 1n, column1: 'x' }]],
    ['with a header of numbers', '2021,2022\n7,8\n', { header: true }, [{ 2021: 7n, 2022: 8n }]],
    ['in single quotes', "a,b\n1,'x, it''s'\n", { quote: "'" }, [{ a: 1n, b: "x, it's" }]],
    ['without quotes', 'a,b\n1,"x\n', { quote: '' }, [{ a: 1n, b: '"x' }]],
    ['with backslashes', 'a,b\n1,"x \\"y\\" z"\n', { escape: '\\' }, [{ a: 1n, b: 'x "y" z' }]],
    ['of one column with commas', 'a\nx, y\n', { delimiter: '\t' }, [{ a: 'x, y' }]],
    ['with declared types', 'a,b\n1.50,yes\n', { types: { a: 'float', b: 'bool' } }, [{ a: 1.5, b: true }]],
  ])('%s is read when the user says so', async (_, text, more, rows) => {
    expect((await read('a.csv', text, more)).rows).toEqual(rows)
  })

  it.each<[string, string, object[]]>([
    ['with the index of pandas', ',q\n0,a\n', [{ column0: 0n, q: 'a' }]],
    ['with years for names', 'c,2022,2021\nA,7,6\n', [{ c: 'A', 2022: 7n, 2021: 6n }]],
    ['with # in a value', 'a,b\n#1,x\n', [{ a: '#1', b: 'x' }]],
    ['with semicolons', 'a;b\n1,5;x\n', [{ a: '1,5', b: 'x' }]],
    ['with quotes within', 'a,b\n5" screen,x "y" z\n', [{ a: '5" screen', b: 'x "y" z' }]],
    [
      'with lines that end in every way',
      '\ufeffa,b\r\n1,x\n2,"y\r\nz"\n3,w',
      [
        { a: 1n, b: 'x' },
        { a: 2n, b: 'y\r\nz' },
        { a: 3n, b: 'w' },
      ],
    ],
  ])('%s is read as it is', async (_, text, rows) => {
    expect((await read('a.csv', text)).rows).toEqual(rows)
  })

  it('refuses a declared type at the row that does not fit, and for a column that is not there', async () => {
    await expect(read('a.csv', 'a\n1\nx\n', { types: { a: 'int' } })).rejects.toThrow(
      /row 2, column "a": "x" is no int/,
    )
    await expect(read('a.csv', 'a\n1\n', { types: { b: 'int' } })).rejects.toThrow(
      /"b" is not a column .* there are "a"$/,
    )
  })
})

describe('a JSON file', () => {
  it.each<[string, string[], string[], Value[][]]>([
    [
      'keeps text as text',
      ['{"a":"2024-01-31T09:30:00+02:00","b":"1-2-3","c":"9:05"}'],
      ['a string', 'b string', 'c string'],
      [['2024-01-31T09:30:00+02:00', '1-2-3', '9:05']],
    ],
    [
      'gives mixed values as they are',
      ['{"a":1}', '{"a":"x"}', '{"a":[1.5]}'],
      ['a json'],
      [[1n], ['x'], [[1.5]]],
    ],
    [
      'keeps text beside lists',
      ['{"m":[{"c":"hi"}]}', '{"m":[{"c":["yo"]}]}'],
      ['m list'],
      [[[{ c: 'hi' }]], [[{ c: ['yo'] }]]],
    ],
    ['gives no object a member it lacks', ['{"a":{"x":1}}', '{"a":{}}'], ['a json'], [[{ x: 1n }], [{}]]],
    [
      'keeps integers beyond 64 bits',
      ['{"a":18446744073709551616}', '{"a":1}'],
      ['a json'],
      [[18446744073709551616n], [1n]],
    ],
    [
      'keeps the digits of long decimals',
      ['{"a":12345678901234567.89}', '{"a":1.50}'],
      ['a string'],
      [['12345678901234567.89'], ['1.50']],
    ],
    ['reads NaN among numbers', ['{"a":NaN}', '{"a":1}'], ['a float'], [[Number.NaN], [1]]],
    [
      'keeps the order of names',
      ['{"2022":{"10":1,"2":2},"b":0,"1":3}'],
      ['2022 struct', 'b int', '1 int'],
      [[{ 10: 1n, 2: 2n }, 0n, 3n]],
    ],
  ])('%s', async (_, texts, types, values) => {
    folder.write('a.jsonl', lines(...texts))
    const seed = (await openSeed(seedConfig({ seed_type: 'local', path: 'a.jsonl' }), {
      folders: [folder.path],
    }))!
    const rows = await seed.rows(values.map((_row, index) => index))
    await seed.close()
    expect([...seed.columns.map(({ name, type }) => `${name} ${type.kind}`)].sort()).toEqual(
      [...types].sort(),
    )
    if (types[0]!.startsWith('2022'))
      expect(Object.keys(rows[0]![seed.columns.findIndex(({ name }) => name === '2022')] as object)).toEqual([
        '10',
        '2',
      ])
    else expect(rows).toEqual(values)
  })

  it.each([
    ['a.json', '\ufeff[{"a":1},\n{"a":2}]'],
    ['a.json', '{\n "a": 1\n}\n{\n "a": 2\n}\n'],
    ['a.jsonl', '\ufeff{"a":1}\r\n\r\n{"a":2}\r\n'],
    ['a.jsonl', '[{"a":1},{"a":2}]'],
  ])('%s is a list of rows, or a row after the other: %j', async (name, text) => {
    expect((await read(name, text)).rows).toEqual([{ a: 1n }, { a: 2n }])
  })

  it.each<[string, string, string, RegExp]>([
    ['a.jsonl', 'cut off', '{"a":1}\n{"a":2', /line 2: it is no JSON/],
    ['a.json', 'a list cut off', '[{"a":1},\n{"a":2}', /line 2: it is no JSON: it ends too early/],
    ['a.json', 'a comma after the last row', '[{"a":1},\n]', /line 2: it is no JSON/],
    ['a.json', 'a comma before the first', '[,{"a":1}]', /line 1: it is no JSON/],
    ['a.json', 'two commas', '[{"a":1},\n,{"a":2}]', /line 2: it is no JSON/],
    ['a.jsonl', '3000 levels', `{"a":${'['.repeat(3000)}${']'.repeat(3000)}}`, /line 1: .* 200 levels deep/],
    ['a.jsonl', 'a member twice', '{"a":1,"a":2}\n', /line 1: .* "a" is there twice/],
    ['a.jsonl', 'half a pair', '{"a":1}\n{"a":"\\ud800"}\n', /line 2: .* half of a surrogate pair/],
    ['a.jsonl', 'no object', '{"a":1}\n5\n', /line 2: a row must be an object/],
    ['a.json', 'NaN in JSON', '[{"a":NaN},{"a":"x"}]', /row 1, column "a": it holds NaN/],
  ])('%s with %s is refused with its place', async (name, _, text, message) => {
    await expect(read(name, text)).rejects.toThrow(message)
  })
})

it('a dataset that was begun before has its seed read as before', async () => {
  const text = 'clock,sum\n9:05,1.50\n'
  folder.write('a.csv', text)
  const opened = async (storedSeed: string | null) => {
    const seed = (await openSeed(seedConfig({ seed_type: 'local', path: 'a.csv' }), {
      folders: [folder.path],
      storedSeed,
    }))!
    const [row] = await seed.rows([0])
    await seed.close()
    return { row, contents: seed.contents, earlier: seed.earlier }
  }
  const bytes = createHash('sha256').update(text).digest('hex')
  const now = await opened(null)
  expect(now).toMatchObject({ row: ['9:05', '1.50'], earlier: false })
  expect(now.contents).not.toBe(bytes)
  expect(await opened(now.contents)).toEqual(now)
  expect(await opened(bytes)).toEqual({ row: ['09:05:00', 1.5], contents: bytes, earlier: true })
  expect(await opened('any')).toEqual({ row: ['09:05:00', 1.5], contents: bytes, earlier: true })
})
