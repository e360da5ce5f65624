/** Python's two ways of filling values into a text: `'%s is %.2f' % (...)` and `'{} is {:.2f}'.format(...)`. */

import { boundedText, limitText, spendDigits } from '../limits/budget.ts'
import { Failure } from '../limits/failure.ts'
import { exponentText, fixedText, generalText } from '../limits/numbers.ts'
import { floatText, pythonRepr, pythonText } from './python-format.ts'
import {
  type Arguments,
  characters,
  isList,
  isMapping,
  isNumber,
  memberOf,
  type Runtime,
  Sequence,
  textLength,
  typeName,
  Undefined,
} from './values.ts'

const maxPrecision = 1000

/** `text % values`: a tuple fills several places, a mapping the `%(name)s` ones, anything else one. */
export function percentFormat(text: string, values: Runtime): string {
  const isTuple = values instanceof Sequence && values.typeName === 'tuple'
  const queue: readonly Runtime[] = isTuple ? values : [values]
  let used = 0
  let byName = false
  const take = (): Runtime => {
    const value = queue[used++]
    if (value === undefined) throw new Failure('not enough arguments for the format text')
    return value
  }
  const size = (written: string | undefined): number | undefined => {
    if (written === undefined || written === '') return undefined
    return written === '*' ? Number(numberFor('d', take())) : Number(written)
  }
  const pattern = /%(?:\(([^)]*)\))?([-+ #0]*)(\*|\d+)?(?:\.(\*|\d*))?[hlL]?(.|$)/gs
  const result = text.replace(
    pattern,
    (_, name?: string, flags = '', width?: string, precision?: string, kind = ''): string => {
      if (kind === '%') return '%'
      if (name !== undefined) byName = true
      const spec: Spec = {
        ...plainSpec,
        align: flags.includes('-') ? '<' : flags.includes('0') && !'sra'.includes(kind) ? '=' : '>',
        fill: flags.includes('0') && !flags.includes('-') && !'sra'.includes(kind) ? '0' : ' ',
        sign: flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '-',
        alternate: flags.includes('#'),
        width: size(width) ?? 0,
        precision: size(precision) ?? (precision === '' ? 0 : undefined),
      }
      return percentItem(kind, name === undefined ? take() : named(values, name), spec)
    },
  )
  if (!byName && used < queue.length && !isMapping(values) && (isTuple || !isList(values))) {
    throw new Failure('not all arguments are used by the format text')
  }
  return result
}

function percentItem(kind: string, value: Runtime, spec: Spec): string {
  switch (kind) {
    case 's':
    case 'r':
    case 'a': {
      const text = kind === 's' ? pythonText(value) : pythonRepr(value)
      return pad(cut(text, spec.precision), '', spec)
    }
    case 'c': {
      const text = typeof value === 'string' ? value : String.fromCodePoint(Number(numberFor('d', value)))
      return pad(text, '', spec)
    }
    case 'd':
    case 'i':
    case 'u':
      return formatInteger(integerOf(value), { ...spec, type: 'd' })
    case 'x':
    case 'X':
    case 'o':
      if (typeof value === 'number') throw new Failure(`%${kind} needs an integer, not 'float'`)
      return formatInteger(integerOf(value), { ...spec, type: kind })
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      return formatFloatSpec(Number(numberFor(kind, value)), { ...spec, type: kind })
    case '':
      throw new Failure('the format text ends inside a %')
    default:
      throw new Failure(`the format text has an unknown %${kind}`)
  }
}

function named(values: Runtime, name: string): Runtime {
  if (!isMapping(values)) throw new Failure('%(name)s needs a mapping')
  const member = memberOf(values, name)
  if (member === undefined) throw new Failure(`the format text wants "${name}", which was not given`)
  return member
}

function numberFor(kind: string, value: Runtime): bigint | number {
  if (value instanceof Undefined) throw value.failure()
  if (!isNumber(value)) throw new Failure(`%${kind} needs a number, not '${typeName(value)}'`)
  return typeof value === 'boolean' ? BigInt(value) : value
}

function integerOf(value: Runtime): bigint {
  const number = numberFor('d', value)
  if (typeof number === 'bigint') return number
  if (!Number.isFinite(number)) throw new Failure('%d needs a finite number')
  return BigInt(Math.trunc(number))
}

/** How `str.format` reads `{a.b[0]}`: through the engine, so the same rules hold as in an expression. */
export interface FieldReader {
  attribute(target: Runtime, name: string): Runtime
  item(target: Runtime, key: Runtime): Runtime
}

/** `text.format(...)`. */
export function bracesFormat(text: string, args: Arguments, reader: FieldReader, depth = 0): string {
  let automatic = 0
  const fill = (template: string, level: number): string => {
    if (level > 2) throw new Failure('the format text is nested too deeply')
    let result = ''
    for (let index = 0; index < template.length; ) {
      const character = template[index]
      if (character !== '{' && character !== '}') {
        const end = template.slice(index).search(/[{}]/)
        const stop = end === -1 ? template.length : index + end
        result += template.slice(index, stop)
        index = stop
      } else if (template[index + 1] === character) {
        result += character
        index += 2
      } else if (character === '}') {
        throw new Failure('a single "}" in the format text')
      } else {
        const end = closingBrace(template, index)
        result += field(template.slice(index + 1, end), level)
        index = end + 1
      }
      limitText(result.length)
    }
    return result
  }
  const field = (inside: string, level: number): string => {
    const parts = /^([^!:]*)(?:!([rsa]))?(?::(.*))?$/s.exec(inside)
    if (parts === null) throw new Failure('the format text has a field that cannot be read')
    const [, path = '', conversion, spec = ''] = parts
    let value = resolve(path)
    if (conversion === 's') value = pythonText(value)
    else if (conversion !== undefined) value = pythonRepr(value)
    return formatValue(value, fill(spec, level + 1))
  }
  const resolve = (path: string): Runtime => {
    const first = /^[^.[]*/.exec(path)?.[0] ?? ''
    let value: Runtime | undefined
    if (first === '') value = args.positional[automatic++]
    else value = /^\d+$/.test(first) ? args.positional[Number(first)] : args.named.get(first)
    if (value === undefined) throw new Failure(`the format text wants "{${first}}", which was not given`)
    for (const [, name, key] of path.slice(first.length).matchAll(/\.([^.[]+)|\[([^\]]+)\]/g)) {
      if (name !== undefined) value = reader.attribute(value, name)
      else if (key !== undefined) value = reader.item(value, /^\d+$/.test(key) ? BigInt(key) : key)
    }
    return value
  }
  return fill(text, depth)
}

function closingBrace(text: string, open: number): number {
  let depth = 0
  for (let index = open; index < text.length; index++) {
    if (text[index] === '{') depth++
    else if (text[index] === '}' && --depth === 0) return index
  }
  throw new Failure('the format text has a "{" without its "}"')
}

interface Spec {
  fill: string
  align: string | undefined
  sign: string
  alternate: boolean
  width: number
  grouping: string
  precision: number | undefined
  type: string
}

const plainSpec: Spec = {
  fill: ' ',
  align: undefined,
  sign: '-',
  alternate: false,
  width: 0,
  grouping: '',
  precision: undefined,
  type: '',
}

/** Python's `format(value, spec)`: fill, align, sign, width, grouping, precision, type. */
function formatValue(value: Runtime, written: string): string {
  if (written === '') return pythonText(value)
  const parts = /^(?:(.)?([<>=^]))?([-+ ]?)(#?)(0?)(\d*)([,_]?)(?:\.(\d+))?([a-zA-Z%]?)$/su.exec(written)
  if (parts === null) throw new Failure(`the format "${written}" cannot be read`)
  const [, fill, align, sign, alternate, zero, width, grouping = '', precision, type = ''] = parts
  const spec: Spec = {
    fill: fill ?? (zero ? '0' : ' '),
    align: align ?? (zero ? '=' : undefined),
    sign: sign || '-',
    alternate: alternate === '#',
    width: Number(width),
    grouping,
    precision: precision === undefined ? undefined : Number(precision),
    type,
  }
  if (typeof value === 'string' || (typeof value === 'boolean' && type === '')) {
    if (type !== '' && type !== 's') throw new Failure(`the format "${written}" does not fit text`)
    const text = cut(pythonText(value), spec.precision)
    return pad(text, '', {
      ...spec,
      align: spec.align === undefined || spec.align === '=' ? '<' : spec.align,
    })
  }
  if (!isNumber(value)) throw new Failure(`the format "${written}" does not fit '${typeName(value)}'`)
  const number = numberFor(type, value)
  if (typeof number === 'bigint' && ['', 'd', 'n', 'b', 'o', 'x', 'X', 'c'].includes(type)) {
    return formatInteger(number, spec)
  }
  return formatFloatSpec(Number(number), spec)
}

function formatInteger(value: bigint, spec: Spec): string {
  const size = value < 0n ? -value : value
  const radix = { b: 2, o: 8, x: 16, X: 16 }[spec.type] ?? 10
  if (spec.type === 'c') return pad(String.fromCodePoint(Number(size)), '', spec)
  if (BigInt.asIntN(64, size) !== size) spendDigits(size.toString(16).length)
  let digits = size.toString(radix)
  if (spec.type === 'X') digits = digits.toUpperCase()
  if (spec.precision !== undefined) {
    digits = boundedText(spec.precision, () => digits.padStart(spec.precision ?? 0, '0'))
  }
  const prefix = spec.alternate && radix !== 10 ? `0${spec.type}` : ''
  return pad(group(digits, spec.grouping, radix === 10 ? 3 : 4), signOf(value < 0n, spec) + prefix, spec)
}

function formatFloatSpec(value: number, spec: Spec): string {
  const { type } = spec
  const kind = type.toLowerCase()
  if ((spec.precision ?? 0) > maxPrecision) throw new Failure(`more than ${maxPrecision} decimals`)
  const size = Math.abs(value)
  let text: string
  if (!Number.isFinite(value)) text = floatText(size)
  else if (kind === 'e') text = exponentText(size, spec.precision ?? 6)
  else if (kind === 'f') text = fixedText(size, spec.precision ?? 6)
  else if (kind === '%') text = fixedText(size * 100, spec.precision ?? 6)
  else if (kind === 'g' || kind === 'n') text = generalText(size, spec.precision ?? 6, spec.alternate)
  else if (kind === '')
    text = spec.precision === undefined ? floatText(size) : plainFloat(size, spec.precision)
  else throw new Failure(`the format type "${type}" does not fit a float`)
  const [, whole = '', rest = ''] = /^(\d*)(.*)$/s.exec(text) ?? []
  text = `${group(whole, spec.grouping, 3)}${rest}${kind === '%' ? '%' : ''}`
  if (type === 'E' || type === 'F' || type === 'G') text = text.toUpperCase()
  return pad(text, signOf(value < 0 || Object.is(value, -0), spec), spec)
}

/** A float with a precision but no type: like `g`, but a whole number keeps its `.0`. */
function plainFloat(size: number, precision: number): string {
  const text = generalText(size, precision)
  return /^\d+$/.test(text) ? `${text}.0` : text
}

function signOf(negative: boolean, spec: Spec): string {
  return negative ? '-' : spec.sign === '-' ? '' : spec.sign
}

function group(digits: string, separator: string, size: number): string {
  if (separator === '') return digits
  const groups: string[] = []
  for (let end = digits.length; end > 0; end -= size)
    groups.unshift(digits.slice(Math.max(0, end - size), end))
  return groups.join(separator)
}

function cut(text: string, length: number | undefined): string {
  return length === undefined ? text : characters(text).slice(0, length).join('')
}

/** Fills up to the width; numbers align right by default, and `=` fills between the sign and the digits. */
function pad(body: string, sign: string, spec: Spec): string {
  const missing = spec.width - textLength(body) - sign.length
  if (missing <= 0) return sign + body
  const fill = (count: number): string => boundedText(count, () => spec.fill.repeat(count))
  switch (spec.align ?? '>') {
    case '<':
      return sign + body + fill(missing)
    case '^':
      return fill(Math.floor(missing / 2)) + sign + body + fill(Math.ceil(missing / 2))
    case '=':
      return sign + fill(missing) + body
    default:
      return fill(missing) + sign + body
  }
}
