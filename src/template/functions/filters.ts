/**
 * All filters by name: stock Jinja2's without `urlize`, and `jsonpath`. This file holds those on
 * single values; `filters-text.ts` and `filters-list.ts` the others.
 */
import { compareCodePoints } from '../../base/values/json.ts'
import { boundedText, spendOn } from '../limits/budget.ts'
import { Failure } from '../limits/failure.ts'
import { readFloat, readInteger, roundFloat, roundInteger } from '../limits/numbers.ts'
import { negate, numeric } from '../values/operators.ts'
import { floatText, integerText, listed, prettyText } from '../values/python-format.ts'
import type { Builtin } from '../values/run.ts'
import {
  entriesOf,
  isList,
  isMapping,
  isNumber,
  isTruthy,
  type Runtime,
  typeName,
  Undefined,
} from '../values/values.ts'
import { define, flagArgument, integerArgument, textArgument } from './call.ts'
import { listFilters } from './filters-list.ts'
import { textFilters } from './filters-text.ts'
import { findPath } from './json-path.ts'

function toInteger(value: Runtime, fallback: Runtime, base: number): Runtime {
  if (value instanceof Undefined) throw value.failure()
  if (typeof value === 'string') {
    const integer = readInteger(value, base)
    if (integer !== undefined) return integer
    const float = readFloat(value)
    return float !== undefined && Number.isFinite(float) ? BigInt(Math.trunc(float)) : fallback
  }
  if (!isNumber(value)) return fallback
  const number = numeric(value)
  if (typeof number === 'bigint') return number
  return Number.isFinite(number) ? BigInt(Math.trunc(number)) : fallback
}

function toFloat(value: Runtime, fallback: Runtime): Runtime {
  if (value instanceof Undefined) throw value.failure()
  if (typeof value === 'string') return readFloat(value) ?? fallback
  return isNumber(value) ? Number(numeric(value)) : fallback
}

function round(value: Runtime, places: number, method: string): Runtime {
  if (value instanceof Undefined) throw value.failure()
  if (!isNumber(value)) throw new Failure(`round needs a number, not '${typeName(value)}'`)
  const number = numeric(value)
  if (method === 'common') {
    if (typeof number === 'number') return roundFloat(number, places)
    return places >= 0 ? number : roundInteger(number, Math.min(-places, 1000))
  }
  if (method !== 'ceil' && method !== 'floor') throw new Failure('round knows "common", "ceil" and "floor"')
  const unit = 10 ** places
  return Math[method](Number(number) * unit) / unit
}

function absolute(value: Runtime): Runtime {
  if (value instanceof Undefined) throw value.failure()
  if (!isNumber(value)) throw new Failure(`abs needs a number, not '${typeName(value)}'`)
  const number = numeric(value)
  return number < 0 ? negate(number) : number
}

/** Python's `json.dumps` with sorted keys, and `< > & '` escaped, as Jinja does. */
function toJson(value: Runtime, indent: number | undefined): string {
  const text = jsonText(value, indent, 0)
  return text.replace(
    /[<>&'\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function jsonText(value: Runtime, indent: number | undefined, depth: number): string {
  spendOn(value)
  if (typeof value === 'string') return JSON.stringify(value).replaceAll('\u007f', '\\u007f')
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'bigint') return integerText(value)
  if (typeof value === 'number') {
    return Number.isFinite(value)
      ? floatText(value)
      : Number.isNaN(value)
        ? 'NaN'
        : value > 0
          ? 'Infinity'
          : '-Infinity'
  }
  const pad = (levels: number): string =>
    boundedText((indent ?? 0) * levels, () => ' '.repeat((indent ?? 0) * levels))
  const open = indent === undefined ? '' : `\n${pad(depth + 1)}`
  const close = indent === undefined ? '' : `\n${pad(depth)}`
  const separator = indent === undefined ? ', ' : `,${open}`
  if (isList(value)) {
    if (value.length === 0) return '[]'
    const items = listed(value, separator, (item) => jsonText(item, indent, depth + 1))
    return `[${open}${items}${close}]`
  }
  if (!isMapping(value)) {
    if (value instanceof Undefined) throw value.failure()
    throw new Failure(`a ${typeName(value)} cannot be written as JSON`)
  }
  const members = entriesOf(value)
    .map(([key, member]): [string, Runtime] => [jsonKey(key), member])
    .sort(([a], [b]) => compareCodePoints(a, b))
  if (members.length === 0) return '{}'
  const member = ([key, member]: [string, Runtime]) =>
    `${JSON.stringify(key)}: ${jsonText(member, indent, depth + 1)}`
  return `{${open}${listed(members, separator, member)}${close}}`
}

function jsonKey(key: Runtime): string {
  if (typeof key === 'string') return key
  if (key === null || isNumber(key)) return jsonText(key, undefined, 0)
  throw new Failure(`a ${typeName(key)} cannot be a key in JSON`)
}

const valueFilters = [
  ...define('default|d default_value? boolean?', (_run, value, fallback = '', boolean = false) =>
    value instanceof Undefined || (flagArgument(boolean) && !isTruthy(value)) ? fallback : value,
  ),
  ...define('int default? base?', (_run, value, fallback = 0n, base) =>
    toInteger(value, fallback, integerArgument(base, 10)),
  ),
  ...define('float default?', (_run, value, fallback = 0) => toFloat(value, fallback)),
  ...define('round precision? method?', (_run, value, precision, method) =>
    round(value, integerArgument(precision, 0), textArgument(method, 'common')),
  ),
  ...define('abs', (_run, value) => absolute(value)),
  ...define('tojson indent?', (_run, value, indent) =>
    toJson(value, indent === undefined || indent === null ? undefined : integerArgument(indent, 0)),
  ),
  ...define('pprint', (_run, value) => prettyText(value)),
  // Attributes only: a key of a dict is none, as in Jinja.
  ...define('attr name', (run, value, name) => {
    const wanted = textArgument(name)
    const missing = (): Undefined =>
      run.missing(wanted, `a ${typeName(value)} has no attribute "${wanted.slice(0, 60)}"`)
    return isMapping(value) ? missing() : run.engine.attribute(run, value, wanted)
  }),
  ...define('jsonpath path', (_run, value, path) => {
    if (!isMapping(value)) throw new Failure('jsonpath needs a mapping')
    return findPath(value, textArgument(path))
  }),
]

export const filters: ReadonlyMap<string, Builtin> = new Map([
  ...valueFilters,
  ...textFilters,
  ...listFilters,
])
