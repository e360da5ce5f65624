/** What others wrote never steers the terminal: in every field of every command. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { formatError } from '../../../src/cli/output/report.ts'
import { formatExported } from '../../../src/cli/printing/exported.ts'
import { seedLines } from '../../../src/cli/text/seed-lines.ts'
import { eraseLines, printable, style } from '../../../src/cli/text/style.ts'
import { inLine, visible, wrappedSentences } from '../../../src/cli/text/terminal-text.ts'
import { RowsmithError } from '../../../src/index.ts'
import { folder, rowsmith } from '../support.ts'

/** Colour, window title, C1, bidi override, bell, backspace. */
const evil = 'e\u001b[31m\u001b]0;t\u0007\u009b2J\u202e\b\u007f'
const steers = /(?![\n\t])[\p{Cc}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

test.each([
  ['plain text, 日本 and 👩‍👩‍👧', 'plain text, 日本 and 👩‍👩‍👧'],
  ['two\nlines\tand\r\nmore', 'two\nlines\tand\nmore'],
  ['\u001b[31mred\u001b[0m', '\\x1b[31mred\\x1b[0m'],
  ['over\rwritten', 'over\\rwritten'],
  ['\u009b2J \u007f \0', '\\x9b2J \\x7f \\0'],
  ['\u202eright\u2066 \u200f', '\\u202eright\\u2066 \\u200f'],
  ['half \ud83d of a pair', 'half \\ud83d of a pair'],
  ['a\u2028b\ufeff', 'a\\u2028b\\ufeff'],
])('%j is shown as %s', (text, shown) => {
  expect(visible(text)).toBe(shown)
  expect(printable(text)).toBe(shown)
})

test('a line break in a name, a path or a sentence begins no line', () => {
  const evilName = 'a\nerror: b\r\nc'
  const seed = {
    rows: 1,
    files: [{ name: evilName, rows: 1 }],
    columns: [{ name: evilName, type: 'text', note: evilName }],
    warnings: [evilName],
  }
  const exported = formatExported({
    path: evilName,
    format: 'csv',
    rows: 1,
    columns: [],
    unfinished: { rows: 0, groups: 0, why: evilName },
  })
  expect(exported.split('\n')).toHaveLength(3)
  for (const line of [...seedLines(seed).map(inLine), exported.split('\n')[0]!]) {
    expect(line).not.toMatch(/[\r\n]/)
    expect(line).toContain('a\\nerror: b\\r\\nc')
  }
  const error = new RowsmithError('io_error', `${evilName} failed`, { facts: { issues: ['x', evilName] } })
  const lines = printable(formatError(error, false)).split('\n')
  expect(lines.filter((line) => line.startsWith('error:'))).toHaveLength(1)
})

test('a mark of our own styles are made of cannot be forged, nor broken out of', () => {
  const own = style('red', `x\ufdd1\u001b[5m${'\ufdd0'}`)
  expect(printable(own)).toBe('x\ufffd\\x1b[5m\\ufdd0')
  expect(printable('\ufdd0 erase 3\ufdd1')).toBe('\\ufdd0 erase 3\\ufdd1')
  expect(printable(eraseLines())).toBe('\r\u001b[2K')
})

test.each([
  ['one two three four', 10, ['one two', 'three four']],
  ['  status    of a dataset', 24, ['  status    of a dataset']],
  ['  status    of this dataset', 26, ['  status    of this', '            dataset']],
  ['  status    of a dataset', 16, ['  status    of a', '  dataset']],
  ['日本 語の 文章 です', 10, ['日本 語の', '文章 です']],
  ['Next: Run `npm ci --force` first', 16, ['Next: Run', '`npm ci --force`', 'first']],
  ['  rowsmith resume a/very/long/path', 10, ['  rowsmith resume a/very/long/path']],
  ['a/path/wider/than/the/window is there', 12, ['a/path/wider/than/the/window', 'is there']],
])('%j breaks between words at %d cells', (text, width, lines) => {
  expect(wrappedSentences(text, width).split('\n')).toEqual(lines)
})

test('causes of an error, and the trace of a defect, are shown by their numbers', () => {
  const cause = new Error(`read ${evil}`, { cause: { code: evil } })
  for (const code of ['io_error', 'internal'] as const) {
    const error = new RowsmithError(code, `one\ntwo ${evil}`, { cause, facts: { issues: ['a', evil] } })
    expect(steers.test(printable(formatError(error, true)))).toBe(false)
  }
})

test('what erases a line stays whole before a sentence that breaks', () => {
  const stream = { isTTY: true, columns: 10 } as NodeJS.WriteStream
  expect(printable(`${eraseLines(2)}one two three\n`, stream)).toBe(
    '\r\u001b[2K\u001b[1A\u001b[2Kone two\nthree\n',
  )
})

/** Answers everything with a hostile sentence. */
async function hostileProvider(): Promise<string> {
  const server = createServer((_, response) => {
    response.writeHead(400, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: { message: `No: ${evil}`, code: evil } }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}

/** All that a command writes. */
async function run(args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await rowsmith(args, { cwd: folder() })
  return stdout + stderr
}

/** YAML takes no C1. */
function ascii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

test('no field of any command steers the terminal', async () => {
  const cwd = folder()
  const at = join(cwd, `d${evil}`)
  mkdirSync(at)
  const file = (name: string, content: unknown): string => {
    const path = join(at, name)
    writeFileSync(path, typeof content === 'string' ? content : ascii(JSON.stringify(content)))
    return path
  }
  const seed = file(`seed${evil}.csv`, `id,"${evil}"\n1,"${evil}"\n2,x\n`)
  const models = (provider: string) => [
    { alias: `m${evil}`, model: `x${evil}`, provider, skip_health_check: true },
  ]
  const column = (name: string, more: object) => ({ name, ...more })
  const config = {
    model_configs: models('simulator'),
    seed_config: { source: { seed_type: 'local', path: seed } },
    columns: [
      column(`c${evil}`, {
        column_type: 'sampler',
        sampler_type: 'category',
        params: { values: [`v${evil}`] },
      }),
      column(`t${evil}`, { column_type: 'llm-text', model_alias: `m${evil}`, prompt: `Say ${evil}` }),
    ],
  }
  const good = file('good.json', config)
  const providers = file('p.json', {
    providers: [{ name: 'hostile', endpoint: await hostileProvider(), api_key: 'k' }],
  })
  const bad = file('bad.json', { ...config, model_configs: models('hostile') })
  const wrong = file(`wrong${evil}.json`, {
    columns: [column(`c${evil}`, { column_type: evil, [evil]: 1 })],
  })
  const workflow = file('w.json', { workflow: 'flow', stages: [{ name: 's', config }] })
  const made = join(at, 'made')
  const commands: readonly (readonly string[])[] = [
    ['validate', good],
    ['validate', wrong],
    ['validate', join(at, 'missing.yaml')],
    ['validate', workflow],
    ['create', good, '-n', '2', '-d', 'made', '-o', at, '--dry-run'],
    ['create', good, '-n', '2', '-d', 'made', '-o', at, '-v'],
    ['create', bad, '--providers', providers, '-n', '2', '-d', 'lost', '-o', at, '-v'],
    ['preview', good, '-n', '1', '-d', 'made', '-o', at],
    ['workflow', workflow, '-n', '2', '-o', at],
    ['workflow', file('v.json', { workflow: evil, stages: [{ name: evil }] })],
    ['status', join(at, 'flow')],
    ['status', made],
    ['status', at],
    ['status', join(at, 'nowhere')],
    ['head', made],
    ['head', made, '--processor', evil],
    ['profile', made],
    ['inspect', made, '--row', '0'],
    ['inspect', made, '--row', '0', '--column', evil],
    ['log', made],
    ['export', made, '-o', join(at, `o${evil}.csv`)],
    ['export', made, '-o', '-', '--columns', `no${evil}`],
    ['export', made, '-o', join(at, 'x.csv'), '--where', `"no${evil}" = 1`, '-v'],
    ['export', made, '-f', evil],
    ['verify', made, '--replay'],
    ['resume', made],
    ['retry', made, '--column', evil],
    ['models', 'check', bad, '--providers', providers],
    ['tools', 'check', good],
    [evil],
    ['status', `--${evil}`],
  ]
  const told: string[] = []
  for (const command of commands) {
    const text = await run(command)
    told.push(text)
    expect(
      steers.exec(text)?.[0],
      `${command.slice(0, 2).join(' ')}: ${JSON.stringify(text)}`,
    ).toBeUndefined()
    expect(text).not.toBe('')
  }
  // The escapes did get that far.
  expect(told.filter((text) => text.includes('\\x1b[31m')).length).toBeGreaterThan(20)

  // Names and files that somebody put beside ours.
  writeFileSync(join(made, 'parquet-files', `x${evil}.parquet`), 'x')
  expect(steers.test(await run(['verify', made]))).toBe(false)
  // The same JSON, in escapes.
  for (const command of [
    ['status', made, '--json'],
    ['inspect', made, '--row', '0', '--json'],
  ]) {
    const json = await run(command)
    expect(steers.test(json)).toBe(false)
    expect(JSON.parse(json).dataset_path).toBe(made)
  }
  // Rows are data, to the byte.
  const rows = await run(['export', made, '-o', '-', '-f', 'csv'])
  expect(rows).toContain(`v${evil}`)
  const { isTTY } = process.stdout
  process.stdout.isTTY = true
  onTestFinished(() => {
    process.stdout.isTTY = isTTY
  })
  expect(steers.test(await run(['export', made, '-o', '-', '-f', 'csv']))).toBe(false)
  expect(await run(['export', made, '-o', '-', '-f', 'parquet'])).toMatch(/Parquet is nothing/)
})
