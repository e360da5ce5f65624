/** The limits of the interchange: for each, one case that runs into it, and what the user sees then. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Checks } from './checks.ts'
import { plain, type Wanted } from './configs.ts'
import { hashGroupFiles, metadataOf } from './dataset.ts'
import type { Tool, Tools } from './tools.ts'

export interface Limit {
  readonly name: string
  /** @param artifacts an empty folder of its own  @returns what the user sees, and whether it is what we say */
  readonly show: (tools: Tools, artifacts: string) => Promise<Shown>
}

interface Shown {
  readonly seen: readonly string[]
  readonly checks: Checks
}

export const limits: readonly Limit[] = [
  { name: 'stage started', show: (tools, artifacts) => refusesStage(tools, artifacts, 'started', 10) },
  {
    name: 'stage done, more rows',
    show: (tools, artifacts) => refusesStage(tools, artifacts, 'complete', 14),
  },
  {
    name: 'extended twice',
    show: (tools, artifacts) => extendsTwice(tools, artifacts, 'Rowsmith', 'Data Designer'),
  },
  { name: 'column type', show: refusesColumnType },
]

/** Data Designer marks a dataset its after-generation stage has touched; here the mark is set by hand. */
async function refusesStage(tools: Tools, artifacts: string, state: string, records: number): Promise<Shown> {
  const dataset = join(artifacts, 'dataset')
  const checks = new Checks()
  const ask = { artifacts, wanted: plain, records: 10, resume: 'never' } as const
  checks.equal('started', 'Data Designer begins', (await tools.make('Data Designer', ask)).error, null)
  const marked = { ...metadataOf(dataset), post_generation_state: state }
  writeFileSync(join(dataset, 'metadata.json'), JSON.stringify(marked))
  const before = hashGroupFiles(dataset)

  const own = await tools.make('Rowsmith', { ...ask, records, resume: 'always' })
  const theirs = await tools.make('Data Designer', { ...ask, records, resume: 'always' })
  const code = state === 'started' ? 'post_generation_started' : 'post_generation_complete'
  checks.equal('refused', 'the code Rowsmith refuses with', own.error?.split(':')[0], code)
  checks.equal('refused', 'Data Designer goes on', theirs.error === null, false)
  checks.equal('requests', 'requests sent', own.requests + theirs.requests, 0)
  checks.equal('bytes', 'row groups', hashGroupFiles(dataset), before)
  return { seen: [`Rowsmith: ${own.error}`, `Data Designer: ${theirs.error}`], checks }
}

/** 5, 7, 10 rows in groups of four, then 14: Data Designer knows where the first extension began, and no second one. */
async function extendsTwice(tools: Tools, artifacts: string, first: Tool, second: Tool): Promise<Shown> {
  const checks = new Checks()
  const ask = { artifacts, wanted: plain }
  for (const [index, records] of [5, 7, 10].entries()) {
    const made = await tools.make(first, { ...ask, records, resume: index === 0 ? 'never' : 'always' })
    checks.equal('started', `${first} makes ${records} rows`, made.error, null)
  }
  const before = hashGroupFiles(join(artifacts, 'dataset'))
  const made = await tools.make(second, { ...ask, records: 14, resume: 'always' })
  const after = hashGroupFiles(join(artifacts, 'dataset'))
  const unchanged = [...before].every(([path, hash]) => after.get(path) === hash)
  checks.equal('bytes', 'finished row groups stay', unchanged, true)
  checks.equal('rows', `rows ${second} makes of 14`, made.loaded?.rows, 11)
  const seen = `${second}: shall make 14 rows, has ${made.loaded?.rows}, and says ${made.error ?? 'nothing of it'}`
  return { seen: [seen], checks }
}

/** Column types that a plugin of Data Designer brings. */
async function refusesColumnType(tools: Tools, artifacts: string): Promise<Shown> {
  const checks = new Checks()
  const foreign = { name: 'score', column_type: 'plugin-score' }
  const wanted: Wanted = {
    ...plain,
    config: {
      data_designer: {
        ...plain.config.data_designer,
        columns: [...plain.config.data_designer.columns, foreign],
      },
    },
  }
  const own = await tools.make('Rowsmith', { artifacts, wanted, records: 10, resume: 'if_possible' })
  checks.equal('refused', 'the code Rowsmith refuses with', own.error?.split(':')[0], 'config_invalid')
  checks.equal('requests', 'requests sent', own.requests, 0)
  return { seen: [`Rowsmith: ${own.error}`], checks }
}
