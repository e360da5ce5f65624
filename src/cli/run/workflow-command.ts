/** A workflow is run, shown while it is on, and reported when it ends. */
import { asRowsmithError } from '../../base/errors/errors.ts'
import type {
  StepOutcome,
  WorkflowEvent,
  WorkflowResults,
  WorkflowRun,
  WorkflowSummary,
} from '../../entries/workflow.ts'
import type { RowsmithError } from '../../index.ts'
import { underNpm } from '../options/environment.ts'
import { printObject } from '../output/json-output.ts'
import { writeErr, writeOut } from '../output/output.ts'
import type { RunView } from '../printing/progress.ts'
import { exitCodeOf } from '../process/exit-codes.ts'
import { watchSignals } from '../process/signals.ts'
import { counted } from '../text/amounts.ts'
import { inLine } from '../text/terminal-text.ts'
import { errorIn, type OutputOptions, viewOf } from './run-command.ts'

/**
 * Runs to the end, whatever the end is.
 *
 * @param start starts it; the signal fires at the first SIGINT, SIGTERM or SIGHUP
 * @returns the exit code; everything has been printed
 */
export async function runWorkflowToTheEnd(
  start: (signal: AbortSignal) => WorkflowRun,
  output: OutputOptions,
): Promise<number> {
  const signals = watchSignals({ underNpm: underNpm() })
  try {
    const run = start(signals.signal)
    const shown = show(run.events(), output)
    const [outcome] = await Promise.allSettled([run])
    await shown
    if (outcome.status === 'fulfilled') {
      const { failure } = signals
      return printEvent(
        outcome.value.summary,
        failure === undefined ? 0 : exitCodeOf(failure, undefined),
        failure,
        output,
      )
    }
    const error = asRowsmithError(outcome.reason)
    // Only a workflow puts a summary there, and `errors.ts` lies below where its type is known.
    return printEvent(
      error.summary as WorkflowSummary | undefined,
      exitCodeOf(error, signals.received),
      error,
      output,
    )
  } finally {
    signals.dispose()
  }
}

async function show(events: AsyncIterable<WorkflowEvent>, output: OutputOptions): Promise<void> {
  let progress: RunView | undefined
  for await (const event of events) {
    if (event.type === 'run') {
      progress?.show(event.event)
      continue
    }
    if (event.type === 'renamed') {
      if (!output.quiet)
        writeErr(
          `Stage ${event.stage} goes on with the dataset of ${event.before}, in whose place it stands\n`,
        )
      continue
    }
    progress?.close()
    progress = viewOf(output)
    if (!output.quiet) writeErr(stepLine(event, output))
  }
  progress?.close()
}

function printEvent(
  summary: WorkflowSummary | undefined,
  exitCode: number,
  error: RowsmithError | undefined,
  output: OutputOptions,
): number {
  if (output.json) {
    const { workflow_path = null, stages: steps = [] } = summary ?? {}
    const failure = error && {
      code: error.code,
      message: error.message,
      facts: error.facts,
      next_step: error.nextStep,
    }
    printObject({
      workflow_path,
      stages: steps,
      exit_code: exitCode,
      ...(failure === undefined ? {} : { error: failure }),
    })
  } else if (summary !== undefined && !output.quiet) {
    writeOut(formatWorkflow(summary))
  }
  if (error !== undefined) writeErr(errorIn(error, output))
  return exitCode
}

function stepLine(
  {
    index,
    stages: steps,
    stage: step,
  }: { readonly index: number; readonly stages: number; readonly stage: string },
  { logFormat }: OutputOptions,
): string {
  const time = new Date().toISOString()
  return logFormat === 'json'
    ? `${JSON.stringify({ time, level: 'info', event: 'stage-begun', stage: step, index, stages: steps })}\n`
    : `Stage ${index + 1} of ${steps}: ${step}\n`
}

/** One line per stage. */
function formatWorkflow({
  workflow_path,
  stages: steps,
}: Pick<WorkflowResults['summary'], 'workflow_path' | 'stages'>): string {
  const name = Math.max(...steps.map((step) => step.name.length))
  const status = Math.max(...steps.map((step) => step.status.length))
  const lines = steps.map((step) =>
    `  ${step.name.padEnd(name)}  ${step.status.padEnd(status)}  ${stepFacts(step)}`.trimEnd(),
  )
  return `\n${[`Workflow ${workflow_path}`, ...lines].map(inLine).join('\n')}\n`
}

function stepFacts({ dataset_path: path, summary }: StepOutcome): string {
  const place = path === null ? '' : path
  if (summary === null) return place
  const { rows_written: written, rows_planned: planned, this_run: now, total } = summary
  return `${written} of ${counted(planned, 'row')}, ${counted(now.requests_sent, 'request')} sent, ${total.requests} in total  ${place}`
}
