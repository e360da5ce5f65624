/**
 * A config's root object as text: YAML, JSON or TypeScript.
 *
 * Rule: what is written reads back to the same values. YAML is read back here, and quoted where it would not; a TypeScript that
 * has no word for a number, as for `1.0`, is for the caller to find out (`asCode`).
 */
import { Document, Scalar, visit } from 'yaml'
import { canonicalJson, formatFloat, formatJson } from '../../base/values/json.ts'
import { isValueObject, objectOf, type Value, type ValueObject } from '../../base/values/value.ts'
import { parseYaml } from '../reading/yaml.ts'

export const configFormats = ['yaml', 'json', 'typescript'] as const
export type ConfigFormat = (typeof configFormats)[number]

export function writeConfig(root: ValueObject, format: ConfigFormat): string {
  switch (format) {
    case 'json':
      return `${formatJson(root, { indent: 2 })}\n`
    case 'yaml':
      return yamlOf(root)
    case 'typescript':
      return `import { defineConfig } from 'rowsmith'\n\nexport default defineConfig(${literal(root, '')})\n`
  }
}

/** What the values are once code has said them: every number without a fraction is an integer. */
export function asCode(value: Value): Value {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value
  if (Array.isArray(value)) return value.map(asCode)
  if (!isValueObject(value)) return value
  return objectOf(Object.entries(value).map(([name, member]) => [name, asCode(member)]))
}

function yamlOf(root: ValueObject): string {
  for (const quoted of [false, true]) {
    const text = yamlText(root, quoted)
    if (readsBack(text, root)) return text
  }
  // JSON is YAML.
  return `${formatJson(root, { indent: 2 })}\n`
}

function readsBack(text: string, root: ValueObject): boolean {
  try {
    return canonicalJson(parseYaml(text, 'the config').value) === canonicalJson(root)
  } catch {
    return false
  }
}

function yamlText(root: ValueObject, quoted: boolean): string {
  // YAML 1.1 is what PyYAML reads: `yes` and `12:30` are quoted.
  const document = new Document(root, {
    version: '1.1',
    aliasDuplicateObjects: false,
    customTags: (tags) => [floats, ...tags],
  })
  document.directives = undefined
  visit(document, {
    Scalar(_key, node) {
      if (quoted && typeof node.value === 'string') node.type = Scalar.QUOTE_DOUBLE
    },
  })
  return document.toString({ lineWidth: 0, blockQuote: 'literal' })
}

const floats = {
  tag: 'tag:yaml.org,2002:float',
  identify: (value: unknown) => typeof value === 'number',
  default: true,
  resolve: (text: string) => text,
  stringify: ({ value }: { value?: unknown }) => yamlFloat(formatFloat(value as number)),
} as const

/** YAML 1.1 wants a point before an exponent, and a sign in it. */
function yamlFloat(text: string): string {
  return text.replace(/^(-?\d+)e/, '$1.0e').replace(/e(\d)/, 'e+$1')
}

function literal(value: Value, indent: string): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? String(value) : `${value}n`
  if (Array.isArray(value)) {
    return block(
      '[',
      value.map((item) => literal(item, `${indent}  `)),
      ']',
      indent,
    )
  }
  if (!isValueObject(value)) return String(value)
  const members = Object.entries(value).map(
    ([name, item]) => `${memberName(name)}: ${literal(item, `${indent}  `)}`,
  )
  return block('{', members, '}', indent)
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
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name)
}

/** Texts of several lines are template literals, whose lines stand as they are. */
function quoted(text: string): string {
  const control = /[\p{Cc}\p{Cs}\u2028\u2029]/u
  const lines = text.includes('\n') && !control.test(text.replaceAll('\n', ''))
  if (lines) return `\`${text.replace(/[\\`]|\$(?=\{)/g, '\\$&')}\``
  const escaped = JSON.stringify(text).slice(1, -1)
  return `'${escaped.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
