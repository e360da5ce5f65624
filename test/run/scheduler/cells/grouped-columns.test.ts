/** Columns that a function makes for all rows of a row group at once. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { configFromCode } from '../../../../src/entries/config.ts'
import { create, type FunctionRow, fullColumn, type GeneratorOptions } from '../../../../src/index.ts'
import { answer, failure } from '../../../support/scripted-transport.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  quick,
  rowOf,
  rowsOf,
  smallOptions,
} from '../../../support/small-runs.ts'

const folder = artifactFolder()
const models = [
  { alias: 'writer', provider: 'simulator', model: 'm', inference_parameters: { max_parallel_requests: 3 } },
]
const n = {
  name: 'n',
  column_type: 'sampler',
  sampler_type: 'uniform',
  params: { low: 1, high: 99 },
  convert_to: 'int',
}
const written = (name: string, prompt: string) => ({
  name,
  column_type: 'llm-text',
  model_alias: 'writer',
  prompt,
})

type Call = (
  rows: readonly FunctionRow[],
  models: Readonly<Record<string, { generate(prompt: string): Promise<{ content: string }> }>>,
) => unknown

/** `text` is asked for, `made` is made of whole groups, `after` is asked for when it is there, `aside` whenever. */
function configOf(call: Call, options: GeneratorOptions = {}, more: object = {}) {
  const generator = fullColumn(
    { name: 'whole', requiredColumns: ['n', 'text'], type: 'int', ...options },
    (rows, { models: given }) => call(rows, given),
  )
  const made = {
    name: 'made',
    column_type: 'custom',
    generation_strategy: 'full_column',
    generator_function: generator,
  }
  return configFromCode(
    {
      model_configs: models,
      columns: [
        n,
        written('text', 'Text {{ n }}'),
        { ...made, ...more },
        written('after', 'After {{ made }}'),
        written('aside', 'Aside {{ n }}'),
      ],
    },
    'test',
  )
}

const options = (numRecords = 8) => ({ ...smallOptions(folder.path, numRecords), seed: 7n })
const ranks = (rows: readonly FunctionRow[]) => {
  const sorted = rows.map(({ n: given }) => given as bigint).sort((a, b) => Number(a - b))
  return rows.map(({ n: given }) => sorted.indexOf(given as bigint))
}

/** The row groups of a dataset. */
function bytesOf(dataset: string): Buffer[] {
  const directory = `${folder.path}/${dataset}/parquet-files`
  return readdirSync(directory)
    .sort()
    .map((name) => readFileSync(`${directory}/${name}`))
}

describe.each(['concurrent', 'sequential'] as const)('by the %s engine, a grouped column', (scheduler) => {
  const given = (numRecords = 8) => ({
    ...options(numRecords),
    runConfig: { buffer_size: 4, engine: scheduler },
  })

  it('gets whole groups, in row order, with the columns it requires, and others go on from it', async () => {
    const seen: (readonly FunctionRow[])[] = []
    const config = configOf((rows) => {
      seen.push(rows)
      return ranks(rows)
    })
    const results = await create(config, given(), quick().components)
    const rows = await rowsOf(results)
    expect(seen.map((group) => group.length)).toEqual([4, 4])
    expect(seen.flat().map((row) => Object.keys(row))).toEqual(rows.map(() => ['n', 'text']))
    expect(seen.flat().map((row) => row.n)).toEqual(rows.map((row) => row.n))
    expect(rows.map(({ made }) => made)).toEqual(seen.flatMap(ranks).map(BigInt))
    for (const row of rows) expect(row.after).toBe(`about After ${row.made}`)
  })

  it('sees no row that failed before it, and every row that fails after it', async () => {
    const seen: number[] = []
    const config = configOf((rows) => {
      seen.push(rows.length)
      return ranks(rows)
    })
    // Row 1 fails before the column, row 2 beside it, row 5 after it.
    const { components } = quick((asked) => {
      const [row, column] = [rowOf(asked), asked.key.split('/')[1]]
      const fails =
        (row === 1 && column === 'text') ||
        (row === 2 && column === 'aside') ||
        (row === 5 && column === 'after')
      return fails ? failure(400) : echo(asked)
    })
    const results = await create(config, given(), components)
    expect(seen.sort()).toEqual([3, 4])
    expect(results.summary.rows_dropped).toBe(3)
    expect(await results.countRecords()).toBe(5)
  })

  it('without a row that came is not called', async () => {
    let calls = 0
    const config = configOf(() => {
      calls++
      return []
    })
    const { components } = quick((asked) => (asked.key.split('/')[1] === 'text' ? failure(400) : echo(asked)))
    const results = await create(config, given(4), components)
    expect([calls, results.summary.rows_dropped]).toEqual([0, 4])
  })

  it('skips rows by its rule, and is made for the others', async () => {
    const sizes: number[] = []
    const config = configOf(
      (rows) => {
        sizes.push(rows.length)
        return rows.map(() => 1)
      },
      {},
      { skip: { when: '{{ n > 50 }}', value: -1 } },
    )
    const rows = await rowsOf(await create(config, given(), quick().components))
    for (const row of rows) expect(row.made).toBe((row.n as bigint) > 50n ? -1n : 1n)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(rows.filter(({ made }) => made === 1n).length)
  })

  it('stopped anywhere, makes the same bytes, asks nothing twice, and calls no effect again that is kept', async () => {
    const hour = { calls: 0 }
    const asking = () =>
      configOf(
        async (rows, { writer }) => {
          hour.calls++
          const { content } = await writer!.generate(`Sum up ${rows.map((row) => row.n).join()}`)
          return rows.map((_, index) => index + content.length)
        },
        { modelAliases: ['writer'] },
      )
    const reply = (asked: Parameters<typeof echo>[0]) =>
      rowOf(asked) === 2 && asked.key.split('/')[1] === 'after'
        ? failure(400)
        : answer(`about ${asked.prompt}`)
    await create(asking(), { ...given(), datasetName: 'whole' }, quick(reply).components)
    const keys: string[] = []
    hour.calls = 0
    for (const after of [2, 7, 5, 4, Number.POSITIVE_INFINITY]) {
      const stop = new AbortController()
      let replies = 0
      const { components } = quick((asked) => {
        const ended = reply(asked)
        if ('status' in ended && ended.status === 200) keys.push(asked.key)
        if (++replies === after) stop.abort()
        return ended
      })
      await create(asking(), { ...given(), signal: stop.signal }, components).catch(() => {})
    }
    expect(bytesOf('dataset')).toEqual(bytesOf('whole'))
    expect(new Set(keys).size).toBe(keys.length)
    expect(hour.calls).toBeLessThanOrEqual(4)
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no luck')
      },
      /Error: no luck$/,
    ],
    ['gives too few', () => [1], /was given 4 rows and returned 1 entries$/],
    ['gives none', () => undefined, /returned no list$/],
    ['gives another type', (rows: readonly unknown[]) => rows.map(() => 'x'), /is not int$/],
  ])('that %s costs the rows it was called with', async (_, call, message) => {
    const results = await create(configOf(call as Call), given(4), quick().components)
    expect(results.summary.rows_dropped).toBe(4)
    expect(results.firstNonRetryableError?.message).toMatch(message)
  })
})

it('two of them in one config wait for each other', async () => {
  const generator = (name: string, reads: string[]) =>
    fullColumn({ name, requiredColumns: reads, type: 'int' }, (rows) =>
      rows.map((_, index) => index + rows.length),
    )
  const column = (name: string, reads: string[]) => ({
    name,
    column_type: 'custom',
    generation_strategy: 'full_column',
    generator_function: generator(name, reads),
  })
  const config = configFromCode({ columns: [n, column('a', ['n']), column('b', ['a'])] }, 'test')
  const rows = await rowsOf(await create(config, options(4), quick().components))
  expect(rows.map(({ a, b }) => [a, b])).toEqual([4n, 5n, 6n, 7n].map((value) => [value, value]))
})

it('a failing model stops the run as itself, and no row is lost', async () => {
  const config = configOf(
    async (rows, { writer }) => {
      await writer!.generate('x')
      return rows.map(() => 1)
    },
    { modelAliases: ['writer'] },
  )
  const { components } = quick((asked) => (asked.prompt === 'x' ? failure(401) : echo(asked)))
  const error = await failureOf(create(config, options(), components))
  expect(error.code).toBe('authentication_failed')
})
