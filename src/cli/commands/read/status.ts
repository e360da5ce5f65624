import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import { shellWord } from '../../../base/text/shell-word.ts'
import { type WorkflowStatus, workflowStatus } from '../../../entries/workflow.ts'
import { type DatasetStatus, open } from '../../../index.ts'
import { addUnfinishedConfigOption, type ConfigValues, configGiven } from '../../options/given-config.ts'
import { printObject } from '../../output/json-output.ts'
import { writeOut } from '../../output/output.ts'
import { batchLines } from '../../printing/batch-lines.ts'
import { formatTokens } from '../../printing/progress.ts'
import { formatCache, formatCost, modelLines } from '../../printing/summary.ts'
import { counted, formatBytes } from '../../text/amounts.ts'
import { eraseScreen } from '../../text/style.ts'
import { inLine } from '../../text/terminal-text.ts'

/** Between two looks of `--watch`. */
const watchEveryMs = 1000

export function addStatus(program: Command): void {
  addUnfinishedConfigOption(program.command('status'))
    .description('Print the progress of DATASET_DIR. Works during a run.')
    .argument('<dataset_dir>', 'the dataset directory, or the folder of a workflow')
    .option('--json', 'print one JSON object on stdout')
    .addOption(
      new Option('--watch', 'print it every second, until every row is written or dropped').conflicts('json'),
    )
    .action(async (directory: string, values: ConfigValues & { json?: true; watch?: true }) => {
      const dataset = open(directory, await configGiven(values))
      for (;;) {
        const workflow = await workflowStatus(directory)
        const found = workflow ?? (await dataset.status({ unfinished: true }))
        const text = 'stages' in found ? formatWorkflow(found) : formatStatus(found)
        if (values.json) printObject(found)
        else writeOut(`${values.watch && process.stdout.isTTY ? eraseScreen : ''}${text}\n`)
        const done = 'stages' in found ? found.stages.every(isDone) : found.rows_open === 0
        if (!values.watch || done || !process.stdout.writable) return
        await sleep(watchEveryMs)
      }
    })
}

const unfinishedStates = new Set(['pending', 'running', 'stopped', 'failed'])

function isDone({ status: state }: WorkflowStatus['stages'][number]): boolean {
  return !unfinishedStates.has(state)
}

function formatWorkflow({ workflow_path: path, stages }: WorkflowStatus): string {
  const parts = stages.map(({ name, status: state, error, dataset }) => {
    const because = error === null ? '' : ` [${error}]`
    return `${name}: ${state}${because}${dataset === null ? '' : `\n${formatStatus(dataset)}`}`
  })
  return [`Workflow ${path}`, ...parts].join('\n\n')
}

function postProcessingText({ state, rows, outputs }: NonNullable<DatasetStatus['stage']>): string {
  const tables = outputs.map(({ name, rows }) => `, ${rows} in "${name}"`).join('')
  const left = rows === null ? '' : `${counted(rows, 'row')} in parquet-files${tables}`
  if (state === 'complete') return `complete${left === '' ? '' : `: ${left}`}`
  return `pending until all rows are written${left === '' ? '' : `; previous result: ${left}`}`
}

/** Rows that are there before their row group is. */
function unfinishedLines({ unfinished }: DatasetStatus): string[] {
  if (unfinished === undefined) return []
  const { rows, groups, why } = unfinished
  const cannot = why === null ? '' : `; the rest is unknown: ${why}`
  return [
    `  finished  ${counted(rows, 'row')} in ${counted(groups, 'row group')} that ${groups === 1 ? 'is' : 'are'} not finished${cannot}`,
  ]
}

/** Answers of which it is unknown whether they are whole. */
function unclearEnds({ total: { models }, dataset_path: directory }: DatasetStatus): string[] {
  return models.flatMap(({ model, unknown_ends: count }) =>
    count === undefined
      ? []
      : [
          `  unclear   ${counted(count, 'answer')} of ${model} with an unknown finish reason: rowsmith retry ${directory} --finish-reason unknown`,
        ],
  )
}

/** To know it, all of it must be read. */
function unreadLines({ bytes_unread: bytes, dataset_path: directory }: DatasetStatus): string[] {
  if (bytes === 0) return []
  return [
    `  unread    ${formatBytes(bytes)} of files, known by their sizes: rowsmith verify ${shellWord(directory)} reads them`,
  ]
}

function formatStatus(found: DatasetStatus): string {
  const { row_groups: groups, open_groups: open, total } = found
  const percent = found.rows_planned === 0 ? 100 : Math.floor((100 * found.rows_written) / found.rows_planned)
  const lines = [
    found.dataset_path,
    `  rows      ${found.rows_written} of ${found.rows_planned} written (${percent}%), ${found.rows_dropped} dropped, ${found.rows_open} open`,
    `  files     ${groups.published} of ${counted(groups.total, 'row group')} committed; ${open.begun} in progress, with ${counted(open.replies_kept, 'answer')} stored`,
    `  requests  ${total.requests} sent, ${total.in_flight} in flight, ${total.unknown} unanswered at a crash; ` +
      `${total.in_batches === undefined ? '' : `${total.in_batches} in batches; `}` +
      `${total.unrecorded_at_most > 0 ? `at most ${total.unrecorded_at_most} more not recorded at a power loss; ` : ''}` +
      `${total.replies_reused > 0 ? `${total.replies_reused} answers reused from other datasets; ` : ''}` +
      `${formatTokens(total.usage.input_tokens)} input and ${formatTokens(total.usage.output_tokens)} output tokens`,
    ...unfinishedLines(found),
    ...batchLines(found).map((line) => `  batch     ${line}`),
    ...unclearEnds(found),
    `  cost      ${formatCost(total)}${formatCache(total.cache)}`,
    ...modelLines(total).map((line) => `          ${line}`),
    ...(found.cached_columns ?? []).map(
      ({ column, ...cache }) => `  cached    ${column}${formatCache(cache)}`,
    ),
    `  writer    ${found.writer ?? 'none'}`,
    ...(found.stage === null ? [] : [`  post      ${postProcessingText(found.stage)}`]),
    ...found.cells_skipped.map(({ column, cells }) => `  skipped   ${counted(cells, 'cell')} of ${column}`),
    ...found.failures.map(
      ({ column, code, rows, example: { row, message } }) =>
        `  dropped   ${rows} by ${column}: ${code}, such as row ${row}${message === null ? '' : `: ${message}`}`,
    ),
    ...found.missing_files.map((path) => `  missing   ${path}`),
    ...found.not_whole.map(({ path, what }) => `  not whole ${path}: ${what}`),
    ...unreadLines(found),
  ]
  return lines.map(inLine).join('\n')
}
