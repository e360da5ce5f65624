/**
 * What a run looks like while it is on, written to stderr.
 *
 * On a terminal one line is drawn over and over, and whatever else is worth saying scrolls above it. Elsewhere
 * (a log file, CI) the same line is written every few seconds.
 */

import { present } from '../../base/errors/present.ts'
import type { RunEvent } from '../../index.ts'
import { formatDuration } from '../options/durations.ts'
import { writeErr } from '../output/output.ts'
import { counted, formatAmount } from '../text/amounts.ts'
import { seedLines } from '../text/seed-lines.ts'
import { eraseLines, style } from '../text/style.ts'
import { displayWidth, fitting, inLine, onOneLine } from '../text/terminal-text.ts'
import { widthOf } from '../text/width.ts'

type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>
type ProgressEvent = EventOf<'progress'>

export interface ProgressOptions {
  /** Nothing but warnings. */
  readonly quiet: boolean
  /** Also each row group, retry, and dropped row after the first. */
  readonly verbose: boolean
  readonly tty: boolean
  /** Terminal cells per line, read each time: windows change. */
  readonly columns: () => number
  /** Milliseconds on a clock that never jumps. */
  readonly monotonic: () => number
  readonly write: (text: string) => void
}

/** Between two lines where there is no terminal. */
const lineEveryMs = 2000
/** The rate is that of the rows done lately, so an ETA follows an endpoint that slows down. */
const rateWindowMs = 30_000
/** A limit that is met all the time is reported now and then. */
const rateLimitedEveryMs = 10_000

/** The real options: stderr and the machine's clock. */
export function stderrProgress(options: { quiet: boolean; verbose: boolean }): ProgressOptions {
  return {
    ...options,
    tty: process.stderr.isTTY === true,
    columns: () => widthOf(process.stderr, 80),
    monotonic: () => performance.now(),
    write: writeErr,
  }
}

/** What shows a run while it is on. */
export interface RunView {
  show(event: RunEvent): void
  close(): void
}

export class ProgressView implements RunView {
  readonly #options: ProgressOptions
  readonly #samples: { at: number; rows: number }[] = []
  #line = ''
  #last: ProgressEvent | undefined
  #writtenAt: number
  #rateLimitedAt = Number.NEGATIVE_INFINITY
  #dropShown = false

  constructor(options: ProgressOptions) {
    this.#options = options
    this.#writtenAt = options.monotonic()
  }

  /** Whether a limit was reported just now. */
  #isFrequent(): boolean {
    const now = this.#options.monotonic()
    if (!this.#options.verbose && now - this.#rateLimitedAt < rateLimitedEveryMs) return true
    this.#rateLimitedAt = now
    return false
  }

  show(event: RunEvent): void {
    const { quiet, verbose } = this.#options
    if (event.type === 'warning') this.#print(`${style('yellow', 'warning:')} ${event.message}`)
    if (quiet) return
    switch (event.type) {
      case 'progress':
        this.#progress(event)
        return
      case 'rate-limited':
      case 'held-back':
        if (!this.#isFrequent()) this.#print(limited(event))
        return
      case 'group-published':
      case 'row-kept':
      case 'retry':
        if (verbose) this.#print(detail(event))
        return
      case 'batch':
      case 'batches':
        this.#print(batchLine(event))
        return
      case 'row-dropped':
        this.#rowDropped(event)
        return
      case 'stage':
        if (event.state !== 'writing' || verbose) this.#print(postProcessingLine(event))
        return
      case 'seed':
        for (const line of seedLines(event.seed)) this.#print(line)
        return
      case 'warning':
      case 'finished':
      case 'cell':
        return
      default:
        this.#print(step(event))
    }
  }

  /** One shows what is wrong; -v shows them all, the summary counts them. */
  #rowDropped(event: EventOf<'row-dropped'>): void {
    const { verbose } = this.#options
    if (!verbose && this.#dropShown) return
    const more = verbose ? '' : '; -v shows every one'
    this.#print(`Row ${event.row} dropped by "${event.column}": ${event.message} [${event.code}]${more}`)
    this.#dropShown = true
  }

  /** Leaves the last state standing as an ordinary line. */
  close(): void {
    if (this.#options.quiet || this.#last === undefined) return
    if (this.#options.tty) {
      this.#options.write('\n')
    } else if (this.#line !== this.#format(this.#last)) {
      this.#options.write(`${this.#format(this.#last)}\n`)
    }
    this.#last = undefined
  }

  #progress(event: ProgressEvent): void {
    const now = this.#options.monotonic()
    this.#last = event
    this.#samples.push({ at: now, rows: event.rowsDone })
    while (this.#samples.length > 2 && now - present(this.#samples[1], 'samples').at > rateWindowMs)
      this.#samples.shift()
    if (this.#options.tty) {
      const erased = this.#erased()
      this.#line = fittingLine(this.#parts(event), this.#options.columns() - 1)
      this.#options.write(erased + this.#line)
    } else if (now - this.#writtenAt >= lineEveryMs) {
      this.#writtenAt = now
      this.#line = this.#format(event)
      this.#options.write(`${this.#line}\n`)
    }
  }

  /** One line of its own; the progress line is drawn again below it. */
  #print(line: string): void {
    const text = inLine(line)
    if (!this.#options.tty || this.#last === undefined) {
      this.#options.write(`${text}\n`)
      return
    }
    const erased = this.#erased()
    this.#line = fittingLine(this.#parts(this.#last), this.#options.columns() - 1)
    this.#options.write(`${erased}${text}\n${this.#line}`)
  }

  /** Erases the line as it was drawn last: in a window that is narrower now, it takes several. */
  #erased(): string {
    return eraseLines(Math.max(1, Math.ceil(displayWidth(this.#line) / Math.max(1, this.#options.columns()))))
  }

  #format(event: ProgressEvent): string {
    return this.#parts(event)
      .map(({ text }) => text)
      .join(gap)
  }

  /** What the line says, each with its weight: where it does not fit, the lightest goes first. */
  #parts(event: ProgressEvent): readonly LinePart[] {
    const percent = event.rowsPlanned === 0 ? 100 : Math.floor((100 * event.rowsDone) / event.rowsPlanned)
    const rate = this.#rowsPerSecond()
    const remaining = event.rowsPlanned - event.rowsDone
    const { inputTokens, outputTokens, cost, waitingFor, rowsDropped } = event
    const left = budgetLeft(event.budgetLeft)
    const parts: readonly (LinePart | false)[] = [
      { weight: 9, text: `${event.rowsDone}/${event.rowsPlanned} rows` },
      { weight: 3, text: `${percent}%` },
      rate > 0 && { weight: 4, text: `${rate < 10 ? rate.toFixed(1) : Math.round(rate)} rows/s` },
      { weight: 2, text: `${event.inFlight} in flight` },
      { weight: 1, text: `${formatTokens(inputTokens + outputTokens)} tokens` },
      cost !== null && { weight: 8, text: formatAmount(cost) },
      left !== '' && { weight: 6, text: `budget left ${left}` },
      waitingFor.length > 0 && { weight: 6, text: `waiting for ${waitingFor.map(onOneLine).join(', ')}` },
      rowsDropped > 0 && { weight: 5, text: `${rowsDropped} dropped` },
      rate > 0 && remaining > 0 && { weight: 7, text: `${formatDuration((remaining / rate) * 1000)} left` },
    ]
    return parts.filter((part) => part !== false)
  }

  #rowsPerSecond(): number {
    const first = this.#samples[0]
    const last = this.#samples.at(-1)
    if (first === undefined || last === undefined || last.at === first.at) return 0
    return ((last.rows - first.rows) / (last.at - first.at)) * 1000
  }
}

/** A step of the run that is always reported. */
function step(
  event: EventOf<
    | 'decided'
    | 'reusing'
    | 'retrying'
    | 'started'
    | 'waiting-for-lock'
    | 'stopping'
    | 'endpoint-down'
    | 'endpoint-back'
  >,
): string {
  switch (event.type) {
    case 'decided':
      return decided(event)
    case 'reusing':
      return `Reusing answers from ${event.paths.join(', ')}`
    case 'retrying':
      return retrying(event)
    case 'started':
      return started(event)
    case 'waiting-for-lock':
      return `Waiting for ${event.holder}, ${formatDuration(event.remainingMs)} left`
    case 'stopping':
      return `${style('yellow', 'Stopping')} [${event.code}]: waiting for ${event.inFlight} in flight${othersUnderWay(event.others)}; a second signal exits now`
    case 'endpoint-down':
      return down(event)
    case 'endpoint-back':
      return `${event.model} answers again after ${formatDuration(event.downMs)}`
  }
}

function batchLine(event: EventOf<'batch' | 'batches'>): string {
  if (event.type === 'batches') {
    const { batches, requests, nextLookMs } = event
    const many = batches === 1 ? '1 batch is' : `${batches} batches are`
    return `${many} out, of ${requests} requests; next look in ${formatDuration(nextLookMs)}`
  }
  const { number, model, state, requests, answers } = event
  return state === 'submitted'
    ? `batch ${number} of ${model}: ${requests} requests handed over`
    : `batch ${number} of ${model}: ${answers} of ${requests} answered`
}

function limited(event: EventOf<'rate-limited' | 'held-back'>): string {
  const wait = `waiting ${formatDuration(event.waitMs)}`
  return event.type === 'rate-limited'
    ? `${event.model} reports too many requests; ${wait}. ${event.message}`
    : `${event.model} has used up a limit (${event.header}); ${wait} until it resets`
}

/** What only -v shows. */
function detail(event: EventOf<'group-published' | 'row-kept' | 'retry'>): string {
  switch (event.type) {
    case 'group-published':
      return `Row group ${event.group} committed: ${counted(event.rows, 'row')}, ${event.dropped} dropped`
    case 'row-kept':
      return `Row ${event.row} keeps its stored values: "${event.column}": ${event.message} [${event.code}]`
    case 'retry':
      return `Row ${event.row}, "${event.column}": ${event.code} at attempt ${event.attempt}, again in ${formatDuration(event.waitMs)}`
  }
}

interface LinePart {
  readonly text: string
  readonly weight: number
}

const gap = '  '

/** As many parts as fit, and of a single one what fits. */
function fittingLine(parts: readonly LinePart[], width: number): string {
  const line = parts.map(({ text }) => text).join(gap)
  if (displayWidth(line) <= width || parts.length < 2) return fitting(line, Math.max(0, width))
  const lightest = parts.reduce((least, part) => (part.weight < least.weight ? part : least))
  return fittingLine(
    parts.filter((part) => part !== lightest),
    width,
  )
}

/** `$1.20, 30 requests`; empty without a limit. */
function budgetLeft({ cost, tokens, requests }: ProgressEvent['budgetLeft']): string {
  return [
    ...(cost === null ? [] : [formatAmount(cost)]),
    ...(tokens === null ? [] : [`${formatTokens(tokens)} tokens`]),
    ...(requests === null ? [] : [counted(requests, 'request')]),
  ].join(', ')
}

function decided(event: EventOf<'decided'>): string {
  const because = event.reason === null ? '' : ` (${event.reason})`
  switch (event.decision) {
    case 'fresh':
      return `New dataset ${event.path}${because}`
    case 'fresh_beside':
      return `New dataset next to the existing one: ${event.path}${because}`
    case 'resume':
      return `Resuming ${event.path}${because}`
    case 'reprocess':
      return `Post-processing ${event.path} again${because}`
    case 'retry':
      return `Regenerating cells of ${event.path}`
    case 'already_complete':
      return `Already complete: ${event.path}${because}`
  }
}

function retrying({ rows, columns }: EventOf<'retrying'>): string {
  const cells = columns.map(({ column, cells }) => `${cells} of ${column}`).join(', ')
  return `${counted(rows, 'row')}: ${cells}, and what depends on them`
}

function started(event: EventOf<'started'>): string {
  const reused = event.groupsReused === 0 ? '' : `, ${event.groupsReused} of them already generated`
  const rows = counted(event.rowsPlanned, 'row')
  return `${rows} in ${counted(event.groupsTotal, 'row group')}${reused}; columns: ${event.columns.join(', ')}`
}

/** 950, 12.3k, 4.1M */
export function formatTokens(count: number): string {
  if (count < 1000) return String(count)
  return count < 1e6 ? `${(count / 1000).toFixed(1)}k` : `${(count / 1e6).toFixed(1)}M`
}

function down({ model, code, waitMs, patienceMs }: EventOf<'endpoint-down'>): string {
  const after = patienceMs > 0 ? `, at most ${formatDuration(patienceMs)} more` : ''
  return `${style('yellow', `${model} does not answer`)} [${code}]: next attempt in ${formatDuration(waitMs)}${after}`
}

function postProcessingLine({ state, processors, rows }: EventOf<'stage'>): string {
  const names = processors.map((name) => `"${name}"`).join(', ')
  switch (state) {
    case 'started':
      return processors.length === 0
        ? 'No processor is left: restoring the raw rows'
        : `Post-processing all rows with ${names}`
    case 'writing':
      return `${counted(rows, 'row')} written`
    case 'finished':
      return `${counted(rows, 'row')} after post-processing`
  }
}

/** `, 2 calls of function "score"` for each that a stop waits for. */
function othersUnderWay(others: Readonly<Record<string, number>>): string {
  return Object.entries(others)
    .map(([name, calls]) => {
      const [kind, of = ''] = name.split(':')
      return `, ${counted(calls, 'call')} of ${kind} ${JSON.stringify(decodeURIComponent(of))}`
    })
    .join('')
}
