/** Validation columns: verdicts on code, whatever happens to the run. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Value } from '../../../../src/base/values/value.ts'
import { configFromValue } from '../../../../src/entries/config.ts'
import { type Config, create, loadConfig, validate } from '../../../../src/index.ts'
import { query } from '../../../support/duckdb.ts'
import { type Asked, answer } from '../../../support/scripted-transport.ts'
import { artifactFolder, quick, rowOf, rowsOf } from '../../../support/small-runs.ts'

const folder = artifactFolder()
const engines = ['concurrent', 'sequential'] as const

const model = {
  alias: 'writer',
  provider: 'simulator',
  model: 'm',
  inference_parameters: { max_parallel_requests: 3n },
}

function config(...columns: Readonly<Record<string, Value>>[]): Config {
  return configFromValue(
    {
      model_configs: [model],
      columns: [{ name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} }, ...columns],
    },
    'test',
  )
}

const written = (name: string) => ({
  name,
  column_type: 'llm-text',
  model_alias: 'writer',
  prompt: `${name} of {{ id }}`,
})

const checked = (name: string, targets: readonly string[], language = 'python') => ({
  name,
  column_type: 'validation',
  target_columns: targets,
  validator_type: 'code',
  validator_params: { code_lang: language },
})

const read = (name: string, expr: string) => ({ name, column_type: 'expression', expr })

/** Python of which every third has an error, and every fifth does not parse. */
const pythonOf = (row: number): string =>
  row % 5 === 4 ? `def f${row}(:` : row % 3 === 2 ? `x = missing_${row}` : `x = ${row}`
const severityOf = (row: number): string => (row % 5 === 4 ? 'fatal' : row % 3 === 2 ? 'error' : 'none')
const writesPython = (asked: Asked) => answer(pythonOf(rowOf(asked)))

function dataFiles(path: string): Record<string, string> {
  const files = readdirSync(join(path, 'parquet-files')).sort()
  const sha256 = (file: string) =>
    createHash('sha256')
      .update(readFileSync(join(path, 'parquet-files', file)))
      .digest('hex')
  return Object.fromEntries(files.map((file) => [file, sha256(file)]))
}

describe.each(engines)('by the %s engine', (scheduler) => {
  const options = (datasetName: string, numRecords: number) => ({
    artifactPath: folder.path,
    datasetName,
    numRecords,
    seed: 7n,
    runConfig: { buffer_size: 16, engine: scheduler },
  })
  /** The verdict is read by an expression, and that by a prompt. */
  const chain = config(
    written('code'),
    checked('verdict', ['code']),
    read('worst', '{{ verdict.python_linter_severity }}'),
    { ...written('comment'), prompt: 'Comment on {{ worst }} of {{ id }}' },
  )

  test('every row has the verdict on its own code, and what reads it comes after', async () => {
    const { components } = quick((asked) =>
      asked.prompt.startsWith('Comment') ? answer(asked.prompt.split(' ')[2]!) : writesPython(asked),
    )
    const results = await create(chain, options('chain', 100), components)
    const rows = await rowsOf(results)
    expect(rows.map(({ code }) => code)).toEqual(Array.from({ length: 100 }, (_, row) => pythonOf(row)))
    for (const [row, { worst, comment, verdict }] of rows.entries()) {
      expect({ worst, comment }).toEqual({ worst: severityOf(row), comment: severityOf(row) })
      expect(verdict).toMatchObject({ is_valid: severityOf(row) === 'none' })
    }
  })

  test('stopped and gone on with, the files are the same byte for byte, and nothing is paid for twice', async () => {
    await create(chain, options('whole', 48), quick(writesPython).components)
    const stop = new AbortController()
    const first = quick((asked) => {
      if (first.asked.length === 37) stop.abort()
      return writesPython(asked)
    })
    await expect(
      create(chain, { ...options('halves', 48), signal: stop.signal }, first.components),
    ).rejects.toThrow()
    const second = quick(writesPython)
    const results = await create(chain, options('halves', 48), second.components)
    expect(dataFiles(join(folder.path, 'halves'))).toEqual(dataFiles(join(folder.path, 'whole')))
    expect(results.summary.rows_written).toBe(48)
    expect(new Set([...first.asked, ...second.asked].map(({ key }) => key)).size).toBe(96)
  })

  test('a skipped target has no verdict, and disturbs nobody', async () => {
    const skip = { when: "{{ worst == 'error' }}" }
    const both = config(
      written('code'),
      checked('verdict', ['code']),
      read('worst', '{{ verdict.python_linter_severity }}'),
      { ...written('more'), skip },
      checked('of_more', ['more']),
      { ...checked('looked_at', ['more']), propagate_skip: false },
    )
    const results = await create(both, options('skips', 30), quick(writesPython).components)
    for (const [row, cells] of (await rowsOf(results)).entries()) {
      const skipped = severityOf(row) === 'error'
      expect(cells.of_more === null).toBe(skipped)
      expect(cells.looked_at).toMatchObject({
        is_valid: skipped ? null : severityOf(row) === 'none',
        python_linter_severity: skipped ? null : severityOf(row),
      })
    }
  })
})

describe('several targets', () => {
  test('each row has its own verdict on each of them', async () => {
    const two = config(written('one'), written('two'), checked('verdicts', ['one', 'two'], 'sql:mysql'))
    const { components } = quick((asked) =>
      answer(
        rowOf(asked) % (asked.key.split('/')[1] === 'one' ? 2 : 3) === 0
          ? 'SELECT 1'
          : `SELCT ${rowOf(asked)}`,
      ),
    )
    const results = await create(two, { artifactPath: folder.path, numRecords: 60 }, components)
    for (const [row, { verdicts }] of (await rowsOf(results)).entries()) {
      expect(verdicts).toMatchObject({ one: { is_valid: row % 2 === 0 }, two: { is_valid: row % 3 === 0 } })
    }
  })
})

test('what is no text is checked as its JSON', async () => {
  const numbers = config(
    { name: 'n', column_type: 'expression', expr: '{{ 7 }}', dtype: 'int' },
    checked('verdict', ['n'], 'json'),
  )
  const results = await create(numbers, { artifactPath: folder.path, numRecords: 2 }, quick().components)
  expect((await rowsOf(results)).map(({ verdict }) => verdict)).toMatchObject([
    { is_valid: true },
    { is_valid: true },
  ])
})

test('DuckDB reads the verdicts as the structs that Data Designer writes', async () => {
  const both = config(
    written('code'),
    checked('python', ['code']),
    checked('sql', ['code'], 'sql:ansi'),
    checked('pair', ['code', 'id'], 'sql:ansi'),
  )
  const results = await create(
    both,
    { artifactPath: folder.path, numRecords: 20 },
    quick(writesPython).components,
  )
  const files = join(results.path, 'parquet-files', '*.parquet')
  const types = await query(
    `SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM '${files}') OFFSET 2`,
  )
  expect(types).toEqual([
    {
      column_name: 'python',
      column_type:
        'STRUCT(is_valid BOOLEAN, python_linter_score DOUBLE, python_linter_severity VARCHAR, python_linter_messages ' +
        'STRUCT("type" VARCHAR, symbol VARCHAR, line BIGINT, "column" BIGINT, message VARCHAR)[])',
    },
    { column_name: 'sql', column_type: 'STRUCT(is_valid BOOLEAN, error_messages VARCHAR)' },
    {
      column_name: 'pair',
      column_type:
        'STRUCT(code STRUCT(is_valid BOOLEAN, error_messages VARCHAR), id STRUCT(is_valid BOOLEAN, error_messages VARCHAR))',
    },
  ])
  const counted = await query(
    `SELECT python.python_linter_severity AS severity, count(*)::INT AS n, max(python.python_linter_messages[1].symbol) AS symbol
     FROM '${files}' GROUP BY ALL ORDER BY ALL`,
  )
  expect(counted).toEqual([
    { severity: 'error', n: 5, symbol: 'F821' },
    { severity: 'fatal', n: 4, symbol: 'invalid-syntax' },
    { severity: 'none', n: 11, symbol: null },
  ])
})

describe('a config', () => {
  test('may check what Data Designer cannot; its hash is one of ours then', async () => {
    const plain = await create(
      config(written('code'), checked('verdict', ['code'])),
      { artifactPath: folder.path, datasetName: 'plain', numRecords: 1 },
      quick().components,
    )
    const ours = await create(
      config(written('code'), checked('verdict', ['code'], 'rust')),
      { artifactPath: folder.path, datasetName: 'ours', numRecords: 1 },
      quick().components,
    )
    const version = (path: string) =>
      JSON.parse(readFileSync(join(path, 'metadata.json'), 'utf8')).config_hash_version
    expect(version(plain.path)).toBe(2)
    expect(version(ours.path)).toBe('rowsmith-1')
  })

  test('is told which languages can be checked', () => {
    expect(() => config(written('code'), checked('verdict', ['code'], 'cobol'))).toThrow(
      /code_lang.*"cobol".*python/,
    )
  })

  test('has something to check', async () => {
    await expect(validate(config(checked('verdict', [])))).rejects.toThrow(
      /target_columns: must have at least 1 item/,
    )
  })
})

test('queries of the text-to-sql example are valid, and DuckDB answers them; prose is not', async () => {
  const example = await loadConfig(join(import.meta.dirname, '../../../../examples/text-to-sql.yaml'))
  const results = await create(example, { artifactPath: folder.path, numRecords: 60, seed: 3n })
  const rows = await rowsOf(results)
  expect(rows).toHaveLength(60)
  for (const { verdict, free_verdict } of rows) {
    expect(verdict).toEqual({ is_valid: true, error_messages: '' })
    expect(free_verdict).toMatchObject({ free_query: { is_valid: false }, schema: { is_valid: true } })
  }
  const queries = new Set(rows.map((row) => String(row.query)))
  for (const sql of queries) await query(`${rows[0]!.schema}; ${sql}`)
  expect(queries.size).toBeGreaterThan(10)
})
