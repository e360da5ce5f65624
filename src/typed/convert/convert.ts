/**
 * A config in another form: YAML, JSON or TypeScript.
 *
 * Rules:
 *   1. Its hash stays; a form that cannot hold a value is refused with its place.
 *   2. What a person wrote stays as it is written, comments excepted. What a tool wrote (it has a `library_version`), and what code
 *      gives, is written without what has its default.
 *   3. TypeScript is a `dataset()`, with what has its default left out (`write-program.ts`).
 *   4. Functions are in no data: a config that has some stays code.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import { briefConfig } from '../../config/convert/brief.ts'
import { type ConfigFormat, writeConfig } from '../../config/convert/write-config.ts'
import { looksLikeWorkflow } from '../../config/files/workflow.ts'
import { parseConfig } from '../../config/form/load.ts'
import { dumpConfig } from '../../config/form/save.ts'
import { configHash } from '../../config/identity/fingerprint.ts'
import { differences } from '../../config/identity/identity.ts'
import { sourceOf } from '../../config/reading/source.ts'
import { parseYaml } from '../../config/reading/yaml.ts'
import type { Config } from '../../config/schema/schema.ts'
import { writeProgram } from './write-program.ts'

/** @throws RowsmithError config_unreadable, config_invalid; usage when the format cannot hold a value */
export function convertText(text: string, name: string, format: ConfigFormat): string {
  const { value } = parseYaml(text, name)
  if (looksLikeWorkflow(value)) return workflowText(value as ValueObject, name, format)
  const config = parseConfig(text, name)
  const isSaved = isValueObject(value) && Object.hasOwn(value, 'library_version')
  const isBrief = isSaved || format === 'typescript'
  return written(config, isBrief ? briefConfig(config) : rootOf(value), format)
}

/** Its steps stay as they are: what they name is read when the workflow is. */
function workflowText(root: ValueObject, name: string, format: ConfigFormat): string {
  if (format !== 'typescript') return writeConfig(root, format)
  throw new RowsmithError('usage', `${name} is a workflow, which is YAML or JSON for the command line`, {
    nextStep:
      'Convert the config of each step. A program chains them by `workflow` of rowsmith/workflow; docs/workflows.md has an example.',
  })
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
  const { text, config: again } = format === 'typescript' ? writeProgram(root, config) : data(root, format)
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

function data(
  root: ValueObject,
  format: 'yaml' | 'json',
): { readonly text: string; readonly config: Config } {
  const text = writeConfig(root, format)
  return { text, config: parseConfig(text, 'the result') }
}
