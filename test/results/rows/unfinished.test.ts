/** Rows that are there before their row group is: of stopped runs, from kept answers. */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { create, loadConfig, open, resume } from '../../../src/index.ts'
import { fileSeed, recordBytes, writeRecord } from '../../../src/journal/log-record.ts'
import { scanLog } from '../../../src/journal/scan.ts'
import { inThread } from '../../../src/testing/datasets/in-thread.ts'
import { answer } from '../../support/scripted-transport.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  quick,
  rowOf,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'

const folder = artifactFolder()
const components = { encoder: () => inThread }

const options = (rows: number, more: object = {}) => ({
  ...smallOptions(folder.path, rows),
  runConfig: { buffer_size: 4 },
  seed: 3,
  ...more,
})

/** A run of ten rows in groups of four whose budget ends in the second group: six answers. */
async function stopped(config = smallConfig(), maxRequests = 6): Promise<string> {
  const error = await failureOf(create(config, options(10, { maxRequests }), quick().components))
  expect(error.code, error.message).toBe('budget_reached')
  return join(folder.path, 'dataset')
}

/** Every file below a folder, with its content and when it was changed. */
function contents(directory: string): unknown {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((each) =>
    each.isFile(),
  )
  return files
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort()
    .map((path) => [path, readFileSync(path).toString('base64'), statSync(path).mtimeMs])
}

const linesOf = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('rows of a row group that is not finished', () => {
  it('are shown, counted and exported as they will be published, and nothing of the dataset changes', async () => {
    const directory = await stopped()
    const before = contents(directory)
    expect(await open(directory).head(20)).toHaveLength(4)
    const found = await open(directory, components).headSoFar(20)
    expect(found.unfinished).toEqual([{ group: 1, rows: [4, 5] }])
    expect(found.why).toBeNull()
    expect((await open(directory, components).headSoFar(5)).unfinished).toEqual([{ group: 1, rows: [4] }])
    expect(await open(directory, components).status({ unfinished: true })).toMatchObject({
      rows_written: 4,
      rows_open: 6,
      unfinished: { rows: 2, groups: 1, why: null },
    })
    expect(await open(directory, components).status()).not.toHaveProperty('unfinished')
    expect(await open(directory, components).profile()).toMatchObject({
      num_records: 6,
      unfinished: { rows: 2, groups: 1 },
    })
    const output = join(folder.path, 'so-far.jsonl')
    const exported = await open(directory, components).export({ partial: true, output })
    expect(exported).toMatchObject({ rows: 6, unfinished: { rows: 2, groups: 1, why: null } })
    expect(contents(directory)).toEqual(before)
    expect(readdirSync(tmpdir()).filter((name) => /^rowsmith-\w{6}$/.test(name))).toEqual([])

    const error = await failureOf(open(directory, components).export({ output, overwrite: true }))
    expect(error.code).toBe('dataset_incomplete')
    expect(error.nextStep).toContain('--partial')

    const done = await create(smallConfig(), options(10), quick().components)
    const all = []
    for await (const row of done.rows()) all.push(row)
    expect(found.rows).toEqual(all.slice(0, 6))
    expect(linesOf(output)).toEqual(all.slice(0, 6))
    expect((await open(directory, components).headSoFar(20)).unfinished).toEqual([])
    expect(await open(directory, components).export({ partial: true })).not.toHaveProperty('unfinished')
  })

  it('are chosen by a condition, and counted after it', async () => {
    const directory = await stopped()
    const output = join(folder.path, 'chosen.csv')
    const last = (await open(directory, components).headSoFar(20)).rows[5]!
    const where = { partial: true, output, where: `id = '${last.id}'` }
    expect(await open(directory, components).export(where)).toMatchObject({
      rows: 1,
      unfinished: { rows: 1 },
    })
    const none = { ...where, where: 'id IS NULL', overwrite: true }
    expect(await open(directory, components).export(none)).toMatchObject({
      rows: 0,
      unfinished: { rows: 0 },
    })
  })

  it('need all their cells: one with the first of two answers is none', async () => {
    const config = smallConfig()
    const second = {
      ...config.columns.find(({ name }) => name === 'text')!,
      name: 'more',
      prompt: 'More of {{ text }}',
    }
    const directory = await stopped({ ...config, columns: [...config.columns, second] } as never, 5)
    const { rows } = await open(directory, components).headSoFar(20)
    for (const row of rows) expect(row).toMatchObject({ text: expect.any(String), more: expect.any(String) })
    expect(rows.length).toBeLessThan(5)
    const { open_groups: groups, unfinished } = await open(directory, components).status({
      unfinished: true,
    })
    expect(unfinished!.rows).toBeLessThan(groups.replies_kept)
  })

  it('are not those that were dropped, nor those that nobody has asked for', async () => {
    const cutting = quick((asked) => (rowOf(asked) === 4 ? answer('', 'content_filter') : echo(asked)))
    await failureOf(create(smallConfig(), options(10, { maxRequests: 6 }), cutting.components))
    const { unfinished } = await open(join(folder.path, 'dataset'), components).headSoFar(20)
    expect(unfinished.flatMap(({ rows }) => rows)).not.toContain(4)
  })

  it('that cannot be made again are told of, and what is published is shown', async () => {
    const seed = join(folder.path, 'seed.csv')
    writeFileSync(seed, `word\n${'tea\n'.repeat(10)}`)
    const config = {
      ...smallConfig(),
      seed_config: { source: { seed_type: 'local', path: seed } },
    } as never
    const directory = await stopped(config)
    expect((await open(directory, components).headSoFar(20)).unfinished).toEqual([{ group: 1, rows: [4, 5] }])
    rmSync(seed)
    const found = await open(directory, components).headSoFar(20)
    expect(found.rows).toHaveLength(4)
    expect(found.why).toMatch(/seed/)
    const output = join(folder.path, 'x.jsonl')
    const { rows, unfinished } = await open(directory, components).export({ partial: true, output })
    expect(rows).toBe(4)
    expect(unfinished).toMatchObject({ rows: 0, why: expect.stringMatching(/seed/) })
    let count = 0
    for await (const _ of open(directory).rows()) count++
    expect(count).toBe(4)
  })

  it("of functions are made when the config is given; without it nobody's code is run", async () => {
    const file = join(folder.path, 'c.mjs')
    writeFileSync(
      file,
      `export default {
        model_configs: [{ alias: 'writer', provider: 'simulator', model: 'm' }],
        columns: [
          { name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} },
          { name: 'text', column_type: 'llm-text', model_alias: 'writer', prompt: 'say {{ id }}' },
          { name: 'made', column_type: 'custom', generator_function: () => 'one' },
        ],
      }`,
    )
    const config = await loadConfig(file)
    const directory = await stopped(config)
    const without = await open(directory, components).headSoFar(20)
    expect(without).toMatchObject({ unfinished: [], why: expect.stringContaining(`--config ${file}`) })
    const { rows, unfinished } = await open(directory, { ...components, config }).headSoFar(20)
    expect(unfinished).toEqual([{ group: 1, rows: [4, 5] }])
    expect(rows.map((row) => row.made)).toEqual(Array(6).fill('one'))
    const counted = await open(directory, { ...components, config }).status({ unfinished: true })
    expect(counted.unfinished).toEqual({ rows: 2, groups: 1, why: null })
  })

  it('are raw rows where a stage makes the dataset of all of them', async () => {
    const processors = [{ name: 'few', processor_type: 'sql', sql: 'SELECT * FROM dataset', outputs: {} }]
    const directory = await stopped({ ...smallConfig(), processors } as never)
    const asked = await open(directory, components).headSoFar(20, { raw: true })
    expect(asked).toMatchObject({ unfinished: [{ group: 1, rows: [4, 5] }], why: null })
    expect(asked.rows).toHaveLength(6)
    expect(asked).not.toHaveProperty('raw')
    expect(await open(directory, components).headSoFar(20)).toEqual({ ...asked, raw: true })
    const output = join(folder.path, 'raw.jsonl')
    expect(await open(directory, components).export({ partial: true, raw: true, output })).toMatchObject({
      rows: 6,
    })
    const others = { partial: true, output: join(folder.path, 'others.jsonl') }
    expect(await open(directory, components).export(others)).toMatchObject({
      rows: 6,
      unfinished: { rows: 2, groups: 1, raw: true },
    })
    expect(await open(directory, components).profile()).toMatchObject({
      num_records: 6,
      unfinished: { raw: true },
    })
    expect(await open(directory, components).status({ unfinished: true })).toMatchObject({
      unfinished: { rows: 2 },
    })
  })

  it('are not the table of before, once post-processing has made one', async () => {
    const processors = [
      { name: 'few', processor_type: 'sql', sql: 'SELECT * FROM dataset ORDER BY _row LIMIT 1', outputs: {} },
    ]
    const config = { ...smallConfig(), processors } as never
    await create(config, options(4), quick().components)
    const directory = await stopped(config)
    const found = await open(directory, components).headSoFar(20)
    expect(found.rows).toHaveLength(1)
    expect(found).not.toHaveProperty('raw')
  })

  it('are made of answers in use, never of what a writer that was taken over from wrote late', async () => {
    const directory = await stopped()
    const error = await failureOf(resume(directory, { maxRequests: 7, graceMs: 1000 }, quick().components))
    expect(error.code).toBe('budget_reached')
    const found = await open(directory, components).headSoFar(20)
    const journal = join(directory, '.rowsmith', 'journal')
    const [first, second] = readdirSync(journal)
      .sort()
      .map((name) => join(journal, name))
    const bytes = readFileSync(first!)
    const { fileId } = scanLog(bytes, first!)
    const answers = scanLog(readFileSync(second!), second!).records.filter(({ body }) =>
      body.includes('"t":"reply"'),
    )
    expect(answers.length).toBeGreaterThan(0)
    let end = bytes
    for (const { body } of answers) {
      const late = body.replace(/"content":"[^"]*"/, '"content":"too late"')
      expect(late).not.toBe(body)
      const frame = Buffer.alloc(recordBytes(Buffer.byteLength(late)))
      writeRecord(frame, 0, late, Buffer.byteLength(late), fileSeed(fileId!), end.length)
      end = Buffer.concat([end, frame])
    }
    writeFileSync(first!, end)
    expect(await open(directory, components).headSoFar(20)).toEqual(found)
    expect(JSON.stringify(found.rows)).not.toContain('too late')
  })
})
