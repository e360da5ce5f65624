/**
 * TypeScript as text: values, and calls of functions.
 *
 * Rule: what is written here evaluates to the value that was given, except that TypeScript has one kind of number: `1.0` becomes `1`.
 */
import { isValueObject, objectOf, type Value, type ValueObject } from '../../base/values/value.ts'
import { withoutUndefined } from '../../base/values/without-undefined.ts'

/** A call of a function that declares a column, a model or a processor. A class, so that no value looks like one. */
export class Call {
  readonly name: string
  readonly args: readonly Value[]

  constructor(name: string, args: readonly Value[]) {
    this.name = name
    this.args = args
  }
}

export type Code = Call | Value

export type Members = Readonly<Record<string, Value | undefined>>

/** An object of options, without those that a config leaves out. */
export function options(members: Members): ValueObject {
  return withoutUndefined(members) as ValueObject
}

/** What the values are once code has said them: every number without a fraction is an integer. */
export function asCode(value: Value): Value {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value
  if (Array.isArray(value)) return value.map(asCode)
  if (!isValueObject(value)) return value
  return objectOf(Object.entries(value).map(([name, member]) => [name, asCode(member)]))
}

/** What the values are in a program: integers are numbers, as far as numbers go, and objects list names that are numbers first. */
export function asGiven(value: Value): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
  if (Array.isArray(value)) return value.map(asGiven)
  if (!isValueObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, asGiven(member)]))
}

/** @param indent what the lines after the first begin with */
export function codeText(code: Code, indent = ''): string {
  if (code instanceof Call) return callText(code, indent)
  if (typeof code === 'string') return quoted(code)
  if (typeof code === 'bigint') return Number.isSafeInteger(Number(code)) ? String(code) : `${code}n`
  if (Array.isArray(code)) {
    return block(
      '[',
      code.map((item) => codeText(item, `${indent}  `)),
      ']',
      indent,
    )
  }
  if (isValueObject(code)) return membersText(Object.entries(code), indent)
  return String(code)
}

/** An object literal with these members. */
export function membersText(members: readonly (readonly [string, Code])[], indent: string): string {
  const lines = members.map(([name, item]) => `${memberName(name)}: ${codeText(item, `${indent}  `)}`)
  return block('{', lines, '}', indent)
}

/** On one line where there is room; else the last argument takes more lines, or each argument a line of its own. */
function callText({ name, args }: Call, indent: string): string {
  const texts = args.map((arg) => codeText(arg, indent))
  const line = `${name}(${texts.join(', ')})`
  const fits = (text: string): boolean => text.length + indent.length <= 90 && !text.includes('\n')
  const isShort = fits(texts.slice(0, -1).join(', ')) && /^[[{`]/.test(texts.at(-1) ?? '')
  if (args.length < 2 || fits(line) || isShort) return line
  return `${name}(\n${args.map((arg) => `${indent}  ${codeText(arg, `${indent}  `)},\n`).join('')}${indent})`
}

/** On one line where there is room, else an item a line. */
function block(open: string, items: readonly string[], close: string, indent: string): string {
  if (items.length === 0) return `${open}${close}`
  const room = open === '{' ? ' ' : ''
  const line = `${open}${room}${items.join(', ')}${room}${close}`
  if (line.length + indent.length <= 90 && !line.includes('\n')) return line
  return `${open}\n${items.map((item) => `${indent}  ${item},\n`).join('')}${indent}${close}`
}

/** `__proto__` written plainly would be the object's prototype. */
function memberName(name: string): string {
  if (name === '__proto__') return "['__proto__']"
  return /^([A-Za-z_$][\w$]*|0|[1-9]\d{0,14})$/.test(name) ? name : quoted(name)
}

/** Texts of several lines are template literals, whose lines stand as they are. */
function quoted(text: string): string {
  const control = /[\p{Cc}\p{Cs}\u2028\u2029]/u
  const lines = text.includes('\n') && !control.test(text.replaceAll('\n', ''))
  if (lines) return `\`${text.replace(/[\\`]|\$(?=\{)/g, '\\$&')}\``
  if (text.includes("'") && !text.includes('"')) return JSON.stringify(text)
  const escaped = JSON.stringify(text).slice(1, -1)
  return `'${escaped.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
