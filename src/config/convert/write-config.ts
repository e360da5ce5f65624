/**
 * A config's root object as text: YAML or JSON.
 *
 * Rule: what is written reads back to the same values. YAML is read back here, and quoted where it would not.
 */
import { Document, Scalar, visit } from 'yaml'
import { canonicalJson, formatFloat, formatJson } from '../../base/values/json.ts'
import type { ValueObject } from '../../base/values/value.ts'
import { parseYaml } from '../reading/yaml.ts'

/** The forms of a config. Those of data are written here, TypeScript by `typed/convert`. */
export const configFormats = ['yaml', 'json', 'typescript'] as const
export type ConfigFormat = (typeof configFormats)[number]
type DataFormat = Exclude<ConfigFormat, 'typescript'>

export function writeConfig(root: ValueObject, format: DataFormat): string {
  return format === 'json' ? `${formatJson(root, { indent: 2 })}\n` : yamlOf(root)
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
