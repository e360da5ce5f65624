/**
 * What a run would ask for and what that would cost, told beforehand.
 *
 * Owns: what a run would do with the directory it finds, without doing it. The cells are counted by `pending-cells.ts`, and what each
 * takes is told by `forecast.ts`.
 * Never: takes a lock, writes a byte, asks a model, runs a function, a tool or a validator.
 * Rules:
 *   Y1. The decision is that of a run (`plan/decide.ts`), and a run that would be refused is refused with the same error.
 *   Y2. Tokens are told from answers to the same column: of this dataset, of those it takes answers from, of its preview. Without
 *       any, only limits are known: the bytes of the prompt's template, and `max_tokens`.
 */

import { join, resolve } from 'node:path'
import { closingAfter } from '../base/work/closing.ts'
import type { Column } from '../columns/column/column.ts'
import { allProviders } from '../config/files/providers.ts'
import { completeRunConfig } from '../config/files/run-config.ts'
import type { Config } from '../config/schema/schema.ts'
import type { Disk } from '../disk/disk.ts'
import { currentProcess } from '../disk/process-identity.ts'
import { wrapDiskError } from '../disk/storage-error.ts'
import { candidateNames, chooseCandidate } from '../plan/candidates.ts'
import { refusalError } from '../plan/decide.ts'
import { type PlanRange, planRanges, rowCount } from '../plan/row-groups.ts'
import { lastStart } from '../run/open/launch-settings.ts'
import { openRunSeed } from '../run/open/run-seed.ts'
import { withStoredSeed } from '../run/open/stored-seed.ts'
import { buildCompiledConfig, type CompiledConfig, requestOf } from '../run/prepare/compiled-config.ts'
import { requireConnectable } from '../run/prepare/connectable.ts'
import { openRunPersons } from '../run/prepare/persons.ts'
import type { DecisionKind } from '../run/report/summary.ts'
import {
  type CreateOptions,
  type ResolvedComponents,
  type ResolvedOptions,
  type RunComponents,
  resolveComponents,
  resolveOptions,
} from '../run/request/options.ts'
import { isOpen } from '../run/retry/retry.ts'
import { reusableColumns, sameColumns } from '../run/reuse/reusable-columns.ts'
import { type Inheritance, reusedDataset, reuseFrom, reuseSources } from '../run/reuse/reuse-from.ts'
import {
  answersNotStored,
  checkPostProcessing,
  configWithCode,
  type ResumeOptions,
  type RetryRunOptions,
  type RetryTarget,
  requirePrices,
  storedOptions,
} from '../run/start.ts'
import type { SeedDataset } from '../seed/dataset/dataset.ts'
import { type RunFile, readRunFile } from '../store/control/run-file.ts'
import { DatasetDirectory } from '../store/files/dataset-directory.ts'
import { contentsOf } from '../store/files/read-file.ts'
import { readCommitLogs } from '../store/logs/commits.ts'
import { runsOf } from '../store/logs/retries.ts'
import { readFacts } from '../store/reading/facts.ts'
import { type ColumnForecast, columnForecast, type Forecast, totalOf } from './forecast-summary.ts'
import { type Cells, type PendingColumn, pendingCells, type Source } from './pending-cells.ts'
import { StoredAnswers } from './stored-answers.ts'

/** What `start` would do. @throws RowsmithError as it would before its first byte */
export async function forecastCreate(
  config: Config,
  options: CreateOptions,
  components: RunComponents,
): Promise<Forecast> {
  return forecastConfigured(config, resolveOptions(options), resolveComponents(components), null)
}

/** What `resume` would do. @throws RowsmithError as it would before its first byte */
export async function forecastResume(
  directory: string,
  options: ResumeOptions,
  components: RunComponents,
): Promise<Forecast> {
  const resolved = resolveComponents(components)
  const stored = await lastStart(resolved.disk, directory, options)
  const requested = storedOptions(stored, options, options.numRecords ?? stored.target)
  const config = await configWithCode(stored, options.config, resolved.disk)
  return forecastConfigured(config, requested, resolved, null)
}

/** What `retry` would do. @throws RowsmithError as it would before its first byte */
export async function forecastRetry(
  directory: string,
  retry: RetryTarget,
  options: RetryRunOptions,
  components: RunComponents,
): Promise<Forecast> {
  const resolved = resolveComponents(components)
  const stored = await lastStart(resolved.disk, directory, options)
  const requested = storedOptions(stored, options, stored.planned)
  const config = await configWithCode(stored, options.config, resolved.disk)
  return forecastConfigured(config, requested, resolved, retry)
}

type Retrying = RetryTarget | null

async function forecastConfigured(
  requested: Config,
  options: ResolvedOptions,
  components: ResolvedComponents,
  retry: Retrying,
): Promise<Forecast> {
  const runConfig = completeRunConfig(options.runConfig)
  const providers = allProviders(options.providers)
  const { config, undropped } = await withStoredSeed(requested, options, components.disk)
  const changes = { ...options, undropped }
  const unseeded = buildCompiledConfig(config, runConfig, changes, providers)
  return closingAfter(async (closing) => {
    const persons = await openRunPersons(config, options, components)
    if (persons !== null) closing.defer(() => persons.close())
    const compile = (seed: SeedDataset | null) =>
      buildCompiledConfig(config, runConfig, changes, providers, seed, persons)
    const seed = await openRunSeed(config, options, components.disk, compile)
    if (seed !== null) closing.defer(() => seed.close())
    const isPlain = seed === null && persons === null
    const compiled = isPlain ? unseeded : compile(seed)
    const { env } = options
    const { disk, languageModels } = components
    await requireConnectable(compiled, { providers, env, disk, languageModels })
    const found = await forecastCompiled(compiled, options, components, retry)
    return { ...found, warnings: compiled.warnings }
  })
}

async function forecastCompiled(
  compiled: CompiledConfig,
  options: ResolvedOptions,
  components: ResolvedComponents,
  retry: Retrying,
): Promise<Omit<Forecast, 'warnings'>> {
  const { disk, clock } = components
  await checkPostProcessing(compiled)
  const outlook = await prepare(compiled, options, disk)
  const { directory, ranges, run, inheritance } = outlook
  const dataset = new DatasetDirectory(disk, directory)
  const columns = compiled.order.columns.filter(
    (column): column is PendingColumn => 'aliases' in column && column.aliases.length > 0,
  )
  const names = columns.map(({ name }) => name)
  const rows = rowCount(ranges)
  const isThere = outlook.decision !== 'fresh' && outlook.decision !== 'fresh_beside'
  const own = isThere ? await StoredAnswers.read(dataset, names, rows) : null
  const sources = await openSources(outlook, compiled, disk, names)
  const { from } = inheritance
  const runSeed = run?.run_seed ?? options.seed ?? from?.run.run_seed
  const today = run?.today ?? from?.run.today ?? new Date(clock.now()).toISOString().slice(0, 10)
  const retried = await cellsOf(retry, disk, directory, run, compiled.columns)
  const found = await pendingCells({
    directory: dataset,
    clock,
    compiled,
    columns,
    ranges,
    run,
    isThere,
    onlyRetries: retry !== null,
    own,
    sources,
    draw: runSeed === undefined ? null : { runSeed, today },
    retried,
  })
  if (found.rows > 0) requirePrices(compiled, options)
  const forecasts = found.columns.map((cells): ColumnForecast => columnForecast(compiled, cells))
  return {
    dataset_path: directory,
    decision: retry === null ? outlook.decision : 'retry',
    rows_planned: rows,
    rows_to_make: found.rows,
    reuse_sources: sources.filter(({ isReused }) => isReused).map((source) => source.directory),
    columns: forecasts,
    total: totalOf(forecasts),
  }
}

interface Outlook {
  /** A dataset made beside another one gets a folder whose name holds the time: this is the other one's. */
  readonly directory: string
  readonly decision: DecisionKind
  readonly ranges: readonly PlanRange[]
  /** Null for a dataset that is not there, or that another tool began. */
  readonly run: RunFile | null
  readonly inheritance: Inheritance
}

/** Decides as `openDataset` does. @throws RowsmithError of class refused, in_use, usage or storage */
async function prepare(compiled: CompiledConfig, options: ResolvedOptions, disk: Disk): Promise<Outlook> {
  const numRecords = options.numRecords
  const bufferSize = options.runConfig.buffer_size ?? null
  const { resume: mode, seed, acceptLoss } = options
  const request = requestOf(compiled, { mode, numRecords, bufferSize, seed, acceptLoss })
  const self = await currentProcess(disk)
  const reused = await reusedDataset(disk, options.reuse, compiled.rowsIdentity)
  const { artifactPath, datasetName } = options
  const place = (name: string): string => join(artifactPath, name)
  const found = options.orSibling
    ? await wrapDiskError('list', artifactPath, () => disk.list(artifactPath))
    : []
  const choice = await chooseCandidate(
    candidateNames(datasetName, found),
    (name) => readFacts(disk, place(name), { self }),
    request,
  )
  const { decision } = choice
  if (decision.kind === 'refuse') throw refusalError(decision.refusals)
  const directory = place(choice.name)
  const dataset = new DatasetDirectory(disk, directory)
  const isNew = decision.kind === 'fresh' || decision.kind === 'fresh_beside'
  const run = isNew ? null : (contentsOf(await readRunFile(dataset)) ?? null)
  const passedOver =
    decision.kind === 'fresh_beside' && choice.reuses !== null ? place(choice.reuses.name) : null
  // Paths of sources are relative to a dataset; beside this one they are the same.
  const target = decision.kind === 'fresh_beside' ? new DatasetDirectory(disk, `${directory}_new`) : dataset
  const inheritance =
    run === null
      ? await reuseFrom(target, {
          reuse: options.reuse,
          reused,
          passedOver,
          previewsIn: request.mode === 'never' ? null : artifactPath,
          identity: compiled.rowsIdentity,
          seed: options.seed,
        })
      : { from: null, sources: reuseSources(dataset.layout, reused === null ? [] : [reused], run) }
  const ranges = 'ranges' in decision ? decision.ranges : null
  return {
    directory,
    decision: decision.kind,
    ranges: ranges ?? planRanges(numRecords, compiled.runConfig.buffer_size),
    run,
    inheritance,
  }
}

/** The datasets whose answers are taken, nearest first, and one that only tells how long answers are. */
async function openSources(
  { directory, inheritance, run }: Outlook,
  { columns, rowsIdentity }: CompiledConfig,
  disk: Disk,
  names: readonly string[],
): Promise<Source[]> {
  const reused = (inheritance.sources.reuse_sources ?? []).map(({ path, rows }) => ({
    directory: resolve(directory, path),
    rows,
    isReused: true,
  }))
  const { from } = inheritance
  const others =
    from === null || reused.some((source) => source.directory === resolve(from.directory))
      ? []
      : [{ directory: resolve(from.directory), rows: rowCount(from.run.segments), isReused: false }]
  const sources: Source[] = []
  for (const source of [...reused, ...others]) {
    const dataset = new DatasetDirectory(disk, source.directory)
    // As in a run, one that is gone or damaged costs money, never the answer.
    const theirs = await readRunFile(dataset).then(contentsOf, () => undefined)
    if (theirs === undefined) continue
    const answers = await StoredAnswers.read(dataset, names, source.rows).catch(() => null)
    if (answers === null) continue
    const { document } = theirs.rows_identity
    const seed = run?.run_seed ?? from?.run.run_seed
    const fits = source.isReused && theirs.run_seed === seed
    sources.push({
      ...source,
      answers,
      reusable: fits ? reusableColumns(columns, rowsIdentity.document, document) : new Set(),
      same: sameColumns(columns, rowsIdentity.document, document),
    })
  }
  return sources
}

/** Cells that are asked for again: those of retries that are open, and those that this one would name. */
async function cellsOf(
  retry: Retrying,
  disk: Disk,
  directory: string,
  run: RunFile | null,
  columns: readonly Column[],
): Promise<Cells[]> {
  if (run === null) {
    if (retry !== null) throw answersNotStored(directory)
    return []
  }
  const dataset = new DatasetDirectory(disk, directory)
  const { retries } = await readCommitLogs(dataset)
  const open = retries.all.filter(({ number }) => !retries.done.has(number))
  if (retry === null || isOpen(retry, retries)) {
    return open.map(({ number, cells }) => ({ retry: number, cells }))
  }
  const { cells } = await retry.choose(dataset, run, columns)
  const runs = new Map([...cells].map(([column, rows]) => [column, runsOf(rows)]))
  return [
    ...open.map(({ number, cells }) => ({ retry: number, cells })),
    { retry: Number.POSITIVE_INFINITY, cells: runs },
  ]
}
