import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { toValue } from '../../../src/base/values/value.ts'
import { configFromValue } from '../../../src/entries/config.ts'
import { type Config, create, open, resume, validate } from '../../../src/index.ts'
import { answer } from '../../support/scripted-transport.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  rowOf,
  rowsOf,
  scripted,
  smallOptions,
} from '../../support/small-runs.ts'

const folder = artifactFolder()
const limited = { max_parallel_requests: 1 }

/** A CSV of so many rows, in the folder of the test. */
function writeSeed(rows: number, name = 'seed.csv'): string {
  const path = join(folder.path, name)
  writeFileSync(path, ['id,name', ...Array.from({ length: rows }, (_, row) => `${row},n${row}`)].join('\n'))
  return path
}

function seededConfig(path: string, seed: object = {}, more: object = {}): Config {
  return configFromValue(
    toValue({
      model_configs: [{ alias: 'writer', provider: 'simulator', model: 'm', inference_parameters: limited }],
      seed_config: { source: { seed_type: 'local', path }, ...seed },
      columns: [
        {
          name: 'text',
          column_type: 'llm-text',
          model_alias: 'writer',
          prompt: 'About {{ name }} ({{ id }})',
        },
      ],
      ...more,
    }),
    'test',
  )
}

const idsOf = (rows: readonly { readonly [name: string]: unknown }[]) => rows.map(({ id }) => Number(id))

async function readIds(path: string): Promise<number[]> {
  const rows = []
  for await (const row of open(path).rows({ integers: 'bigint' })) rows.push(row)
  return idsOf(rows)
}

/** A run that stops at a request, and leaves its directory. */
async function stoppedAt(request: number, config: Config, numRecords: number, seed = 7n): Promise<string> {
  const stop = new AbortController()
  const { asked, components } = scripted((each) => {
    if (asked.length === request) stop.abort()
    return echo(each)
  })
  const options = { ...smallOptions(folder.path, numRecords), seed, signal: stop.signal }
  const error = await failureOf(create(config, options, components))
  return (error.summary as { dataset_path: string }).dataset_path
}

describe('a seed dataset', () => {
  it('gives each row its columns, before all others, in order, and begins again when it is used up', async () => {
    const config = seededConfig(writeSeed(6))
    const { asked, components } = scripted(echo)
    const results = await create(config, smallOptions(folder.path, 10), components)
    const rows = await rowsOf(results)
    expect(Object.keys(rows[0]!)).toEqual(['id', 'name', 'text'])
    expect(rows[7]).toEqual({ id: 1n, name: 'n1', text: 'about About n1 (1)' })
    expect(idsOf(rows)).toEqual([0, 1, 2, 3, 4, 5, 0, 1, 2, 3])
    expect(asked).toHaveLength(10)
  })

  it('is a dataset by itself when the config has no column', async () => {
    const config = seededConfig(writeSeed(3), {}, { columns: [] })
    const results = await create(config, smallOptions(folder.path, 5), scripted(echo).components)
    expect(idsOf(await rowsOf(results))).toEqual([0, 1, 2, 0, 1])
  })

  it('can be taken in part, a range or a block', async () => {
    const path = writeSeed(10)
    const ids = async (selection_strategy: object, datasetName: string) => {
      const options = { ...smallOptions(folder.path, 6), datasetName }
      const config = seededConfig(path, { selection_strategy })
      return idsOf(await rowsOf(await create(config, options, scripted(echo).components)))
    }
    expect(await ids({ start: 2, end: 5 }, 'range')).toEqual([2, 3, 4, 5, 2, 3])
    expect(await ids({ index: 2, num_partitions: 3 }, 'block')).toEqual([6, 7, 8, 9, 6, 7])
  })

  it.each(['ordered', 'shuffle'])('%s, goes on after a stop as if there had been none', async (sampling) => {
    const config = seededConfig(writeSeed(5), { sampling_strategy: sampling })
    const options = { ...smallOptions(folder.path, 13), seed: 7n }
    const whole = await create(config, { ...options, datasetName: 'whole' }, scripted(echo).components)
    const expected = idsOf(await rowsOf(whole))
    const path = await stoppedAt(6, config, 13)
    await resume(path, {}, scripted(echo).components)
    expect(await readIds(path)).toEqual(expected)
    if (sampling === 'ordered') expect(expected).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2])
    // Each pass over the seed has each of its rows once.
    for (const create of [0, 5]) {
      expect(expected.slice(create, create + 5).sort()).toEqual([0, 1, 2, 3, 4])
    }
    for (const name of ['batch_00000.parquet', 'batch_00003.parquet']) {
      expect(readFileSync(join(path, 'parquet-files', name))).toEqual(
        readFileSync(join(whole.path, 'parquet-files', name)),
      )
    }
  })

  it.each(['ordered', 'shuffle'])('%s, fills a hole with exactly its slice', async (sampling) => {
    const config = seededConfig(writeSeed(7), { sampling_strategy: sampling })
    const options = smallOptions(folder.path, 12)
    const { path } = await create(config, options, scripted(echo).components)
    const before = await readIds(path)
    rmSync(join(path, 'parquet-files', 'batch_00001.parquet'))
    await create(config, options, scripted(echo).components)
    expect(await readIds(path)).toEqual(before)
  })

  it.each(['ordered', 'shuffle'])(
    '%s, goes on where it was when the dataset is extended',
    async (sampling) => {
      const config = seededConfig(writeSeed(7), { sampling_strategy: sampling })
      const options = { ...smallOptions(folder.path, 16), seed: 3n }
      const whole = await create(config, { ...options, datasetName: 'whole' }, scripted(echo).components)
      await create(config, { ...options, numRecords: 5 }, scripted(echo).components)
      const { path } = await create(config, { ...options, numRecords: 16 }, scripted(echo).components)
      expect(await readIds(path)).toEqual(await readIds(whole.path))
    },
  )

  it('is read from the journal for a row group that was open, and asked for nothing again', async () => {
    const seed = writeSeed(8)
    const path = await stoppedAt(3, seededConfig(seed), 4)
    const { asked, components } = scripted(echo)
    const { summary } = await resume(path, {}, components)
    expect(summary).toMatchObject({ replies_unused: 0, rows_written: 4 })
    expect(asked.length).toBeLessThan(4)
  })

  it('gives the seed row of a dropped row to no other row', async () => {
    const config = seededConfig(writeSeed(6))
    const { components } = scripted((asked) => (rowOf(asked) % 3 === 1 ? answer('') : echo(asked)))
    const { summary, ...results } = await create(config, smallOptions(folder.path, 9), components)
    expect(summary).toMatchObject({ rows_written: 6, rows_dropped: 3 })
    expect(idsOf(await rowsOf(results))).toEqual([0, 2, 3, 5, 0, 2])
  })

  it('that was edited is another one: the run is refused, or starts beside', async () => {
    const seed = writeSeed(8)
    const config = seededConfig(seed)
    const path = await stoppedAt(5, config, 8)
    writeFileSync(seed, readFileSync(seed, 'utf8').replace('n7', 'seven'))
    const { asked, components } = scripted(echo)
    const refused = await failureOf(resume(path, {}, components))
    expect(refused).toMatchObject({ code: 'config_differs' })
    expect(refused.message).toBe(
      'The config is not the one the dataset was created with: the contents of the seed dataset changed.',
    )
    expect(asked).toEqual([])
    const beside = await create(config, smallOptions(folder.path, 8), components)
    expect(beside.decision).toBe('fresh_beside')
  })

  it('with a relative path is looked for beside the config when the working directory has none', async () => {
    mkdirSync(join(folder.path, 'configs'))
    writeSeed(3, 'configs/seed.csv')
    const file = join(folder.path, 'configs', 'config.yaml')
    writeFileSync(file, 'seed_config: {source: {seed_type: local, path: seed.csv}}\ncolumns: []\n')
    const results = await create(file, smallOptions(folder.path, 3), scripted(echo).components)
    expect(idsOf(await rowsOf(results))).toEqual([0, 1, 2])
    const launch = JSON.parse(readFileSync(join(results.path, '.rowsmith', 'launch.json'), 'utf8'))
    expect(launch.seed_folder).toBe(join(folder.path, 'configs'))
    // The dataset's own copy of the config lies elsewhere.
    await resume(results.path, { numRecords: 5 }, scripted(echo).components)
    expect(await readIds(results.path)).toEqual([0, 1, 2, 0, 1])
  })

  it('is told of in one line when it is missing, malformed, or has the name of a column; nothing is written', async () => {
    const failure = (config: Config) =>
      failureOf(create(config, smallOptions(folder.path, 3), scripted(echo).components))
    expect(await failure(seededConfig(join(folder.path, 'no.csv')))).toMatchObject({ code: 'seed_not_found' })
    writeFileSync(join(folder.path, 'bad.parquet'), 'id,name\n1,2\n')
    expect(await failure(seededConfig(join(folder.path, 'bad.parquet')))).toMatchObject({
      code: 'seed_unreadable',
    })
    writeFileSync(join(folder.path, 'text.csv'), 'id,name,text\n1,n,t\n')
    expect(await failure(seededConfig(join(folder.path, 'text.csv')))).toMatchObject({
      code: 'config_invalid',
      message: 'test: the seed dataset has a column "text", and so has the config',
    })
    writeFileSync(join(folder.path, 'other.csv'), 'id,nam\n1,n\n')
    expect(await failure(seededConfig(join(folder.path, 'other.csv')))).toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(
        /^test: columns\[0\]\.prompt: "name" is not a column; did you mean "nam"\? There are "nam", "text", "id"$/,
      ),
    })
    expect(existsSync(join(folder.path, 'dataset'))).toBe(false)
  })

  it('with dates and times shows them in templates as Python prints them, and stores them with the types that are declared', async () => {
    const path = join(folder.path, 'times.csv')
    writeFileSync(path, 'id,day,name\n1,2024-01-31,2024-01-31 09:30:00.5\n')
    const columns = [{ name: 'text', column_type: 'expression', expr: '{{ day }} | {{ name }}' }]
    const source = { seed_type: 'local', path, types: { name: 'timestamp' } }
    const results = await create(
      seededConfig(path, { source }, { columns }),
      smallOptions(folder.path, 1),
      {},
    )
    expect(await rowsOf(results)).toEqual([
      {
        id: 1n,
        day: '2024-01-31',
        name: '2024-01-31T09:30:00.500000',
        text: '2024-01-31 | 2024-01-31 09:30:00.500000',
      },
    ])
  })

  it('gives columns that a drop_columns processor drops, also after a resume', async () => {
    const config = seededConfig(
      writeSeed(8),
      {},
      { processors: [{ name: 'less', processor_type: 'drop_columns', column_names: ['na*'] }] },
    )
    const path = await stoppedAt(5, config, 8)
    await resume(path, {}, scripted(echo).components)
    const rows = await rowsOf(await create(config, smallOptions(folder.path, 8), scripted(echo).components))
    expect(Object.keys(rows[0]!)).toEqual(['id', 'text'])
    expect(rows[3]!.text).toBe('about About n3 (3)')
  })
})

describe('a seed of files', () => {
  const config = (more: object = {}) =>
    configFromValue(
      toValue({
        columns: [{ name: 'copy', column_type: 'expression', expr: '{{ content }}' }],
        seed_config: {
          source: { seed_type: 'file_contents', path: join(folder.path, 'docs'), ...more },
          sampling_strategy: 'shuffle',
        },
      }),
      'test',
    )
  function writeDocs(): void {
    mkdirSync(join(folder.path, 'docs'))
    for (let row = 0; row < 6; row++) writeFileSync(join(folder.path, 'docs', `${row}.md`), `text ${row}`)
  }

  it('gives rows like any other, and is part of what the dataset is', async () => {
    writeDocs()
    const options = smallOptions(folder.path, 9)
    const results = await create(config(), options, scripted(echo).components)
    const rows = await rowsOf(results)
    expect(rows.map(({ copy }) => copy)).toEqual(rows.map(({ file_name }) => `text ${String(file_name)[0]}`))
    expect(new Set(rows.slice(0, 6).map(({ copy }) => copy)).size).toBe(6)
    writeFileSync(join(folder.path, 'docs', '3.md'), 'edited')
    const refused = await failureOf(resume(results.path, { numRecords: 12 }, scripted(echo).components))
    expect(refused).toMatchObject({
      code: 'config_differs',
      message: expect.stringContaining('the contents of the seed dataset changed'),
    })
  })

  it('says which files it passes over, also in validate', async () => {
    mkdirSync(join(folder.path, 'docs'))
    const good =
      '{"type":"session","id":"p"}\n{"id":"1","type":"message","message":{"role":"user","content":"x"}}'
    writeFileSync(join(folder.path, 'docs', 'a.jsonl'), good)
    writeFileSync(join(folder.path, 'docs', 'b.jsonl'), '{}')
    const source = { seed_type: 'agent_rollout', format: 'pi_coding_agent', path: join(folder.path, 'docs') }
    const sessions = configFromValue(toValue({ columns: [], seed_config: { source } }), 'test')
    const run = create(sessions, smallOptions(folder.path, 2), scripted(echo).components)
    const messages: string[] = []
    for await (const event of run.events()) if (event.type === 'warning') messages.push(event.message)
    expect(messages).toEqual([expect.stringMatching(/passed over: .*b\.jsonl:1: does not begin/)])
    expect((await rowsOf(await run)).map(({ trace_id }) => trace_id)).toEqual(['p', 'p'])
    expect((await validate(sessions)).warnings).toEqual(messages)
  })
})

describe('a seed in memory', () => {
  const config = configFromValue(
    toValue({
      columns: [{ name: 'said', column_type: 'expression', expr: '{{ name }} {{ tags | join("+") }}' }],
      seed_config: { source: { seed_type: 'df' } },
    }),
    'test',
  )
  const seedRows = [
    { name: 'ann', tags: ['a', 'b'] },
    { name: 'bob', tags: [] },
  ]

  it('is given beside the config, and given again to go on', async () => {
    const options = { ...smallOptions(folder.path, 3), seedRows }
    const results = await create(config, options, scripted(echo).components)
    expect((await rowsOf(results)).map(({ said }) => said)).toEqual(['ann a+b', 'bob ', 'ann a+b'])
    const more = { numRecords: 4, seedRows }
    const grown = await resume(results.path, more, scripted(echo).components)
    expect((await rowsOf(grown)).map(({ said }) => said)).toEqual(['ann a+b', 'bob ', 'ann a+b', 'bob '])
    const others = { numRecords: 5, seedRows: [{ name: 'eve', tags: [] }] }
    expect(await failureOf(resume(results.path, others, scripted(echo).components))).toMatchObject({
      code: 'config_differs',
    })
    expect(await failureOf(resume(results.path, {}, scripted(echo).components))).toMatchObject({
      code: 'seed_not_found',
      nextStep: expect.stringContaining('seedRows'),
    })
  })
})

describe('validate', () => {
  it('reads a seed through, and checks templates against its columns', async () => {
    const path = writeSeed(3)
    expect(await validate(seededConfig(path))).toEqual({
      columns: ['id', 'name', 'text'],
      seed: {
        rows: 3,
        files: [{ name: basename(path), rows: 3 }],
        columns: [
          { name: 'id', type: 'int' },
          { name: 'name', type: 'text' },
        ],
        warnings: [],
      },
      notBuilt: [],
      warnings: [],
    })
    writeFileSync(path, 'id,nam\n1,n\n')
    await expect(validate(seededConfig(path))).rejects.toMatchObject({ code: 'config_invalid' })
  })

  it('warns when the seed is not there, and checks the rest', async () => {
    const { columns, warnings } = await validate(seededConfig(join(folder.path, 'no.csv')))
    expect(columns).toEqual(['text'])
    expect(warnings).toEqual([expect.stringMatching(/^There is no seed dataset .*no\.csv.* not checked/)])
  })
})
