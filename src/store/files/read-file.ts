import type { ErrorCode } from '../../base/errors/error-codes.ts'
import { errnoOf, RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import { formatJson, parseJson } from '../../base/values/json.ts'
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import type { Disk } from '../../disk/disk.ts'
import { storageError } from '../../disk/storage-error.ts'
import type { Defect, Found } from '../../plan/facts.ts'

/**
 * Reads a JSON file that holds an object, and reports what is wrong with it if something is: not UTF-8,
 * not JSON, not an object, or whatever `parse` finds in it.
 *
 * @throws RowsmithError io_error when the disk fails
 * @param name what messages call the file, `metadata.json`
 * @param code what a defect of the file as a whole is
 * @param parse gives the contents their type; throws a RowsmithError for a field that is missing or wrong
 */
export async function readJsonFile<T>(
  disk: Disk,
  path: string,
  name: string,
  code: ErrorCode,
  parse: (fields: ValueObject) => T,
): Promise<Found<T>> {
  const defect = (what: string): Found<T> => ({
    kind: 'defect',
    defect: { code, message: `${name} ${what}.` },
  })
  let bytes: Uint8Array
  try {
    bytes = await disk.readFile(path)
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT') return { kind: 'absent' }
    if (errno === 'EISDIR') return defect('cannot be read (EISDIR)')
    // The disk's failure, perhaps a passing one: it says nothing about the file.
    throw storageError(error, 'read', path)
  }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return defect('is not UTF-8 text')
  }
  let value: Value
  try {
    value = parseJson(text)
  } catch {
    return defect(text.trim() === '' ? 'is empty' : 'is not JSON')
  }
  if (!isValueObject(value)) return defect(`holds ${kindOf(value)} where an object is due`)
  try {
    return { kind: 'read', contents: parse(value) }
  } catch (error) {
    if (!RowsmithError.isInstance(error)) throw error
    return { kind: 'defect', defect: { code: error.code, message: error.message } }
  }
}

/** Typed access to the fields of a file; whatever is missing or of the wrong kind is an error that names it. */
export class Fields {
  readonly #fields: ValueObject
  readonly #name: string
  readonly #code: ErrorCode

  constructor(fields: ValueObject, name: string, code: ErrorCode) {
    this.#fields = fields
    this.#name = name
    this.#code = code
  }

  names(): string[] {
    return Object.keys(this.#fields)
  }

  has(field: string): boolean {
    return Object.hasOwn(this.#fields, field)
  }

  string(field: string): string {
    const value = this.any(field)
    return typeof value === 'string' ? value : this.wrong(field, 'a string')
  }

  stringOrNull(field: string): string | null {
    return this.any(field) === null ? null : this.string(field)
  }

  boolean(field: string): boolean {
    const value = this.any(field)
    return typeof value === 'boolean' ? value : this.wrong(field, 'true or false')
  }

  integer(field: string): bigint {
    const value = this.any(field)
    return typeof value === 'bigint' ? value : this.wrong(field, 'an integer')
  }

  /** An integer that counts something. */
  count(field: string, minimum = 0): number {
    const value = this.any(field)
    const number = typeof value === 'bigint' ? Number(value) : Number.NaN
    return Number.isSafeInteger(number) && number >= minimum
      ? number
      : this.wrong(field, `an integer of at least ${minimum}`)
  }

  /** A version: a count, or a name. */
  version(field: string): string | number {
    return typeof this.any(field) === 'string' ? this.string(field) : this.count(field)
  }

  oneOf<const T extends string>(field: string, allowed: readonly T[]): T {
    const value = this.any(field)
    const found = allowed.find((candidate) => candidate === value)
    return found ?? this.wrong(field, allowed.map((text) => `"${text}"`).join(' or '))
  }

  object(field: string): Fields {
    const value = this.any(field)
    return isValueObject(value)
      ? new Fields(value, `${this.#name}, ${field}`, this.#code)
      : this.wrong(field, 'an object')
  }

  objects(field: string): Fields[] {
    const value = this.any(field)
    if (!Array.isArray(value)) return this.wrong(field, 'a list of objects')
    return value.map((element, index) =>
      isValueObject(element)
        ? new Fields(element, `${this.#name}, ${field}[${index}]`, this.#code)
        : this.wrong(field, 'a list of objects'),
    )
  }

  /** Whatever is there. */
  any(field: string): Value {
    if (!this.has(field)) throw new RowsmithError(this.#code, `${this.#name}: the field ${field} is missing.`)
    return present(this.#fields[field], 'fields')
  }

  /** @throws RowsmithError always: the field, what it holds, what is due */
  wrong(field: string, expected: string): never {
    const seen = kindOf(this.#fields[field] ?? null)
    throw new RowsmithError(
      this.#code,
      `${this.#name}: the field ${field} holds ${seen}; it must be ${expected}.`,
    )
  }
}

/** A short phrase for what a value is, with the value where it is small. */
function kindOf(value: Value): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  return typeof value === 'string' ? `the text ${JSON.stringify(value.slice(0, 40))}` : formatJson(value)
}

/** The contents, or an error for a defect; undefined when there is no file. @throws RowsmithError the defect */
export function contentsOf<T>(found: Found<T>): T | undefined {
  if (found.kind === 'defect') throw defectError(found.defect)
  return found.kind === 'read' ? found.contents : undefined
}

function defectError({ code, message }: Defect): RowsmithError {
  return new RowsmithError(code, message)
}
