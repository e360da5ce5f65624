/**
 * The run that fault sweeps visit: two row groups of three rows, two model columns of which one reads the other and
 * is kept while the other is dropped from the dataset, a processor with files of its own, and one row that the provider refuses. Small, and yet every
 * kind of file is there.
 */
import { RowsmithError } from '../../../src/base/errors/errors.ts'
import { toValue, type Value, type ValueObject } from '../../../src/base/values/value.ts'
import { type Clock, systemClock } from '../../../src/base/work/clock.ts'
import type { RunConfig } from '../../../src/config/files/run-config.ts'
import { configFromValue } from '../../../src/config/form/load.ts'
import type { Config } from '../../../src/config/schema/schema.ts'
import {
  type Components,
  create,
  type Results,
  type RowsFunction,
  type Run,
  retry,
} from '../../../src/index.ts'
import type { Summary } from '../../../src/run/report/summary.ts'
import { inThread } from '../../../src/testing/datasets/in-thread.ts'
import { type ModelDiskOptions, SimulatedDisk } from '../../../src/testing/disks/simulated-disk.ts'
import { asProcess } from '../../../src/testing/disks/simulated-process.ts'
import type { InjectedBug } from '../bugs/injected-bugs.ts'
import { ProviderBook } from './provider-book.ts'
import { withFunctions } from './small-functions.ts'
import { withPictures } from './small-pictures.ts'
import { withTools } from './small-tools.ts'

/** Where the dataset of a small run lies. */
export const smallDirectory = '/out/set'
export const smallRows = 6

const smallValue = toValue({
  model_configs: [
    {
      alias: 'writer',
      provider: 'simulator',
      model: 'simulated',
      inference_parameters: { max_parallel_requests: 3 },
    },
  ],
  columns: [
    {
      name: 'topic',
      column_type: 'sampler',
      sampler_type: 'category',
      params: { values: ['tea', 'rain', 'iron', 'paper'] },
    },
    {
      name: 'sketch',
      column_type: 'llm-text',
      model_alias: 'writer',
      prompt: 'Sketch {{ topic }}.',
      drop: true,
    },
    { name: 'text', column_type: 'llm-text', model_alias: 'writer', prompt: 'Finish this: {{ sketch }}' },
  ],
  processors: [
    {
      name: 'chat',
      processor_type: 'schema_transform',
      template: {
        messages: [
          { role: 'user', content: '{{ sketch }}' },
          { role: 'assistant', content: '{{ text }}' },
        ],
      },
    },
  ],
}) as ValueObject

export const smallConfig = configFromValue(smallValue, 'the small run')

/**
 * The small run with a stage: a function that leaves one row out and copies another. No SQL: DuckDB reads the machine's disk, not
 * the modelled one.
 */
const postProcessedConfig = configFromValue(
  {
    ...smallValue,
    processors: [
      ...(smallValue.processors as Value[]),
      { name: 'select', processor_type: 'function', new_columns: { length: 'int' } },
    ],
  },
  'the small run with a stage',
)

/** What `select` does. */
const smallFunctions: Readonly<Record<string, RowsFunction>> = {
  select: async function* (rows) {
    let number = 0
    for await (const row of rows) {
      const reported = { ...row, length: BigInt(String(row.text).length) }
      if (number !== 1) yield reported
      if (number === 2) yield reported
      number++
    }
  },
}

/** Effect keys that cannot be asked before the value of this column is there, by the column it is. */
export const smallChain = { later: 'text', earlier: 'sketch' }

/** A provider that refuses one row, until a retry asks; or none. */
export function smallProvider(refuses: 'one' | 'none' = 'one'): ProviderBook {
  return new ProviderBook((key) => refuses === 'one' && /^4\/text\/[^/]+\/\d+$/.test(key))
}

export function smallDisk(options: ModelDiskOptions = {}): SimulatedDisk {
  return new SimulatedDisk({ ...options, directories: ['/out', ...(options.directories ?? [])] })
}

export type Outcome =
  | { readonly kind: 'done'; readonly summary: Summary }
  | { readonly kind: 'failed'; readonly error: RowsmithError }
  /** Neither within `hungMs`. */
  | { readonly kind: 'hung' }

/** Which engine a small run is made by. */
export type EngineName = RunConfig['engine']

/**
 * What a process is asked to do. `retry` asks for failed cells again, and when there are none, for the dataset as it is;
 * `resume and retry` goes on first; `within budget first` goes
 * on as far as `maxRequests` lets it, then to the end; `two shards` are two workers at once, one for each half of the dataset, and both may take what the other left;
 * `shut down first` goes on until the broken provider stops it early, has that mended, and
 * goes on to the end.
 */
type SmallCommand =
  | 'create'
  | 'two shards'
  | 'retry'
  | 'resume and retry'
  | 'within budget first'
  | 'shut down first'

/** Of a dataset that takes answers from another one. */
export const smallSource = 'first'
export const sourceDirectory = `/out/${smallSource}`

const hungMs = 20_000

/** A modelled process, and what it is asked to do. */
export interface SmallProcess {
  readonly start: number
  readonly seed: bigint
  /** Of the machine. @default that of every modelled process */
  readonly boot?: string
  readonly rows?: number
  readonly engine?: EngineName | undefined
  readonly command?: SmallCommand
  /** @default 'set' */
  readonly name?: string
  /** Takes answers from the dataset `first`. @default false */
  readonly reuse?: boolean
  readonly maxRequests?: number | undefined
  readonly injectBug?: InjectedBug | undefined
  /** @default the system's */
  readonly clock?: Clock
  /** After how long it counts as hung; one that is held up on purpose needs longer. @default 20 s */
  readonly hungMs?: number
  /** Told of every warning. */
  readonly onWarning?: ((message: string) => void) | undefined
  /** @default false */
  readonly acceptLoss?: boolean
  /** Whether the config has a stage. @default false */
  readonly staged?: boolean
  /** What makes cells besides models that write: it is written down by the provider. @default nothing */
  readonly world?: 'tools' | 'functions' | 'pictures'
}

/**
 * One modelled process that makes the small dataset or goes on with it. Never rejects.
 *
 * @param process its start tells it from others; `seed` is what it would draw; `rows` (six when not said) is what it is
 *   asked for; `engine` is the concurrent one when not said
 */
export async function smallRun(
  disk: SimulatedDisk,
  provider: ProviderBook,
  process: SmallProcess,
): Promise<Outcome> {
  const wrapped = process.injectBug?.wrap(disk) ?? disk
  const given = new AbortController()
  const alive = (): boolean => disk.stopped === undefined
  const call = (what: string, given: object) => provider.call(what, given, alive)
  const config =
    process.world &&
    { tools: withTools, functions: withFunctions, pictures: withPictures }[process.world](smallValue, call)
  const run = begin(
    process,
    config ?? (process.staged ? postProcessedConfig : smallConfig),
    {
      disk: asProcess(wrapped, process.start, process.boot),
      transport: () => provider.transport(alive),
      drawSeed: () => process.seed,
      encoder: () => inThread,
      ...(process.clock === undefined ? {} : { clock: process.clock }),
    },
    provider,
  ).then(
    ({ summary }): Outcome => ({ kind: 'done', summary }),
    (error: unknown): Outcome => ({
      kind: 'failed',
      error: RowsmithError.isInstance(error)
        ? error
        : new RowsmithError('internal', `Not a RowsmithError: ${String(error)}`, { cause: error }),
    }),
  )
  const hung = systemClock.sleep(process.hungMs ?? hungMs, given.signal).then(
    (): Outcome => ({ kind: 'hung' }),
    (): Outcome => ({ kind: 'hung' }),
  )
  const outcome = await Promise.race([run, hung])
  given.abort()
  return outcome
}

/** Whoever waits for another process looks again at once. */
function hasty(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: (ms, signal) => clock.sleep(ms <= 1_000 ? 1 : ms, signal),
  }
}

async function tellWarnings(run: Run, tell: (message: string) => void): Promise<void> {
  for await (const event of run.events()) if (event.type === 'warning') tell(event.message)
}

async function begin(
  process: SmallProcess,
  config: Config,
  components: Components,
  provider: ProviderBook,
): Promise<Results> {
  const { command = 'create', name = 'set', maxRequests } = process
  const scheduler = process.engine ?? 'concurrent'
  const shutdown = command === 'shut down first' ? { shutdown_error_window: 2, shutdown_error_rate: 1 } : {}
  const { acceptLoss = false } = process
  const runConfig = { buffer_size: 3, engine: scheduler, ...shutdown }
  const common = { acceptLoss, waitForLockMs: 0, graceMs: 0, runConfig }
  const functions = process.staged ? { processors: smallFunctions } : {}
  const make = (limit?: number, shard?: string): Promise<Results> => {
    provider.limit = limit ?? null
    const run = create(
      config,
      {
        ...common,
        ...(shard === undefined ? {} : { shard, waitForLockMs: 5_000 }),
        ...functions,
        numRecords: process.rows ?? smallRows,
        datasetName: name,
        artifactPath: '/out',
        ...(process.reuse ? { reuse: { directory: sourceDirectory } } : {}),
        ...(limit === undefined ? {} : { maxRequests: limit }),
      },
      shard === undefined ? components : { ...components, clock: hasty(components.clock ?? systemClock) },
    )
    if (process.onWarning !== undefined) void tellWarnings(run, process.onWarning)
    return run
  }
  if (command === 'create') return make(maxRequests)
  if (command === 'two shards') {
    const ends = await Promise.allSettled([make(undefined, '0/2'), make(undefined, '1/2')])
    // What a single process began, a single process finishes: after a stop at the very start of such a run, as the refusal says.
    if (ends.some(isBegunAlone)) return make()
    for (const end of ends) if (end.status === 'rejected') throw end.reason
    const results = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
    const last = results.find(({ summary }) => summary.rows_open === 0)
    if (last === undefined) throw new RowsmithError('internal', 'Both shards ended, and rows are missing.')
    return last
  }
  if (command === 'within budget first') {
    try {
      return await make(maxRequests)
    } catch (error) {
      if (!RowsmithError.isInstance(error) || error.code !== 'budget_reached') throw error
      return make()
    }
  }
  if (command === 'shut down first') {
    try {
      return await make()
    } catch (error) {
      if (!RowsmithError.isInstance(error) || error.code !== 'early_shutdown') throw error
      provider.isBroken = false
      return make()
    }
  }
  if (command === 'resume and retry') await make()
  try {
    // Longer answers are other requests: whoever goes on has to know of them.
    return await retry(`/out/${name}`, { ...common, ...functions, answerTokens: 64 }, components)
  } catch (error) {
    if (RowsmithError.isInstance(error) && error.code === 'nothing_to_retry') return make()
    throw error
  }
}

function isBegunAlone(end: PromiseSettledResult<unknown>): boolean {
  return (
    end.status === 'rejected' && RowsmithError.isInstance(end.reason) && end.reason.code === 'shards_differ'
  )
}
