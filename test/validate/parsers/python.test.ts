/** Python: rules, severities and scores as Data Designer's code validator has them, except that syntax errors are fatal. */
import { describe, expect, test } from 'vitest'
import type { ValueObject } from '../../../src/base/values/value.ts'
import { checkIn } from '../../../src/validate/checking/check.ts'

const said = async (code: string): Promise<ValueObject> => (await checkIn('python'))(code)
const symbols = (cell: ValueObject): string[] =>
  (cell.python_linter_messages as readonly { symbol: string }[]).map(({ symbol }) => symbol)

describe('a syntax error is fatal and never valid', () => {
  test.each([
    'def f(:\n',
    'if True\n  pass\n',
    'print "hello"\n',
    'x = (1,\n',
    '  x = 1\n',
    "s = 'open\n",
    'This is not code, just words.',
    '\0',
    `x = ${'('.repeat(201)}1${')'.repeat(201)}\n`,
    `${Array.from({ length: 102 }, (_, level) => `${' '.repeat(level)}if x:`).join('\n')} pass\n`,
  ])('%j', async (code) => {
    const cell = await said(code)
    expect(cell).toMatchObject({ is_valid: false, python_linter_score: 0, python_linter_severity: 'fatal' })
    expect(cell.python_linter_messages).toMatchObject([
      { type: 'fatal' },
      ...symbols(cell)
        .slice(1)
        .map(() => ({})),
    ])
  })
})

test('what a Python of today reads is no syntax error', async () => {
  const code = [
    'type Pair[T] = tuple[T, T]',
    '',
    '',
    'def first[T](pair: Pair[T]) -> T:',
    '    try:',
    '        return pair[0]',
    '    except IndexError, TypeError:',
    '        raise',
    '',
    '',
    'text = f"{first((1, 2)):{"x"}}"',
    '',
  ].join('\n')
  expect(await said(code)).toEqual({
    is_valid: true,
    python_linter_score: 10,
    python_linter_severity: 'none',
    python_linter_messages: [],
  })
})

describe('the worst message decides', () => {
  test.each([
    ['x = undefined\n', 'error', false, 'F821'],
    ['return 1\n', 'error', false, 'F706'],
    ['async def f(x):\n    yield from x\n', 'error', false, 'PLE1700'],
    ['while True:\n    x = 1\n    x = x\n', 'warning', true, 'PLW0127'],
    ['def f(x):\n    return x == None\n', 'refactor', true, 'E711'],
    ['def f(x):\n    return True if x else False\n', 'refactor', true, 'SIM210'],
    ['def f(x):\n    return x == 42\n', 'refactor', true, 'PLR2004'],
    ['def f(x):\n    return [i for i in range(9) if not i in x]\n', 'refactor', true, 'E713'],
    ['import os as os\n', 'convention', true, 'PLC0414'],
  ])('%j is %s', async (code, severity, isValid, symbol) => {
    const cell = await said(code)
    expect(cell).toMatchObject({ is_valid: isValid, python_linter_severity: severity })
    expect(symbols(cell)).toContain(symbol)
  })
})

test('an unused import is no message', async () => {
  expect(symbols(await said('import os\n'))).toEqual([])
})

test('messages stand worst first, then by line; places count characters from 1', async () => {
  const cell = await said('a = 1; b = 2\nc = 3; d = 4\ne = "é"; f = undefined\n')
  const messages = cell.python_linter_messages as readonly ValueObject[]
  expect(messages.map(({ type, line, column }) => [type, line, column])).toEqual([
    ['error', 3n, 14n],
    ['refactor', 1n, 6n],
    ['refactor', 2n, 6n],
    ['refactor', 3n, 8n],
  ])
})

describe('the score is 10 less ten times the messages per statement, errors five times', () => {
  test.each([
    // One error in 5 statements: 10 - 10 * 5/5.
    ['a = 1\nb = 2\nc = 3\nd = 4\ne = undefined\n', 0],
    // One error in 10 statements.
    [`${'a = 1\n'.repeat(9)}e = undefined\n`, 5],
    // One refactoring in 4 statements.
    ['a = 1; b = 2\nc = 3\nd = 4\n', 7.5],
    // An elif is an if of its own: if, elif, def, 3 returns; one message.
    [
      'def f(a):\n    if a == 1:\n        return 1\n    elif a == 0:\n        return 0\n    else:\n        return a == None\n',
      10 - 10 / 6,
    ],
    ['undefined\n', 0],
  ])('%j', async (code, score) => {
    expect((await said(code)).python_linter_score).toBeCloseTo(score, 10)
  })
})
