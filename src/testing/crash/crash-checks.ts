/**
 * What is looked at when a process was killed, and when a dataset is finished. The rules are those of `crash-part.ts`; what does not
 * hold is reported in sentences.
 */
import { nodeDisk } from '../../disk/node-disk.ts'
import type { Summary } from '../../run/report/summary.ts'
import type { Simulator } from '../../simulate/server/server.ts'
import { columnOf, differentFiles, rowOf } from './compare.ts'
import type { CrashLimits } from './crash-job.ts'
import { type CrashScene, type CrashStep, crashPrice } from './crash-scenes.ts'
import {
  brokenFiles,
  everyFile,
  type PublishedGroup,
  publishedGroups,
  rawFolder,
  storedAnswers,
} from './independent-reader.ts'

/** Of each model. */
export const inFlightMax = 8

/** In flight, answered and being synced, waiting for the next sync: each at most as many as may be in flight of all models. */
function onTheWay({ models }: Dataset): number {
  return 3 * inFlightMax * models
}

export interface Dataset {
  readonly name: string
  readonly scene: CrashScene
  readonly seed: string | null
  /** How many models the config has. */
  readonly models: number
  /** How often a key had been requested when its answer was found on the disk. */
  readonly promised: Map<string, number>
  /** What the simulator had given when the dataset began. */
  readonly before: Meter
  /** The dataset whose answers are taken. */
  readonly source: Source | null
  step: CrashStep
  limits: CrashLimits
  /** Requests that were in flight at a kill: a budget counts them at their most. */
  unknown: number
  /** Kills that count: with a request in flight. */
  kills: number
  postProcessingKills: number
}

/** Another dataset, finished. */
interface Source {
  readonly path: string
  /** Every file of it. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** By the key of each answer it holds: how often the server had been called. */
  readonly requests: ReadonlyMap<string, number>
}

/** What the server counts by itself. */
export interface Meter {
  readonly requests: number
  readonly answered: number
  readonly tokens: number
  readonly cost: number
}

type RequestCounts = Readonly<Record<string, number>>

export function meterOf(simulator: Simulator): Meter {
  const { requests, answered, prompt_tokens: input, completion_tokens: output } = simulator.stats()
  const cost = (input * crashPrice.input + output * crashPrice.output) / 1e6 + answered * crashPrice.request
  return { requests, answered, tokens: input + output, cost }
}

export function since(before: Meter, now: Meter): Meter {
  return {
    requests: now.requests - before.requests,
    answered: now.answered - before.answered,
    tokens: now.tokens - before.tokens,
    cost: now.cost - before.cost,
  }
}

/** Rules K1 to K3, K9. What is found stored is promised from now on. */
export async function killViolations(
  simulator: Simulator,
  dataset: Dataset,
  directory: string,
  before: { readonly answeredBefore: number; readonly storedBefore: number },
): Promise<string[]> {
  const violations = (await brokenFiles(nodeDisk, directory)).map(
    (file) => `P3: not whole under its final name: ${file}`,
  )
  const stored = await storedAnswers(nodeDisk, directory)
  const { answered, effects } = simulator.stats()
  const lost = answered - before.answeredBefore - (stored.size - before.storedBefore)
  if (lost > onTheWay(dataset)) {
    violations.push(
      `P1: ${lost} answers were given and are not on the disk; at most ${onTheWay(dataset)} can be on their way`,
    )
  }
  for (const key of dataset.promised.keys()) {
    if (!stored.has(key)) violations.push(`P1: an answer that was on the disk is missing: ${key}`)
  }
  violations.push(...requestedAgain(dataset, effects))
  for (const key of stored.keys()) {
    if (!dataset.promised.has(key)) dataset.promised.set(key, effects[key] ?? 0)
  }
  return violations
}

/** Rules K3 and, as far as the server can show, K9. */
export function requestedAgain({ promised, source }: Dataset, effects: RequestCounts): string[] {
  const more = (requests: ReadonlyMap<string, number>): string[] =>
    [...requests].flatMap(([key, times]) => ((effects[key] ?? 0) > times ? [key] : []))
  return [
    ...more(promised).map((key) => `P1: an answer on the disk was requested again: ${key}`),
    ...more(source?.requests ?? new Map()).map(
      (key) => `K9: an answer that the other dataset holds was requested: ${key}`,
    ),
  ]
}

/** The rest of rule K9. */
export async function sourceViolations({ source }: Dataset): Promise<string[]> {
  if (source === null) return []
  const differences = differentFiles(source.files, await everyFile(nodeDisk, source.path))
  return differences.map((difference) => `K9: of the other dataset, ${difference}`)
}

/** Rule K10. */
export function limitViolations(simulator: Simulator, { before, limits }: Dataset): string[] {
  const { requests, tokens, cost } = since(before, meterOf(simulator))
  const spent = [
    ['requests', requests, limits.maxRequests],
    ['tokens', tokens, limits.maxTokens],
    ['units of money', cost, limits.maxCost],
  ] as const
  return spent.flatMap(([what, used, limit]) =>
    limit === null || used <= limit
      ? []
      : [`K10: the server's meter says ${used} ${what} within a budget of ${limit}`],
  )
}

/** Rule K7. */
export function accountingViolations(simulator: Simulator, dataset: Dataset, { total }: Summary): string[] {
  const violations: string[] = []
  const seen = since(dataset.before, meterOf(simulator))
  const unrecorded = seen.requests - total.requests
  if (
    unrecorded < -total.unknown ||
    unrecorded > (dataset.scene.volatile ? dataset.kills * onTheWay(dataset) : 0)
  ) {
    violations.push(
      `P8: the accounting says ${total.requests} requests (${total.unknown} unknown), the server saw ${seen.requests}`,
    )
  }
  const accounted = total.usage.input_tokens + total.usage.output_tokens
  const metered = seen.tokens
  const lost = seen.answered - total.models.reduce((sum, { replies }) => sum + replies, 0)
  const explained = total.unknown + Math.max(0, unrecorded)
  if (lost < 0 || lost > explained || accounted > metered || (lost === 0 && accounted !== metered)) {
    violations.push(
      `P8: the accounting says ${accounted} tokens, the server's meter ${metered}; ${lost} answers are not on it, ${explained} requests have no outcome`,
    )
  }
  return violations
}

/** Rule K5. Of several answers for a cell the last is its value, so one of them is enough. */
export async function serialViolations(
  dataset: Dataset,
  directory: string,
  groups: readonly PublishedGroup[],
): Promise<string[]> {
  const dropped = new Set(groups.flatMap((group) => [...group.droppedRows]).map(String))
  const written = new Set<string>()
  const raw = await rawFolder(nodeDisk, directory)
  const sidecars = 'dropped-columns-parquet-files'
  for (const folder of [raw, raw === 'parquet-files' ? sidecars : `${raw}/${sidecars}`]) {
    for (const { rows } of await publishedGroups(nodeDisk, directory, folder)) {
      const text = JSON.stringify(rows, (_, value: unknown) =>
        typeof value === 'bigint' ? Number(value) : value,
      )
      for (const [serial] of text.matchAll(/#S\d+/g)) written.add(serial)
    }
  }
  const cells = new Map<string, string[]>()
  for (const [key, body] of await storedAnswers(nodeDisk, directory)) {
    const serial = /#S\d+/.exec(body)?.[0]
    if (serial === undefined || dropped.has(rowOf(key))) continue
    // Of a row that was requested again, the answers that count may have come after the last kill.
    const retried = Number(rowOf(key)) < (dataset.step.retryRows ?? 0)
    if (!retried && !dataset.promised.has(key)) continue
    const cell = `${rowOf(key)}/${columnOf(key)}`
    cells.set(cell, [...(cells.get(cell) ?? []), serial])
  }
  return [...cells].flatMap(([cell, serials]) =>
    serials.some((serial) => written.has(serial))
      ? []
      : [`P1: what was requested for row and column ${cell} (${serials.join(', ')}) is not in the data`],
  )
}
