/** A workflow is run, shown while it is on, and told about when it ends. */
import {
  asRowsmithError,
  type RowsmithError,
  type StageOutcome,
  type WorkflowEvent,
  type WorkflowResults,
  type WorkflowRun,
  type WorkflowSummary,
} from '../../index.ts'
import { underNpm } from '../options/environment.ts'
import { printObject } from '../output/json-output.ts'
import { writeErr, writeOut } from '../output/output.ts'
import { exitCodeOf } from '../process/exit-codes.ts'
import { watchSignals } from '../process/signals.ts'
import type { RunView } from '../telling/progress.ts'
import { counted } from '../text/amounts.ts'
import { inLine } from '../text/terminal-text.ts'
import { errorIn, type Telling, viewOf } from './run-command.ts'

/**
 * Runs to the end, whatever the end is.
 *
 * @param begin starts it; the signal fires at the first SIGINT, SIGTERM or SIGHUP
 * @returns the exit code; everything has been printed
 */
export async function runWorkflowToTheEnd(
  begin: (signal: AbortSignal) => WorkflowRun,
  telling: Telling,
): Promise<number> {
  const signals = watchSignals({ underNpm: underNpm() })
  try {
    const run = begin(signals.signal)
    const shown = show(run.events(), telling)
    const [outcome] = await Promise.allSettled([run.result])
    await shown
    if (outcome.status === 'fulfilled') {
      const { failure } = signals
      return tell(
        outcome.value.summary,
        failure === undefined ? 0 : exitCodeOf(failure, undefined),
        failure,
        telling,
      )
    }
    const error = asRowsmithError(outcome.reason)
    // Only a workflow puts a summary there, and `errors.ts` lies below where its type is known.
    return tell(
      error.summary as WorkflowSummary | undefined,
      exitCodeOf(error, signals.received),
      error,
      telling,
    )
  } finally {
    signals.dispose()
  }
}

async function show(events: AsyncIterable<WorkflowEvent>, telling: Telling): Promise<void> {
  let progress: RunView | undefined
  for await (const event of events) {
    if (event.type === 'run') {
      progress?.show(event.event)
      continue
    }
    if (event.type === 'renamed') {
      if (!telling.quiet)
        writeErr(
          `Stage ${event.stage} goes on with the dataset of ${event.before}, in whose place it stands\n`,
        )
      continue
    }
    progress?.close()
    progress = viewOf(telling)
    if (!telling.quiet) writeErr(stageLine(event, telling))
  }
  progress?.close()
}

function tell(
  summary: WorkflowSummary | undefined,
  exitCode: number,
  error: RowsmithError | undefined,
  telling: Telling,
): number {
  if (telling.json) {
    const { workflow_path = null, stages = [] } = summary ?? {}
    const failure = error && {
      code: error.code,
      message: error.message,
      facts: error.facts,
      next_step: error.nextStep,
    }
    printObject({
      workflow_path,
      stages,
      exit_code: exitCode,
      ...(failure === undefined ? {} : { error: failure }),
    })
  } else if (summary !== undefined && !telling.quiet) {
    writeOut(formatWorkflow(summary))
  }
  if (error !== undefined) writeErr(errorIn(error, telling))
  return exitCode
}

function stageLine(
  { index, stages, stage }: { readonly index: number; readonly stages: number; readonly stage: string },
  { logFormat }: Telling,
): string {
  const time = new Date().toISOString()
  return logFormat === 'json'
    ? `${JSON.stringify({ time, level: 'info', event: 'stage-begun', stage, index, stages })}\n`
    : `Stage ${index + 1} of ${stages}: ${stage}\n`
}

/** One line per stage. */
function formatWorkflow({
  workflow_path,
  stages,
}: Pick<WorkflowResults['summary'], 'workflow_path' | 'stages'>): string {
  const name = Math.max(...stages.map((stage) => stage.name.length))
  const status = Math.max(...stages.map((stage) => stage.status.length))
  const lines = stages.map((stage) =>
    `  ${stage.name.padEnd(name)}  ${stage.status.padEnd(status)}  ${stageFacts(stage)}`.trimEnd(),
  )
  return `\n${[`Workflow ${workflow_path}`, ...lines].map(inLine).join('\n')}\n`
}

function stageFacts({ dataset_path: path, summary }: StageOutcome): string {
  const place = path === null ? '' : path
  if (summary === null) return place
  const { rows_written: written, rows_planned: planned, this_run: now, total } = summary
  return `${written} of ${counted(planned, 'row')}, ${counted(now.requests_sent, 'request')} sent, ${total.requests} in total  ${place}`
}
