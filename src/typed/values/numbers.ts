/** Rows as functions of a typed dataset get them: integers are numbers. */
import { isValueObject, objectOf, type Value, type ValueObject } from '../../base/values/value.ts'

/** The value itself where it holds no integer: what a function returns as it got it stays what it was. @throws RangeError, which drops the row, for an integer that no number holds */
export function numbersOf(value: ValueObject): ValueObject
export function numbersOf(value: Value): Value
export function numbersOf(value: Value): Value {
  if (typeof value === 'bigint') return numberOf(value)
  if (Array.isArray(value)) {
    const items = value.map((item: Value) => numbersOf(item))
    return items.every((item, index) => item === value[index]) ? value : items
  }
  if (!isValueObject(value)) return value
  const members = Object.entries(value)
  const changed = members.map(([name, member]) => [name, numbersOf(member)] as const)
  return changed.every(([, member], index) => member === members[index]?.[1]) ? value : objectOf(changed)
}

function numberOf(integer: bigint): number {
  const number = Number(integer)
  if (Number.isSafeInteger(number)) return number
  throw new RangeError(`the integer ${integer} is beyond what a number holds: customColumn gets bigints`)
}
