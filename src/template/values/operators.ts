/**
 * Operators with Python's meaning: `//` and `%` round towards minus infinity, integers are exact and unbounded,
 * booleans count as 0 and 1, text and lists concatenate and repeat, comparisons of unlike things fail.
 */
import { compareCodePoints } from '../../base/values/json.ts'
import { boundedText, spend, spendDigits, spendText } from '../limits/budget.ts'
import { Failure } from '../limits/failure.ts'
import { maxListItems } from '../limits/limits.ts'
import type { BinaryOperator, CompareOperator } from '../syntax/ast.ts'
import { percentFormat } from './text-format.ts'
import {
  entriesOf,
  isList,
  isMapping,
  isNumber,
  lengthOf,
  lenient,
  memberOf,
  type Runtime,
  Sequence,
  typeName,
  Undefined,
} from './values.ts'

type Numeric = bigint | number

export function binary(operator: BinaryOperator, left: Runtime, right: Runtime): Runtime {
  if (left instanceof Undefined) throw left.failure()
  if (right instanceof Undefined && !(operator === '%' && typeof left === 'string')) throw right.failure()
  if (isNumber(left) && isNumber(right)) return arithmetic(operator, numeric(left), numeric(right))
  if (operator === '+') {
    if (typeof left === 'string' && typeof right === 'string') {
      return boundedText(left.length + right.length, () => left + right)
    }
    if (isList(left) && isList(right) && typeName(left) === typeName(right)) return joinLists(left, right)
  } else if (operator === '*') {
    if (isNumber(right) && typeof right !== 'number') return repeat(left, BigInt(right))
    if (isNumber(left) && typeof left !== 'number') return repeat(right, BigInt(left))
  } else if (operator === '%' && typeof left === 'string') {
    return percentFormat(left, right)
  }
  throw new Failure(`unsupported operand types for ${operator}: '${typeName(left)}' and '${typeName(right)}'`)
}

export function negate(value: Runtime): Runtime {
  if (isNumber(value)) return -numeric(value)
  if (value instanceof Undefined) throw value.failure()
  throw new Failure(`bad operand type for unary -: '${typeName(value)}'`)
}

export function plus(value: Runtime): Runtime {
  if (isNumber(value)) return numeric(value)
  if (value instanceof Undefined) throw value.failure()
  throw new Failure(`bad operand type for unary +: '${typeName(value)}'`)
}

/** True, false and numbers as numbers. */
export function numeric(value: boolean | Numeric): Numeric {
  return typeof value === 'boolean' ? (value ? 1n : 0n) : value
}

function arithmetic(operator: BinaryOperator, left: Numeric, right: Numeric): Numeric {
  if (typeof left === 'bigint' && typeof right === 'bigint') return exact(operator, left, right)
  return floating(operator, Number(left), Number(right))
}

function exact(operator: BinaryOperator, left: bigint, right: bigint): Numeric {
  if (!isSmall(left) || !isSmall(right)) spendDigits(digitsOf(left) + digitsOf(right))
  switch (operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      if (right === 0n) throw new Failure('division by zero')
      return Number(left) / Number(right)
    case '//': {
      if (right === 0n) throw new Failure('integer division by zero')
      const quotient = left / right
      return left % right !== 0n && left < 0n !== right < 0n ? quotient - 1n : quotient
    }
    case '%': {
      if (right === 0n) throw new Failure('integer modulo by zero')
      const rest = left % right
      return rest !== 0n && rest < 0n !== right < 0n ? rest + right : rest
    }
    case '**':
      if (right < 0n) return floating('**', Number(left), Number(right))
      if (left > 1n || left < -1n) spendDigits(digitsOf(left) * Number(right))
      return left ** right
  }
}

function floating(operator: BinaryOperator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      if (right === 0) throw new Failure('float division by zero')
      return left / right
    case '//': {
      if (right === 0) throw new Failure('float floor division by zero')
      const quotient = (left - floating('%', left, right)) / right
      const floor = Math.floor(quotient)
      return quotient - floor > 0.5 ? floor + 1 : floor
    }
    case '%': {
      if (right === 0) throw new Failure('float modulo by zero')
      const rest = left % right
      return rest !== 0 && rest < 0 !== right < 0 ? rest + right : rest
    }
    case '**': {
      if (left === 0 && right < 0) throw new Failure('0.0 cannot be raised to a negative power')
      if (left === 1 || right === 0) return 1
      const power = left ** right
      if (Number.isNaN(power) && !Number.isNaN(left) && !Number.isNaN(right)) {
        throw new Failure('a negative number cannot be raised to a fractional power')
      }
      if (!Number.isFinite(power) && Number.isFinite(left) && Number.isFinite(right)) {
        throw new Failure('the result of ** is too large for a float')
      }
      return power
    }
  }
}

/** Numbers of ordinary size, whose product is not even measured. */
function isSmall(value: bigint): boolean {
  return value < 2n ** 64n && value > -(2n ** 64n)
}

function digitsOf(value: bigint): number {
  return value.toString(16).length
}

function joinLists(left: readonly Runtime[], right: readonly Runtime[]): Runtime {
  limitItems(left.length + right.length)
  const items = Array.from(left).concat(right)
  return left instanceof Sequence ? Sequence.tuple(items) : items
}

function limitItems(items: number): void {
  if (items > maxListItems) throw new Failure(`a list grows longer than ${maxListItems}`)
  spend(items)
}

function repeat(value: Runtime, count: bigint): Runtime {
  const times = count > 0n ? Number(count) : 0
  if (typeof value === 'string') return boundedText(value.length * times, () => value.repeat(times))
  if (!isList(value)) throw new Failure(`a '${typeName(value)}' cannot be repeated`)
  limitItems(value.length * times)
  const items: Runtime[] = []
  for (let round = 0; round < times; round++) for (const item of value) items.push(item)
  return value instanceof Sequence ? Sequence.tuple(items) : items
}

export function comparison(operator: CompareOperator, left: Runtime, right: Runtime): boolean {
  switch (operator) {
    case '==':
      return equals(left, right)
    case '!=':
      return !equals(left, right)
    case 'in':
      return contains(right, left)
    case 'not in':
      return !contains(right, left)
    case '<':
    case '<=':
    case '>':
    case '>=':
      return ordered(operator, left, right)
  }
}

/** Python's `==`. Numbers compare by value across types; lists and dicts by their members. */
export function equals(left: Runtime, right: Runtime): boolean {
  spend(1)
  if (left instanceof Undefined || right instanceof Undefined) {
    const isMissing = (value: Runtime): boolean => value instanceof Undefined && lenient(value, true)
    const [first, second] = [isMissing(left), isMissing(right)]
    return first && second
  }
  // biome-ignore lint/suspicious/noDoubleEquals: 1n == 1 is how JavaScript compares integers and floats by value
  if (isNumber(left) && isNumber(right)) return numeric(left) == numeric(right)
  if (isList(left)) {
    if (!isList(right) || left.length !== right.length || typeName(left) !== typeName(right)) return false
    return left.every((item, index) => equals(item, right[index] ?? null))
  }
  if (isMapping(left)) {
    if (!isMapping(right) || lengthOf(left) !== lengthOf(right)) return false
    return entriesOf(left).every(([key, member]) => {
      const other = memberOf(right, key)
      return other !== undefined && equals(member, other)
    })
  }
  if (typeof left === 'string' && typeof right === 'string') spendText(Math.min(left.length, right.length))
  return left === right
}

/** Python's `in`. */
export function contains(container: Runtime, item: Runtime): boolean {
  if (container instanceof Undefined) return lenient(container, false)
  if (typeof container === 'string') {
    if (item instanceof Undefined) throw item.failure()
    if (typeof item !== 'string')
      throw new Failure(`'in <str>' needs text on its left, not '${typeName(item)}'`)
    spendText(container.length + item.length)
    return container.includes(item)
  }
  if (isList(container)) return container.some((member) => equals(member, item))
  if (isMapping(container)) {
    if (item instanceof Undefined) return lenient(item, false)
    return memberOf(container, item) !== undefined
  }
  throw new Failure(`argument of type '${typeName(container)}' is not iterable`)
}

/** Python's order as a negative, zero or positive number. NaN where floats have no order. */
export function compare(left: Runtime, right: Runtime, operator = '<'): number {
  spend(1)
  if (isNumber(left) && isNumber(right)) {
    const [first, second] = [numeric(left), numeric(right)]
    // biome-ignore lint/suspicious/noDoubleEquals: compares integers and floats by value
    return first < second ? -1 : first > second ? 1 : first == second ? 0 : Number.NaN
  }
  if (typeof left === 'string' && typeof right === 'string') {
    spendText(Math.min(left.length, right.length))
    return compareCodePoints(left, right)
  }
  if (isList(left) && isList(right) && typeName(left) === typeName(right)) {
    const shared = Math.min(left.length, right.length)
    for (let index = 0; index < shared; index++) {
      const [first, second] = [left[index] ?? null, right[index] ?? null]
      if (!equals(first, second)) return compare(first, second, operator)
    }
    return left.length - right.length
  }
  if (left instanceof Undefined) throw left.failure()
  if (right instanceof Undefined) throw right.failure()
  throw new Failure(`'${operator}' is not supported between '${typeName(left)}' and '${typeName(right)}'`)
}

function ordered(operator: '<' | '<=' | '>' | '>=', left: Runtime, right: Runtime): boolean {
  const order = compare(left, right, operator)
  switch (operator) {
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
  }
}

/** `value[start:stop:step]` of a text, list or tuple. */
export function slice(
  items: readonly Runtime[],
  start: number | undefined,
  stop: number | undefined,
  step = 1,
): Runtime[] {
  if (step === 0) throw new Failure('the step of a slice cannot be zero')
  const { length } = items
  const clamp = (index: number, low: number, high: number): number =>
    Math.min(Math.max(index < 0 ? index + length : index, low), high)
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1]
  const first = start === undefined ? (step > 0 ? low : high) : clamp(start, low, high)
  const end = stop === undefined ? (step > 0 ? high : low) : clamp(stop, low, high)
  const result: Runtime[] = []
  for (let index = first; step > 0 ? index < end : index > end; index += step) {
    result.push(items[index] ?? null)
  }
  return result
}
