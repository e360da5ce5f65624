/** `--dry-run`: what a command would ask for, as a small table. */

import type { Command } from 'commander'
import type { Forecast, ForecastRange, Value } from '../../index.ts'
import { printObject } from '../output/json-output.ts'
import { writeErr, writeOut } from '../output/output.ts'
import { counted, formatAmount } from '../text/amounts.ts'
import { formatTable } from '../text/table.ts'
import { widthOf } from '../text/width.ts'

export function addDryRunOption(command: Command): Command {
  return command.option('--dry-run', 'estimate requests, tokens and cost; send and write nothing')
}

export function printForecast(found: Forecast, { json, quiet }: { json?: true; quiet?: true }): void {
  if (!quiet) for (const warning of found.warnings) writeErr(`warning: ${warning}\n`)
  if (json) printObject({ ...found, exit_code: 0 })
  else if (!quiet) writeOut(`${formatForecast(found, widthOf(process.stdout, 110))}\n`)
}

function formatForecast(found: Forecast, width: number): string {
  const { total } = found
  const rows = [
    ...found.columns.map((each) => line(each.column, each, isLimited(each))),
    line('total', total, found.columns.some(isLimited), total.cost_complete),
  ]
  const sources =
    found.reuse_sources.length === 0 ? [] : [`Answers taken from ${found.reuse_sources.join(', ')}`]
  return [
    `${found.dataset_path} (${found.decision}): ${found.rows_to_make} of ${counted(found.rows_planned, 'row')} to generate. Nothing was sent or written.`,
    '',
    formatTable(rows, width),
    '',
    ...saving(found),
    ...sources,
    ...basis(found),
  ].join('\n')
}

/** What batches spare. */
function saving({ columns, total: { cost, cost_without_batches: alone } }: Forecast): string[] {
  const assumed = columns.flatMap(({ column, assumed }) =>
    assumed === undefined ? [] : [{ column, ...assumed }],
  )
  const [first] = assumed
  if (first !== undefined) return [assumedSaving(assumed, first.answer_tokens)]
  if (alone === undefined || cost === null) return []
  const percent = alone === 0 ? 0 : Math.round((100 * (alone - cost)) / alone)
  return [
    `By batches: ${formatAmount(cost)} in place of ${formatAmount(alone)}, ${percent} % less. With --no-batch it would be the latter.`,
  ]
}

function assumedSaving(
  columns: readonly ({ readonly column: string } & NonNullable<Forecast['columns'][number]['assumed']>)[],
  tokens: number,
): string {
  const sum = (of: 'cost' | 'cost_without_batches') => columns.reduce((total, each) => total + each[of], 0)
  return (
    `By batches: ${columns.map(({ column }) => column).join(', ')} at most ${formatAmount(sum('cost'))} in place of ` +
    `${formatAmount(sum('cost_without_batches'))}, if every answer has ${tokens} tokens. ` +
    'No answer was seen, and no max_tokens is set.'
  )
}

interface UsedTokens {
  readonly requests: number
  readonly replies_kept?: number
  readonly replies_reused?: number
  readonly input_tokens: number | null
  readonly output_tokens: number | null
  readonly cost: number | null
  readonly range: ForecastRange | null
}

function line(name: string, used: UsedTokens, isLimit: boolean, isWhole = true): Record<string, Value> {
  const tokens = (count: number | null): Value => (count === null ? '?' : `${isLimit ? '<= ' : ''}${count}`)
  const { range } = used
  const mark = `${isLimit ? '~ ' : ''}${isWhole ? '' : '>= '}`
  const cost =
    used.cost === null ? '?' : `${mark}${formatAmount(used.cost)}${ends(range?.cost, formatAmount)}`
  return {
    column: name,
    requests: String(used.requests),
    'stored answers':
      used.replies_kept === undefined ? '' : String(used.replies_kept + (used.replies_reused ?? 0)),
    'input tokens':
      isLimit && used.input_tokens !== null ? `~ ${used.input_tokens}` : tokens(used.input_tokens),
    'output tokens': `${tokens(used.output_tokens)}${ends(range?.output_tokens)}`,
    cost,
  }
}

/** Whether only limits are known of it. */
function isLimited({ told_from }: Forecast['columns'][number]): boolean {
  return told_from === 'limits'
}

function isSpread({ range }: Forecast['columns'][number]): boolean {
  return ends(range?.output_tokens) !== ''
}

/** Four cases of five. */
function ends(
  range: readonly [number, number] | null | undefined,
  shown: (end: number) => string = String,
): string {
  return range == null || range[0] === range[1] ? '' : ` (${shown(range[0])} to ${shown(range[1])})`
}

/** How far off a forecast may be that is good enough. */
const nearEnough = 0.2

/** How many rows would have to be known for a forecast that is good enough; undefined when it is. */
function rowsToKnow({ decision, rows_planned: planned, columns, total }: Forecast): number | undefined {
  const { range, output_tokens: tokens } = total
  if (range === null || tokens === null || tokens === 0) return undefined
  const [low, high] = range.output_tokens
  const off = (high - low) / 2 / tokens
  const seen = Math.max(...columns.map(({ cells_seen }) => cells_seen))
  const rows = Math.ceil((seen * (off / nearEnough) ** 2) / 10) * 10
  // Of few rows only generating them shows more.
  const isWorth = (decision === 'fresh' || decision === 'fresh_beside') && rows < planned / 2
  return off <= nearEnough || !isWorth ? undefined : rows
}

/** The basis of the numbers. */
function basis(found: Forecast): string[] {
  const { columns } = found
  const rows = rowsToKnow(found)
  const basisLines = columns.flatMap(({ column, told_from, cells_seen, by }) =>
    told_from === 'answers' ? [`${column} ${cells_seen} cells${by === null ? '' : `, by ${by}`}`] : [],
  )
  const withoutBasis = columns.flatMap(({ column, told_from }) => (told_from === 'limits' ? [column] : []))
  return [
    ...(basisLines.length === 0 ? [] : [`Based on stored answers: ${basisLines.join('; ')}`]),
    ...(columns.some(isSpread) ? ['Ranges in parentheses are 80 % intervals.'] : []),
    ...(rows === undefined ? [] : [`For an estimate within 20 %, run a preview of about ${rows} rows.`]),
    ...(withoutBasis.length === 0
      ? []
      : [
          `No stored answer of ${withoutBasis.join(', ')}: estimated as one request per row, the bytes of the prompt template, and max_tokens.`,
          'Run a preview first, then estimate again: rowsmith preview CONFIG -n 50',
        ]),
  ]
}
