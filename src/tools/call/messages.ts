/**
 * What a server sends, made into messages that the protocol's client can take: one that does not fit is the error of the call
 * that it answers, and of no other.
 *
 * Rules:
 *   1. A text that is no JSON is no message: it is passed over, and reported once.
 *   2. An answer whose result is no object, or whose error is none, becomes an error of its call that says so.
 *   3. A message beyond `messageMax` is not stored in memory; its call is answered by an error that says so.
 *   4. A response that ends without the answer to its request is an error of that request, which no caller has to wait for.
 */
import { formatJson, parseJson, requireLevels } from '../../base/values/json.ts'
import { isValueObject, levelsMax, type Value } from '../../base/values/value.ts'

/** Bytes of one message. */
export const messageMax = 64 * 1024 * 1024

/** What the protocol's client takes, as JSON. */
type Message = Readonly<Record<string, unknown>>

/** @returns the messages in a text; undefined for a text that holds none (rule 1) */
export function messagesIn(text: string): readonly Message[] | undefined {
  let given: unknown
  try {
    given = JSON.parse(text.replace(/^\uFEFF/, ''))
    requireLevels(text)
  } catch {
    return given === undefined ? undefined : unreadable(text, `nested more than ${levelsMax} levels deep`)
  }
  const several: unknown[] = Array.isArray(given) ? given : [given]
  const fitting = several.flatMap((each) => fitted(each))
  return fitting.length === 0 ? undefined : fitting
}

/** A message that is too long, of which only the beginning was stored; undefined where that does not show which call it answers. */
export function overlongAnswer(beginning: string): readonly [Message] | undefined {
  return unreadable(beginning, `larger than ${messageMax / 1024 / 1024} MB`)
}

/** A message of which only its beginning is looked at. @param is what is wrong with it */
function unreadable(beginning: string, is: string): readonly [Message] | undefined {
  const id = /"id"\s*:\s*("[^"\\]{0,100}"|\d{1,15})/.exec(beginning)?.[1]
  const what = `the answer is ${is}`
  return id === undefined ? undefined : [failing(JSON.parse(id), what)]
}

/** Distinguishes `unanswered` from errors of servers. */
const mark = crypto.randomUUID()

/** Rule 4. */
export function unanswered(id: unknown): Message {
  const error = { code: internalError, message: 'the answer ended without a result', data: { mark } }
  return { jsonrpc: '2.0', id, error }
}

/** What came in place of an answer is no message. */
export function noAnswer(id: unknown, text: string): Message {
  return failing(id, text.trim() === '' ? 'the answer is empty' : `the answer is no JSON: ${shown(text)}`)
}

export function isUnanswered(data: unknown): boolean {
  return isObject(data) && data.mark === mark
}

/** Whether a message answers the request with an id, which servers may give as a text. */
export function isAnswerTo({ id, method }: Message, forwarded: unknown): boolean {
  return method === undefined && String(id) === String(forwarded)
}

function fitted(given: unknown): Message[] {
  if (typeof given !== 'object' || given === null) return []
  const { id, method, params, result, error } = given as Readonly<Record<string, unknown>>
  if (typeof method === 'string') {
    const forwarded = isObject(params) ? { params } : {}
    return [{ jsonrpc: '2.0', ...(isId(id) ? { id } : {}), method, ...forwarded }]
  }
  if (!isId(id)) return []
  if (error !== undefined && error !== null)
    return [isFailure(error) ? { jsonrpc: '2.0', id, error } : failing(id, shown(error))]
  if (isObject(result)) return [{ jsonrpc: '2.0', id, result }]
  return [failing(id, `the answer is no result: ${shown(result)}`)]
}

/** Internal error, in the numbers of JSON-RPC. */
const internalError = -32603

function failing(id: unknown, message: string): Message {
  return { jsonrpc: '2.0', id, error: { code: internalError, message } }
}

function isFailure(error: unknown): boolean {
  return isObject(error) && Number.isInteger(error.code) && typeof error.message === 'string'
}

function isId(id: unknown): boolean {
  return typeof id === 'string' || Number.isInteger(id)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shown(value: unknown): string {
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')).slice(0, 300)
}

/** Arguments as they are sent: integers beyond 2^53 keep every digit. */
export function wireArguments(given: Value): unknown {
  if (typeof given === 'bigint') {
    const number = Number(given)
    return Number.isSafeInteger(number) ? number : rawJson(String(given))
  }
  if (Array.isArray(given)) return given.map(wireArguments)
  if (!isValueObject(given)) return given
  return Object.fromEntries(Object.entries(given).map(([name, member]) => [name, wireArguments(member)]))
}

function rawJson(text: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text)
}

/** JSON of a server's as it came: integers stay integers. */
export function jsonOf(given: unknown): string {
  return formatJson(parseJson(JSON.stringify(given) ?? 'null')).toWellFormed()
}
