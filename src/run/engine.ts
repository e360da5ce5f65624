/**
 * The engine: from the first open row group to the last published one.
 *
 * Owns:   which row groups are open, which cell is made next, when a group is published, how a run stops.
 * Never:  decides whether to resume, reads former journals, or knows what a column does inside.
 * Rules:
 *   N1. Groups open in plan order, as long as the open rows stay within `openRowsMax` (P7).
 *   N2. When several cells want the same model, the smallest row goes first: files appear early.
 *   N3. A group is sealed when every row has a fate and nothing is in flight for it; sealed groups are published one at a time.
 *   N4. To stop is: no new request, what is in flight may finish within the grace, sealed groups are published,
 *       everything else stays open for the next process. Causes of a stop are never verdicts on rows.
 *   N5. Nothing polls. Work is looked for when something changed: a cell ended, a slot came free, a group was published.
 *   N6. No slice of work keeps the event loop longer than about five milliseconds.
 *   N7. The sequential engine is this one with two more gates: a group opens when the one before it is published, and the
 *       cells of asked and checked columns wait for their column's turn (`column-turns.ts`). What is made, and how, is the same.
 *   N8. A resizing column replaces its group's rows at its turn. It needs the sequential engine. Stopped before it is done,
 *       the group stays open with the rows it had.
 *   N9. A cell that its column's rule skips is made at once when it is ready: nothing is asked, no turn is waited for.
 *       A rule that cannot tell skips, as in the reference, and the run says so once per column.
 *   N10. A grouped column is made once for its group, when all rows have come to it (`gathering.ts`).
 *  N10. A group that a retry opened, and in which a row came to a verdict that has to stay, is made once more: of what is
 *       kept, so that nothing is asked (`rounds.ts`, rule Q3).
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'
import { conform } from '../base/column-type.ts'
import { errorCodes } from '../base/error-codes.ts'
import { asRowsmithError, RowsmithError } from '../base/errors.ts'
import { Heap } from '../base/heap.ts'
import { columnRandom, type Random } from '../base/random.ts'
import { Slice } from '../base/slice.ts'
import { define, type Value, type ValueObject } from '../base/value.ts'
import type {
  AskedColumn,
  AskingCell,
  CheckedColumn,
  Column,
  ComputedColumn,
  GroupedColumn,
  Made,
  ResizingColumn,
} from '../columns/column.ts'
import type { TakesEffects } from '../journal/journal.ts'
import { type AdmissionSettings, Admissions, type AdmissionsWatcher } from '../models/admission/admissions.ts'
import type { Slots } from '../models/admission/slots.ts'
import type { Endpoint, Models } from '../models/contract.ts'
import type { Effect, EffectEnd, Gate } from '../models/effect.ts'
import type { RowGroup } from '../plan/row-groups.ts'
import type { Toolbox } from '../tools/toolbox.ts'
import type { Checks } from '../validate/checker.ts'
import type { Budget } from './budget.ts'
import { type AnswerCounts, noAnswers } from './column-answers.ts'
import { ColumnTurns } from './column-turns.ts'
import { EarlyShutdown, type ShutdownSettings } from './early-shutdown.ts'
import { asking, CellEffects } from './effects.ts'
import type { EffectCounts, EffectsHost } from './effects-host.ts'
import type { RunEvent } from './events.ts'
import { type EffectKey, formatFrame, type Verdict } from './frames.ts'
import { Gathering } from './gathering.ts'
import { emptyKeptGroup, type InheritedAnswer, type KeptGroup, unusedReplies, verdictsOf } from './kept.ts'
import type { Ledger } from './ledger.ts'
import { isFirst, mayHaveEffects } from './making-order.ts'
import { type MakingOrder, OpenGroup } from './open-group.ts'
import { resizedGroup } from './resized-group.ts'
import { SampledColumns } from './sampled-columns.ts'
import { unreachable } from './sending.ts'

const progressEveryMs = 200
/** What is known of a row that a salvaged run gives up. */
const notAttempted = { message: 'Not made before the early shutdown', attempts: 0 }

/** One cell as it was made by this process; kept only when asked for. */
export interface TaskTrace {
  readonly row: number
  readonly column: string
  readonly requests: number
  readonly startedMs: number
  readonly endedMs: number
  readonly outcome: 'made' | 'failed' | 'left open'
}

export interface EngineParts {
  readonly order: MakingOrder
  readonly runSeed: bigint
  /** The date that "today" means, `2026-08-07`. */
  readonly today: string
  /** The seed columns of consecutive rows, by name. */
  readonly seedColumns: (firstRow: number, rows: number) => Promise<ReadonlyMap<string, readonly Value[]>>
  /** Groups to make, in plan order. */
  readonly groups: Iterable<RowGroup>
  /** Groups that turn out to be open while the run goes on; made last. A failure stops the run. */
  readonly late: Promise<readonly RowGroup[]>
  /** What former processes left for groups that are still open. */
  readonly kept: Map<number, KeptGroup>
  /** Answers to cells of a group that other datasets hold. Never rejects for what is wrong with those. */
  readonly inherited: (group: RowGroup) => Promise<ReadonlyMap<EffectKey, InheritedAnswer>>
  readonly models: Models
  /** The tools of a tool alias. @default none has any */
  readonly toolbox?: EffectsHost['toolbox']
  /** Runs effects that are no request to a model. @default they run themselves */
  readonly perform?: EffectsHost['perform']
  readonly media: EffectsHost['media']
  /** Files that rows name, besides those they were made with. @throws RowsmithError media_unusable */
  readonly file: AskingCell['file']
  /** Checks code; closed by whoever made it. */
  readonly checks: Checks
  /** What may be spent on the dataset. */
  readonly budget: Budget
  readonly journal: TakesEffects
  /**
   * Publishes a sealed group: durable when it resolves.
   *
   * @returns what is kept of it, when it is to be made again instead (rule N10)
   */
  readonly publish: (group: OpenGroup, kept: KeptGroup) => Promise<KeptGroup | undefined>
  readonly clock: Clock
  readonly emit: (event: RunEvent) => void
  readonly watched: () => boolean
  /** Rows with a fate and rows dropped when this process began, for progress. */
  readonly rowsBefore: { readonly done: number; readonly dropped: number; readonly planned: number }
  readonly openRowsMax: number
  /** Batch after batch, column after column (rule N7). */
  readonly sequential: boolean
  readonly graceMs: number
  readonly admission: AdmissionSettings
  readonly attemptsMax: number
  readonly patienceMs: number
  readonly shutdown: ShutdownSettings
  /** After an early shutdown: rows without a fate are dropped as `not_attempted`, and their groups published. */
  readonly salvage: boolean
  readonly traceTasks: boolean
}

interface ReadyCell {
  readonly open: OpenRowGroup
  readonly row: number
  readonly position: number
}

interface OpenRowGroup {
  /** Another object once a column has replaced the rows. */
  rows: OpenGroup
  readonly kept: KeptGroup
  /** Per row of the group: the failure that is its verdict so far, and the requests it took. */
  readonly failures: Map<number, { readonly message: string; readonly attempts: number }>
  /** Cells being made, those of dropped rows included: their answers belong to this group's bill. */
  cellsInWork: number
  /** Set when columns are made one after the other. */
  readonly turns: ColumnTurns | undefined
  /** Columns that wait for all rows of the group. */
  readonly gathering: Gathering
  sealed: boolean
}

export class Engine implements EffectsHost {
  readonly clock: Clock
  readonly journal: TakesEffects
  readonly models: Models
  readonly budget: Budget
  readonly attemptsMax: number
  readonly patienceMs: number
  readonly media: EffectsHost['media']
  readonly ledger: Ledger = new Map()
  readonly counts: EffectCounts = {
    requestsSent: 0,
    inFlight: 0,
    repliesReplayed: 0,
    repliesReused: 0,
    inputTokens: 0,
    outputTokens: 0,
  }
  readonly taskTraces: TaskTrace[] = []
  repliesUnused = 0
  /** The first failure that cost a row, of this process. */
  firstNonRetryableError: RowsmithError | null = null

  readonly #parts: EngineParts
  readonly #groups: Iterator<RowGroup>
  readonly #sampled: SampledColumns
  /** Per column in making order: the random stream of a row. */
  readonly #randomOf: readonly ((row: number) => Random)[]
  /** The same for `skip.when`, where there is one. */
  readonly #skipRandomOf: readonly (((row: number) => Random) | undefined)[]
  /** Columns whose `skip.when` could not be evaluated for some row. */
  readonly #unclearSkips = new Set<string>()
  readonly #admissions: Admissions
  /** Models that are down, by name. */
  readonly #down = new Set<string>()
  /** Asked cells that wait to be begun, by what they wait for a slot of. */
  readonly #ready = new Map<Slots, Heap<ReadyCell>>()
  /** Cells that are begun, and have not come as far as to take a slot: they read files first. */
  readonly #unasked = new Map<Slots, number>()
  readonly #stopping = new AbortController()
  readonly #giveUp = new AbortController()
  readonly #earlyShutdown: EarlyShutdown
  readonly #graceOver = new AbortController()
  readonly #finished = Promise.withResolvers<void>()
  #next: RowGroup | undefined
  #late: RowGroup[] = []
  #lateKnown = false
  #opening = false
  #openRows = 0
  readonly #open = new Set<OpenRowGroup>()
  readonly #answers = new Map<string, AnswerCounts>()
  #cellsInWork = 0
  #publishing: Promise<void> = Promise.resolve()
  #groupsPublishing = 0
  #publishBroken = false
  #pumping = false
  #rowsPlanned: number
  #rowsDone: number
  #rowsDropped: number
  #progressAt = 0

  constructor(parts: EngineParts) {
    this.#parts = parts
    this.clock = parts.clock
    this.journal = parts.journal
    this.models = parts.models
    this.budget = parts.budget
    this.attemptsMax = parts.attemptsMax
    this.patienceMs = parts.patienceMs
    this.#admissions = new Admissions(parts.admission, parts.clock, this.#watcher())
    this.media = parts.media
    this.#groups = parts.groups[Symbol.iterator]()
    this.#next = this.#takeNext()
    this.#randomOf = parts.order.columns.map(({ name }) => columnRandom(parts.runSeed, name))
    this.#skipRandomOf = parts.order.columns.map(({ name, skip }) =>
      skip?.when ? columnRandom(parts.runSeed, `${name}\0skip.when`) : undefined,
    )
    this.#sampled = new SampledColumns(parts.order, parts.runSeed, parts.today)
    this.#earlyShutdown = new EarlyShutdown(parts.shutdown)
    this.#rowsPlanned = parts.rowsBefore.planned
    this.#rowsDone = parts.rowsBefore.done
    this.#rowsDropped = parts.rowsBefore.dropped
    parts.late
      .then(
        (groups) => {
          this.#late.push(...groups)
          for (const { rows } of groups) this.#rowsDone -= rows
        },
        (error: unknown) => this.stop(asRowsmithError(error)),
      )
      .finally(() => {
        this.#lateKnown = true
        this.#next ??= this.#takeNext()
        this.#pump()
      })
  }

  get stopping(): AbortSignal {
    return this.#stopping.signal
  }

  /** True when the run was stopped because its answers kept failing. */
  get earlyShutdown(): boolean {
    const reason: unknown = this.stopping.reason
    return RowsmithError.isInstance(reason) && reason.code === 'early_shutdown'
  }

  get giveUp(): AbortSignal {
    return this.#giveUp.signal
  }

  /**
   * Makes and publishes every group.
   *
   * @throws RowsmithError what stopped the run, once nothing is in flight any more
   */
  async run(): Promise<void> {
    this.#pump()
    return this.#finished.promise
  }

  emit(event: RunEvent): void {
    this.#parts.emit(event)
  }

  answersOf(column: string): AnswerCounts {
    let counts = this.#answers.get(column)
    if (counts === undefined) {
      counts = noAnswers()
      this.#answers.set(column, counts)
    }
    return counts
  }

  slots(endpoint: Endpoint): Slots {
    return this.#admissions.model(endpoint)
  }

  gate(gate: Gate): Slots {
    return this.#admissions.gate(gate)
  }

  toolbox(alias: string): Toolbox {
    const box = this.#parts.toolbox?.(alias)
    if (box !== undefined) return box
    throw new RowsmithError('internal', `A column has tools of "${alias}", and nobody opened them.`)
  }

  perform(effect: Effect, key: EffectKey, signal: AbortSignal): Promise<EffectEnd> {
    return this.#parts.perform?.(effect, key, signal) ?? effect.run(signal)
  }

  #watcher(): AdmissionsWatcher {
    return {
      free: () => this.#pump(),
      rateLimited: (model, waitMs) => this.emit({ type: 'rate-limited', model, waitMs }),
      down: (model, failure, { downMs, waitMs, probesFailed }) => {
        this.#down.add(model)
        const { code } = failure
        const until = this.patienceMs - downMs
        this.emit({ type: 'endpoint-down', model, code, downMs, waitMs, patienceMs: Math.max(0, until) })
        if (until > 0 || probesFailed < this.attemptsMax - 1) return
        this.stop(unreachable(model, failure, `nobody for ${Math.round(downMs / 1000)} s`))
      },
      back: (model, downMs) => {
        this.#down.delete(model)
        this.emit({ type: 'endpoint-back', model, downMs })
      },
    }
  }

  /** Ends the run (rule N4). The first cause counts. */
  stop(error: RowsmithError): void {
    if (this.stopping.aborted) return
    this.emit({ type: 'stopping', code: error.code, message: error.message, inFlight: this.counts.inFlight })
    this.#stopping.abort(error)
    const grace = errorCodes[error.code].class === 'storage' ? 0 : this.#parts.graceMs
    this.clock.sleep(grace, this.#graceOver.signal).then(
      () => this.#giveUp.abort(error),
      () => {},
    )
    this.#pump()
  }

  /** The bills of groups that are open. */
  *openLedgers(): Generator<readonly [group: number, Ledger]> {
    for (const { rows, kept } of this.#open) yield [rows.group, kept.ledger]
  }

  #takeNext(): RowGroup | undefined {
    const { done, value } = this.#groups.next()
    return done ? this.#late.shift() : value
  }

  /** Looks for work (rule N5). Safe to call at any time. */
  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    try {
      this.#progress()
      this.#openNext()
      if (!this.stopping.aborted) this.#dispatch()
      this.#finishIfDone()
    } finally {
      this.#pumping = false
    }
  }

  #openNext(): void {
    const next = this.#next
    if (next === undefined || this.#opening || this.stopping.aborted) return
    const { openRowsMax, sequential } = this.#parts
    if (sequential ? this.#open.size > 0 : this.#openRows > 0 && this.#openRows + next.rows > openRowsMax)
      return
    this.#next = this.#takeNext()
    this.#opening = true
    this.#openRows += next.rows
    this.#openGroup(next)
      .catch((error: unknown) => this.stop(asRowsmithError(error)))
      .finally(() => {
        this.#opening = false
        this.#pump()
      })
  }

  /** Opens a group: seed columns, sampled ones and what is computed from them alone are made here, column by column. */
  async #openGroup(group: RowGroup): Promise<void> {
    const { order } = this.#parts
    // First, because from here on the group's bill is either with the parts or with the open groups.
    const inherited = await this.#parts.inherited(group)
    const kept = this.#parts.kept.get(group.group) ?? emptyKeptGroup()
    this.#parts.kept.delete(group.group)
    kept.inherited = inherited
    const rows = new OpenGroup(group.group, group.firstRow, group.rows, order)
    const turns = this.#parts.sequential ? new ColumnTurns(order) : undefined
    const gathering = new Gathering(order.grouped)
    const failures: OpenRowGroup['failures'] = new Map()
    const open: OpenRowGroup = { rows, kept, failures, cellsInWork: 0, turns, gathering, sealed: false }
    this.#open.add(open)
    this.#honour(open, 0)
    const slice = new Slice(this.clock)
    const first = await this.#firstColumns(group, kept)
    const misdrawn = await this.#sampled.addTo(first, group, slice)
    const ready: ReadyCell[] = []
    for (const [position, column] of order.columns.entries()) {
      const given = first.get(column.name)
      const eager = position < order.eagerCount
      if (!eager && order.waits[position]!.length > 0) continue
      for (let row = 0; row < group.rows; row++) {
        if (slice.over()) await nextTurn()
        if (!eager) ready.push({ open, row, position })
        else if (column.kind === 'computed') this.#compute(open, row, position, column, ready)
        else if (given !== undefined) {
          const failed = misdrawn.get(row)
          if (failed?.position === position) this.#fail(open, row, position, failed.error, 0)
          else this.#put(open, row, position, given[row]!, ready)
        }
      }
    }
    this.#keepSampled(open)
    this.#follow(ready)
    for (let row = 0; row < group.rows; row++) this.#settle(open, row)
    this.#nextTurn(open)
    this.#sealIfDue(open)
  }

  /** Verdicts of a former process, from a column on: as far as their rows are counted as they are now. */
  #honour({ rows, kept }: OpenRowGroup, from: number): void {
    const { columns } = this.#parts.order
    const resizing = columns.findIndex(({ kind }, at) => at >= from && kind === 'resizing')
    for (const verdict of verdictsOf(kept)) {
      const at = Math.max(
        0,
        columns.findIndex(({ name }) => name === verdict.column),
      )
      if (at >= from && (resizing === -1 || at <= resizing)) rows.honour(verdict)
    }
  }

  /** What is not drawn here: columns that were kept (rule E5), and those of the seed. */
  async #firstColumns(group: RowGroup, kept: KeptGroup): Promise<Map<string, readonly Value[]>> {
    const given = new Map<string, readonly Value[]>()
    const missing: string[] = []
    for (const column of this.#parts.order.columns.filter(isFirst)) {
      const stored = storedColumn(kept, column.name, group.rows)
      if (stored !== undefined) given.set(column.name, stored)
      else if (column.kind === 'seed') missing.push(column.name)
    }
    if (missing.length > 0) {
      const seed = await this.#parts.seedColumns(group.firstRow, group.rows)
      for (const name of missing) given.set(name, seed.get(name)!)
    }
    return given
  }

  /** A group with effects keeps its sampled and seed columns in its first frame (rule E5). */
  #keepSampled(open: OpenRowGroup): void {
    const { columns } = this.#parts.order
    if (open.kept.sampled !== undefined || !columns.some(mayHaveEffects)) return
    const sampled: Record<string, Value> = {}
    for (const [position, column] of columns.entries()) {
      if (isFirst(column)) define(sampled, column.name, open.rows.values[position]!)
    }
    const text = formatFrame({ kind: 'group', group: open.rows.group, columns: sampled })
    open.kept.frames.push(text)
    this.#note(open, text)
  }

  #note(open: OpenRowGroup, text: string): void {
    this.journal.note(open.rows.group, text).catch((error: unknown) => this.stop(asRowsmithError(error)))
  }

  /** Cells that became ready: computed ones are made at once; others are begun, or wait for their turn. */
  #follow(ready: ReadyCell[]): void {
    for (let cell = ready.pop(); cell !== undefined; cell = ready.pop()) {
      const { open, row, position } = cell
      const column = this.#parts.order.columns[position]!
      if (position < this.#parts.order.eagerCount || !open.rows.wants(row, position)) continue
      if (column.kind === 'computed') this.#compute(open, row, position, column, ready)
      else if (column.kind === 'side') this.#skip(cell, ready)
      else if (column.kind === 'sampled' || column.kind === 'seed' || column.kind === 'resizing') continue
      else if (this.#skip(cell, ready)) open.gathering.pass(position)
      else if (open.turns !== undefined) open.turns.wait(row, position)
      else if (column.kind === 'grouped') open.gathering.come(row, position)
      else this.#begin(cell, column)
    }
  }

  /** Begins what is due: columns whose rows have all come, or the group's next column when those before it are done. */
  #nextTurn(open: OpenRowGroup): void {
    if (open.turns === undefined) {
      for (const { position, rows } of open.gathering.due(open.rows)) this.#makeAll(open, rows, position)
      return
    }
    const turn = open.turns.next(open.rows)
    if (turn === undefined) return
    const { position, rows } = turn
    const column = this.#parts.order.columns[position]!
    if (column.kind === 'resizing') void this.#resize(open, rows, position, column)
    if (column.kind === 'grouped') this.#makeAll(open, rows, position)
    if (column.kind !== 'asked' && column.kind !== 'checked') return
    for (const row of rows) this.#begin({ open, row, position }, column)
  }

  /** Makes rows of rows (rule N8). Never rejects. */
  async #resize(
    open: OpenRowGroup,
    rows: readonly number[],
    position: number,
    column: ResizingColumn,
  ): Promise<void> {
    this.#cellsInWork++
    open.cellsInWork++
    const made: ValueObject[] = []
    for (const batch of column.per === 'row' ? rows.map((row) => [row]) : [rows]) {
      if (this.stopping.aborted) break
      const random = this.#randomOf[position]!(open.rows.firstRow + batch[0]!)
      try {
        const views = batch.map((row) => open.rows.rowBefore(row, position))
        for (const row of await column.resize(views, random)) made.push(row)
      } catch (error) {
        for (const row of batch) {
          this.#fail(open, row, position, error, 0)
          this.#settle(open, row)
        }
      }
    }
    if (!this.stopping.aborted) {
      await this.#replaceRows(open, position, made).catch((error: unknown) =>
        this.stop(asRowsmithError(error)),
      )
    }
    this.#cellsInWork--
    open.cellsInWork--
    this.#nextTurn(open)
    this.#sealIfDue(open)
    this.#pump()
  }

  /** Gives the group the rows that a column made of its own, whole up to that column. */
  async #replaceRows(open: OpenRowGroup, position: number, made: readonly ValueObject[]): Promise<void> {
    const { columns, sources } = this.#parts.order
    const rows = resizedGroup(open.rows, made.length)
    const more = rows.rowCount - open.rows.rowCount
    this.#rowsPlanned += more
    this.#openRows += more
    open.rows = rows
    this.#honour(open, position + 1)
    open.failures.clear()
    open.turns?.resized()
    const slice = new Slice(this.clock)
    const ready: ReadyCell[] = []
    for (const [row, values] of made.entries()) {
      if (slice.over()) await nextTurn()
      for (const [at, { name }] of columns.entries()) {
        if (at <= position)
          this.#put(open, row, at, Object.hasOwn(values, name) ? values[name] : undefined, ready)
        else if (sources[at]!.length === 0) ready.push({ open, row, position: at })
      }
    }
    this.#follow(ready.filter((cell) => cell.position > position))
    for (let row = 0; row < made.length; row++) this.#settle(open, row)
  }

  /** Makes a computed cell, if its row still wants it. */
  #compute(
    open: OpenRowGroup,
    row: number,
    position: number,
    column: ComputedColumn,
    ready: ReadyCell[],
  ): void {
    if (!open.rows.wants(row, position) || this.#skip({ open, row, position }, ready)) return
    try {
      const random = this.#randomOf[position]!(open.rows.firstRow + row)
      this.#put(open, row, position, column.compute(open.rows.view(row, position), random), ready)
    } catch (error) {
      this.#fail(open, row, position, error, 0)
    }
  }

  /** Leaves a ready cell out if its column's rule says so (rule N9). @returns whether it did */
  #skip({ open, row, position }: ReadyCell, ready: ReadyCell[]): boolean {
    const column = this.#parts.order.columns[position]!
    if (column.skip === undefined) return false
    const skipped = open.rows.skippedAlong(row, position) || this.#skipsItself(open, row, position, column)
    if (skipped) this.#put(open, row, position, column.skip.value, ready, true)
    return skipped
  }

  #skipsItself(open: OpenRowGroup, row: number, position: number, { name, skip }: Column): boolean {
    const random = this.#skipRandomOf[position]
    if (skip?.when === undefined || skip.when === null || random === undefined) return false
    try {
      return skip.when(open.rows.view(row, position), random(open.rows.firstRow + row))
    } catch (error) {
      const { code, message } = asRowsmithError(error)
      if (errorCodes[code].class !== 'row') throw error
      if (!this.#unclearSkips.has(name)) {
        const warning = `Column "${name}": skip.when cannot be told for every row, so those are skipped: ${message}`
        this.emit({ type: 'warning', code: 'skip_unclear', message: warning })
      }
      this.#unclearSkips.add(name)
      return true
    }
  }

  #put(
    open: OpenRowGroup,
    row: number,
    position: number,
    value: Value | undefined,
    ready: ReadyCell[],
    isSkipped = false,
  ): void {
    const column = this.#parts.order.columns[position]!
    const fitting = value === undefined ? undefined : conform(column.type, value)
    if (fitting === undefined) {
      const error = new RowsmithError(
        'value_unfit',
        `A value of column "${column.name}" is not ${column.type.kind}`,
      )
      this.#fail(open, row, position, error, 0)
      return
    }
    for (const reader of open.rows.put(row, position, fitting, isSkipped))
      ready.push({ open, row, position: reader })
  }

  /** What came along with a cell goes into the columns made for that. */
  #putSides(open: OpenRowGroup, row: number, of: number, made: Made, ready: ReadyCell[]): void {
    const { columns, readers } = this.#parts.order
    for (const position of readers[of]!) {
      const side = columns[position]!
      if (side.kind !== 'side' || side.of !== columns[of]!.name) continue
      const value =
        made.sides !== undefined && Object.hasOwn(made.sides, side.name) ? made.sides[side.name] : null
      this.#put(open, row, position, value, ready)
    }
  }

  #begin(cell: ReadyCell, column: AskedColumn | CheckedColumn): void {
    if (column.kind === 'asked') this.#enqueue(cell, column)
    else void this.#check(cell, column)
  }

  /** Makes a cell that is checked elsewhere. Never rejects. */
  async #check({ open, row, position }: ReadyCell, column: CheckedColumn): Promise<void> {
    this.#cellsInWork++
    open.cellsInWork++
    try {
      const value = await column.check(open.rows.view(row, position), this.#parts.checks)
      const ready: ReadyCell[] = []
      this.#put(open, row, position, value, ready)
      this.#follow(ready)
    } catch (error) {
      this.#fail(open, row, position, error, 0)
    }
    this.#ended(open, [row])
  }

  #makeAll(open: OpenRowGroup, rows: readonly number[], position: number): void {
    const column = this.#parts.order.columns[position]!
    if (column.kind !== 'grouped' || rows.length === 0 || this.stopping.aborted) return
    void this.#makeRows(open, rows, position, column)
  }

  /** Makes a column for all rows that have come. Never rejects. */
  async #makeRows(
    open: OpenRowGroup,
    rows: readonly number[],
    position: number,
    column: GroupedColumn,
  ): Promise<void> {
    const { group, firstRow } = open.rows
    const effects = new CellEffects(this, open.kept, { group, row: firstRow, column: column.name })
    this.#cellsInWork++
    open.cellsInWork++
    try {
      const views = rows.map((row) => open.rows.view(row, position))
      const random = this.#randomOf[position]!(firstRow)
      const made = await column.makeAll({ ...asking(effects, column.aliases[0], random), rows: views })
      const ready: ReadyCell[] = []
      for (const [index, row] of rows.entries()) {
        this.#put(open, row, position, made[index]!.value, ready)
        this.#putSides(open, row, position, made[index]!, ready)
      }
      this.#follow(ready)
    } catch (error) {
      for (const row of rows) this.#fail(open, row, position, error, effects.requestsSent)
    }
    this.#ended(open, rows)
  }

  /** What follows when a cell has ended that was in work, or all cells of a grouped column. */
  #ended(open: OpenRowGroup, rows: readonly number[]): void {
    this.#cellsInWork--
    open.cellsInWork--
    for (const row of rows) this.#settle(open, row)
    open.turns?.ended()
    this.#nextTurn(open)
    this.#sealIfDue(open)
    this.#pump()
  }

  #enqueue(cell: ReadyCell, column: AskedColumn): void {
    const slots = this.#slotsOf(column)
    let queue = this.#ready.get(slots)
    if (queue === undefined) {
      queue = new Heap()
      this.#ready.set(slots, queue)
    }
    const row = cell.open.rows.firstRow + cell.row
    queue.push(row * this.#parts.order.columns.length + cell.position, cell)
  }

  /** What a column's cells wait for a slot of. */
  #slotsOf({ queue }: AskedColumn): Slots {
    return queue.kind === 'model' ? this.slots(this.models.endpoint(queue.alias)) : this.gate(queue.gate)
  }

  /** A file that a row names: one that is to be published with its group, else one that is there. */
  async #file(open: OpenRowGroup, path: string): Promise<Uint8Array> {
    const hash = open.rows.mediumAt(path)
    const own = hash === undefined ? undefined : await this.media.read(hash)
    return own ?? this.#parts.file(path)
  }

  /** Starts cells while their model has slots to spare (rule N2). */
  #dispatch(): void {
    const slice = new Slice(this.clock)
    for (const [slots, queue] of this.#ready) {
      while (queue.size > 0 && slots.free > (this.#unasked.get(slots) ?? 0)) {
        const cell = queue.pop()!
        if (cell.open.rows.wants(cell.row, cell.position)) void this.#make(cell)
        if (slice.over()) {
          setImmediate(() => this.#pump())
          return
        }
      }
    }
  }

  /** Makes an asked cell. Never rejects: every ending is noted where it belongs. */
  async #make({ open, row, position }: ReadyCell): Promise<void> {
    const column = this.#parts.order.columns[position] as AskedColumn
    const planned = open.rows.firstRow + row
    const slots = this.#slotsOf(column)
    let isUnasked = true
    const asked = (): void => {
      if (!isUnasked) return
      isUnasked = false
      this.#unasked.set(slots, this.#unasked.get(slots)! - 1)
      this.#pump()
    }
    this.#unasked.set(slots, (this.#unasked.get(slots) ?? 0) + 1)
    const at = { group: open.rows.group, row: planned, column: column.name }
    const effects = new CellEffects(this, open.kept, at, asked)
    const random = this.#randomOf[position]!(planned)
    const startedMs = this.#parts.traceTasks ? this.clock.now() : 0
    let outcome: TaskTrace['outcome'] = 'made'
    this.#cellsInWork++
    open.cellsInWork++
    try {
      const view = open.rows.view(row, position)
      const alias = column.queue.kind === 'model' ? column.queue.alias : undefined
      const made = await column.make({
        ...asking(effects, alias, random),
        row: view,
        index: planned,
        file: (path) => this.#file(open, path),
      })
      const ready: ReadyCell[] = []
      this.#put(open, row, position, made.value, ready)
      this.#putSides(open, row, position, made, ready)
      for (const medium of made.media ?? []) open.rows.addMedium(row, position, medium)
      this.#follow(ready)
      if (effects.requestsSent > 0) this.#judge(true)
    } catch (error) {
      outcome = this.#fail(open, row, position, error, effects.requestsSent) ? 'failed' : 'left open'
    }
    asked()
    if (this.#parts.traceTasks) {
      const endedMs = this.clock.now()
      this.taskTraces.push({
        row: planned,
        column: column.name,
        requests: effects.requestsSent,
        startedMs,
        endedMs,
        outcome,
      })
    }
    this.#ended(open, [row])
  }

  /** @returns true when it was a verdict on the row, false when the row stays open because the run stops */
  #fail(open: OpenRowGroup, row: number, position: number, error: unknown, requestsSent: number): boolean {
    // What ended a wait because the run stops is the run's failure, whatever its code (rule N4).
    if (this.stopping.aborted && error === this.stopping.reason) return false
    if (!RowsmithError.isInstance(error) || errorCodes[error.code].class !== 'row') {
      this.stop(asRowsmithError(error))
      return false
    }
    if (open.rows.wants(row, position)) {
      const column = this.#parts.order.columns[position]!
      open.rows.fail(row, position, { row: open.rows.firstRow + row, column: column.name, code: error.code })
      open.failures.set(row, { message: error.message, attempts: requestsSent })
      this.firstNonRetryableError ??= error
    }
    if (requestsSent > 0) this.#judge(false)
    return true
  }

  #judge(succeeded: boolean): void {
    const error = this.#earlyShutdown.judge(succeeded)
    if (error !== undefined) this.stop(error)
  }

  #settle(open: OpenRowGroup, row: number): void {
    const fate = open.rows.settle(row)
    if (fate === 'open') return
    this.#rowsDone++
    if (fate !== 'written') this.#drop(open, fate)
  }

  /** A final drop is a frame, honoured on resume (rule E4); it is told of once. */
  #drop(open: OpenRowGroup, verdict: Verdict): void {
    this.#rowsDropped++
    const { row, column, code } = verdict
    const { verdicts, rounds, frames } = open.kept
    const round = rounds.ofRow(row)
    if (verdicts.get(row)?.round === round) return
    const { message, attempts } = open.failures.get(row - open.rows.firstRow) ?? notAttempted
    const text = formatFrame({ kind: 'drop', group: open.rows.group, verdict, attempts, round, message })
    frames.push(text)
    this.#note(open, text)
    const type = rounds.mustStay(row) ? 'row-kept' : 'row-dropped'
    this.emit({ type, row, column, code, message })
  }

  #sealIfDue(open: OpenRowGroup): void {
    if (open.sealed || open.rows.rowsOpen > 0 || open.cellsInWork > 0) return
    open.sealed = true
    this.repliesUnused += unusedReplies(open.kept, (row) => open.rows.isDropped(row - open.rows.firstRow))
    this.#groupsPublishing++
    this.#publishing = this.#publishing.then(() => this.#publish(open))
  }

  /** One group at a time (rule N3). Never rejects. */
  async #publish(open: OpenRowGroup): Promise<void> {
    const { group, rowCount, rowsDropped } = open.rows
    try {
      if (this.#publishBroken) return
      const again = await this.#parts.publish(open.rows, open.kept)
      this.#open.delete(open)
      if (again !== undefined) {
        this.#makeAgain(open.rows, again)
        return
      }
      await this.journal.published(group)
      this.emit({ type: 'group-published', group, rows: rowCount - rowsDropped, dropped: rowsDropped })
    } catch (error) {
      this.#publishBroken = true
      this.stop(asRowsmithError(error))
    } finally {
      this.#groupsPublishing--
      this.#openRows -= rowCount
      this.#pump()
    }
  }

  #makeAgain({ group, firstRow, rowCount, rowsDropped }: OpenGroup, kept: KeptGroup): void {
    this.#parts.kept.set(group, kept)
    this.#late.push({ group, firstRow, rows: rowCount })
    this.#next ??= this.#takeNext()
    this.#rowsDone -= rowCount
    this.#rowsDropped -= rowsDropped
  }

  #finishIfDone(): void {
    if (this.#opening || this.#cellsInWork > 0 || this.#groupsPublishing > 0) return
    if (this.#salvageOpen()) return
    // Whoever stops a run that has nothing left to do finds it done.
    const done = this.#next === undefined && this.#lateKnown && this.#open.size === 0 && !this.#publishBroken
    if (done) this.#end(() => this.#finished.resolve())
    else if (this.stopping.aborted) this.#end(() => this.#finished.reject(this.stopping.reason))
  }

  /** @returns true when groups were sealed by it, so that there is something to wait for */
  #salvageOpen(): boolean {
    if (!this.#parts.salvage || !this.earlyShutdown || this.#publishBroken) return false
    const unsealed = [...this.#open].filter(({ sealed }) => !sealed)
    for (const open of unsealed) {
      for (let row = 0; row < open.rows.rowCount; row++) {
        open.rows.abandon(row, 'not_attempted')
        this.#settle(open, row)
      }
      this.#sealIfDue(open)
    }
    return unsealed.length > 0
  }

  #end(finish: () => void): void {
    this.#graceOver.abort()
    this.#admissions.close()
    this.#progress(true)
    finish()
  }

  #progress(last = false): void {
    if (!this.#parts.watched()) return
    const now = this.clock.monotonic()
    if (!last && now - this.#progressAt < progressEveryMs) return
    this.#progressAt = now
    this.emit({
      type: 'progress',
      rowsDone: this.#rowsDone,
      rowsPlanned: this.#rowsPlanned,
      rowsDropped: this.#rowsDropped,
      ...this.counts,
      waitingFor: [...this.#down],
    })
  }
}

function storedColumn(kept: KeptGroup, name: string, rowCount: number): readonly Value[] | undefined {
  const stored = kept.sampled?.[name]
  return Array.isArray(stored) && stored.length === rowCount ? stored : undefined
}
