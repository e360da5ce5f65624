/**
 * How many tokens the cells of a dataset took, as providers counted them: from the replies of published row groups.
 *
 * Rules:
 *   1. A cell's tokens are those of all answers that it took in its last round: corrections and turns of tools included.
 *   2. Cells of dropped rows are no cells of the dataset. Answers whose usage nobody told are not counted.
 */

import { isEffectName } from '../../models/contract/effect.ts'
import { usageIn } from '../../models/wire/reply.ts'
import { type JournalRecord, parseRecord, placeOfKey, retryOfKey } from '../../run/effects/journal-records.ts'
import { answersFileOf, readAnswers } from '../../run/seal/answers-file.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import type { Commit } from '../../store/logs/commits.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'

/** Of a column's cells; called as Data Designer calls them in `column_statistics`. */
export interface TokenStatistics {
  readonly input_tokens_mean: number
  readonly input_tokens_median: number
  /** Of the cells that are there, not of a sample. */
  readonly input_tokens_stddev: number
  readonly output_tokens_mean: number
  readonly output_tokens_median: number
  readonly output_tokens_stddev: number
}

/** @returns by column; without columns whose cells took none. @throws RowsmithError journal_damaged, io_error */
export async function countTokens(view: DatasetView): Promise<ReadonlyMap<string, TokenStatistics>> {
  const { commits } = await view.logs()
  const last = new Map(commits.map((commit) => [commit.group, commit]))
  const columns = new Map<string, { input: number[]; output: number[] }>()
  for (const commit of last.values()) {
    for (const { column, input, output } of await cellsOf(view.directory, commit)) {
      const counts = columns.get(column) ?? { input: [], output: [] }
      columns.set(column, counts)
      counts.input.push(input)
      counts.output.push(output)
    }
  }
  return new Map([...columns].map(([name, counts]) => [name, statisticsOf(counts)]))
}

interface CellTokens {
  readonly column: string
  readonly round: number
  input: number
  output: number
}

async function cellsOf(directory: DatasetDirectory, commit: Commit): Promise<Iterable<CellTokens>> {
  const file = answersFileOf(commit)
  const lines = file === undefined ? undefined : await readAnswers(directory, file)
  const dropped = new Set(commit.dropped.map(([row]) => row))
  const cells = new Map<string, CellTokens>()
  for (const line of lines ?? []) {
    const record = parseRecord(line)
    if (record.kind !== 'reply' && record.kind !== 'reused') continue
    const { row, column } = placeOfKey(record.key)
    if (!isEffectName(record.model) && !dropped.has(row)) addTo(cells, `${row}/${column}`, column, record)
  }
  return cells.values()
}

function addTo(
  cells: Map<string, CellTokens>,
  name: string,
  column: string,
  { key, body }: Extract<JournalRecord, { kind: 'reply' | 'reused' }>,
): void {
  const usage = usageIn(body)
  if (usage.usageUnknown === true) return
  const { retry } = retryOfKey(key)
  const found = cells.get(name)
  if (found !== undefined && found.round > retry) return
  const cell = found?.round === retry ? found : { column, round: retry, input: 0, output: 0 }
  cells.set(name, cell)
  cell.input += usage.inputTokens
  cell.output += usage.outputTokens
}

function statisticsOf({ input, output }: { input: number[]; output: number[] }): TokenStatistics {
  const [inputs, gave] = [spreadOf(input), spreadOf(output)]
  return {
    input_tokens_mean: inputs.mean,
    input_tokens_median: inputs.median,
    input_tokens_stddev: inputs.stddev,
    output_tokens_mean: gave.mean,
    output_tokens_median: gave.median,
    output_tokens_stddev: gave.stddev,
  }
}

function spreadOf(numbers: readonly number[]): { mean: number; median: number; stddev: number } {
  const sorted = Float64Array.from(numbers).sort()
  const half = sorted.length / 2
  const median = (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2
  const mean = sorted.reduce((sum, each) => sum + each, 0) / sorted.length
  const variance = sorted.reduce((sum, each) => sum + (each - mean) ** 2, 0) / sorted.length
  return { mean, median, stddev: Math.sqrt(variance) }
}
