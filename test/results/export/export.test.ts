/** What is exported, when it is refused, and that nothing half done gets the final name. */
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parseJson } from '../../../src/base/values/json.ts'
import type { Disk } from '../../../src/disk/disk.ts'
import { configFromValue } from '../../../src/entries/config.ts'
import { create, type ExportOptions, open, type Row } from '../../../src/index.ts'
import { exportRows } from '../../../src/results/export/export.ts'
import { encodeParquet } from '../../../src/store/parquet/parquet-encode.ts'
import {
  canFail,
  changesDisk,
  type FaultCode,
  SimulatedDisk,
} from '../../../src/testing/disks/simulated-disk.ts'

const fixtures = fileURLToPath(new URL('../../fixtures/data-designer', import.meta.url))

/** A copy of a directory that Data Designer left. */
function left(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'rowsmith-export-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  cpSync(join(fixtures, name, 'dataset'), join(folder, name), { recursive: true })
  return join(folder, name)
}

function linesOf(path: string): Row[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => parseJson(line) as Row)
}

async function rowsOf(directory: string): Promise<Row[]> {
  const rows: Row[] = []
  for await (const row of open(directory).rows({ integers: 'bigint' })) rows.push(row)
  return rows
}

const refused = (directory: string, options: ExportOptions) => expect(open(directory).export(options)).rejects

describe('directories of Data Designer', () => {
  test('are exported with columns in the order of the config, rows in the order of the files', async () => {
    const directory = left('rich')
    const { path, columns, rows } = await open(directory).export()
    expect(columns).toEqual(['product_category', 'stars', 'headline', 'review', 'profile'])
    expect(Object.keys((await rowsOf(directory))[0]!)).not.toEqual(columns)
    expect(rows).toBe(20)
    expect(linesOf(path)).toEqual(await rowsOf(directory))
  })

  test('with columns of a seed have them first, as their files do, though the config has them last', async () => {
    const directory = left('seeded')
    const { path, columns, rows } = await open(directory).export()
    expect(columns).toEqual(['sku', 'product_name', 'blurb'])
    expect(Object.keys((await rowsOf(directory))[0]!)).toEqual(columns)
    expect(Object.keys(linesOf(path)[0]!)).toEqual(columns)
    expect(rows).toBe(18)
    expect(linesOf(path)).toEqual(await rowsOf(directory))
  })

  test('go by the number of the file, past the padding of names', async () => {
    const directory = left('complete')
    const folder = join(directory, 'parquet-files')
    const last = await rowsOf(directory)
    cpSync(join(folder, 'batch_00000.parquet'), join(folder, 'batch_100000.parquet'))
    // More rows than its metadata.json says are refused without it.
    const { path, rows } = await open(directory).export({ partial: true })
    expect(rows).toBe(35)
    expect(linesOf(path)).toEqual([...last, ...last.slice(0, 10)])
  })

  test.each(['hole', 'interrupted'])(
    'that are not complete (%s) are refused, and exported with partial',
    async (name) => {
      const directory = left(name)
      await refused(directory, {}).toMatchObject({ code: 'dataset_incomplete', facts: { rows_written: 20 } })
      expect(existsSync(join(directory, `${name}.jsonl`))).toBe(false)
      const { path, rows } = await open(directory).export({ partial: true })
      expect(rows).toBe(20)
      expect(linesOf(path)).toEqual(await rowsOf(directory))
    },
  )

  test('that a processor had begun to change are not complete', async () => {
    const directory = left('post-started')
    // Nobody can finish it: who resumes it is refused.
    await refused(directory, {}).toMatchObject({
      code: 'dataset_incomplete',
      nextStep: expect.stringContaining('--resume never'),
    })
    expect((await open(directory).export({ partial: true })).rows).toBeGreaterThan(0)
  })

  test('keep their statistics', async () => {
    const statistics = await open(left('complete')).loadAnalysis()
    expect(statistics?.map((column) => column.column_name)).toEqual([
      'product_category',
      'stars',
      'headline',
      'review',
    ])
    expect(statistics?.[1]).toMatchObject({ num_records: 25n, distribution: { mean: 2.92, max: 5n } })
    // Nobody counted those of a run that was killed: they are counted now.
    expect((await open(left('interrupted')).loadAnalysis())?.length).toBeGreaterThan(0)
    await expect(open(join(fixtures, 'nowhere')).loadAnalysis()).rejects.toMatchObject({
      code: 'dataset_not_found',
    })
  })

  test('with a broken metadata.json tell so', async () => {
    const directory = left('complete')
    writeFileSync(join(directory, 'metadata.json'), '{"column_statistics": [')
    await expect(open(directory).loadAnalysis()).rejects.toMatchObject({ code: 'metadata_corrupt' })
    await refused(directory, {}).toMatchObject({ code: 'metadata_corrupt' })
    await expect(open(directory).export({ partial: true })).rejects.toMatchObject({
      code: 'metadata_corrupt',
    })
  })
})

describe('our own directories', () => {
  const config = configFromValue(
    {
      model_configs: [{ alias: 'writer', provider: 'simulator', model: 'simulated' }],
      columns: [{ name: 'text', column_type: 'llm-text', model_alias: 'writer', prompt: 'Write.' }],
    },
    'test',
  )
  const scene = () => {
    const folder = mkdtempSync(join(tmpdir(), 'rowsmith-export-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
    return { artifactPath: folder, numRecords: 12, runConfig: { buffer_size: 2 }, maxParallelRequests: 1 }
  }

  test('that a run has stopped in are refused, and exported as far as they are with partial', async () => {
    const options = scene()
    const run = create(config, { ...options, maxRequests: 5 })
    await expect(run).rejects.toMatchObject({ code: 'budget_reached' })
    const directory = join(options.artifactPath, 'dataset')
    await refused(directory, {}).toMatchObject({ code: 'dataset_incomplete' })
    const { rows, path, unfinished } = await open(directory).export({ partial: true })
    expect(rows).toBe(5)
    const published = await rowsOf(directory)
    expect(linesOf(path).slice(0, published.length)).toEqual(published)
    expect(rows).toBe(published.length + (unfinished?.rows ?? 0))
  })

  test('are exported by the results of their run, and refused when a published file is gone', async () => {
    const results = await create(config, scene())
    const { rows, path } = await results.export()
    expect(rows).toBe(12)
    expect(path).toBe(join(results.path, 'dataset.jsonl'))
    expect((await results.loadAnalysis())?.[0]).toMatchObject({ num_records: 12n })
    rmSync(join(results.path, 'parquet-files/batch_00003.parquet'))
    await refused(results.path, {}).toMatchObject({
      code: 'dataset_incomplete',
      facts: { rows_planned: 12, rows_written: 10, row_groups: 6, row_groups_published: 5 },
    })
    expect((await open(results.path).export({ partial: true })).rows).toBe(10)
  })

  test('without a published row group have nothing to export', async () => {
    const directory = left('complete')
    rmSync(join(directory, 'parquet-files'), { recursive: true })
    for (const partial of [true, false]) {
      await refused(directory, { partial }).toMatchObject({ code: 'dataset_incomplete' })
    }
  })
})

describe('what is asked for', () => {
  test('columns come in the order given, once each', async () => {
    const directory = left('complete')
    const { path, columns } = await open(directory).export({ columns: ['stars', 'headline', 'stars'] })
    expect(columns).toEqual(['stars', 'headline'])
    const due = (await rowsOf(directory)).map(({ stars, headline }) => ({ stars, headline }))
    expect(linesOf(path)).toEqual(due)
  })

  test('a column that is not there is named', async () => {
    await refused(left('complete'), { columns: ['stars', 'starz'] }).toMatchObject({
      code: 'unknown_column',
      message: 'The dataset has no column "starz"; it has product_category, stars, headline, review.',
    })
  })

  test('the format follows the name of the file', async () => {
    const directory = left('complete')
    const csv = await open(directory).export({ output: join(directory, 'x.CSV') })
    expect(csv.format).toBe('csv')
    expect(readFileSync(csv.path, 'utf8')).toMatch(/^product_category,stars,headline,review\n/)
    const odd = await open(directory).export({ output: join(directory, 'x.txt'), format: 'parquet' })
    expect(readFileSync(odd.path).subarray(0, 4).toString()).toBe('PAR1')
    await refused(directory, { output: join(directory, 'x.txt') }).toMatchObject({ code: 'usage' })
  })

  test('no file of the dataset is overwritten, and nothing is put among them', async () => {
    const directory = left('complete')
    for (const name of [
      'metadata.json',
      'builder_config.json',
      'parquet-files/batch_00000.parquet',
      '.rowsmith/x',
      'parquet-files',
    ]) {
      await refused(directory, { output: join(directory, name), format: 'jsonl' }).toMatchObject({
        code: 'usage',
      })
    }
    await refused(directory, { output: join(directory, '../no/x.csv') }).toMatchObject({
      code: 'folder_unwritable',
      nextStep: expect.stringMatching(/^Create it with `mkdir -p \S+no`/),
    })
    expect(readdirSync(directory).sort()).toEqual(readdirSync(join(fixtures, 'complete/dataset')).sort())
  })

  test('a link is followed, a file is replaced only when that is asked for, and a sink takes the bytes', async () => {
    const directory = left('complete')
    const [target, link, dangling] = ['target', 'link', 'dangling'].map((name) =>
      join(directory, `${name}.csv`),
    )
    symlinkSync('target.csv', link!)
    symlinkSync('fresh.csv', dangling!)
    writeFileSync(target!, 'old')
    await refused(directory, { output: link! }).toMatchObject({ code: 'output_exists' })
    expect(readFileSync(target!, 'utf8')).toBe('old')
    expect((await open(directory).export({ output: link!, overwrite: true })).path).toBe(target)
    expect((await open(directory).export({ output: dangling! })).path).toBe(join(directory, 'fresh.csv'))
    expect(lstatSync(link!).isSymbolicLink() && lstatSync(dangling!).isSymbolicLink()).toBe(true)
    const pieces: Uint8Array[] = []
    const sink = async (bytes: Uint8Array) => void pieces.push(bytes)
    expect(await open(directory).export({ sink, format: 'csv' })).toMatchObject({
      path: '-',
      format: 'csv',
    })
    expect(Buffer.concat(pieces).toString()).toBe(readFileSync(target!, 'utf8'))
    await open(directory).export({ output: '/dev/null', format: 'csv' })
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true)
  })

  test('an older export is replaced', async () => {
    const directory = left('complete')
    const { path } = await open(directory).export()
    const whole = readFileSync(path, 'utf8')
    writeFileSync(path, 'old')
    await open(directory).export()
    expect(readFileSync(path, 'utf8')).toBe(whole)
  })

  test('a stopped export leaves nothing', async () => {
    const directory = left('complete')
    const before = readdirSync(directory)
    await refused(directory, { signal: AbortSignal.abort() }).toMatchObject({ code: 'aborted' })
    expect(readdirSync(directory)).toEqual(before)
  })

  test('what is no dataset is said to be none', async () => {
    await refused(join(fixtures, 'nowhere'), {}).toMatchObject({ code: 'dataset_not_found' })
    await refused(fixtures, { partial: true }).toMatchObject({ code: 'dataset_not_found' })
  })
})

describe('one export, stopped or failing at every operation on the disk', () => {
  const output = '/out/x.jsonl'
  const line = (n: bigint): string => `{"n":${n}}\n`
  const whole = [1n, 2n, 3n].map(line).join('')

  /** Two files of rows, and an older export. */
  async function scene(): Promise<SimulatedDisk> {
    const disk = new SimulatedDisk({ directories: ['/set/parquet-files', '/out'] })
    const put = async (path: string, bytes: Uint8Array): Promise<void> => {
      const file = await disk.create(path)
      await file.append(bytes)
      await file.sync()
      await file.close()
    }
    const numbers = (...values: bigint[]): Uint8Array =>
      encodeParquet({
        columns: [{ name: 'n', type: { kind: 'int' }, values }],
        rowCount: values.length,
        footer: {},
      }).bytes
    await put('/set/parquet-files/batch_00000.parquet', numbers(1n, 2n))
    await put('/set/parquet-files/batch_00001.parquet', numbers(3n))
    await put(output, Buffer.from('old'))
    await disk.syncDirectory('/set/parquet-files')
    await disk.syncDirectory('/out')
    return disk
  }
  const run = (disk: Disk) => exportRows(disk, '/set', { output, partial: true, overwrite: true })
  const contents = (disk: SimulatedDisk): string | undefined => {
    const bytes = disk.files('/out').get(output)
    return bytes && Buffer.from(bytes).toString()
  }

  async function operations() {
    const disk = (await scene()).afterKill()
    await run(disk)
    expect(contents(disk)).toBe(whole)
    expect(contents(disk.afterPowerLoss(() => 'lost'))).toBe(whole)
    return [...disk.operations]
  }

  test('the old file or the whole new one is there, also after a power loss', async () => {
    let both = 0
    for (const { number } of (await operations()).filter(({ name }) => changesDisk(name))) {
      for (const interruption of ['stop-before', 'stop-after'] as const) {
        const disk = (await scene()).afterKill({
          interrupt: (operation) => (operation.number === number ? interruption : undefined),
        })
        await run(disk).catch(() => {})
        for (const found of [
          disk,
          disk.afterPowerLoss(() => 'lost'),
          disk.afterPowerLoss(() => 'survives'),
        ]) {
          expect(['old', whole]).toContain(contents(found))
          both |= contents(found) === 'old' ? 1 : 2
        }
      }
    }
    expect(both).toBe(3)
  })

  test.each(['ENOSPC', 'EIO', 'EMFILE'] satisfies FaultCode[])(
    '%s is told, and the temporary file is removed',
    async (code) => {
      const sites = (await operations()).filter(({ name }) => canFail(name, code))
      expect(sites.length).toBeGreaterThan(2)
      for (const { number, name } of sites) {
        const disk = (await scene()).afterKill({
          interrupt: (operation) => (operation.number === number ? code : undefined),
        })
        await expect(run(disk)).rejects.toMatchObject({ name: 'RowsmithError' })
        expect([...disk.files('/out').keys()]).toEqual([output])
        expect(contents(disk)).toBe(name === 'syncDirectory' ? whole : 'old')
      }
    },
  )
})
