/**
 * Everything that is known of one row: its values, and for each of its cells the prompts, the attempts and the answers, superseded
 * ones too.
 *
 * Rules:
 *   1. Reads only, takes no lock, sends nothing; works on row groups that are published, open, or being retried.
 *   2. Prompts are not kept. They are rendered again, and belong to an answer if their hash is in its key: so a prompt that is shown
 *      is the one that was sent. Where they cannot be rendered, everything else is still told, and why.
 */

import { asRowsmithError, RowsmithError } from '../../base/errors/errors.ts'
import { formatJson, parseJson } from '../../base/values/json.ts'
import type { Value } from '../../base/values/value.ts'
import type { Disk } from '../../disk/disk.ts'
import { journalSegments } from '../../journal/replay.ts'
import type { ModelRequest } from '../../models/contract/contract.ts'
import { isEffectName } from '../../models/contract/effect.ts'
import { readReply } from '../../models/wire/reply.ts'
import { groupCount, groupOf, type RowGroup, rowCount } from '../../plan/row-groups.ts'
import { emptyLine } from '../../run/bill/ledger.ts'
import { asNumber, noPrices, type Prices, storedPrices } from '../../run/bill/prices.ts'
import { type Frame, parseFrame, placeOfKey, roundOfKey } from '../../run/effects/frames.ts'
import { emptyKeptGroup, type KeptGroup, keepFrames } from '../../run/effects/kept.ts'
import { readReplies, repliesOf } from '../../run/seal/replies.ts'
import { readLaunchFile } from '../../store/control/launch-file.ts'
import { readRunFile } from '../../store/control/run-file.ts'
import { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import { contentsOf } from '../../store/files/read-file.ts'
import { readCommitLogs } from '../../store/logs/commits.ts'
import type { Encodes } from '../../store/parquet/encoder.ts'
import { type Looked, lookAgain } from '../derive/derive.ts'
import { requireReadable } from '../rows/dataset-results.ts'

/** One request for a cell, or one answer taken from another dataset. */
interface InspectedAttempt {
  /** Of the retry that asked; 0 for the first time. */
  readonly round: number
  /** Whether another round counts now. */
  readonly superseded: boolean
  readonly outcome: 'answered' | 'reused' | 'failed' | 'unanswered'
  /** `provider/model`, or what else ran. */
  readonly model: string
  /** Of a failure. */
  readonly code: string | null
  readonly status: number | null
  /** What was asked, rendered again; null when the same request is not made any more. */
  readonly prompt: ModelRequest | null
  /** The answer's text. */
  readonly content: string | null
  readonly finish_reason: string | null
  /** As the provider gave it. */
  readonly reply: Value
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cost: number | null
  /** When it was sent; null where that was not kept. */
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

/** @throws RowsmithError dataset_not_found, usage for a row that is not planned, unknown_column, answers_missing */
export async function inspectRow(
  disk: Disk,
  encoder: () => Encodes,
  directory: string,
  row: number,
  column: string | null,
): Promise<InspectedRow> {
  await requireReadable(disk, directory)
  const dataset = new DatasetDirectory(disk, directory)
  const run = contentsOf(await readRunFile(dataset))
  if (run === undefined) {
    throw new RowsmithError(
      'answers_missing',
      `${directory} was made by another tool: nothing is kept of its answers.`,
    )
  }
  const planned = rowCount(run.segments)
  if (!Number.isSafeInteger(row) || row < 0 || row >= planned) {
    throw new RowsmithError('usage', `There is no row ${row}: the dataset has rows 0 to ${planned - 1}.`, {
      facts: { row, rows: planned },
      nextStep: 'Name a row by its number in the dataset, from 0.',
    })
  }
  const group = groupWith(row, groupCount(run.segments), (number) => groupOf(run.segments, number))
  const { texts, isPublished, dropped } = await framesOf(dataset, group)
  const kept = emptyKeptGroup()
  keepFrames(new Map([[group.group, kept]]), texts, { wanted: () => true, counted: () => false })
  const looked = await lookAgain(dataset, run, encoder, group, texts).catch((error: unknown) =>
    asRowsmithError(error).message.replace(/\.$/, ''),
  )
  const frames = texts.map(parseFrame)
  const columns = namesOf(looked, frames, row)
  if (column !== null && !columns.includes(column)) {
    throw new RowsmithError('unknown_column', `The dataset has no column "${column}".`, {
      facts: { column, columns },
    })
  }
  const prices = await pricesOf(dataset)
  const shown = columns.filter((name) => column === null || name === column)
  return {
    dataset_path: directory,
    row,
    row_group: group.group,
    fate: !isPublished ? 'open' : dropped.has(row) ? 'dropped' : 'written',
    verdicts: verdictsIn(frames, kept, row),
    cells: shown.map((name) => ({
      column: name,
      value: typeof looked === 'string' ? null : (looked.values(row).get(name) ?? null),
      attempts: attemptsIn(frames, kept, { row, column: name }, looked, prices),
    })),
    not_rendered: typeof looked === 'string' ? looked : null,
  }
}

function groupWith(row: number, groups: number, at: (number: number) => RowGroup): RowGroup {
  let [low, high] = [0, groups - 1]
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (at(middle).firstRow <= row) low = middle
    else high = middle - 1
  }
  return at(low)
}

/** What is kept of a group, in its replies file and in the journal, each once. */
async function framesOf(
  directory: DatasetDirectory,
  { group }: RowGroup,
): Promise<{ texts: readonly string[]; isPublished: boolean; dropped: ReadonlySet<number> }> {
  const { layout, disk } = directory
  const texts = new Set<string>()
  const { commits, cuts } = await readCommitLogs(directory)
  const commit = commits.findLast((each) => each.group === group)
  const file = commit === undefined ? undefined : repliesOf(commit)
  for (const line of (file === undefined ? undefined : await readReplies(directory, file)) ?? [])
    texts.add(line)
  for await (const { frames } of journalSegments(disk, layout.journal, cuts)) {
    for (const text of frames) if (parseFrame(text).group === group) texts.add(text)
  }
  const dropped = new Set((commit?.dropped ?? []).map(([row]) => row))
  return { texts: [...texts], isPublished: commit !== undefined, dropped }
}

/** Columns in making order; where that is not known, those that asked. */
function namesOf(looked: Looked | string, frames: readonly Frame[], row: number): readonly string[] {
  if (typeof looked !== 'string') return looked.columns
  const places = frames.flatMap((frame) => ('key' in frame ? [placeOfKey(frame.key)] : []))
  return [...new Set(places.filter((place) => place.row === row).map(({ column }) => column))]
}

function verdictsIn(frames: readonly Frame[], { rounds }: KeptGroup, row: number): InspectedRow['verdicts'] {
  return frames.flatMap((frame) => {
    if (frame.kind !== 'drop' || frame.verdict.row !== row) return []
    const { column, code } = frame.verdict
    const { message, attempts, round } = frame
    return [{ column, code, message, attempts, round, superseded: round !== rounds.ofRow(row) }]
  })
}

function attemptsIn(
  frames: readonly Frame[],
  { rounds }: KeptGroup,
  at: { readonly row: number; readonly column: string },
  looked: Looked | string,
  prices: Prices,
): InspectedAttempt[] {
  const attempts: InspectedAttempt[] = []
  const unanswered = new Map<string, InspectedAttempt>()
  for (const frame of frames) {
    if (frame.kind === 'group' || frame.kind === 'drop' || frame.kind === 'retry') continue
    const place = placeOfKey(frame.key)
    if (place.row !== at.row || place.column !== at.column) continue
    const { round, first } = roundOfKey(frame.key)
    const hash = first.split('/')[2] ?? ''
    const common: InspectedAttempt = {
      round,
      superseded: round !== rounds.of(at.row, at.column),
      outcome: 'unanswered',
      model: frame.model,
      code: null,
      status: null,
      prompt: typeof looked === 'string' ? null : (looked.requests.get(hash) ?? null),
      content: null,
      finish_reason: null,
      reply: null,
      input_tokens: 0,
      output_tokens: 0,
      cost: null,
      sent_at: null,
      milliseconds: null,
    }
    if (frame.kind === 'intent') {
      unanswered.set(frame.key, common)
      continue
    }
    unanswered.delete(frame.key)
    const timed = {
      ...common,
      sent_at: frame.time === undefined ? null : new Date(frame.time.at).toISOString(),
      milliseconds: frame.time?.ms ?? null,
    }
    if (frame.kind === 'failed') {
      attempts.push({ ...timed, outcome: 'failed', code: frame.code, status: frame.status })
    } else attempts.push({ ...timed, ...answerIn(frame, prices) })
  }
  return [...attempts, ...unanswered.values()]
}

function answerIn(
  { kind, model, body }: Extract<Frame, { kind: 'reply' | 'reused' }>,
  prices: Prices,
): Partial<InspectedAttempt> {
  const outcome = kind === 'reply' ? 'answered' : 'reused'
  const reply = parsed(body)
  if (isEffectName(model)) return { outcome, reply, content: formatJson(reply) }
  try {
    const { content, finishReason, usage } = readReply(body)
    const line = {
      ...emptyLine(),
      replies: 1,
      input_tokens: usage.inputTokens,
      cached_input_tokens: usage.cachedInputTokens,
      output_tokens: usage.outputTokens,
    }
    return {
      outcome,
      content,
      finish_reason: finishReason,
      reply,
      input_tokens: usage.inputTokens,
      output_tokens: usage.outputTokens,
      cost: kind === 'reused' ? null : asNumber(prices.paid(model, line)),
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

async function pricesOf(directory: DatasetDirectory): Promise<Prices> {
  const launch = await readLaunchFile(directory)
  return launch.kind === 'read' ? storedPrices(launch.contents.prices) : noPrices
}
