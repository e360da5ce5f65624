/** What `create` and `resume` share: a run is started, shown while it is on, and told about when it ends. */

import {
  asRowsmithError,
  type CreateOptions,
  type Exported,
  type ExportFormat,
  head,
  type Results,
  RowsmithError,
  type Run,
  type Summary,
} from '../../index.ts'
import { consentsTo } from '../options/consent.ts'
import { underNpm } from '../options/environment.ts'
import type { DropAllowance } from '../options/usage.ts'
import { printJson } from '../output/json-output.ts'
import { writeErr, writeOut } from '../output/output.ts'
import { formatError } from '../output/report.ts'
import { isDeprecation } from '../output/warnings.ts'
import { exitCodeOf, type StopSignal } from '../process/exit-codes.ts'
import { watchSignals } from '../process/signals.ts'
import { formatExported } from '../telling/exported.ts'
import { errorLine, JsonLog } from '../telling/json-log.ts'
import { ProgressView, type RunView, stderrProgress } from '../telling/progress.ts'
import { finishedShort } from '../telling/short.ts'
import { formatSummary, summaryRows } from '../telling/summary.ts'
import { widthOf } from '../text/width.ts'

export const logFormats = ['text', 'json'] as const
type LogFormat = (typeof logFormats)[number]

/** How it is told. */
export interface Telling {
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  /** What stderr gets: sentences, or a JSON object a line. */
  readonly logFormat: LogFormat
  readonly maxDropped: DropAllowance
  /** Also export the dataset, once every row has a fate. */
  readonly format?: ExportFormat
}

/** What a run is begun with besides its own options. */
export type BegunBy = Pick<CreateOptions, 'acceptLoss'> & { readonly signal: AbortSignal }

/** What a run that went well is told by. */
export interface Presented {
  readonly text: string
  /** What the JSON object has besides the summary. */
  readonly json: object
  /** The counts of rows that decide whether it came out short. */
  readonly lost: Pick<Summary, 'rows_planned' | 'rows_dropped' | 'rows_open'>
}

/**
 * Runs to the end, whatever the end is.
 *
 * @param begin starts the run; the signal fires at the first SIGINT, SIGTERM or SIGHUP. Once more with consent, where it lost answers
 *   and somebody at a terminal agrees to pay for them again
 * @param present how its results are told, in place of a summary
 * @returns the exit code; everything has been printed
 */
export async function runToTheEnd<R extends Results>(
  begin: (given: BegunBy) => Run<R>,
  telling: Telling,
  present?: (results: R) => Presented,
): Promise<number> {
  const asks = !telling.json && !telling.quiet
  const ended = await runOnce((signal) => begin({ signal }), telling, present, asks)
  return ended ?? (await runOnce((signal) => begin({ signal, acceptLoss: true }), telling, present, false))!
}

/** @returns undefined where the run lacks consent, and has it now */
async function runOnce<R extends Results>(
  begin: (signal: AbortSignal) => Run<R>,
  telling: Telling,
  present: ((results: R) => Presented) | undefined,
  asks: boolean,
): Promise<number | undefined> {
  const signals = watchSignals({
    underNpm: underNpm(),
    leaving: (name) => {
      const error = new RowsmithError('aborted', `Left at once after a second ${name}`)
      if (telling.json) printJson(undefined, exitCodeOf(error, name), error)
    },
  })
  const progress = viewOf(telling)
  try {
    const run = begin(signals.signal)
    const shown = show(run, progress)
    const [outcome] = await Promise.allSettled([run.result])
    await shown
    progress.close()
    if (outcome.status === 'rejected') {
      // A warning that was thrown is shown as what it is.
      if (isDeprecation(outcome.reason)) throw outcome.reason
      const error = asRowsmithError(outcome.reason)
      if (asks && error.code === 'answers_lost' && (await consentsTo(error))) return undefined
      return await tellFailure(error, summaryOf(error), signals.received, telling)
    }
    const summary = withResumeCommand(outcome.value.summary)
    if (signals.failure !== undefined) return await tellFailure(signals.failure, summary, undefined, telling)
    if (present !== undefined) return await tellPresented(summary, present(outcome.value), telling)
    let exported: Exported | undefined
    try {
      exported = await exportAll(outcome.value, telling.format, signals.signal)
    } catch (thrown) {
      return await tellFailure(asRowsmithError(thrown), summary, signals.received, telling)
    }
    const exitCode = await tellSuccess(summary, exported, telling)
    if (exported !== undefined && !telling.quiet && !telling.json) writeOut(formatExported(exported))
    return exitCode
  } finally {
    signals.dispose()
  }
}

/** What shows the run. */
export function viewOf(telling: Pick<Telling, 'quiet' | 'verbose' | 'logFormat'>): RunView {
  return telling.logFormat === 'json' ? new JsonLog(telling) : new ProgressView(stderrProgress(telling))
}

/** An error as the log has it. */
export function errorIn(
  error: RowsmithError,
  { logFormat, verbose }: Pick<Telling, 'verbose' | 'logFormat'>,
): string {
  return logFormat === 'json' ? errorLine(error) : formatError(error, verbose)
}

async function show(run: Run<unknown>, progress: RunView): Promise<void> {
  for await (const event of run.events()) progress.show(event)
}

/** The export that goes with the run; undefined when none was asked for, or rows are open that a later run makes. */
async function exportAll(
  results: Results,
  format: ExportFormat | undefined,
  signal: AbortSignal,
): Promise<Exported | undefined> {
  if (format === undefined || results.summary.rows_open > 0) return undefined
  return results.export({ format, signal })
}

async function tellSuccess(
  summary: Summary,
  exported: Exported | undefined,
  telling: Telling,
): Promise<number> {
  const short = finishedShort(summary, telling.maxDropped)
  if (short !== undefined) return tellFailure(short, summary, undefined, telling, exported)
  await tellSummary(summary, telling)
  if (telling.json) printJson(summary, 0, undefined, { exported: exported ?? null })
  return 0
}

async function tellPresented(summary: Summary, presented: Presented, telling: Telling): Promise<number> {
  const short = finishedShort(presented.lost, telling.maxDropped)
  const exitCode = short === undefined ? 0 : exitCodeOf(short, undefined)
  if (telling.json) printJson(summary, exitCode, short, presented.json)
  else if (!telling.quiet) writeOut(presented.text)
  if (short !== undefined) writeErr(errorIn(short, telling))
  return exitCode
}

async function tellFailure(
  error: RowsmithError,
  summary: Summary | undefined,
  signal: StopSignal | undefined,
  telling: Telling,
  exported?: Exported,
): Promise<number> {
  const exitCode = exitCodeOf(error, signal)
  if (summary !== undefined) await tellSummary(summary, telling)
  if (telling.json) printJson(summary, exitCode, error, { exported: exported ?? null })
  writeErr(errorIn(error, telling))
  return exitCode
}

async function tellSummary(summary: Summary, telling: Telling): Promise<void> {
  if (telling.quiet || telling.json) return
  // The rows are a courtesy: a dataset that cannot be read back must not hide how the run ended.
  const rows = await head(summary.dataset_path, summaryRows, { integers: 'bigint' }).catch(() => [])
  writeOut(formatSummary(summary, rows, widthOf(process.stdout, 110)))
}

/** How far a run came that did not get to its end; undefined when it never began. */
function summaryOf(error: RowsmithError): Summary | undefined {
  // Only a run puts a summary there, and `errors.ts` lies below where its type is known.
  return error.summary === undefined ? undefined : withResumeCommand(error.summary as Summary)
}

/** The command to go on with runs through npx where this one did. */
function withResumeCommand(summary: Summary): Summary {
  const command = summary.resume_command
  return command === null || !underNpm() ? summary : { ...summary, resume_command: `npx ${command}` }
}
