/** What `create` and `resume` share: a run is started, shown while it is on, and reported when it ends. */

import { asRowsmithError } from '../../base/errors/errors.ts'
import {
  type CreateOptions,
  type Exported,
  type FileFormat,
  open,
  type Results,
  RowsmithError,
  type Run,
  type Summary,
} from '../../index.ts'
import { underNpm } from '../options/environment.ts'
import type { DropLimit } from '../options/usage.ts'
import { printJson } from '../output/json-output.ts'
import { writeErr, writeOut } from '../output/output.ts'
import { formatError } from '../output/report.ts'
import { isDeprecation } from '../output/warnings.ts'
import { formatExported } from '../printing/exported.ts'
import { errorLine, JsonLog } from '../printing/json-log.ts'
import { ProgressView, type RunView, stderrProgress } from '../printing/progress.ts'
import { finishedShort } from '../printing/short.ts'
import { formatSummary, summaryRows } from '../printing/summary.ts'
import { exitCodeOf, type StopSignal } from '../process/exit-codes.ts'
import { watchSignals } from '../process/signals.ts'
import { widthOf } from '../text/width.ts'
import { consentsTo } from './consent.ts'

export const logFormats = ['text', 'json'] as const
type LogFormat = (typeof logFormats)[number]

/** How it is reported. */
export interface OutputOptions {
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  /** What stderr gets: sentences, or a JSON object a line. */
  readonly logFormat: LogFormat
  readonly maxDropped: DropLimit
  /** Also export the dataset, once every row is settled. */
  readonly format?: FileFormat
}

/** What a run is started with in addition to its own options. */
export type StartedBy = Pick<CreateOptions, 'acceptLoss'> & { readonly signal: AbortSignal }

/** What is printed about a run that went well. */
export interface FormattedResult {
  readonly text: string
  /** What the JSON object has in addition to the summary. */
  readonly json: object
  /** The counts of rows that decide whether it came out short. */
  readonly lost: Pick<Summary, 'rows_planned' | 'rows_dropped' | 'rows_open'>
}

/**
 * Runs to the end, whatever the end is.
 *
 * @param start starts the run; the signal fires at the first SIGINT, SIGTERM or SIGHUP. Once more with consent, where it lost answers
 *   and a user at a terminal agrees to pay for them again
 * @param present how its results are reported, in place of a summary
 * @returns the exit code; everything has been printed
 */
export async function runCommand<R extends Results>(
  start: (given: StartedBy) => Run<R>,
  output: OutputOptions,
  present?: (results: R) => FormattedResult,
): Promise<number> {
  const showsProgress = !output.json && !output.quiet
  const ended = await runOnce((signal) => start({ signal }), output, present, showsProgress)
  const consented =
    ended ?? (await runOnce((signal) => start({ signal, acceptLoss: true }), output, present, false))
  if (consented === undefined) throw new RowsmithError('internal', 'A run lost answers twice.')
  return consented
}

/** @returns undefined where the run lacks consent, and has it now */
async function runOnce<R extends Results>(
  start: (signal: AbortSignal) => Run<R>,
  output: OutputOptions,
  present: ((results: R) => FormattedResult) | undefined,
  showsProgress: boolean,
): Promise<number | undefined> {
  const signals = watchSignals({
    underNpm: underNpm(),
    leaving: (name) => {
      const error = new RowsmithError('aborted', `Left at once after a second ${name}`)
      if (output.json) printJson(undefined, exitCodeOf(error, name), error)
    },
  })
  const progress = viewOf(output)
  try {
    const run = start(signals.signal)
    const shown = show(run, progress)
    const [outcome] = await Promise.allSettled([run])
    await shown
    progress.close()
    if (outcome.status === 'rejected') {
      // A warning that was thrown is shown as what it is.
      if (isDeprecation(outcome.reason)) throw outcome.reason
      const error = asRowsmithError(outcome.reason)
      if (showsProgress && error.code === 'answers_lost' && (await consentsTo(error))) return undefined
      return await printFailed(error, summaryOf(error), signals.received, output)
    }
    const summary = withResumeCommand(outcome.value.summary)
    if (signals.failure !== undefined) return await printFailed(signals.failure, summary, undefined, output)
    if (present !== undefined) return await printResult(summary, present(outcome.value), output)
    let exported: Exported | undefined
    try {
      exported = await exportAll(outcome.value, output.format, signals.signal)
    } catch (thrown) {
      return await printFailed(asRowsmithError(thrown), summary, signals.received, output)
    }
    const exitCode = await printSuccess(summary, exported, output)
    if (exported !== undefined && !output.quiet && !output.json) writeOut(formatExported(exported))
    return exitCode
  } finally {
    signals.dispose()
  }
}

/** What shows the run. */
export function viewOf(output: Pick<OutputOptions, 'quiet' | 'verbose' | 'logFormat'>): RunView {
  return output.logFormat === 'json' ? new JsonLog(output) : new ProgressView(stderrProgress(output))
}

/** An error as the log has it. */
export function errorIn(
  error: RowsmithError,
  { logFormat, verbose }: Pick<OutputOptions, 'verbose' | 'logFormat'>,
): string {
  return logFormat === 'json' ? errorLine(error) : formatError(error, verbose)
}

async function show(run: Run<unknown>, progress: RunView): Promise<void> {
  for await (const event of run.events()) progress.show(event)
}

/** The export that goes with the run; undefined when none was requested, or rows are open that a later run makes. */
async function exportAll(
  results: Results,
  format: FileFormat | undefined,
  signal: AbortSignal,
): Promise<Exported | undefined> {
  if (format === undefined || results.summary.rows_open > 0) return undefined
  return results.export({ format, signal })
}

async function printSuccess(
  summary: Summary,
  exported: Exported | undefined,
  output: OutputOptions,
): Promise<number> {
  const short = finishedShort(summary, output.maxDropped)
  if (short !== undefined) return printFailed(short, summary, undefined, output, exported)
  await printSummary(summary, output)
  if (output.json) printJson(summary, 0, undefined, { exported: exported ?? null })
  return 0
}

async function printResult(
  summary: Summary,
  presented: FormattedResult,
  output: OutputOptions,
): Promise<number> {
  const short = finishedShort(presented.lost, output.maxDropped)
  const exitCode = short === undefined ? 0 : exitCodeOf(short, undefined)
  if (output.json) printJson(summary, exitCode, short, presented.json)
  else if (!output.quiet) writeOut(presented.text)
  if (short !== undefined) writeErr(errorIn(short, output))
  return exitCode
}

async function printFailed(
  error: RowsmithError,
  summary: Summary | undefined,
  signal: StopSignal | undefined,
  output: OutputOptions,
  exported?: Exported,
): Promise<number> {
  const exitCode = exitCodeOf(error, signal)
  if (summary !== undefined) await printSummary(summary, output)
  if (output.json) printJson(summary, exitCode, error, { exported: exported ?? null })
  writeErr(errorIn(error, output))
  return exitCode
}

async function printSummary(summary: Summary, output: OutputOptions): Promise<void> {
  if (output.quiet || output.json) return
  // The rows are a courtesy: a dataset that cannot be read back must not hide how the run ended.
  const rows = await open(summary.dataset_path)
    .head(summaryRows, { integers: 'bigint' })
    .catch(() => [])
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
