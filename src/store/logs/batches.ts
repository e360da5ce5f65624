/**
 * What the commit logs say of batches: one frame per step, durable before the next one is taken.
 *
 *   batch           its requests lie in a file, synced: the intent of each of them
 *   batch_uploaded  the provider has the file
 *   batch_creating  the one create of this try is about to be sent
 *   batch_created   it is known under which id the provider has it
 *   batch_strayed   the provider has another batch of Rowsmith, or a create of which it is unknown what became: in the accounting
 *   batch_done      its results are in the journal, or nothing came of it
 */
import { formatJson, parseJson } from '../../base/values/json.ts'
import { toValue, type ValueObject } from '../../base/values/value.ts'
import { Fields } from '../files/read-file.ts'

export interface BatchIntent {
  /** From 1, over the dataset. */
  readonly number: number
  /** `provider/model`, and an alias of it. */
  readonly model: string
  readonly alias: string
  readonly route: string
  readonly count: number
  /** Name of its file below `.rowsmith/batches/`, without its ending, and what it holds. */
  readonly file: string
  readonly sha256: string
  readonly bytes: number
  /** What all requests take at most, in tokens. */
  readonly most_input: number
  readonly most_output: number
}

export type BatchStep =
  | { readonly step: 'uploaded'; readonly number: number; readonly try: number; readonly input: string }
  | { readonly step: 'creating'; readonly number: number; readonly try: number; readonly at: number }
  | { readonly step: 'created'; readonly number: number; readonly try: number; readonly id: string }
  | { readonly step: 'strayed'; readonly number: number; readonly id: string | null }
  | {
      readonly step: 'done'
      readonly number: number
      readonly how: 'read' | 'failed' | 'gone'
      readonly answers: number
    }

/** A batch as far as it came. */
export interface BatchRecord extends BatchIntent {
  /** Of the try under way, from 1. */
  try: number
  /** The uploaded file. */
  input: string | null
  /** When the create of this try was about to be sent. */
  creatingAt: number | null
  /** When the first was. */
  firstAt: number | null
  id: string | null
  /** Other batches that Rowsmith made; null for a create with an unknown result. */
  readonly strayed: (string | null)[]
  done: 'read' | 'failed' | 'gone' | null
  answers: number
}

export function batchBody(intent: BatchIntent): string {
  return formatJson({ kind: 'batch', ...(toValue(intent) as ValueObject) })
}

export function batchStepBody({ step, ...about }: BatchStep): string {
  return formatJson({ kind: `batch_${step}`, ...(toValue(about) as ValueObject) })
}

/** The batches in the bodies of commit logs, by number. @throws RowsmithError journal_damaged */
export function batchesIn(bodies: Iterable<readonly [body: string, path: string]>): BatchRecord[] {
  const records = new Map<number, BatchRecord>()
  for (const [body, path] of bodies) {
    if (!body.startsWith('{"kind":"batch')) continue
    const record = new Fields(parseJson(body) as ValueObject, path, 'journal_damaged')
    const number = record.count('number', 1)
    const known = records.get(number)
    const kind = record.string('kind')
    if (kind === 'batch') records.set(number, newBatch(intentIn(number, record)))
    else if (known !== undefined) follow(known, stepIn(kind, number, record))
  }
  return [...records.values()].sort((a, b) => a.number - b.number)
}

export function newBatch(intent: BatchIntent): BatchRecord {
  return {
    ...intent,
    try: 1,
    input: null,
    creatingAt: null,
    firstAt: null,
    id: null,
    strayed: [],
    done: null,
    answers: 0,
  }
}

/** A step was taken. */
export function follow(record: BatchRecord, step: BatchStep): void {
  switch (step.step) {
    case 'uploaded':
      record.try = step.try
      record.input = step.input
      record.creatingAt = null
      break
    case 'creating':
      record.try = step.try
      record.creatingAt = step.at
      record.firstAt ??= step.at
      break
    case 'created':
      record.try = step.try
      record.id = step.id
      break
    case 'strayed':
      if (!record.strayed.includes(step.id) || step.id === null) record.strayed.push(step.id)
      break
    case 'done':
      record.done = step.how
      record.answers = step.answers
  }
}

function intentIn(number: number, record: Fields): BatchIntent {
  return {
    number,
    model: record.string('model'),
    alias: record.string('alias'),
    route: record.string('route'),
    count: record.count('count', 1),
    file: record.string('file'),
    sha256: record.string('sha256'),
    bytes: record.count('bytes', 0),
    most_input: record.count('most_input', 0),
    most_output: record.count('most_output', 0),
  }
}

function stepIn(kind: string, number: number, record: Fields): BatchStep {
  switch (kind) {
    case 'batch_uploaded':
      return { step: 'uploaded', number, try: record.count('try', 1), input: record.string('input') }
    case 'batch_creating':
      return { step: 'creating', number, try: record.count('try', 1), at: record.count('at', 0) }
    case 'batch_created':
      return { step: 'created', number, try: record.count('try', 1), id: record.string('id') }
    case 'batch_strayed':
      return { step: 'strayed', number, id: record.stringOrNull('id') }
    default:
      return {
        step: 'done',
        number,
        how: record.string('how') as 'read' | 'failed' | 'gone',
        answers: record.count('answers', 0),
      }
  }
}
