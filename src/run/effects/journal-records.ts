/**
 * What the journal says: the bodies of its frames, one JSON object each.
 *
 *   group   the sampled and seed columns of a row group, its first frame (rule E5)
 *   intent  a request is about to be sent, or an effect to be run (E7)
 *   reply   the raw answer to it: what was paid for (E3); of other effects the value
 *   reused  an answer that another dataset paid for, taken over under the same key
 *   failed  the request ended without an answer
 *   drop    a row's final row failure (E4)
 *   retry   cells whose answers are requested again, and what was stored of them superseded (`retry-numbers.ts`)
 *
 * A reply's body is carried verbatim as the last member, so that keeping it costs no serialising
 * and the reader gets the very bytes back.
 */
import { formatJson, parseJson } from '../../base/values/json.ts'
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import type { TokenReservation } from '../../models/contract/request-size.ts'
import type { RetriedCells } from './retry-numbers.ts'

/**
 * Names an effect (rule E1): `<row>/<column>/<request hash>/<occurrence>`, safe in a header; and `/<round>` behind it for one
 * that a retry requested (rule Q1).
 */
export type EffectKey = string

/** @param column percent-encoded, so that the key is ASCII and its parts cannot run together */
export function effectKey(
  row: number,
  column: string,
  requestHash: string,
  occurrence: number,
  retry = 0,
): EffectKey {
  const key = `${row}/${encodeURIComponent(column.toWellFormed())}/${requestHash}/${occurrence}`
  return retry === 0 ? key : `${key}/${retry}`
}

/** The key that the same effect has in its first round, and the round it is of. */
export function retryOfKey(key: EffectKey): { readonly first: EffectKey; readonly retry: number } {
  const parts = key.split('/')
  return parts.length < 5
    ? { first: key, retry: 0 }
    : { first: parts.slice(0, 4).join('/'), retry: Number(parts[4]) }
}

/** Names a cell: the first two parts of the keys of its effects. */
export type CellName = string

export function cellOfKey(key: EffectKey): CellName {
  return key.slice(0, key.indexOf('/', key.indexOf('/') + 1))
}

/** Whose cell an effect belongs to. */
export function placeOfKey(key: EffectKey): { readonly row: number; readonly column: string } {
  const [row = '', column = ''] = key.split('/', 2)
  return { row: Number(row), column: decodeURIComponent(column) }
}

export function rowOfKey(key: EffectKey): number {
  return Number(key.slice(0, key.indexOf('/')))
}

/** One row's end without a value, and why. */
export interface RowFailure {
  readonly row: number
  readonly column: string
  readonly code: string
}

/** When a request was sent, in milliseconds since 1970, and how many it took. Unknown in frames of an earlier Rowsmith. */
export interface AttemptTime {
  readonly at: number
  readonly ms: number
}

export type JournalRecord =
  | { readonly kind: 'group'; readonly group: number; readonly columns: ValueObject }
  | {
      readonly kind: 'intent'
      readonly group: number
      readonly key: EffectKey
      /** Who was requested: `provider/model`, or an effect's name (see `effectName`). */
      readonly model: string
      /** What it takes at most. Zero in frames of an earlier Rowsmith, which did not say. */
      readonly most: TokenReservation
    }
  | {
      readonly kind: 'reply' | 'reused'
      readonly group: number
      readonly key: EffectKey
      readonly model: string
      /** Not of those that were taken over. */
      readonly time?: AttemptTime | undefined
      readonly body: string
    }
  | {
      readonly kind: 'failed'
      readonly group: number
      readonly key: EffectKey
      readonly model: string
      readonly code: string
      /** HTTP status, when there was a response. */
      readonly status: number | null
      /** See `ModelFailure`. False in frames of an earlier Rowsmith, which did not say. */
      readonly maybeCharged: boolean
      readonly time?: AttemptTime | undefined
    }
  | {
      readonly kind: 'drop'
      readonly group: number
      readonly failure: RowFailure
      readonly attempts: number
      /** Of the row (rule Q2). */
      readonly retry: number
      /** In words; empty in frames of an earlier Rowsmith. */
      readonly message: string
    }
  | ({ readonly kind: 'retry'; readonly group: number } & RetriedCells)

const bodyMember = ',"body":'
/** Of a row failure's message, so much is stored. */
const messageMax = 300
/** How the text of an answer begins, up to the row of its key. */
const answerHead = /^\{"t":"(?:reply|reused)","g":(\d+),"k":"(\d+)\//

/** Where an answer belongs, from the beginning of its frame alone; undefined for frames of other kinds. */
export function placeOfAnswer(text: string): { readonly group: number; readonly row: number } | undefined {
  const head = answerHead.exec(text)
  return head === null ? undefined : { group: Number(head[1]), row: Number(head[2]) }
}

/** How much of a frame's text `placeOfAnswer` looks at. */
export const answerHeadLength = 64

/** A frame as journal text: one line. */
export function formatRecord(record: JournalRecord): string {
  const group = `"g":${record.group}`
  switch (record.kind) {
    case 'group':
      return `{"t":"group",${group},"columns":${formatJson(record.columns)}}`
    case 'intent':
      return `{"t":"intent",${group},"k":"${record.key}","m":${JSON.stringify(record.model)},"most":[${record.most.input},${record.most.output}]}`
    case 'reply':
    case 'reused':
      return `{"t":"${record.kind}",${group},"k":"${record.key}","m":${JSON.stringify(record.model)}${timeText(record.time)}${bodyMember}${oneLine(record.body)}}`
    case 'failed':
      return `{"t":"failed",${group},"k":"${record.key}","m":${JSON.stringify(record.model)},"code":"${record.code}","status":${record.status}${record.maybeCharged ? ',"paid":"perhaps"' : ''}${timeText(record.time)}}`
    case 'drop': {
      const { row, column, code } = record.failure
      const why = record.message === '' ? '' : `,"why":${JSON.stringify(record.message.slice(0, messageMax))}`
      return `{"t":"drop",${group},"r":${row},"c":${JSON.stringify(column)},"code":"${code}","attempts":${record.attempts}${record.retry === 0 ? '' : `,"n":${record.retry}`}${why}}`
    }
    case 'retry': {
      const cells = JSON.stringify([...record.cells])
      const tokens = record.answerTokens === undefined ? '' : `,"tokens":${record.answerTokens}`
      return `{"t":"retry",${group},"n":${record.number},"cells":${cells},"written":${JSON.stringify(record.written)}${tokens}}`
    }
  }
}

/**
 * Reads what `formatRecord` wrote.
 *
 * @throws SyntaxError when the text is not such a frame (another format version)
 */
export function parseRecord(text: string): JournalRecord {
  // A quote inside a JSON string is escaped, so the first bare match is the member itself.
  const split = answerHead.test(text) ? text.indexOf(bodyMember) : -1
  // The head of an answer holds no number that needs to be exact, and there are many of them.
  const head = split === -1 ? parseJson(text) : (JSON.parse(`${text.slice(0, split)}}`) as Value)
  if (!isValueObject(head)) throw new SyntaxError('A journal frame is not an object')
  const group = Number(head.g)
  const key = String(head.k)
  const model = String(head.m)
  switch (head.t) {
    case 'group':
      return { kind: 'group', group, columns: isValueObject(head.columns) ? head.columns : {} }
    case 'intent':
      return { kind: 'intent', group, key, model, most: mostOf(head.most) }
    case 'reply':
    case 'reused':
      return {
        kind: head.t,
        group,
        key,
        model,
        ...timeOf(head),
        body: text.slice(split + bodyMember.length, -1),
      }
    case 'failed':
      return {
        kind: 'failed',
        group,
        key,
        model,
        code: String(head.code),
        status: statusOf(head.status),
        maybeCharged: head.paid === 'perhaps',
        ...timeOf(head),
      }
    case 'drop':
      return {
        kind: 'drop',
        group,
        failure: { row: Number(head.r), column: String(head.c), code: String(head.code) },
        attempts: Number(head.attempts),
        retry: Number(head.n ?? 0),
        message: typeof head.why === 'string' ? head.why : '',
      }
    case 'retry': {
      const cells = (head.cells ?? []) as Value[][]
      return {
        kind: 'retry',
        group,
        number: Number(head.n),
        cells: new Map(cells.map(([column, rows]) => [String(column), numbersIn(rows)])),
        written: numbersIn(head.written),
        ...(typeof head.tokens === 'bigint' ? { answerTokens: Number(head.tokens) } : {}),
      }
    }
    default:
      throw new SyntaxError(`A journal frame has the unknown kind ${formatJson((head.t ?? null) as Value)}`)
  }
}

/** Line breaks in JSON text stand only between tokens; without them a frame is one line of the replies file. */
function oneLine(json: string): string {
  return json.includes('\n') || json.includes('\r') ? json.replace(/[\r\n]+/g, ' ') : json
}

function timeText(time: AttemptTime | undefined): string {
  return time === undefined ? '' : `,"at":${Math.round(time.at)},"ms":${Math.round(time.ms)}`
}

function timeOf({ at, ms }: ValueObject): { time?: AttemptTime } {
  return at === undefined ? {} : { time: { at: Number(at), ms: Number(ms) } }
}

function numbersIn(value: Value | undefined): number[] {
  return Array.isArray(value) ? value.map(Number) : []
}

function mostOf(value: Value | undefined): TokenReservation {
  const [input, output] = Array.isArray(value) ? value : []
  return { input: Number(input ?? 0), output: Number(output ?? 0) }
}

function statusOf(value: Value | undefined): number | null {
  return typeof value === 'bigint' ? Number(value) : null
}
