/** A file an agent wrote: its records with their lines, and the error that says where one is not what it should be. */
import { RowsmithError } from '../../base/errors/errors.ts'
import { parseJson } from '../../base/values/json.ts'
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import type { FoundFile } from '../files/found.ts'

export interface SessionFile extends FoundFile {
  readonly text: string
}

/** One line of a JSONL file. */
export interface SessionRecord {
  readonly value: ValueObject
  /** Counted from 1. */
  readonly line: number
}

/** Says where a file is malformed: it is passed over with this sentence. */
export function malformed(file: FoundFile, what: string, line?: number): RowsmithError {
  const place = line === undefined ? file.path : `${file.path}:${line}`
  return new RowsmithError('seed_unreadable', `${place}: ${what}`, {
    facts: { file: file.path, line: line ?? null },
  })
}

/**
 * Every line that is not blank; each has to be an object. A mark of byte order is passed over, and so are the zeros that a machine
 * leaves at the end of a file when it dies.
 *
 * @throws RowsmithError
 */
export function recordsOf(file: SessionFile): SessionRecord[] {
  const records: SessionRecord[] = []
  const whole = file.text.replace(/^\uFEFF/, '').replace(/[\0\s]+$/, '')
  for (const [index, text] of whole.split('\n').entries()) {
    if (text.trim() === '') continue
    records.push({ value: objectIn(file, text, index + 1), line: index + 1 })
  }
  return records
}

/** A file that is one object. @throws RowsmithError */
export function documentOf(file: SessionFile): ValueObject {
  return objectIn(file, file.text.replace(/^\uFEFF/, '').replace(/\0+$/, ''), undefined)
}

function objectIn(file: SessionFile, text: string, line: number | undefined): ValueObject {
  let value: Value
  try {
    value = parseJson(text)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replaceAll(/\s+/g, ' ').slice(0, 120) : String(cause)
    throw malformed(file, `is not JSON: ${why}`, line)
  }
  if (!isValueObject(value)) throw malformed(file, 'is not a JSON object', line)
  return value
}

/** A member that is text, and not empty; null for anything else. */
export function textOf(value: ValueObject | undefined, key: string): string | null {
  const member = memberOf(value, key)
  return typeof member === 'string' && member !== '' ? member : null
}

/** A member that is an object. */
export function objectOf(value: ValueObject | undefined, key: string): ValueObject | undefined {
  const member = memberOf(value, key)
  return isValueObject(member) ? member : undefined
}

/** The objects of a member that is a list. */
export function objectsOf(value: ValueObject | undefined, key: string): ValueObject[] {
  const member = memberOf(value, key)
  return Array.isArray(member) ? (member as Value[]).filter((item) => isValueObject(item)) : []
}

function memberOf(value: ValueObject | undefined, key: string): Value | undefined {
  return value !== undefined && Object.hasOwn(value, key) ? value[key] : undefined
}
