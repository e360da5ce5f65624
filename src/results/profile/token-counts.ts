/**
 * The statistics of tokens in a dataset: from the replies of published row groups (rules: `cell-tokens.ts`).
 */

import { isEffectName } from '../../models/contract/effect.ts'
import { usageIn } from '../../models/wire/reply.ts'
import { CellTokens } from '../../run/effects/cell-tokens.ts'
import { parseRecord, placeOfAnswer } from '../../run/effects/journal-records.ts'
import { answersFileOf } from '../../run/seal/answers-file.ts'
import { ColumnTokens, type TokenHistogram } from '../../run/usage/column-tokens.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import type { Commit } from '../../store/logs/commits.ts'
import { readAnswers } from '../../store/publishing/answers-file.ts'
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

/**
 * @param tokens of row groups that need not be read; those of all others are added
 * @returns by column; without columns whose cells took none
 * @throws RowsmithError journal_damaged, io_error
 */
export async function countTokens(
  view: DatasetView,
  tokens = new ColumnTokens(),
): Promise<ReadonlyMap<string, TokenStatistics>> {
  const { commits } = await view.logs()
  const last = new Map(commits.map((commit) => [commit.group, commit]))
  for (const [group, commit] of last) {
    if (tokens.groups.has(group)) continue
    const dropped = new Set(commit.dropped.map(([row]) => row))
    const cells = await cellsOf(view.directory, commit)
    tokens.add(group, cells.written(dropped))
  }
  return new Map([...tokens.columns].map(([name, counts]) => [name, statisticsOf(counts)]))
}

async function cellsOf(directory: DatasetDirectory, commit: Commit): Promise<CellTokens> {
  const file = answersFileOf(commit)
  const lines = file === undefined ? undefined : await readAnswers(directory, file)
  const cells = new CellTokens()
  for (const line of lines ?? []) {
    if (placeOfAnswer(line) === undefined) continue
    const record = parseRecord(line)
    if (record.kind !== 'reply' && record.kind !== 'reused') continue
    const { key, model, body } = record
    if (!isEffectName(model)) cells.add(key, model, usageIn(body))
  }
  return cells
}

interface TokenHistograms {
  readonly input: TokenHistogram
  readonly output: TokenHistogram
}

function statisticsOf({ input, output }: TokenHistograms): TokenStatistics {
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

function spreadOf(histogram: TokenHistogram): { mean: number; median: number; stddev: number } {
  const sorted = [...histogram].sort(([a], [b]) => a - b)
  const cells = sorted.reduce((sum, [, times]) => sum + times, 0)
  const mean = sorted.reduce((sum, [tokens, times]) => sum + tokens * times, 0) / cells
  let squares = 0
  for (const [tokens, times] of sorted) {
    // One cell after the other, so that the last digits are those of a sum over cells.
    for (let cell = 0; cell < times; cell++) squares += (tokens - mean) ** 2
  }
  const median = (at(sorted, Math.ceil(cells / 2)) + at(sorted, Math.floor(cells / 2) + 1)) / 2
  return { mean, median, stddev: Math.sqrt(squares / cells) }
}

/** @param place from 1 on */
function at(sorted: readonly (readonly [tokens: number, times: number])[], place: number): number {
  let before = 0
  for (const [tokens, times] of sorted) {
    before += times
    if (before >= place) return tokens
  }
  return 0
}
