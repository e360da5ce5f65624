/**
 * Everything that is known of one row: its values, and for each of its cells the prompts, the attempts and the answers, superseded
 * ones too.
 *
 * Rules:
 *   1. Reads only, takes no lock, sends nothing; works on row groups that are published, open, or being retried.
 *   2. Prompts are not stored. They are rendered again, and belong to an answer if their hash is in its key: so a prompt that is shown
 *      is the one that was sent. Where they cannot be rendered, everything else is still shown, and why.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import { formatJson, parseJson } from '../../base/values/json.ts'
import type { Value } from '../../base/values/value.ts'
import type { ModelRequest } from '../../models/contract/contract.ts'
import { isEffectName } from '../../models/contract/effect.ts'
import { readReply } from '../../models/wire/reply.ts'
import { groupWithRow, rowCount } from '../../plan/row-groups.ts'
import { type JournalRecord, placeOfKey, retryOfKey } from '../../run/effects/journal-records.ts'
import type { ReplayState } from '../../run/effects/replay-state.ts'
import { lineOfAnswer } from '../../run/usage/ledger.ts'
import { asNumber, noPrices, type Prices, storedPrices } from '../../run/usage/prices.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import type { ReplayedRowGroup } from '../replay/replayer.ts'
import { unknownColumn } from '../rows/columns.ts'
import { requireReadable } from '../rows/dataset-results.ts'
import type { StoredGroups } from './stored-groups.ts'

/** One request for a cell, or one answer taken from another dataset. */
interface InspectedAttempt {
  /** Of the retry that requested it; 0 for the first time. */
  readonly round: number
  /** Whether another round counts now. */
  readonly superseded: boolean
  readonly outcome: 'answered' | 'reused' | 'failed' | 'unanswered'
  /** `provider/model`, or what else ran. */
  readonly model: string
  /** Of a failure. */
  readonly code: string | null
  readonly status: number | null
  /** What was requested, rendered again; null when the same request is not made any more. */
  readonly prompt: ModelRequest | null
  /** The answer's text. */
  readonly content: string | null
  /** What the model thought before it answered; null when the reply has none. */
  readonly reasoning: string | null
  readonly finish_reason: string | null
  /** As the provider gave it. */
  readonly reply: Value
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cost: number | null
  /** When it was sent; null where that was not stored. */
  readonly sent_at: string | null
  readonly milliseconds: number | null
}

interface InspectedCell {
  readonly column: string
  /** Null also while it is not made. */
  readonly value: Value
  readonly attempts: readonly InspectedAttempt[]
}

export interface InspectedRow {
  readonly dataset_path: string
  readonly row: number
  readonly row_group: number
  readonly fate: 'written' | 'dropped' | 'open'
  readonly verdicts: readonly {
    readonly column: string
    readonly code: string
    readonly message: string
    readonly attempts: number
    readonly round: number
    readonly superseded: boolean
  }[]
  readonly cells: readonly InspectedCell[]
  /** Why values and prompts are not known; null when they are. */
  readonly not_rendered: string | null
}

/**
 * @param stored row groups that were read before need not be read again
 * @throws RowsmithError dataset_not_found, usage for a row that is not planned, unknown_column, answers_missing
 */
export async function inspectRow(
  view: DatasetView,
  stored: StoredGroups,
  row: number,
  column: string | null,
): Promise<InspectedRow> {
  const directory = view.directory.path
  await requireReadable(view)
  const run = await view.plannedRun()
  if (run === undefined) {
    throw new RowsmithError(
      'answers_missing',
      `${directory} was made by another tool: its answers are not stored.`,
    )
  }
  const planned = rowCount(run.segments)
  if (!Number.isSafeInteger(row) || row < 0 || row >= planned) {
    throw new RowsmithError('usage', `There is no row ${row}: the dataset has rows 0 to ${planned - 1}.`, {
      facts: { row, rows: planned },
      nextStep: 'Name a row by number of the row, from 0.',
    })
  }
  const group = groupWithRow(run.segments, row)
  const [found] = await stored.get(view, run, [group])
  const { commit, state, replayed } = present(found, 'stored row groups')
  const records = found?.byRow.get(row) ?? []
  const columns = namesOf(replayed, records)
  if (column !== null && !columns.includes(column)) throw unknownColumn(column, columns)
  const prices = await pricesOf(view)
  const shown = columns.filter((name) => column === null || name === column)
  const isDropped = commit?.dropped.some(([each]) => each === row)
  return {
    dataset_path: directory,
    row,
    row_group: group.group,
    fate: isDropped === undefined ? 'open' : isDropped ? 'dropped' : 'written',
    verdicts: failuresIn(records, state, row),
    cells: shown.map((name) => ({
      column: name,
      value: typeof replayed === 'string' ? null : (replayed.values(row).get(name) ?? null),
      attempts: attemptsIn(records, state, { row, column: name }, replayed, prices),
    })),
    not_rendered: typeof replayed === 'string' ? replayed : null,
  }
}

/** Columns in making order; where that is not known, those with requests. */
function namesOf(replayed: ReplayedRowGroup | string, records: readonly JournalRecord[]): readonly string[] {
  if (typeof replayed !== 'string') return replayed.columns
  return [...new Set(records.flatMap((record) => ('key' in record ? [placeOfKey(record.key).column] : [])))]
}

function failuresIn(
  records: readonly JournalRecord[],
  { retryNumbers }: ReplayState,
  row: number,
): InspectedRow['verdicts'] {
  return records.flatMap((record) => {
    if (record.kind !== 'drop' || record.failure.row !== row) return []
    const { column, code } = record.failure
    const { message, attempts, retry } = record
    return [{ column, code, message, attempts, round: retry, superseded: retry !== retryNumbers.ofRow(row) }]
  })
}

function attemptsIn(
  records: readonly JournalRecord[],
  { retryNumbers }: ReplayState,
  at: { readonly row: number; readonly column: string },
  replayed: ReplayedRowGroup | string,
  prices: Prices,
): InspectedAttempt[] {
  const attempts: InspectedAttempt[] = []
  const unanswered = new Map<string, InspectedAttempt>()
  for (const record of records) {
    if (record.kind === 'group' || record.kind === 'drop' || record.kind === 'retry') continue
    const place = placeOfKey(record.key)
    if (place.row !== at.row || place.column !== at.column) continue
    const { retry, first } = retryOfKey(record.key)
    const hash = first.split('/')[2] ?? ''
    const common: InspectedAttempt = {
      round: retry,
      superseded: retry !== retryNumbers.of(at.row, at.column),
      outcome: 'unanswered',
      model: record.model,
      code: null,
      status: null,
      prompt: typeof replayed === 'string' ? null : (replayed.requests.get(hash) ?? null),
      content: null,
      reasoning: null,
      finish_reason: null,
      reply: null,
      input_tokens: 0,
      output_tokens: 0,
      cost: null,
      sent_at: null,
      milliseconds: null,
    }
    if (record.kind === 'intent') {
      unanswered.set(record.key, common)
      continue
    }
    unanswered.delete(record.key)
    const timed = {
      ...common,
      sent_at: record.time === undefined ? null : new Date(record.time.at).toISOString(),
      milliseconds: record.time?.ms ?? null,
    }
    if (record.kind === 'failed') {
      attempts.push({ ...timed, outcome: 'failed', code: record.code, status: record.status })
    } else attempts.push({ ...timed, ...answerIn(record, prices) })
  }
  return [...attempts, ...unanswered.values()]
}

function answerIn(
  { kind, model, body }: Extract<JournalRecord, { kind: 'reply' | 'reused' }>,
  prices: Prices,
): Partial<InspectedAttempt> {
  const outcome = kind === 'reply' ? 'answered' : 'reused'
  const reply = parsed(body)
  if (isEffectName(model)) return { outcome, reply, content: formatJson(reply) }
  try {
    const { content, reasoning, finishReason, usage } = readReply(body)
    return {
      outcome,
      content,
      reasoning,
      finish_reason: finishReason,
      reply,
      input_tokens: usage.inputTokens,
      output_tokens: usage.outputTokens,
      cost: kind === 'reused' ? null : asNumber(prices.paid(model, lineOfAnswer(usage))),
    }
  } catch {
    return { outcome, reply }
  }
}

function parsed(body: string): Value {
  try {
    return parseJson(body)
  } catch {
    return body
  }
}

async function pricesOf(view: DatasetView): Promise<Prices> {
  const launch = await view.launch()
  return launch.kind === 'read' ? storedPrices(launch.contents.prices) : noPrices
}
