/** What a run ends by saying: where the rows are, the first of them, what it cost, what went wrong and what to do now. */
import { join } from 'node:path'
import {
  type ColumnAnswers,
  type ErrorCode,
  errorCodes,
  type ModelUsageReport,
  type Row,
  type Summary,
  type UsageReport,
} from '../../index.ts'
import { formatDuration } from '../options/durations.ts'
import { counted, formatAmount } from '../text/amounts.ts'
import { formatTable } from '../text/table.ts'
import { inLine } from '../text/terminal-text.ts'

/** How many rows are shown. */
export const summaryRows = 3

/** The text for stdout. `rows` are the first of the dataset, `width` the terminal's cells per line. */
export function formatSummary(summary: Summary, rows: readonly Row[], width: number): string {
  const parts = [whereabouts(summary)]
  if (rows.length > 0) parts.push(formatTable(rows, width))
  parts.push(usageLines(summary))
  if (summary.cells_skipped.length > 0) parts.push(skips(summary))
  if (summary.failures.length > 0) parts.push(failures(summary))
  if (summary.left_open === 'detach')
    parts.push('Batches are with the provider: no run waits for them. `rowsmith batches` shows them.')
  if (summary.resume_command !== null)
    parts.push(`Continue, with all stored answers:\n  ${summary.resume_command}`)
  return `\n${parts.join('\n\n')}\n`
}

function whereabouts(summary: Summary): string {
  const files = summary.row_groups.reused + summary.row_groups.generated
  const open = summary.rows_open > 0 ? `, ${summary.rows_open} to do` : ''
  const dropped = summary.rows_dropped > 0 ? `, ${summary.rows_dropped} dropped` : ''
  const folder = inLine(join(summary.dataset_path, 'parquet-files'))
  const rows = `${counted(summary.rows_written, 'row')} of ${summary.rows_planned}${dropped}${open}`
  const { stage } = summary
  if (stage === null) return `${rows}, in ${folder} (${counted(files, 'file')})`
  const tables = stage.outputs.map(({ name, rows }) => `, ${counted(rows, 'row')} in "${name}"`).join('')
  const left = stage.rows === null ? '' : `: ${counted(stage.rows, 'row')} in ${folder}${tables}`
  return stage.state === 'complete'
    ? `${rows}, processed${left}`
    : `${rows}, not processed yet${stage.rows === null ? '' : `; the previous result:${left.slice(1)}`}`
}

function usageLines(summary: Summary): string {
  const { this_run: now, total } = summary
  const lines = [
    `This run: ${counted(now.requests_sent, 'request')} sent, ${counted(now.replies_replayed, 'answer')} replayed from the journal, ` +
      `${now.replies_reused > 0 ? `${now.replies_reused} from ${summary.reuse_sources.join(', ')}, ` : ''}` +
      `${formatUsage(now.usage)}${now.cost === null ? '' : `, cost ${formatAmount(now.cost)}`}, ${formatDuration(now.seconds * 1000)}`,
    ...columnLines(now.columns),
    `In total: ${counted(total.requests, 'request')}${unsure(total)}, ` +
      `${formatUsage(total.usage)}, cost ${formatCost(total)}${formatCache(total.cache)}`,
    ...modelLines(total),
  ]
  if (summary.replies_unused > 0) lines.push(`${counted(summary.replies_unused, 'stored answer')} unused`)
  return lines.map(inLine).join('\n')
}

/** What is unknown about the requests, in parentheses. */
function unsure({
  unknown,
  unknown_ends: unclear = 0,
  unrecorded_at_most: unrecorded,
  in_batches: waiting = 0,
}: Summary['total']): string {
  const parts = [
    ...(unclear > 0 ? [`${unclear} answers with an unknown finish reason`] : []),
    ...(waiting > 0 ? [`${waiting} of them in batches`] : []),
    ...(unknown > 0 ? [`${unknown} of them unanswered at a crash`] : []),
    ...(unrecorded > 0 ? [`at most ${unrecorded} more not recorded at a power loss`] : []),
  ]
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`
}

/** Where answers came from, by column: when several columns have some, or any was reused or cached. */
function columnLines(columns: readonly ColumnAnswers[]): string[] {
  const some = columns.filter(({ bought: requested, replayed, reused }) => requested + replayed + reused > 0)
  if (some.length < 2 && some.every(({ reused, cache }) => reused === 0 && cache === undefined)) return []
  return some.map((answers) => `  ${answers.column}: ${columnParts(answers).join('; ')}`)
}

function columnParts({ bought: requested, replayed, reused, ...answers }: ColumnAnswers): string[] {
  const { usage, cache, cost, cost_complete: complete, reused_usage: had, reused_cost: hadCost } = answers
  const price = cost === null ? '' : `, cost ${complete ? '' : 'at least '}${formatAmount(cost)}`
  const saved = hadCost === null ? formatUsage(had) : `a cost of ${formatAmount(hadCost)}`
  return [
    ...(requested > 0 ? [`${requested} requested, ${formatUsage(usage)}${price}${formatCache(cache)}`] : []),
    ...(reused > 0 ? [`${reused} reused, which saved ${saved}`] : []),
    ...(replayed > 0 ? [`${replayed} replayed`] : []),
  ]
}

function skips({ cells_skipped }: Summary): string {
  const columns = cells_skipped.map(({ column, cells }) => `${column} ${cells}`)
  return inLine(`Cells skipped: ${columns.join(', ')}`)
}

function failures(summary: Summary): string {
  const lines = summary.failures.map(
    ({ column, code, rows }) => `  ${column}: ${counted(rows, 'row')} ${code}. ${nextStepOf(code)}`,
  )
  return `Dropped rows by column:\n${lines.map(inLine).join('\n')}`
}

function nextStepOf(code: string): string {
  return code in errorCodes ? errorCodes[code as ErrorCode].nextStep : ''
}

/** One line per model, when there are several. */
export function modelLines({ models }: UsageReport): string[] {
  return models.length < 2 ? [] : models.map(modelLine)
}

function modelLine({ model, aliases, requests, usage, cache, cost }: ModelUsageReport): string {
  const name = aliases.length === 0 ? model : `${aliases.join(', ')} (${model})`
  const price = cost === null ? 'cost unknown: no price is set' : `cost ${formatAmount(cost)}`
  return `  ${name}: ${counted(requests, 'request')}, ${formatUsage(usage)}, ${price}${formatCache(cache)}`
}

/** What a provider's cache was good for: `, 72% of the input cached, which saved $0.41`. */
export function formatCache(cache: UsageReport['cache']): string {
  if (cache === undefined) return ''
  const { share, saving } = cache
  const shared = `, ${Math.floor(100 * share)}% of the input cached`
  if (saving === null) return shared
  return saving < 0
    ? `${shared}, which took ${formatAmount(-saving)} more than it saved`
    : `${shared}, which saved ${formatAmount(saving)}`
}

/** The cost, or that it is not known. */
export function formatCost({
  cost,
  cost_complete: complete,
  unseen_cost: unansweredCost,
}: UsageReport): string {
  if (cost === null) return 'unknown: no prices are set'
  const also = `, and at most ${formatAmount(unansweredCost ?? 0)} for unanswered requests`
  return `${complete ? '' : 'at least '}${formatAmount(cost)}${unansweredCost ? also : ''}`
}

function formatUsage(usage: UsageReport['usage']): string {
  const { cached_input_tokens: cached, reasoning_tokens: reasoning } = usage
  return (
    `${usage.input_tokens} input${cached > 0 ? ` (${cached} of them cached)` : ''} and ` +
    `${usage.output_tokens} output tokens${reasoning > 0 ? ` (${reasoning} for reasoning)` : ''}`
  )
}
