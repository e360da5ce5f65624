/** `rowsmith preview`: cards on stdout, or one object. */
import { expect, test } from 'vitest'
import { formatCards } from '../../../../src/cli/text/cards.ts'
import { printable } from '../../../../src/cli/text/style.ts'
import { displayWidth } from '../../../../src/cli/text/terminal-text.ts'
import { folder, rowsmith, smallConfig } from '../../support.ts'

test('preview shows a card per row, and a create of the same config takes the rows over', async () => {
  const cwd = folder({ 'c.yaml': smallConfig })
  const shown = await rowsmith(['preview', 'c.yaml', '-n', '2'], { cwd })
  expect(shown.code, shown.stderr).toBe(0)
  expect(shown.stdout.match(/^── row \d+ ─+$/gm)?.map((line) => line.slice(0, 8))).toEqual([
    '── row 0',
    '── row 1',
  ])
  expect(shown.stdout).toMatch(/^topic {2}\(sampler\)\n {2}(tea|rope|chess)$/m)
  expect(shown.stdout).toMatch(/^text {2}\(llm-text\)\n {2}\S/m)
  expect(shown.stdout).not.toContain('\u001b')
  expect(shown.stdout).toMatch(/2 requests sent/)

  const again = await rowsmith(['preview', 'c.yaml', '-n', '2', '--json'], { cwd })
  const object = JSON.parse(again.stdout)
  expect(object).toMatchObject({
    this_run: { requests_sent: 0 },
    columns: [{ name: 'topic', type: 'sampler', dropped: false }, { name: 'text' }],
    exit_code: 0,
  })
  expect(object.records.map(({ row }: { row: number }) => row)).toEqual([0, 1])

  const made = await rowsmith(['create', 'c.yaml', '-n', '5', '--json'], { cwd })
  expect(JSON.parse(made.stdout)).toMatchObject({
    decision: 'fresh',
    this_run: { requests_sent: 3, replies_reused: 2 },
  })
})

const columns = [
  { name: 'text', type: 'llm-text', dropped: false },
  { name: 'facts', type: 'llm-structured', dropped: true },
]
const card = (values: Parameters<typeof formatCards>[1][number]['values'], width = 40) =>
  printable(formatCards(columns, [{ row: 7, values, failure: null }], width))

test('a card wraps values to the width, keeps their lines, prints JSON over lines and marks dropped columns', () => {
  const text = card({
    text: 'one two three four five six seven eight nine\n\n- ten',
    facts: { a: 1n, b: ['x'] },
  })
  expect(text).toBe(`── row 7 ───────────────────────────────
text  (llm-text)
  one two three four five six seven
  eight nine

  - ten
facts  (llm-structured, dropped from the dataset)
  {
    "a": 1,
    "b": [
      "x"
    ]
  }
`)
})

test('no control character of a value reaches the terminal, and no line is wider than it', () => {
  const text = card({
    text: `\u001b[31mred\u001b[0m \u0007 \u009b2J \u202ebidi ${'x'.repeat(100)} ${'字'.repeat(60)}\r\ttab`,
    facts: null,
  })
  expect(text.replaceAll('\n', '')).not.toMatch(/\p{C}/u)
  for (const line of text.split('\n').filter((each) => each.startsWith('  '))) {
    expect(displayWidth(line)).toBeLessThanOrEqual(40)
  }
})

test('a long value is cut with a note', () => {
  const text = card({ text: 'word '.repeat(5000), facts: null })
  expect(text).toContain('… (25000 characters in all; --json shows them)')
  expect(text.split('\n').length).toBeLessThan(30)
})

test('a lost row shows its reason', () => {
  const failure = { column: 'text', code: 'truncated', message: 'Cut\u001b[2J off' }
  const text = printable(formatCards(columns, [{ row: 3, values: null, failure }], 60))
  expect(text).toContain('Dropped by "text" [truncated]\n  Cut\\x1b[2J off\n')
})
