/**
 * The statistics of tokens in a dataset: from the replies of published row groups (rules: `cell-tokens.ts`).
 */

import type { Frequencies } from '../../base/numbers/frequencies.ts'
import { isEffectName } from '../../models/contract/effect.ts'
import { usageIn } from '../../models/wire/reply.ts'
import { CellTokens } from '../../run/effects/cell-tokens.ts'
import { parseRecord, placeOfAnswer } from '../../run/effects/journal-records.ts'
import { answersFileOf } from '../../run/seal/answers-file.ts'
import { ColumnTokens, type TokenFrequencies } from '../../run/usage/column-tokens.ts'
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

function statisticsOf({ input, output }: TokenFrequencies): TokenStatistics {
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

function spreadOf(tokens: Frequencies): { mean: number; median: number; stddev: number } {
  const { count, sum, median } = tokens
  const mean = sum / count
  let squares = 0
  for (const [number, times] of tokens.sorted()) {
    // One cell after the other, so that the last digits are those of a sum over cells.
    for (let cell = 0; cell < times; cell++) squares += (number - mean) ** 2
  }
  return { mean, median, stddev: Math.sqrt(squares / count) }
}
