/**
 * Small JSON files that vouch for themselves: one changed digit of a run seed would be another dataset. A file without a
 * checksum is from an earlier Rowsmith.
 */
import type { ErrorCode } from '../../base/errors/error-codes.ts'
import { RowsmithError } from '../../base/errors/errors.ts'
import { sha256 } from '../../base/numbers/hash.ts'
import { canonicalJson } from '../../base/values/json.ts'
import type { ValueObject } from '../../base/values/value.ts'

const field = 'sha256'

/** The object with the checksum of every other field. */
export function withChecksum(object: ValueObject): ValueObject {
  return { ...object, [field]: checksumOf(object) }
}

/** @throws RowsmithError with that code when the object carries a checksum that does not hold */
export function requireChecksum(object: ValueObject, name: string, code: ErrorCode): void {
  if (!Object.hasOwn(object, field) || object[field] === checksumOf(object)) return
  throw new RowsmithError(code, `${name} is not what was written: its checksum does not hold.`)
}

function checksumOf(object: ValueObject): string {
  const { [field]: _, ...rest } = object
  return sha256(canonicalJson(rest))
}
