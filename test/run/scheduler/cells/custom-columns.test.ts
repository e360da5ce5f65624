/** Columns that a function of the user's own makes: computed, or kept as effects; what they cost, and what stops them. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { configFromCode } from '../../../../src/entries/config.ts'
import {
  type CellFunction,
  create,
  customColumn,
  type GeneratorOptions,
  open,
} from '../../../../src/index.ts'
import { failure } from '../../../support/scripted-transport.ts'
import { artifactFolder, echo, failureOf, quick, rowsOf, smallOptions } from '../../../support/small-runs.ts'

const folder = artifactFolder()

const n = {
  name: 'n',
  column_type: 'sampler',
  sampler_type: 'uniform',
  params: { low: 1, high: 9 },
  convert_to: 'int',
}
const models = [
  { alias: 'writer', provider: 'simulator', model: 'm', inference_parameters: { max_parallel_requests: 2 } },
]

function configOf(
  options: GeneratorOptions,
  call: CellFunction,
  more: Record<string, unknown> = {},
  after: object[] = [],
) {
  const made = {
    name: 'made',
    column_type: 'custom',
    generator_function: customColumn(options, call),
    ...more,
  }
  return configFromCode({ model_configs: models, columns: [n, made, ...after] }, 'test')
}

const options = (numRecords = 8) => ({ ...smallOptions(folder.path, numRecords), seed: 7n })

/** The row groups of a dataset. */
function bytesOf(dataset: string): Buffer[] {
  const directory = `${folder.path}/${dataset}/parquet-files`
  return readdirSync(directory)
    .sort()
    .map((name) => readFileSync(`${directory}/${name}`))
}

describe('a plain function', () => {
  it('sees the columns it requires and no others, its parameters, and integers as bigints', async () => {
    const seen: unknown[] = []
    const config = configOf(
      { requiredColumns: ['n'], type: 'int' },
      (row, { params }) => {
        seen.push(Object.keys(row))
        return (row.n as bigint) * 2n + BigInt((params as { plus: bigint }).plus)
      },
      { generator_params: { plus: 1 } },
      [{ name: 'text', column_type: 'expression', expr: '{{ made }}!' }],
    )
    const rows = await rowsOf(await create(config, options(), quick().components))
    for (const row of rows) {
      expect(row.made).toBe((row.n as bigint) * 2n + 1n)
      expect(row.text).toBe(`${row.made}!`)
    }
    expect(seen).toEqual(Array.from({ length: 8 }, () => ['n']))
  })

  it.each([
    ['str', 'a', 'a'],
    ['float', 2, 2],
    ['bool', true, true],
    ['int', 3, 3n],
    ['json', { a: [1, null] }, { a: [1n, null] }],
    ['json', null, null],
  ] as const)('gives %s: %j', async (type, given, stored) => {
    const config = configOf({ type }, () => given)
    const [row] = await rowsOf(await create(config, options(1), quick().components))
    expect(row?.made).toEqual(stored)
  })

  it('draws from a stream of its own cell: the same in every run', async () => {
    const config = configOf({ type: 'float' }, (_, { random }) => random())
    const first = await rowsOf(await create(config, options(), quick().components))
    const again = await rowsOf(await create(config, { ...options(), resume: 'never' }, quick().components))
    expect(again).toEqual(first)
    expect(new Set(first.map(({ made }) => made)).size).toBe(8)
  })

  it.each([
    [
      'throws',
      () => {
        throw new TypeError('no luck')
      },
      /failed: TypeError: no luck$/,
    ],
    [
      'throws what is no error',
      () => {
        throw 'x'
      },
      /failed: x$/,
    ],
    ['returns nothing', () => undefined, /it returned nothing for "made"$/],
    ['returns another type', () => 'x', /is not int$/],
    ['returns a function', () => () => 1, /is no data: it is a function$/],
    ['returns a promise', () => Promise.reject(new Error('late')), /declare it async, or an effect$/],
  ])('that %s costs its row and no other', async (_, fails, message) => {
    const config = configOf({ requiredColumns: ['n'], type: 'int' }, (row) =>
      (row.n as bigint) > 4n ? fails() : 1,
    )
    const results = await create(config, options(), quick().components)
    const { rows_dropped: dropped } = results.summary
    expect(dropped).toBeGreaterThan(0)
    expect(dropped).toBeLessThan(8)
    expect(results.firstNonRetryableError?.code).toBe('function_failed')
    expect(results.firstNonRetryableError?.message).toMatch(message)
    expect(await results.countRecords()).toBe(8 - dropped)
  })

  it('may make side columns, which others read', async () => {
    const config = configOf(
      { requiredColumns: ['n'], type: 'str', sideEffectColumns: { half: 'float', odd: 'bool' } },
      ({ n: given }) => ({ made: `${given}`, half: Number(given) / 2, odd: (given as bigint) % 2n === 1n }),
      {},
      [{ name: 'text', column_type: 'expression', expr: '{{ half }} {{ odd }}' }],
    )
    const rows = await rowsOf(await create(config, options(), quick().components))
    for (const row of rows) {
      expect(row.half).toBe(Number(row.n) / 2)
      expect(row.odd).toBe((row.n as bigint) % 2n === 1n)
    }
    expect(Object.keys(rows[0]!)).toEqual(['n', 'made', 'half', 'odd', 'text'])
    const lacking = configOf({ sideEffectColumns: { half: 'float' } }, () => ({ made: 1 }))
    const results = await create(lacking, { ...options(1), datasetName: 'lacking' }, quick().components)
    expect(results.firstNonRetryableError?.message).toMatch(/it returned no "half"$/)
  })

  it('is skipped like any other column, side columns with it', async () => {
    const config = configOf(
      { requiredColumns: ['n'], type: 'int', sideEffectColumns: { side: 'int' } },
      () => ({ made: 1, side: 2 }),
      { skip: { when: '{{ n > 4 }}', value: -1 } },
    )
    const rows = await rowsOf(await create(config, options(), quick().components))
    for (const row of rows) {
      expect([row.made, row.side]).toEqual((row.n as bigint) > 4n ? [-1n, null] : [1n, 2n])
    }
  })
})

describe('a function with effects', () => {
  const asking = (calls: bigint[], limit = Number.POSITIVE_INFINITY) =>
    configOf(
      { requiredColumns: ['n'], type: 'str', modelAliases: ['writer'] },
      async ({ n: given }, { models: { writer } }) => {
        calls.push(given as bigint)
        const draft = await writer!.generate(`Draft ${given}`)
        if (calls.length > limit) throw new Error('stop here')
        return (await writer!.generate(`Finish ${draft.content}`)).content
      },
    )

  it('asks its models, each answer once, and is not called again for what is kept', async () => {
    const stop = new AbortController()
    const calls: bigint[] = []
    const { asked, components } = quick((request) => {
      if (asked.length === 9) stop.abort()
      return echo(request)
    })
    await failureOf(create(asking(calls), { ...options(), signal: stop.signal }, components))
    const before = asked.length
    expect(before).toBeGreaterThanOrEqual(9)
    const results = await create(asking(calls), options(), components)
    expect(new Set(asked.map(({ key }) => key)).size).toBe(asked.length)
    expect(asked).toHaveLength(16)
    expect(results.summary.replies_unused).toBe(0)
    // Whole cells of the first run are not made again; the others are called once more at most.
    expect(calls.length).toBeLessThan(16)
    for (const row of await rowsOf(results)) {
      expect(row.made).toBe(`about Finish about Draft ${row.n}`)
    }
  })

  it('gives the same bytes however often it is stopped', async () => {
    await create(asking([]), { ...options(), datasetName: 'whole' }, quick().components)
    const { components } = quick()
    for (let after = 3; after < 16; after += 4) {
      const stop = new AbortController()
      let replies = 0
      const counting = quick((request) => {
        if (++replies === after) stop.abort()
        return echo(request)
      })
      await create(asking([]), { ...options(), signal: stop.signal }, counting.components).catch(() => {})
    }
    await create(asking([]), options(), components)
    expect(bytesOf('dataset')).toEqual(bytesOf('whole'))
  })

  it('that depends on the hour gives one value per cell, which is kept', async () => {
    let hour = 0
    const clockwork = () => configOf({ type: 'int', effect: true }, () => ++hour)
    const stop = new AbortController()
    const run = create(clockwork(), { ...options(64), signal: stop.signal }, quick().components)
    stop.abort()
    await run.catch(() => {})
    const results = await create(clockwork(), options(64), quick().components)
    const values = (await rowsOf(results)).map(({ made }) => made)
    expect(new Set(values).size).toBe(64)
    expect(hour).toBe(64)
  })

  it('that throws costs its row; a refused key stops the run as itself', async () => {
    const thrown = configOf({ requiredColumns: ['n'], type: 'int' }, async ({ n: given }) => {
      if ((given as bigint) > 4n) throw new Error('too big')
      return 1
    })
    const results = await create(thrown, options(), quick().components)
    expect(results.summary.rows_dropped).toBeGreaterThan(0)
    expect(results.firstNonRetryableError?.code).toBe('function_failed')
    const { components } = quick(() => failure(401))
    const error = await failureOf(create(asking([]), { ...options(), datasetName: 'refused' }, components))
    expect(error.code).toBe('authentication_failed')
  })

  it('never has more calls under way than it allows', async () => {
    let under = 0
    let most = 0
    const config = configOf({ type: 'int', maxConcurrency: 3 }, async () => {
      most = Math.max(most, ++under)
      await new Promise((resolve) => setImmediate(resolve))
      under--
      return 1
    })
    await create(config, options(24), quick().components)
    expect(most).toBe(3)
  })
})

describe('who it is', () => {
  const of = (call: CellFunction) => configOf({ name: 'f', type: 'int' }, call)

  it('an edited function is another dataset; the same one goes on', async () => {
    const { components } = quick()
    await create(
      of(() => 1),
      options(4),
      components,
    )
    expect(
      (
        await create(
          of(() => 1),
          options(8),
          components,
        )
      ).decision,
    ).toBe('resume')
    expect(
      (
        await create(
          of(() => 2),
          options(8),
          components,
        )
      ).decision,
    ).toBe('fresh_beside')
    const error = await failureOf(
      create(
        of(() => 3),
        { ...options(8), resume: 'always' },
        components,
      ),
    )
    expect(error.message).toContain('the functions of the config changed, or what they import')
  })

  it('a config file that names a function it does not have is told so', async () => {
    const column = { name: 'a', column_type: 'custom', generator_function: 'f' }
    const error = await failureOf(
      create(configFromCode({ columns: [column] }, 'c.yaml'), options(), quick().components),
    )
    expect(error.code).toBe('config_invalid')
    expect(error.message).toContain('c.yaml: columns[0].generator_function: names a function')
  })

  it('what it requires, asks and makes is checked before anything runs', async () => {
    const wrong = configOf({ requiredColumns: ['m'], modelAliases: ['nobody'] }, () => 1)
    const error = await failureOf(create(wrong, options(), quick().components))
    expect(error.facts.issues).toEqual([
      'test: columns[1].generator_function: "m" is not a column',
      'test: columns[1].generator_function: unknown model alias "nobody"; defined are writer',
    ])
  })

  it('status and rows need no function', async () => {
    const results = await create(
      of(() => 1),
      options(4),
      quick().components,
    )
    expect((await open(results.path).status()).rows_written).toBe(4)
    expect(await open(results.path).countRecords()).toBe(4)
  })
})

describe('with allow_resize', () => {
  const resizing = (call: CellFunction, more: object = {}) =>
    configOf({ requiredColumns: ['n'], type: 'int' }, call, { allow_resize: true, ...more }, [
      { name: 'text', column_type: 'expression', expr: '{{ n }}/{{ made }}' },
    ])

  it('a cell function may return several rows, one, or none', async () => {
    const config = resizing(({ n: given }) => {
      const count = Number(given as bigint) % 3
      return count === 1 ? 7 : Array.from({ length: count }, (_, index) => index)
    })
    const rows = await rowsOf(await create(config, options(), quick().components))
    const source = await rowsOf(
      await create(
        configOf({ type: 'int' }, () => 0),
        { ...options(), datasetName: 'plain' },
        quick().components,
      ),
    )
    const expected = source.flatMap(({ n: given }) => {
      const count = Number(given) % 3
      return count === 1 ? [[given, 7n]] : Array.from({ length: count }, (_, index) => [given, BigInt(index)])
    })
    expect(rows.map(({ n: given, made }) => [given, made])).toEqual(expected)
    for (const row of rows) expect(row.text).toBe(`${row.n}/${row.made}`)
  })

  it('a column function gets whole rows and returns any number of them', async () => {
    const both = (given: unknown) =>
      (given as { n: bigint }[]).flatMap((row) => [
        { ...row, made: 1 },
        { ...row, made: 2 },
      ])
    const config = resizing((rows) => both(rows), { generation_strategy: 'full_column' })
    const rows = await rowsOf(await create(config, options(4), quick().components))
    expect(rows.map(({ made }) => made)).toEqual([1n, 2n, 1n, 2n, 1n, 2n, 1n, 2n])
  })

  it('is not for models or side columns', async () => {
    const config = configOf({ modelAliases: ['writer'] }, () => 1, { allow_resize: true })
    const error = await failureOf(create(config, options(), quick().components))
    expect(error.message).toBe('test: columns[1]: allow_resize goes with no model and no side columns')
  })
})
