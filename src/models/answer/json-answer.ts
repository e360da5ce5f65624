/**
 * The JSON of an answer: where it stands in what a model wrote.
 *
 * Rules:
 *   1. A text that is JSON as a whole counts as a whole, whatever stands in its strings. Example: `{"a": "```json"}`.
 *   2. Else the last block of a ```json fence counts, else the only block. A fence begins a line; ~~~, jsonc and json5 are fences too.
 *   3. Else what stands in prose counts, if exactly one document there can be read. Example: `Sure: {"a": 1}. Anything else?`
 *   4. Slips of the pen are fixed (`repair-json.ts`). What is not closed is no JSON: its end is unknown.
 *   5. Marks that templates put behind an answer are no part of it (`end-marks.ts`), nor are thoughts between its lines.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import { formatJson, parseJson } from '../../base/values/json.ts'
import { isDeeperThan, type Value } from '../../base/values/value.ts'
import { withoutEndMarks } from '../body/end-marks.ts'
import { exceptThoughts } from '../body/thoughts.ts'
import { fencedBlocks } from './fences.ts'
import { repairJson } from './repair-json.ts'

/** Deeper answers are nonsense, and would overflow the stacks of those who read them. */
const maxDepth = 100

/**
 * @param read makes what is wanted of the JSON
 * @throws RowsmithError `parse_failed`, or what `read` throws
 */
export function readJsonAnswer<Result>(content: string, read: (value: Value) => Result): Result {
  const said = withoutEndMarks(content.trim().replace(/^\ufeff/, ''))
  const whole = jsonIn(said)
  if (whole !== undefined) return readWhole(whole, read)
  const text = exceptThoughts(said)
  const fenced = lastJsonBlock(text) ?? onlyBlock(text)
  if (fenced !== undefined) {
    const value = jsonIn(fenced.trim())
    if (value !== undefined) return readWhole(value, read)
    throw new RowsmithError('parse_failed', 'The ```json block of the answer is not JSON.')
  }
  return readInProse(text, read)
}

/** JSON that was written as a text in JSON once more counts as what it spells, where the text alone does not. */
function readWhole<Result>(value: Value, read: (value: Value) => Result): Result {
  const inner = typeof value === 'string' && /^\s*[[{]/.test(value) ? jsonIn(value.trim()) : undefined
  if (inner === undefined) return read(shallow(value))
  try {
    return read(value)
  } catch {
    return read(shallow(inner))
  }
}

/** The text as JSON, with slips fixed where it begins like JSON. Undefined when it is none. */
function jsonIn(text: string): Value | undefined {
  const attempts = [() => parseJson(text)]
  if (/^[[{]/.test(text)) attempts.push(() => parseJson(repairJson(text)))
  // All of its quotes are escaped: it was cut out of a text in JSON.
  if (/^[[{]\s*\\"/.test(text))
    attempts.push(() => parseJson(JSON.parse(`"${text.replaceAll(/[\n\r\t]/g, ' ')}"`) as string))
  for (const attempt of attempts) {
    try {
      return attempt()
    } catch {}
  }
  return undefined
}

function shallow(value: Value): Value {
  if (!isDeeperThan(value, maxDepth)) return value
  throw new RowsmithError('parse_failed', `The answer nests more than ${maxDepth} levels deep.`)
}

/** A block that does not say that it holds JSON. */
function onlyBlock(text: string): string | undefined {
  const [only, ...others] = fencedBlocks(text)
  return others.length === 0 && only !== undefined && /^\s*[[{]/.test(only.text) ? only.text : undefined
}

const opening = /^[ \t]*(`{3,}|~{3,})[ \t]*(?:json5|jsonc|json)\b/gim

/**
 * The last block that says it is JSON, which may begin on the line of its fence. It ends at the first closing fence that leaves
 * JSON behind, since lines of a text in it may look like one; else at the first. One that is not closed ends with the text.
 */
function lastJsonBlock(text: string): string | undefined {
  let found: string | undefined
  for (let at = 0; ; ) {
    opening.lastIndex = at
    const open = opening.exec(text)
    if (open === null) return found
    const from = open.index + open[0].length
    const mark = present(open[1], 'open')
    const close = new RegExp(
      `^[ \\t]*${mark[0]}{${mark.length},}[ \\t]*$|${mark[0]}{${mark.length},}\\s*$(?![^])`,
      'gm',
    )
    const ends = [...text.slice(from).matchAll(close)].slice(0, maxEnds)
    const end =
      ends.find(({ index }) => jsonIn(text.slice(from, from + index).trim()) !== undefined) ?? ends[0]
    found = end === undefined ? text.slice(from) : text.slice(from, from + end.index)
    if (end === undefined) return found
    at = from + end.index + end[0].length
  }
}

/** How many closing fences, and beginnings of JSON in prose, are looked at: each may read on to the end of the text. */
const maxEnds = 50

/** Rule 3. */
function readInProse<Result>(text: string, read: (value: Value) => Result): Result {
  const documents = documentsIn(text)
  const results = new Map<string, Result>()
  let failure: unknown
  for (const value of documents) {
    try {
      results.set(formatJson(value), read(shallow(value)))
    } catch (error) {
      if (!RowsmithError.isInstance(error)) throw error
      failure ??= error
    }
  }
  const [result, ...others] = results.values()
  if (results.size === 0 && documents.length === 1) throw failure
  if (results.size === 0)
    throw new RowsmithError('parse_failed', 'The answer has no ```json block and is not JSON.')
  if (result !== undefined && others.length === 0) return result
  throw new RowsmithError(
    'parse_failed',
    `The answer has ${results.size} JSON documents, and does not say which one counts.`,
  )
}

/** Objects and lists that stand in a text, not one in another: a part of what was cut off, or cannot be read, is no answer. */
function documentsIn(text: string): Value[] {
  const documents: Value[] = []
  let at = nextOpening(text, 0)
  for (let tries = 0; at >= 0 && tries < maxEnds; tries++) {
    const end = endOfDocument(text, at)
    if (end === undefined) break
    const value = jsonIn(text.slice(at, end))
    if (value !== undefined) documents.push(value)
    at = nextOpening(text, end)
  }
  return documents
}

function nextOpening(text: string, from: number): number {
  const found = text.slice(from).search(/[[{]/)
  return found < 0 ? -1 : from + found
}

/** Behind the bracket that closes the one at `from`; undefined when nothing does. */
function endOfDocument(text: string, from: number): number | undefined {
  let depth = 0
  let inString = false
  for (let at = from; at < text.length; at++) {
    const unit = present(text[at], 'text')
    if (inString) {
      if (unit === '\\') at++
      else if (unit === '"') inString = false
    } else if (unit === '"') inString = true
    else if (unit === '{' || unit === '[') depth++
    else if ((unit === '}' || unit === ']') && --depth === 0) return at + 1
  }
  return undefined
}
