/**
 * What a run would request and what that would cost, estimated beforehand.
 *
 * Owns: what a run would do with the directory it finds, without doing it. The cells are counted by `pending-cells.ts`, and what each
 * takes, `forecast.ts` estimates.
 * Never: takes a lock, writes a byte, calls a model, runs a function, a tool or a validator.
 * Rules:
 *   Y1. The decision is that of a run (`plan/decide.ts`), and a run that would be refused is refused with the same error.
 *   Y2. Tokens are estimated from answers to the same column: of this dataset, of those it takes answers from, of its preview. Without
 *       any, only limits are known: the bytes of the prompt's template, and `max_tokens`.
 */

import { join, resolve } from 'node:path'
import { RowsmithError } from '../base/errors/errors.ts'
import { closingAfter } from '../base/work/closing.ts'
import { refusalError } from '../plan/decide.ts'
import { type PlanRange, planRanges, rowCount } from '../plan/row-groups.ts'
import { choose, inheritance, lookAround } from '../run/open/choose.ts'
import { answersNotStored, type PreparedRun, prepareRun, type RunTarget } from '../run/open/prepare-run.ts'
import type { CompiledConfig } from '../run/prepare/compiled-config.ts'
import { requireConnectable } from '../run/prepare/connectable.ts'
import { requirePrices } from '../run/prepare/connections.ts'
import type { DecisionKind } from '../run/report/summary.ts'
import type { RunIntent } from '../run/request/intent.ts'
import { type CreateOptions, type RunComponents, resolveComponents } from '../run/request/options.ts'
import { reusableColumns, sameColumns } from '../run/reuse/reusable-columns.ts'
import { type Inheritance, reuseSources } from '../run/reuse/reuse-from.ts'
import type { RunFile } from '../store/control/run-file.ts'
import { DatasetDirectory } from '../store/files/dataset-directory.ts'
import { runsOf } from '../store/logs/retries.ts'
import type { DatasetView, DatasetViews } from '../store/view/dataset-view.ts'
import { type ColumnForecast, columnForecast, type Forecast, totalOf } from './forecast-summary.ts'
import { type Cells, type PendingColumn, pendingCells, type Source } from './pending-cells.ts'
import { StoredAnswers } from './stored-answers.ts'

/** What a command would do. @throws RowsmithError as it would before its first byte */
export async function forecastRun(
  target: RunTarget,
  options: CreateOptions,
  components: RunComponents,
): Promise<Forecast> {
  const { forecast } = await planRun(target, options, components)
  if (forecast === null) throw new RowsmithError('internal', 'A config has no forecast.')
  return forecast
}

/** What a command would do, and the config it would do it with. */
export interface PlannedRun {
  readonly compiled: CompiledConfig
  /** Null for one that is known. */
  readonly forecast: Forecast | null
}

/**
 * @param isKnown of a config's rows: whether the caller knows what they would take, as of a dataset that it is writing
 * @throws RowsmithError as `forecastRun`
 */
export function planRun(
  target: RunTarget,
  options: CreateOptions,
  components: RunComponents,
  isKnown: (identity: string) => boolean = () => false,
): Promise<PlannedRun> {
  return closingAfter(async (closing) => {
    const run = await prepareRun(target, options, resolveComponents(components), () => {}, closing)
    if (isKnown(run.compiled.rowsIdentity.hash)) return { compiled: run.compiled, forecast: null }
    const { disk, languageModels } = run.components
    const { env } = run.options
    await requireConnectable(run.compiled, { providers: run.providers, env, disk, languageModels })
    const { compiled } = run
    return { compiled, forecast: { ...(await forecastPrepared(run)), warnings: compiled.warnings } }
  })
}

async function forecastPrepared(prepared: PreparedRun): Promise<Omit<Forecast, 'warnings'>> {
  const { intent, compiled, options, components } = prepared
  const { views, clock } = components
  const outlook = await decided(prepared)
  const { directory, ranges, run, reused } = outlook
  const view = views.at(directory)
  const columns = compiled.order.columns.filter(
    (column): column is PendingColumn => 'aliases' in column && column.aliases.length > 0,
  )
  const names = columns.map(({ name }) => name)
  const rows = rowCount(ranges)
  const isThere = outlook.decision !== 'fresh' && outlook.decision !== 'fresh_beside'
  const own = isThere ? await StoredAnswers.read(view, names, rows) : null
  const sources = await openSources(outlook, compiled, views, names)
  const { from } = reused
  const runSeed = run?.run_seed ?? options.seed ?? from?.run.run_seed
  const today = run?.today ?? from?.run.today ?? new Date(clock.now()).toISOString().slice(0, 10)
  const retried = await cellsOf(intent, view, run)
  const found = await pendingCells({
    view,
    clock,
    compiled,
    columns,
    ranges,
    run,
    isThere,
    onlyRetries: intent.kind === 'retry',
    own,
    sources,
    draw: runSeed === undefined ? null : { runSeed, today },
    retried,
  })
  if (found.rows > 0) requirePrices(compiled, options)
  const forecasts = found.columns.map(
    (cells): ColumnForecast => columnForecast(compiled, cells, options.batches),
  )
  return {
    dataset_path: directory,
    decision: intent.kind === 'retry' ? 'retry' : outlook.decision,
    rows_planned: rows,
    rows_to_make: found.rows,
    reuse_sources: sources.filter(({ isReused }) => isReused).map((source) => source.directory),
    columns: forecasts,
    total: totalOf(forecasts),
  }
}

interface Decided {
  /** A dataset made next to another one gets a folder whose name holds the time: this is the other one's. */
  readonly directory: string
  readonly decision: DecisionKind
  readonly ranges: readonly PlanRange[]
  /** Null for a dataset that is not there, or that another tool began. */
  readonly run: RunFile | null
  readonly reused: Inheritance
}

/** Decides as `openDataset` does. @throws RowsmithError of class refused, in_use, usage or storage */
async function decided(prepared: PreparedRun): Promise<Decided> {
  const { compiled, options, components } = prepared
  const outlook = await lookAround(prepared)
  const { decision, name, reuses: reused } = await choose(outlook)
  if (decision.kind === 'refuse') throw refusalError(decision.refusals)
  const place = (folder: string): string => join(options.artifactPath, folder)
  const directory = place(name)
  const view = components.views.at(directory)
  const isNew = decision.kind === 'fresh' || decision.kind === 'fresh_beside'
  const run = isNew ? null : ((await view.plannedRun()) ?? null)
  const isSibling = decision.kind === 'fresh_beside'
  const passedOver = isSibling && reused !== null ? place(reused.name) : null
  // Paths of sources are relative to a dataset; next to this one they are the same.
  const target = isSibling ? new DatasetDirectory(components.disk, `${directory}_new`) : view.directory
  const named = outlook.reused === null ? [] : [outlook.reused]
  return {
    directory,
    decision: decision.kind,
    ranges:
      'ranges' in decision ? decision.ranges : planRanges(options.numRecords, compiled.runConfig.buffer_size),
    run,
    reused:
      run === null
        ? await inheritance(outlook, target, passedOver)
        : { from: null, sources: reuseSources(view.directory.path, named, run) },
  }
}

/** The datasets whose answers are taken, nearest first, and one that only shows how long answers are. */
async function openSources(
  { directory, reused, run }: Decided,
  { columns, rowsIdentity }: CompiledConfig,
  views: DatasetViews,
  names: readonly string[],
): Promise<Source[]> {
  const taken = (reused.sources.reuse_sources ?? []).map(({ path, rows }) => ({
    directory: resolve(directory, path),
    rows,
    isReused: true,
  }))
  const { from } = reused
  const others =
    from === null || taken.some((source) => source.directory === resolve(from.directory))
      ? []
      : [{ directory: resolve(from.directory), rows: rowCount(from.run.segments), isReused: false }]
  const sources: Source[] = []
  for (const source of [...taken, ...others]) {
    const view = views.at(source.directory)
    // As in a run, one that is missing or damaged costs money, never the answer.
    const theirs = await view.plannedRun().catch(() => undefined)
    if (theirs === undefined) continue
    const answers = await StoredAnswers.read(view, names, source.rows).catch(() => null)
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

/** Cells that are requested again: those of retries that are open, and those that this one would name. */
async function cellsOf(intent: RunIntent, view: DatasetView, run: RunFile | null): Promise<Cells[]> {
  if (run === null) {
    if (intent.kind === 'retry') throw answersNotStored(view.directory.path)
    return []
  }
  const { retries } = await view.logs()
  const open = retries.all
    .filter(({ number }) => !retries.done.has(number))
    .map(({ number, cells }) => ({ retry: number, cells }))
  if (intent.kind !== 'retry' || intent.cells === null) return open
  const runs = new Map([...intent.cells.cells].map(([column, rows]) => [column, runsOf(rows)]))
  return [...open, { retry: Number.POSITIVE_INFINITY, cells: runs }]
}
