import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyedRandom } from '../../../src/base/numbers/random.ts'
import { configFromValue } from '../../../src/entries/config.ts'
import { type Config, type CreateOptions, create } from '../../../src/index.ts'
import { type Asked, answer, failure } from '../../support/scripted-transport.ts'
import { artifactFolder, failureOf, rowOf, scripted } from '../../support/small-runs.ts'

const folder = artifactFolder()
const engines = ['concurrent', 'sequential'] as const
type EngineName = (typeof engines)[number]

/** Three asked columns of two models: one reads another through an expression, one reads none of them. */
function threeColumns(limits: readonly [bigint, bigint] = [3n, 2n]): Config {
  const model = (alias: string, limit: bigint) => ({
    alias,
    provider: 'simulator',
    model: alias,
    inference_parameters: { max_parallel_requests: limit },
  })
  const written = (name: string, model_alias: string, prompt: string) => ({
    name,
    column_type: 'llm-text',
    model_alias,
    prompt,
  })
  return configFromValue(
    {
      model_configs: [model('one', limits[0]), model('other', limits[1])],
      columns: [
        { name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} },
        { ...written('draft', 'one', 'Draft {{ id }}'), drop: true },
        { name: 'loud', column_type: 'expression', expr: '{{ draft | upper }}' },
        written('final', 'other', 'Finish {{ loud }}'),
        written('aside', 'one', 'Aside of {{ id }}'),
      ],
    },
    'test',
  )
}

function options(datasetName: string, scheduler: EngineName): CreateOptions {
  return {
    artifactPath: folder.path,
    datasetName,
    numRecords: 10,
    seed: 7n,
    runConfig: { buffer_size: 4, engine: scheduler },
    graceMs: 1_000_000,
  }
}

const columnOf = (asked: Asked) => asked.key.split('/')[1]!

/** Says the prompt back, after as many turns as the seed draws for it; refuses some cells. */
function provider(seed: number, refused: ReadonlySet<string> = new Set(), look = (_asked: Asked) => {}) {
  return scripted(async (asked) => {
    look(asked)
    const turns = keyedRandom(BigInt(seed), asked.key, 0).below(12)
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
    return refused.has(`${rowOf(asked)}/${columnOf(asked)}`) ? failure(400) : answer(`<${asked.prompt}>`)
  })
}

function dataFiles(path: string): Record<string, string> {
  const files = ['parquet-files', 'dropped-columns-parquet-files'].flatMap((name) =>
    readdirSync(join(path, name)).map((file) => join(name, file)),
  )
  return Object.fromEntries(
    files.map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(join(path, file)))
        .digest('hex'),
    ]),
  )
}

/** Every file below a folder with its bytes. */
function everyByte(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => `${file} ${readFileSync(file).toString('base64')}`)
    .sort()
}

const someCells = fc.uniqueArray(
  fc.tuple(fc.nat(9), fc.constantFrom('draft', 'final', 'aside')).map(([row, column]) => `${row}/${column}`),
  { maxLength: 3 },
)

describe('the two engines', () => {
  it('make the same bytes and ask for the same cells, in whatever order answers come', async () => {
    let name = 0
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), someCells, async (one, other, refused) => {
        const runs = []
        for (const [scheduler, seed] of [
          ['concurrent', one],
          ['sequential', other],
        ] as const) {
          const { asked, components } = provider(seed, new Set(refused))
          const { path, summary } = await create(
            threeColumns(),
            options(`set${name++}`, scheduler),
            components,
          )
          expect(summary.rows_written + summary.rows_dropped).toBe(10)
          runs.push({ files: dataFiles(path), dropped: summary.rows_dropped, asked })
        }
        const [concurrent, sequential] = runs
        expect(sequential!.files).toEqual(concurrent!.files)
        expect(Object.keys(sequential!.files)).toHaveLength(6)
        if (refused.length === 0) expect(keysOf(sequential!.asked)).toEqual(keysOf(concurrent!.asked))
      }),
      { numRuns: 12 },
    )
  })

  it.each([
    ['concurrent', 'sequential'],
    ['sequential', 'concurrent'],
    ['sequential', 'sequential'],
  ] as const)(
    'go on with each other: begun %s, gone on with %s, wherever it was stopped',
    async (first, then) => {
      const whole = await create(threeColumns(), options('whole', 'concurrent'), provider(0).components)
      for (const after of [1, 7, 13, 25]) {
        const stop = new AbortController()
        let requests = 0
        const begun = provider(after, undefined, () => {
          if (++requests === after) stop.abort()
        })
        const settings = { ...options(`set${after}`, first), signal: stop.signal }
        await failureOf(create(threeColumns(), settings, begun.components))
        const rest = provider(after + 1)
        const results = await create(threeColumns(), options(`set${after}`, then), rest.components)
        expect(results.decision).toBe('resume')
        expect(dataFiles(results.path)).toEqual(dataFiles(whole.path))
        // What was in flight at the stop had the grace to come home: nothing is asked twice.
        expect(keysOf([...begun.asked, ...rest.asked])).toHaveLength(30)
        expect(new Set(keysOf([...begun.asked, ...rest.asked])).size).toBe(30)
        expect(results.summary.replies_unused).toBe(0)
      }
    },
  )
})

describe('the sequential engine', () => {
  it('makes batch after batch and column after column, each at the full limit of its model', async () => {
    let inFlight = 0
    const most = new Map<string, number>()
    const course: string[] = []
    const { components } = scripted(async (asked) => {
      const turn = `group ${Math.floor(rowOf(asked) / 4)} ${columnOf(asked)}`
      course.push(turn)
      inFlight++
      most.set(columnOf(asked), Math.max(most.get(columnOf(asked)) ?? 0, inFlight))
      // Later rows are answered first.
      for (let left = 40 - rowOf(asked) * 3; left > 0; left--) await new Promise(setImmediate)
      inFlight--
      course.push(turn)
      return answer(asked.prompt)
    })
    await create(threeColumns(), options('set', 'sequential'), components)
    const turns = course.filter((turn, at) => turn !== course[at - 1])
    const columns = ['draft', 'final', 'aside']
    expect([...turns].sort()).toEqual(
      [0, 1, 2].flatMap((group) => columns.map((c) => `group ${group} ${c}`)).sort(),
    )
    expect(turns.map((turn) => turn.slice(0, 7))).toEqual(
      [0, 0, 0, 1, 1, 1, 2, 2, 2].map((g) => `group ${g}`),
    )
    expect(turns.indexOf('group 0 draft')).toBeLessThan(turns.indexOf('group 0 final'))
    expect(Object.fromEntries(most)).toEqual({ draft: 3, final: 2, aside: 3 })
  })

  it('does not ask a later column for rows that an earlier one has cost', async () => {
    const { asked, components } = provider(1, new Set(['0/draft', '5/draft', '6/draft']))
    const { summary } = await create(threeColumns(), options('set', 'sequential'), components)
    expect(
      asked
        .filter((each) => columnOf(each) === 'final')
        .map(rowOf)
        .sort(),
    ).toEqual([1, 2, 3, 4, 7, 8, 9])
    expect(summary).toMatchObject({ rows_written: 7, rows_dropped: 3, rows_open: 0 })
  })

  it('goes on when every row of a group is lost', async () => {
    const { components } = provider(1, new Set([4, 5, 6, 7].map((row) => `${row}/draft`)))
    const settings = options('set', 'sequential')
    const runConfig = { ...settings.runConfig, disable_early_shutdown: true }
    const { summary } = await create(threeColumns(), { ...settings, runConfig }, components)
    expect(summary).toMatchObject({ rows_written: 6, rows_dropped: 4, rows_open: 0 })
  })

  it('refuses a directory with holes by name, changing no byte; the concurrent one fills them', async () => {
    const { path, asked: before } = await withHole()
    const bytes = everyByte(path)
    const refused = provider(0)
    const error = await failureOf(create(threeColumns(), options('set', 'sequential'), refused.components))
    expect(error.code).toBe('holes_in_sequential')
    expect(error.message).toContain('row group 0 missing')
    expect(error.facts).toMatchObject({ missing_groups: [0] })
    expect(error.nextStep).toContain('concurrent')
    expect(refused.asked).toEqual([])
    expect(everyByte(path)).toEqual(bytes)

    const rest = provider(0)
    const results = await create(threeColumns(), options('set', 'concurrent'), rest.components)
    expect(results.summary).toMatchObject({ rows_written: 10, rows_open: 0 })
    expect(new Set(keysOf([...before, ...rest.asked])).size).toBe(30)
  })

  it('has its name in run.json, and its numbers in the traces', async () => {
    const settings = options('set', 'sequential')
    const runConfig = { ...settings.runConfig, async_trace: true }
    const results = await create(threeColumns(), { ...settings, runConfig }, provider(3).components)
    expect(JSON.parse(readFileSync(join(results.path, '.rowsmith', 'run.json'), 'utf8')).engine).toBe(
      'sequential',
    )
    expect(results.taskTraces).toHaveLength(30)
  })
})

const keysOf = (asked: readonly Asked[]) => asked.map(({ key }) => key).sort()

/** A concurrent run that was stopped when every row group but the first was published. */
async function withHole(): Promise<{ path: string; asked: readonly Asked[] }> {
  const stop = new AbortController()
  const { asked, components } = scripted(async (each) => {
    if (rowOf(each) === 0) await new Promise((resolve) => stop.signal.addEventListener('abort', resolve))
    return answer(`<${each.prompt}>`)
  })
  const run = create(threeColumns(), { ...options('set', 'concurrent'), signal: stop.signal }, components)
  let published = 0
  for await (const event of run.events()) {
    if (event.type === 'group-published' && ++published === 2) stop.abort()
  }
  const error = await failureOf(run)
  return { path: (error.summary as { dataset_path: string }).dataset_path, asked }
}
