/** `rowsmith export`, and `create -f`. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parseColumns } from '../../../../src/cli/options/usage.ts'
import {
  completion,
  folder,
  providersFor,
  refuse,
  remoteConfig,
  rowsmith,
  server,
  smallConfig,
} from '../../support.ts'

const hole = fileURLToPath(new URL('../../../fixtures/data-designer/hole/dataset', import.meta.url))

test('a dataset is exported beside its files, or where it is told', async () => {
  const cwd = folder({ 'c.yaml': smallConfig })
  await rowsmith(['create', 'c.yaml', '-n', '6', '-d', 'tea', '--seed', '1'], { cwd })
  const plain = await rowsmith(['export', 'artifacts/tea'], { cwd })
  expect(plain).toEqual({
    code: 0,
    stdout: 'Exported 6 rows of 2 columns to artifacts/tea/tea.jsonl\n',
    stderr: '',
  })
  const lines = readFileSync(join(cwd, 'artifacts/tea/tea.jsonl'), 'utf8').trimEnd().split('\n')
  expect(lines.map((line) => Object.keys(JSON.parse(line)))).toEqual(Array(6).fill(['topic', 'text']))

  const few = await rowsmith(
    ['export', 'artifacts/tea', '-o', 'few.csv', '--columns', 'text,topic', '--where', "topic = 'rope'"],
    { cwd },
  )
  const ropes = lines.filter((line) => JSON.parse(line).topic === 'rope').length
  expect(few).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(`^Exported ${ropes} rows? of 2 columns to few.csv\n$`),
  })
  expect(readFileSync(join(cwd, 'few.csv'), 'utf8')).toMatch(/^text,topic\n/)

  const forTrainers = ['-f', 'openai-chat', '--map', 'prompt=topic,completion=text', '-o', 'chat.jsonl']
  expect(await rowsmith(['export', 'artifacts/tea', ...forTrainers], { cwd })).toMatchObject({
    code: 0,
    stdout: 'Exported 6 rows of 1 column to chat.jsonl\n  from columns: prompt = topic, completion = text\n',
  })
  const [chat] = readFileSync(join(cwd, 'chat.jsonl'), 'utf8').split('\n')
  const { topic, text } = JSON.parse(lines[0] ?? '')
  expect(JSON.parse(chat ?? '')).toEqual({
    messages: [
      { role: 'user', content: topic },
      { role: 'assistant', content: text },
    ],
  })

  const shown = await rowsmith(['head', 'artifacts/tea', '-n', '2', '--json'], { cwd })
  expect(JSON.parse(shown.stdout)).toEqual({
    dataset_path: 'artifacts/tea',
    rows: lines.slice(0, 2).map((line) => JSON.parse(line)),
    unfinished: [],
    why: null,
    exit_code: 0,
  })
  const again = ['export', 'artifacts/tea', '-o', 'few.csv', '--json']
  const refused = await rowsmith(again, { cwd })
  expect(refused.code).toBe(2)
  expect(JSON.parse(refused.stdout)).toMatchObject({
    exported: null,
    exit_code: 2,
    error: { code: 'output_exists' },
  })
  const told = await rowsmith([...again, '--overwrite'], { cwd })
  expect(JSON.parse(told.stdout)).toEqual({
    dataset_path: 'artifacts/tea',
    exported: { path: 'few.csv', format: 'csv', rows: 6, columns: ['topic', 'text'] },
    exit_code: 0,
  })
})

test('create -f exports when it is done, and again when it was done before', async () => {
  const cwd = folder({ 'c.yaml': smallConfig })
  const create = ['create', 'c.yaml', '-n', '4', '-f', 'csv']
  const path = join(cwd, 'artifacts/dataset/dataset.csv')
  const first = await rowsmith(create, { cwd })
  expect(first.code, first.stderr).toBe(0)
  expect(first.stdout).toMatch(/^Exported 4 rows of 2 columns to \S*artifacts\/dataset\/dataset\.csv\n/m)
  const whole = readFileSync(path, 'utf8')
  expect(whole).toMatch(/^topic,text\n/)

  writeFileSync(path, 'old')
  const again = await rowsmith([...create, '--json'], { cwd })
  expect(JSON.parse(again.stdout)).toMatchObject({
    decision: 'already_complete',
    exported: {
      path: expect.stringMatching(/dataset\.csv$/),
      format: 'csv',
      rows: 4,
      columns: ['topic', 'text'],
    },
    exit_code: 0,
  })
  expect(readFileSync(path, 'utf8')).toBe(whole)
})

test('create -f exports the rows that are left when some were dropped, and still exits with 6', async () => {
  const { endpoint, requests } = await server((_request, response) => {
    if (requests.length === 1) refuse(response, 400, 'bad', 'That one not.')
    else response.setHeader('content-type', 'application/json').end(completion('Fine.'))
  })
  const cwd = folder({ 'c.yaml': remoteConfig, 'p.yaml': providersFor(endpoint) })
  const { code, stdout } = await rowsmith(
    ['create', 'c.yaml', '--providers', 'p.yaml', '-n', '20', '-f', 'jsonl'],
    { cwd, env: { LOCAL_KEY: 'sk-secret-0123456789' } },
  )
  expect(code).toBe(6)
  expect(stdout).toContain('Exported 19 rows of 2 columns')
  const exported = readFileSync(join(cwd, 'artifacts/dataset/dataset.jsonl'), 'utf8')
  expect(exported.trimEnd().split('\n')).toHaveLength(19)
})

test('an export that cannot be written fails the command that made the dataset', async () => {
  const cwd = folder({ 'c.yaml': smallConfig })
  await rowsmith(['create', 'c.yaml', '-n', '2'], { cwd })
  mkdirSync(join(cwd, 'artifacts/dataset/dataset.csv'))
  const { code, stdout } = await rowsmith(['create', 'c.yaml', '-n', '2', '-f', 'csv', '--json'], { cwd })
  expect(code).toBe(2)
  expect(JSON.parse(stdout)).toMatchObject({ rows_written: 2, exit_code: 2, error: { code: 'usage' } })
})

test('an incomplete dataset is refused with 6, and --partial exports what is there', async () => {
  const cwd = folder()
  const short = await rowsmith(['export', hole, '-o', 'x.parquet'], { cwd })
  expect(short.code).toBe(6)
  expect(short.stderr).toMatch(
    /is not complete: 2 of 3 row groups, 20 of 30 rows\..*--partial.*\[dataset_incomplete\]/,
  )
  expect(readdirSync(cwd)).toEqual([])
  const partial = await rowsmith(['export', hole, '-o', 'x.parquet', '--partial'], { cwd })
  expect(partial).toMatchObject({ code: 0, stdout: 'Exported 20 rows of 4 columns to x.parquet\n' })
  expect(readdirSync(cwd)).toEqual(['x.parquet'])
})

test.each([
  [['-f', 'xml'], /--format takes jsonl, csv, parquet, .*kto, not "xml"/],
  [['--columns', 'a,,b'], /--columns takes names between commas/],
  [['--columns', 'stars,'], /--columns takes names between commas/],
  [['--columns', 'starz'], /no column "starz"/],
  [['--where', 'true) UNION SELECT (1'], /more than one expression/],
  [['-o', 'x.txt'], /does not say in which format/],
])('%j is a wrong command line', async (more, message) => {
  const cwd = folder()
  const { code, stderr } = await rowsmith(['export', hole, '--partial', '-o', 'x.csv', ...more], { cwd })
  expect(code).toBe(2)
  expect(stderr).toMatch(message)
  expect(existsSync(join(cwd, 'x.csv'))).toBe(false)
})

test('a column whose name holds a comma or a quote stands in quotes', () => {
  expect(parseColumns('a, "b,c" ,"say ""x""",d e')).toEqual(['a', 'b,c', 'say "x"', 'd e'])
})
