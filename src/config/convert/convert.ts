/**
 * A config in another form: YAML, JSON or TypeScript.
 *
 * Rules:
 *   1. Its hash stays; a form that cannot hold a value is refused with its place.
 *   2. What a person wrote stays as it is written, comments excepted. What a tool wrote (it has a `library_version`), and what code
 *      gives, is written without what has its default.
 *   3. Functions are in no data: a config that has some stays code.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import { configFromValue, parseConfig } from '../form/load.ts'
import { dumpConfig } from '../form/save.ts'
import { configHash } from '../identity/fingerprint.ts'
import { differences } from '../identity/identity.ts'
import { sourceOf } from '../reading/source.ts'
import { parseYaml } from '../reading/yaml.ts'
import type { Config } from '../schema/schema.ts'
import { briefConfig } from './brief.ts'
import { asCode, type ConfigFormat, writeConfig } from './write-config.ts'

/** @throws RowsmithError config_unreadable, config_invalid; usage when the format cannot hold a value */
export function convertText(text: string, name: string, format: ConfigFormat): string {
  const config = parseConfig(text, name)
  const { value } = parseYaml(text, name)
  const isSaved = isValueObject(value) && Object.hasOwn(value, 'library_version')
  return written(config, isSaved ? briefConfig(config) : rootOf(value), format)
}

/** @throws RowsmithError usage for a config with functions, or when the format cannot hold a value */
export function convertCode(config: Config, format: ConfigFormat): string {
  const { name, code } = sourceOf(config)
  if (code !== undefined) {
    const checks = [...(code.answerChecks?.keys() ?? [])].map((column) => `the schema of ${column}`)
    const functions = [
      ...code.functions.keys(),
      ...code.tools.keys(),
      ...Object.keys(code.processors),
      ...checks,
    ]
    throw new RowsmithError('usage', `${name} has functions, which are code: ${functions.join(', ')}`, {
      facts: { functions },
      nextStep: 'Keep it as code: `rowsmith create` takes it as it is.',
    })
  }
  return written(config, briefConfig(config), format)
}

function rootOf(value: Value): ValueObject {
  const root = value as ValueObject
  return (root.data_designer as ValueObject | undefined) ?? root
}

/** Rule 1. */
function written(config: Config, root: ValueObject, format: ConfigFormat): string {
  const text = writeConfig(root, format)
  const again =
    format === 'typescript' ? configFromValue(asCode(root), 'the result') : parseConfig(text, 'the result')
  if (configHash(again).config_hash === configHash(config).config_hash) return text
  const found = differences(dumpConfig(config), dumpConfig(again))
  throw new RowsmithError(
    'usage',
    `In ${format} it would be another config: ${found.slice(0, 5).join('; ')}`,
    {
      facts: { differences: found.slice(0, 50) },
      nextStep: 'Convert it to YAML or JSON, which distinguish 1.0 from 1.',
    },
  )
}
