/**
 * A small run by batches on the modelled disk, its process stopped at every operation of the protocol, once or twice in a row.
 *
 * Every call to the provider stands between two frames, so a stop right before a frame is one right after the call before it. What must hold:
 *   1. The run can be finished, and its files are those of single requests.
 *   2. No request is charged twice, but for those that the bill calls unknown.
 *   3. The bill has every answer that was charged.
 */
import { keyedRandom } from '../../../src/base/numbers/random.ts'
import { toValue } from '../../../src/base/values/value.ts'
import { scenarioFromValue } from '../../../src/config/files/scenario.ts'
import { configFromValue } from '../../../src/config/form/load.ts'
import { create, RowsmithError, type Summary, type Transport } from '../../../src/index.ts'
import { simulatorTransport } from '../../../src/simulate/server/transport.ts'
import { differentFiles } from '../../../src/testing/crash/compare.ts'
import { dataFiles } from '../../../src/testing/crash/independent-reader.ts'
import { inThread } from '../../../src/testing/datasets/in-thread.ts'
import { over } from '../../../src/testing/disks/over.ts'
import { changesDisk, type SimulatedDisk } from '../../../src/testing/disks/simulated-disk.ts'
import { asProcess } from '../../../src/testing/disks/simulated-process.ts'
import { smallDirectory, smallDisk } from '../small/small-run.ts'

type SimulatorTransport = ReturnType<typeof simulatorTransport>

/** `repeated create`: HTTP sends it twice. `create recorded late`: its frame comes after the call. `results by position`: whatever their ids say. */
type BatchBug = 'repeated create' | 'create recorded late' | 'results by position'

export interface BatchSweepOptions {
  readonly vendor?: 'openai' | 'anthropic' | 'gemini'
  /** Processes that are stopped one after the other. @default 1 */
  readonly crashes?: 1 | 2
  /** @default all of one crash */
  readonly cases?: number
  readonly seed?: number
  /** Processes are stopped at operations like this. @default any from the first batch on */
  readonly at?: RegExp
  /** Of the simulator. */
  readonly batches?: object
  readonly bug?: BatchBug
  readonly isTimeUp?: () => boolean
}

const config = configFromValue(
  toValue({
    model_configs: [{ alias: 'writer', provider: 'far', model: 'm' }],
    columns: [
      { name: 'topic', column_type: 'sampler', sampler_type: 'uuid', params: {} },
      { name: 'sketch', column_type: 'llm-text', model_alias: 'writer', prompt: 'Sketch {{ topic }}.' },
      { name: 'text', column_type: 'llm-text', model_alias: 'writer', prompt: 'Finish this: {{ sketch }}' },
    ],
  }),
  'the run by batches',
)

const rows = 4

const paths = { openai: '/v1', anthropic: '', gemini: '/v1beta' }

/** One provider, whoever asks. */
function providerOf({ batches = {} }: BatchSweepOptions): SimulatorTransport {
  return simulatorTransport({ words: 5, scenario: scenarioFromValue(toValue({ batches })) })
}

type Ending = Summary | RowsmithError

async function process(
  disk: SimulatedDisk,
  provider: SimulatorTransport,
  start: number,
  { vendor = 'openai', bug }: BatchSweepOptions,
  noBatch = false,
): Promise<Ending> {
  const inference = {
    mode: 'batch',
    window: '24h',
    max_wait: null,
    min_requests: 1,
    remainder: 'sync',
    poll: 0.001,
    workspace: 'exclusive',
  } as const
  const provides = {
    name: 'far',
    endpoint: `http://far.invalid${paths[vendor]}`,
    provider_type: vendor,
    api_key: null,
    extra_body: null,
    extra_headers: null,
  }
  const died = new AbortController()
  // Else it would wait for its provider until it looks at its lock: for twenty seconds.
  const isAlive = (): boolean => {
    if (disk.stopped !== undefined) died.abort()
    return disk.stopped === undefined
  }
  try {
    const { summary } = await create(
      config,
      {
        signal: died.signal,
        ...{
          numRecords: rows,
          datasetName: 'set',
          artifactPath: '/out',
          waitForLockMs: 0,
          graceMs: 0,
          batches: !noBatch,
        },
        runConfig: { buffer_size: 2, inference: { writer: inference } },
        providers: [provides],
      },
      {
        disk: asProcess(bug === 'create recorded late' ? recordedLate(disk) : disk, start),
        transport: () => wire(provider, isAlive, bug),
        encoder: () => inThread,
        statistics: null,
        drawSeed: () => 7n,
      },
    )
    return summary
  } catch (error) {
    if (RowsmithError.isInstance(error)) return error
    throw error
  }
}

/** A dead process asks nobody, and hears nothing. */
function wire(provider: SimulatorTransport, alive: () => boolean, bug: BatchBug | undefined): Transport {
  const closed = { broken: 'closed', detail: 'ECONNRESET' } as const
  return {
    post: async (...given) => {
      if (!alive()) return closed
      const answer = await provider.post(...given)
      return alive() ? answer : closed
    },
    exchange: async (request, signal, timeoutMs) => {
      if (!alive()) return closed
      const { pathname } = new URL(request.url)
      const isCreate = request.method === 'POST' && /(\/batches|:batchGenerateContent)$/.test(pathname)
      if (isCreate && bug === 'repeated create') await provider.exchange!(request, signal, timeoutMs)
      const answer = await provider.exchange!(request, signal, timeoutMs)
      if (bug === 'results by position' && 'body' in answer && /\/content$/.test(pathname)) {
        return { ...answer, body: byPosition(answer.body) }
      }
      return alive() ? answer : closed
    },
    close: async () => {},
  }
}

/** Results get the ids in the order in which they were asked for. */
function byPosition(body: string): string {
  const lines = body.trim().split('\n')
  const ids = lines.map((line) => /"custom_id":"([^"]*)"/.exec(line)?.[1] ?? '').reverse()
  return lines.map((line, at) => line.replace(/"custom_id":"[^"]*"/, `"custom_id":"${ids[at]}"`)).join('\n')
}

/** That a create is about to be sent is written together with what became of it. */
function recordedLate(disk: SimulatedDisk) {
  return over(disk, {
    create: async (path) => {
      const file = await disk.create(path)
      if (!/\/commits-/.test(path)) return file
      let held: Uint8Array[] = []
      return {
        append: async (bytes) => {
          const isCreating = Buffer.from(bytes).includes('"kind":"batch_creating"')
          held.push(bytes.slice())
          if (isCreating) return
          const all = Buffer.concat(held)
          held = []
          await file.append(all)
        },
        sync: () => (held.length > 0 ? Promise.resolve() : file.sync()),
        close: () => file.close(),
      }
    },
  })
}

/** Tries stops of the processes of a run. @returns how many cases, and what did not hold, in sentences */
export async function sweepBatches(
  options: BatchSweepOptions = {},
): Promise<{ readonly cases: number; readonly violations: readonly string[] }> {
  const { crashes = 1, cases = Number.POSITIVE_INFINITY, seed = 0, at: like = /^/, isTimeUp } = options
  const alone = smallDisk()
  await process(alone, providerOf({}), 1, { vendor: options.vendor ?? 'openai' }, true)
  const expected = await dataFiles(alone, smallDirectory)
  const rehearsed = smallDisk()
  await process(rehearsed, providerOf(options), 1, options)
  const first = rehearsed.operations.findIndex(({ site }) => /batches/.test(site))
  const sites = rehearsed.operations.filter(
    ({ name, number, site }) => changesDisk(name) && number > first && like.test(site),
  )
  const stops = sites.flatMap(({ number, site }) =>
    (['stop-before', 'stop-after'] as const).flatMap((when) =>
      [false, true].map((isPowerLoss) => ({ number, site, when, isPowerLoss })),
    ),
  )
  const random = keyedRandom(BigInt(seed), 'batches', 0)
  const order = stops.map((stop) => ({ stop, at: random.below(1 << 30) })).sort((a, b) => a.at - b.at)
  const violations: string[] = []
  let count = 0
  for (const { stop } of order) {
    if (count >= cases || isTimeUp?.() === true) break
    count++
    const provider = providerOf(options)
    const reported: string[] = []
    let disk = smallDisk()
    for (let crash = 0; crash < crashes; crash++) {
      const { number, when, site, isPowerLoss } = crash === 0 ? stop : stops[random.below(stops.length)]!
      const at = crash === 0 ? number : 1 + random.below(number)
      const before = disk.afterKill({
        interrupt: (operation) => (operation.number === at ? when : undefined),
      })
      await process(before, provider, 1 + crash, options)
      reported.push(`${when} ${at} (${site})${isPowerLoss ? ', power lost' : ''}`)
      disk =
        before.stopped !== undefined && isPowerLoss ? before.afterPowerLoss(() => 'lost') : before.afterKill()
    }
    const ended = await process(disk, provider, 9, options)
    for (const violation of await broken(disk, provider, ended, expected))
      violations.push(`${reported.join('; ')}: ${violation}`)
  }
  return { cases: count, violations }
}

async function broken(
  disk: SimulatedDisk,
  provider: SimulatorTransport,
  ended: Ending,
  expected: ReadonlyMap<string, Uint8Array>,
): Promise<string[]> {
  if (RowsmithError.isInstance(ended))
    return [`the run could not be finished: ${ended.code}: ${ended.message}`]
  const violations = differentFiles(expected, await dataFiles(disk, smallDirectory))
  const charged = Object.values(provider.stats().batches.custom_ids).map(([, times]) => times)
  const all = charged.reduce((sum, times) => sum + times, 0)
  const twice = charged.reduce((sum, times) => sum + Math.max(0, times - 1), 0)
  const { unknown, models } = ended.total
  const replies = models.reduce((sum, model) => sum + model.replies, 0)
  if (ended.rows_open > 0) violations.push(`${ended.rows_open} rows are open`)
  if (twice > unknown)
    violations.push(`${twice} requests were charged twice, and the bill calls ${unknown} unknown`)
  if (all > replies + unknown)
    violations.push(`${all} answers were charged, and the bill has ${replies} and ${unknown} unknown`)
  return violations
}
