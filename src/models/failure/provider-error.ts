/**
 * What an error body says, in whatever shape: `{error: {message, type, code}}`, `{error: "..."}`, `{message}`, `{detail}`,
 * `[{error}]`, a text, a page. Members that repeat the request (`input`, `ctx`, `body`, `failed_generation`) are never read.
 */
import { isObject, type JsonObject, parseBody } from '../body/body.ts'
import { detailedAfter } from './come-back.ts'

/** How much of a sentence is looked at. */
const MAX_SEARCHED = 8192

export interface ProviderError {
  /** The provider's sentence on one line; empty when it gave none. */
  readonly sentence: string
  /** The names that it gives the error. */
  readonly names: string
  /** Whether it is a page for people. */
  readonly isPage: boolean
  /** Google says here, and in no header, when to come back. */
  readonly retryAfterMs: number | null
  /** Headers of another server that a gateway hands on. */
  readonly headers: JsonObject
}

export function readError(body: string): ProviderError {
  const parsed = parseBody(body)
  if (typeof parsed === 'string') return { ...nothing, sentence: line(parsed) }
  const root: unknown = Array.isArray(parsed) ? parsed[0] : parsed
  if (!isObject(root)) {
    const isPage = /^\s*<[!a-z?]/i.test(body)
    return { ...nothing, sentence: isPage ? line(headlineOf(body)) : line(body), isPage }
  }
  const objects = errorsIn(root)
  const [error = root] = objects
  const sentences = [...new Set(objects.flatMap(sentencesOf))]
  const metadata = isObject(error.metadata) ? error.metadata : {}
  return {
    sentence: line(sentences.length === 0 ? body : sentences.slice(0, 2).join(': ')),
    names: objects.flatMap(namesOf).join(' '),
    isPage: false,
    retryAfterMs: objects.map(detailedAfter).find((each) => each !== null) ?? null,
    headers: isObject(metadata.headers) ? metadata.headers : {},
  }
}

/** Whether the body of a success holds an error, in whatever shape. */
export function holdsError(body: string): boolean {
  const parsed = parseBody(body)
  const root: unknown = Array.isArray(parsed) ? parsed[0] : parsed
  if (!isObject(root)) return false
  const { error, errors, base_resp, object, type } = root
  if (isObject(error) || (typeof error === 'string' && error.trim() !== '')) return true
  if (isObject(base_resp) && base_resp.status_code !== 0) return true
  if (Array.isArray(errors) || object === 'error' || type === 'error') return true
  return sentencesOf(root).length > 0
}

const nothing: ProviderError = { sentence: '', names: '', isPage: false, retryAfterMs: null, headers: {} }

/** The objects that speak of the error, innermost first: of a gateway, what it hands on as well. */
function errorsIn(root: JsonObject): JsonObject[] {
  const { error, errors, base_resp, response } = root
  const inner = [error, ...(Array.isArray(errors) ? errors : []), base_resp]
    .filter((each) => isObject(each) || (typeof each === 'string' && each.trim() !== ''))
    .map((each) => (isObject(each) ? each : { message: each }))
  const answered = isObject(response) && isObject(response.error) ? [response.error] : []
  const found = [...inner, ...answered]
  return [...found, ...found.flatMap(handedOn), root]
}

/** What a gateway got from the provider behind it: OpenRouter's `metadata.raw`, as an object or as its text. */
function handedOn({ metadata }: JsonObject): JsonObject[] {
  const raw = isObject(metadata) ? metadata.raw : undefined
  const parsed = typeof raw === 'string' ? (parseBody(raw) ?? raw) : raw
  if (typeof parsed === 'string') return [{ message: parsed }]
  return isObject(parsed) ? errorsIn(parsed) : []
}

function sentencesOf(said: JsonObject): string[] {
  const { message, detail, details, msg, error_msg, error_description, status_msg, Message, title, error } =
    said
  const texts = [
    message,
    detail,
    msg,
    error_msg,
    error_description,
    status_msg,
    Message,
    title,
    details,
    error,
  ]
  const found = texts.find((text) => typeof text === 'string' && text.trim() !== '')
  if (typeof found === 'string') return [found]
  const listed = [message, detail, details].find(Array.isArray)
  return listed === undefined ? [] : [listed.map(complaint).filter(Boolean).join('; ')]
}

/** FastAPI's and pydantic's: where, and what. What was given there is the request's. */
function complaint(given: unknown): string {
  if (typeof given === 'string') return given
  const { loc, msg, message }: JsonObject = isObject(given) ? given : {}
  const what = msg ?? message
  if (typeof what !== 'string') return ''
  const where = Array.isArray(loc) ? loc.filter((part) => typeof part !== 'object').join('.') : ''
  return where === '' ? what : `${where}: ${what}`
}

function namesOf({
  code,
  type,
  status,
  reason,
  __type,
  error_code,
  status_code,
  ...said
}: JsonObject): string[] {
  const details = Array.isArray(said.details) ? said.details.filter(isObject) : []
  const violations = details.flatMap((each) => (Array.isArray(each.violations) ? each.violations : []))
  const inner = isObject(said.innererror) ? said.innererror.code : undefined
  const source = isObject(said.metadata) ? said.metadata.limit_source : undefined
  return [
    ...[code, type, status, reason, __type, error_code, status_code, inner, source],
    ...details.map((each) => each.reason),
    ...violations.filter(isObject).map(({ quotaId }) => quotaId),
  ].flatMap((name) => (typeof name === 'string' || typeof name === 'number' ? [String(name)] : []))
}

/** What a page says of itself. */
function headlineOf(page: string): string {
  const start = page.slice(0, MAX_SEARCHED)
  const [, title = ''] = /<title[^>]*>([^<]*)/i.exec(start) ?? []
  const [, heading = ''] = /<h1[^>]*>([\s\S]*?)<\/h1>/i.exec(start) ?? []
  const [, paragraph = ''] = /<p[^>]*>([\s\S]*?)<\/p>/i.exec(start) ?? []
  const texts = [title, heading, paragraph].map((text) => text.replace(/<[^>]*>/g, ' ').trim())
  const said = [...new Set(texts)].filter((each) => each !== '')
  return said.length > 0 ? said.join(': ') : start.replace(/<(style|script)[\s\S]*?<\/\1>|<[^>]*>/gi, ' ')
}

function line(text: string): string {
  return text
    .slice(0, MAX_SEARCHED)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .replace(repeated, '$1$2$1: …')
    .trim()
}

/** In a sentence that holds an object, as Python and JSON write it: the members that repeat the request. */
const repeated =
  /(['"])(input|ctx|body|request|prompt|messages|content|failed_generation|input_value)\1\s*:\s*(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")/g
