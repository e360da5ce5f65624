/**
 * A typed dataset under test: the real engine, on a disk in memory, with models that answer what the test says.
 *
 * Never: sends anything over a network, writes a file, waits for a retry. Seeds are read from the real disk.
 */

import { runComponents } from '../../api/components.ts'
import { create } from '../../api/run.ts'
import { RowsmithError } from '../../base/errors/errors.ts'
import { type Clock, systemClock } from '../../base/work/clock.ts'
import { configFromCode } from '../../code/from-code.ts'
import type { RunConfig } from '../../config/files/run-config.ts'
import { rememberSource, sourceOf } from '../../config/reading/source.ts'
import type { Config } from '../../config/schema/schema.ts'
import type { RunEvent } from '../../run/report/events.ts'
import type { CreateOptions } from '../../run/request/options.ts'
import type { TypedDataset } from '../../typed/dataset.ts'
import { withTypedRows } from '../../typed/rows.ts'
import { SimulatedDisk } from '../disks/simulated-disk.ts'
import { inThread } from './in-thread.ts'
import { type Answers, type Otherwise, ScriptedModels, type TestRequest } from './scripted-models.ts'

/** Answers by column, left-out columns too. */
export type Script<Cells> = { readonly [C in keyof Cells & string]?: Answers<Cells[C], C> }

export interface TestOptions {
  readonly rows: number
  /** @default 1 */
  readonly seed?: number | undefined
  readonly runConfig?: Partial<RunConfig> | undefined
  /** Rows of a seed in memory. */
  readonly seedRows?: CreateOptions['seedRows']
}

export interface TestRun<Row> {
  readonly rows: readonly Row[]
  /** In the order in which they were sent. */
  readonly requests: readonly TestRequest[]
  readonly dropped: readonly {
    readonly row: number
    readonly column: string
    readonly code: string
    readonly message: string
  }[]
  /** The prompts of a column, in the order in which they were sent. */
  prompts(column: string): readonly string[]
}

/**
 * Makes a dataset with scripted answers.
 *
 *     const { rows } = await run(reviews, { rows: 2, answers: { review: ['Good.', 'Bad.'] } })
 *
 * @throws RowsmithError usage for a request that has no answer, with its prompt; what `create` throws
 */
export async function run<Row extends object, Cells>(
  dataset: TypedDataset<Row, Cells>,
  options: TestOptions & { readonly answers?: Script<Cells> | undefined },
): Promise<TestRun<Row>> {
  const { answers = {}, ...others } = options
  const { models, results, dropped } = await made(dataset, others, answers)
  const rows: Row[] = []
  for await (const row of withTypedRows(results, dataset).rows()) rows.push(row as Row)
  return {
    rows,
    requests: models.requests,
    dropped,
    prompts: (column) => models.requests.filter((each) => each.column === column).map(({ prompt }) => prompt),
  }
}

/**
 * The prompts that a dataset would send, as text for a snapshot. Sampled columns are drawn, and an answer stands as `‹column›`.
 *
 *     expect(await promptsOf(reviews)).toMatchSnapshot()
 */
export async function promptsOf(
  dataset: TypedDataset<unknown>,
  options: Partial<TestOptions> = {},
): Promise<string> {
  const { models, config } = await made(dataset, { rows: 2, ...options }, {}, placeholders)
  const order = config.columns.map(({ name }) => name)
  const sorted = models.requests.toSorted(
    (a, b) => a.row - b.row || order.indexOf(a.column) - order.indexOf(b.column) || a.attempt - b.attempt,
  )
  return sorted.map(shown).join('\n')
}

function shown({ row, column, model, system, prompt }: TestRequest): string {
  const lines = [`# row ${row}, ${column} (${model})`]
  if (system !== null) lines.push(`[system] ${system}`)
  lines.push(prompt, '')
  return lines.join('\n')
}

/** An answer of the simulator, whose texts name the column in place of saying anything. */
const placeholders: Otherwise = async ({ column }, simulated) => {
  const response = await simulated()
  if (!('body' in response)) return response
  const { choices } = JSON.parse(response.body) as { choices: { message: { content: string } }[] }
  const content = choices[0]?.message.content ?? ''
  const fenced = /```(?:\w+)?\n([\s\S]*?)\n```/.exec(content)?.[1] ?? content
  try {
    return placed(JSON.parse(fenced), column)
  } catch {
    return `‹${column}›`
  }
}

/** A value whose prose is a placeholder. The simulator writes prose as sentences; what a schema prescribes has no space and stop. */
function placed(value: unknown, path: string): unknown {
  if (typeof value === 'string') return /\s.*\.$/.test(value) ? `‹${path}›` : value
  if (Array.isArray(value)) return value.map((item, index) => placed(item, `${path}[${index}]`))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, placed(each, `${path}.${name}`)]),
  )
}

async function made(
  dataset: TypedDataset<unknown>,
  { rows, seed = 1, runConfig, seedRows }: TestOptions,
  answers: object,
  otherwise?: Otherwise,
) {
  const config = onSimulator(configFromCode(dataset, 'the dataset'))
  requireNoSql(config)
  const models = new ScriptedModels(config.columns, answers as Record<string, unknown>, otherwise)
  const running = create(
    config,
    {
      rows,
      seed,
      artifactPath: '/datasets',
      graceMs: neverMs,
      ...(runConfig === undefined ? {} : { runConfig }),
      ...(seedRows === undefined ? {} : { seedRows }),
    },
    runComponents({
      disk: new SimulatedDisk({ directories: ['/datasets'] }),
      transport: () => models.transport(),
      encoder: () => inThread,
      clock: hurried(),
      statistics: null,
    }),
  )
  const dropped = droppedRows(running.events())
  const results = await running
  return { config, models, results, dropped: await dropped }
}

async function droppedRows(events: AsyncIterable<RunEvent>): Promise<TestRun<unknown>['dropped']> {
  const found = []
  for await (const event of events) {
    if (event.type !== 'row-dropped') continue
    const { row, column, code, message } = event
    found.push({ row, column, code, message })
  }
  return found
}

/** DuckDB reads the machine's own disk, and no other. */
function requireNoSql({ processors }: Config): void {
  const sql = processors.find(({ processor_type: type }) => type === 'sql')
  if (sql === undefined) return
  throw new RowsmithError('usage', `The sql processor "${sql.name}" cannot be run on a disk in memory`, {
    facts: { processor: sql.name },
    nextStep: 'Test the dataset before the processor is added, or use create() with a folder for the test.',
  })
}

/** No key is needed and none is read: every model is one of the simulator, one request at a time, so that lists are used up in order. */
function onSimulator(config: Config): Config {
  const models = config.model_configs.map((model) => {
    const { inference_parameters: inference } = model
    return {
      ...model,
      provider: 'simulator',
      model: inference.generation_type === 'image' ? 'gpt-image-1' : model.model,
      inference_parameters: { ...inference, max_parallel_requests: 1 },
    }
  })
  return rememberSource({ ...config, model_configs: models }, sourceOf(config))
}

const neverMs = 1_000_000
const heartbeatMs = 5_000

/** A clock on which waiting for a model takes no time. A writer's heartbeat takes its own. */
function hurried(): Clock {
  let skippedMs = 0
  return {
    now: () => Date.now(),
    monotonic: () => performance.now() + skippedMs,
    sleep: (ms, signal) => {
      if (ms === heartbeatMs || ms === neverMs) return systemClock.sleep(ms, signal)
      skippedMs += ms
      return systemClock.sleep(0, signal)
    },
  }
}
