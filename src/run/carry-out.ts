/**
 * An opened dataset from where it stands to where it was asked to be, and what that amounted to.
 *
 * Owns: the life of the journal, the commits, the encoder and the models of one process, and the metadata summary.
 * Rules:
 *   C1. metadata.json is written at the start, after the first group of a process, then at most every ten seconds,
 *       and at the end. It is never needed to go on.
 *   C2. Everything that was opened is closed on every path; the first failure is the one that is told.
 *   C3. The lock is given back last.
 */
import { onAbort } from '../base/abort.ts'
import { errorCodes } from '../base/error-codes.ts'
import { asRowsmithError, RowsmithError } from '../base/errors.ts'
import { Journal } from '../journal/journal.ts'
import type { Endpoint, Models } from '../models/contract.ts'
import { groupCount, groupOf, type RowGroup, rowCount } from '../plan/row-groups.ts'
import { groupFileName } from '../store/layout.ts'
import { writeMetadata } from '../store/metadata.ts'
import { type Publication, Publisher } from '../store/publish.ts'
import { sweep } from '../store/sweep.ts'
import type { Blueprint } from './blueprint.ts'
import { Engine, type TaskTrace } from './engine.ts'
import type { EventStream } from './events.ts'
import type { KeptGroup } from './kept.ts'
import { addLedger, type Ledger, ledgerFromValue, ledgerToValue, sumLedger } from './ledger.ts'
import type { OpenDataset } from './open-dataset.ts'
import type { OpenGroup } from './open-group.ts'
import type { ResolvedComponents, ResolvedOptions } from './options.ts'
import { type Recovered, recover } from './recover.ts'
import { type SealSettings, sealGroup } from './seal-group.ts'
import { FailureTally, type Summary } from './summary.ts'

const metadataEveryMs = 10_000

export interface RunOutcome {
  readonly summary: Summary
  /** What stopped the run; null when it ended by itself, or was salvaged after an early shutdown. */
  readonly error: RowsmithError | null
  readonly earlyShutdown: boolean
  readonly taskTraces: readonly TaskTrace[]
  readonly firstNonRetryableError: RowsmithError | null
}

export interface CarryOut {
  readonly blueprint: Blueprint
  readonly dataset: OpenDataset
  readonly options: ResolvedOptions
  readonly components: ResolvedComponents
  readonly events: EventStream
  /** Connects the models; called only when cells are due. */
  readonly connect: () => Models
}

/** Never rejects: a run that stopped has an outcome too. Gives the lock back. */
export async function carryOut(work: CarryOut): Promise<RunOutcome> {
  const totals = new Totals(work)
  const { lock } = work.dataset
  let engine: Engine | undefined
  let error: RowsmithError | null = null
  try {
    const { disk } = work.components
    const recovered = await recover(disk, work.dataset.layout, work.dataset.run)
    await sweep(disk, work.dataset.layout, work.dataset.writer, lock.epoch)
    totals.start(recovered)
    await totals.writeMetadata()
    engine = await generate(work, recovered, totals, (begun) => {
      engine = begun
    })
  } catch (cause) {
    error = asRowsmithError(cause)
  }
  if (error === null || errorCodes[error.code].class !== 'storage') {
    await totals.writeMetadata().catch((cause: unknown) => {
      error ??= asRowsmithError(cause)
    })
  }
  await lock.release().catch((cause: unknown) => {
    error ??= asRowsmithError(cause)
  })
  return {
    summary: totals.summary(engine, error),
    error: work.blueprint.runConfig.salvage && error?.code === 'early_shutdown' ? null : error,
    earlyShutdown: engine?.earlyShutdown ?? false,
    taskTraces: engine?.taskTraces ?? [],
    firstNonRetryableError: engine?.firstNonRetryableError ?? null,
  }
}

/** Makes what is missing; returns without an engine when nothing is. */
async function generate(
  work: CarryOut,
  recovered: Recovered,
  totals: Totals,
  begun: (engine: Engine) => void,
): Promise<Engine | undefined> {
  const { blueprint, dataset, options, components, events } = work
  const { disk, clock } = components
  const { segments } = dataset.run
  const groups = groupCount(segments)
  if (recovered.published.size >= groups) return undefined
  await using closing = new AsyncDisposableStack()
  const models = work.connect()
  closing.defer(() => models.close())
  const epoch = dataset.lock.epoch
  const encoder = components.encoder()
  closing.defer(() => encoder.close())
  const publisher = await Publisher.open({ disk, layout: dataset.layout, epoch })
  // What was published is durable already: a failed end mark costs nothing.
  closing.defer(() => publisher.close().catch(() => {}))
  const journal = await Journal.create({
    disk,
    directory: dataset.layout.journal,
    epoch,
    name: dataset.writer.nonce,
    earlier: recovered.segments,
  })
  closing.defer(() => journal.close().catch(() => {}))
  const { runConfig } = blueprint
  const seal: SealSettings = {
    marks: {
      configHash: dataset.run.config_hash,
      rowsIdentity: dataset.run.rows_identity.hash,
      runSeed: dataset.run.run_seed,
    },
    columns: blueprint.columns.map(({ name }) => name),
    preserveDroppedColumns: dataset.run.preserve_dropped_columns,
  }
  const engine = new Engine({
    order: blueprint.order,
    runSeed: dataset.run.run_seed,
    groups: openGroups(recovered, dataset),
    kept: recovered.kept,
    models,
    journal,
    clock,
    emit: (event) => events.emit(event),
    watched: () => events.watched,
    rowsBefore: totals.rows(),
    openRowsMax: openRowsMax(blueprint, models),
    graceMs: options.graceMs,
    shutdown: {
      disabled: runConfig.disable_early_shutdown,
      errorRate: runConfig.shutdown_error_rate,
      window: runConfig.shutdown_error_window,
    },
    salvage: runConfig.salvage,
    traceTasks: runConfig.async_trace,
    publish: async (rows, kept) => {
      await dataset.lock.check()
      const commit = commitOf(rows, kept)
      const files = await sealGroup(encoder, seal, rows, kept)
      await publisher.publish({ ...commit, files })
      totals.published(commit)
      await totals.writeMetadataWhenDue()
    },
  })
  begun(engine)
  totals.open(recovered, engine)
  closing.defer(stopOn(options.signal, engine))
  closing.defer(stopOn(dataset.lockLost, engine))
  events.emit({
    type: 'started',
    rowsPlanned: rowCount(segments),
    rowsWritten: totals.rowsWritten,
    groupsTotal: groups,
    groupsReused: recovered.published.size,
    columns: blueprint.columns.map(({ name }) => name),
  })
  await engine.run()
  return engine
}

/** Open rows are bounded by what the buffer and the endpoints need (promise P7). */
function openRowsMax(blueprint: Blueprint, models: Models): number {
  const endpoints = new Set<Endpoint>()
  for (const column of blueprint.columns) {
    if (column.kind === 'asked') endpoints.add(models.endpoint(column.modelAlias))
  }
  const limits = [...endpoints].reduce((sum, { limit }) => sum + limit, 0)
  return Math.max(2 * blueprint.runConfig.buffer_size, 4 * limits)
}

function* openGroups(recovered: Recovered, dataset: OpenDataset): Generator<RowGroup> {
  const { segments } = dataset.run
  const groups = groupCount(segments)
  for (let group = 0; group < groups; group++) {
    if (!recovered.published.has(group)) yield groupOf(segments, group)
  }
}

function commitOf(rows: OpenGroup, kept: KeptGroup): Omit<Publication, 'files'> {
  return {
    group: rows.group,
    firstRow: rows.firstRow,
    plannedRows: rows.rowCount,
    rows: rows.rowCount - rows.rowsDropped,
    dropped: rows.verdicts().map(({ row, column, code }) => [row, column, code]),
    ledger: ledgerToValue(kept.ledger),
  }
}

/** Stops the run in good order when the signal fires. @returns what takes the listener away again */
function stopOn(signal: AbortSignal | null, engine: Engine): () => void {
  if (signal === null) return () => {}
  if (signal.aborted) engine.stop(abortedError(signal))
  return onAbort(signal, () => engine.stop(abortedError(signal)))
}

/** The error of a run that its user stopped. */
export function abortedError(signal: AbortSignal): RowsmithError {
  const reason: unknown = signal.reason
  if (RowsmithError.isInstance(reason)) return reason
  const by =
    typeof reason === 'object' && reason !== null && 'name' in reason && 'kind' in reason
      ? ` by ${reason.name}`
      : ''
  return new RowsmithError('aborted', `Stopped${by} before it was done`, { cause: reason })
}

/** What is known of the dataset as a whole, from its commits and this process. */
class Totals {
  readonly #work: CarryOut
  readonly #began: number
  readonly #failures = new FailureTally()
  readonly #ledger: Ledger = new Map()
  readonly #files = new Set<number>()
  #openLedgers: () => Iterable<Ledger> = () => []
  #reused = 0
  #rowsWritten = 0
  #rowsDropped = 0
  #metadataAt: number | undefined

  constructor(work: CarryOut) {
    this.#work = work
    this.#began = work.components.clock.monotonic()
  }

  get rowsWritten(): number {
    return this.#rowsWritten
  }

  start(recovered: Recovered): void {
    for (const commit of recovered.published.values()) this.#add(commit)
    this.#reused = this.#files.size
    const ledgers = [...recovered.kept.values()].map(({ ledger }) => ledger)
    this.#openLedgers = () => ledgers
  }

  /** From now on the engine knows the bills of open groups. */
  open(recovered: Recovered, engine: Engine): void {
    this.#openLedgers = () => [
      ...[...recovered.kept.values()].map(({ ledger }) => ledger),
      ...engine.openLedgers(),
    ]
  }

  published(commit: Omit<Publication, 'files'>): void {
    this.#add(commit)
  }

  #add(commit: Omit<Publication, 'files'>): void {
    this.#files.add(commit.group)
    this.#rowsWritten += commit.rows
    this.#rowsDropped += commit.dropped.length
    for (const [, column, code] of commit.dropped) this.#failures.add(column, code)
    addLedger(this.#ledger, ledgerFromValue(commit.ledger))
  }

  rows(): { done: number; dropped: number; planned: number } {
    return {
      done: this.#rowsWritten + this.#rowsDropped,
      dropped: this.#rowsDropped,
      planned: rowCount(this.#work.dataset.run.segments),
    }
  }

  async writeMetadataWhenDue(): Promise<void> {
    const now = this.#work.components.clock.monotonic()
    const first = this.#files.size === this.#reused + 1
    if (first || this.#metadataAt === undefined || now - this.#metadataAt >= metadataEveryMs)
      await this.writeMetadata()
  }

  async writeMetadata(): Promise<void> {
    const { run, layout, writer } = this.#work.dataset
    const first = run.segments[0]!
    this.#metadataAt = this.#work.components.clock.monotonic()
    const groups = [...this.#files].sort((a, b) => a - b)
    await writeMetadata(
      this.#work.components.disk,
      layout,
      {
        config_hash: run.config_hash,
        config_hash_algo: run.config_hash_algo,
        config_hash_version: run.config_hash_version,
        preserve_dropped_columns: run.preserve_dropped_columns,
        buffer_size: first.buffer_size,
        target_num_records: rowCount(run.segments),
        original_target_num_records: first.rows,
        actual_num_records: this.#rowsWritten,
        num_completed_batches: groups.length,
        total_num_batches: groupCount(run.segments),
        dataset_name: run.dataset_name,
        file_paths: { 'parquet-files': groups.map((group) => `parquet-files/${groupFileName(group)}`) },
      },
      writer,
    )
  }

  summary(engine: Engine | undefined, error: RowsmithError | null): Summary {
    const { dataset, components } = this.#work
    const { done, planned } = this.rows()
    const total: Ledger = new Map()
    addLedger(total, this.#ledger)
    for (const ledger of this.#openLedgers()) addLedger(total, ledger)
    const sum = sumLedger(total)
    const counts = engine?.counts
    return {
      dataset_path: dataset.layout.directory,
      decision: dataset.decision,
      rows_planned: planned,
      rows_written: this.#rowsWritten,
      rows_dropped: this.#rowsDropped,
      rows_open: planned - done,
      row_groups: {
        total: groupCount(dataset.run.segments),
        reused: this.#reused,
        generated: this.#files.size - this.#reused,
      },
      this_run: {
        requests_sent: counts?.requestsSent ?? 0,
        replies_replayed: counts?.repliesReplayed ?? 0,
        usage: { input_tokens: counts?.inputTokens ?? 0, output_tokens: counts?.outputTokens ?? 0 },
        seconds: Math.round(components.clock.monotonic() - this.#began) / 1000,
      },
      total: {
        requests: sum.requests,
        unknown: sum.unknown,
        usage: { input_tokens: sum.input_tokens, output_tokens: sum.output_tokens },
        cost: null,
      },
      replies_unused: engine?.repliesUnused ?? 0,
      failures: this.#failures.list(),
      resume_command: error === null && planned === done ? null : resumeCommand(dataset.layout.directory),
    }
  }
}

/** Can be pasted into a POSIX shell. */
export function resumeCommand(directory: string): string {
  const plain = /^[\w./-]+$/.test(directory) ? directory : `'${directory.replaceAll("'", `'\\''`)}'`
  return `rowsmith resume ${plain}`
}
