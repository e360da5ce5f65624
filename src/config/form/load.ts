/**
 * Reads a config: the envelope (`data_designer:`) or the bare root, from YAML, JSON or a value.
 */
import {
  isDeeperThan,
  isValueObject,
  levelsMax,
  type Value,
  type ValueObject,
} from '../../base/values/value.ts'
import { type Issue, issuesError, zodIssues } from '../reading/issues.ts'
import { namedSource, rememberSource, type Source, sourceOf, within } from '../reading/source.ts'
import { didYouMean } from '../reading/suggest.ts'
import { isNormalised } from '../reading/weights.ts'
import { parseYaml } from '../reading/yaml.ts'
import { isDropped } from '../schema/processors.ts'
import { type Config, configSchema } from '../schema/schema.ts'
import { withWeightsOf } from './stored-form.ts'

/**
 * Reads a config file's text.
 *
 * @param name the file's name, for messages
 * @throws RowsmithError config_unreadable, config_invalid
 */
export function parseConfig(text: string, name: string): Config {
  const { value, source } = parseYaml(text, name)
  return configOfSource(value, source)
}

/**
 * Reads a config written as code.
 *
 * @param name what messages call it
 * @throws RowsmithError config_invalid
 */
export function configFromValue(value: Value, name: string): Config {
  return configOfSource(value, namedSource(name))
}

/**
 * Reads a config whose source is known.
 *
 * @throws RowsmithError config_invalid
 */
export function configOfSource(value: Value, source: Source): Config {
  return marked(readConfig(value, source))
}

/**
 * Reads back the contents of a `builder_config.json`. Its columns are marked as dropped already. Most weights were divided by their sum
 * already (`weights.ts`, rule 3): once more would change the last digit of some, and with it the fingerprint.
 *
 * @throws RowsmithError config_invalid
 */
export function configFromSaved(value: Value, name: string): Config {
  const source = namedSource(name)
  const config = readConfig(value, source)
  return rememberSource(withWeightsOf(unwrap(value, source).root, config, isNormalised) as Config, source)
}

function readConfig(value: Value, source: Source): Config {
  const { root, source: rootSource } = unwrap(value, source)
  if (isDeeperThan(root, levelsMax)) {
    throw issuesError([{ path: [], what: `nested more than ${levelsMax} levels deep` }], rootSource)
  }
  const result = configSchema.safeParse(root)
  const issues = [...duplicates(root), ...(result.success ? [] : zodIssues(result.error.issues, root))]
  if (!result.success || issues.length > 0) throw issuesError(issues, rootSource)
  return rememberSource(result.data, rootSource)
}

const rootKeys = ['columns', 'data_designer']

/** The root object inside the envelope, if there is one. */
function unwrap(value: Value, source: Source): { root: ValueObject; source: Source } {
  const fail = (path: string[], what: string): never => {
    throw issuesError([{ path, what }], source)
  }
  if (!isValueObject(value)) {
    const seen = value === null ? 'nothing' : Array.isArray(value) ? 'a list' : 'a single value'
    return fail([], `a config must be a map with "columns" (seen ${seen})`)
  }
  if (!('data_designer' in value)) {
    if ('columns' in value) return { root: value, source }
    if ('stages' in value) return fail(['stages'], 'this is a workflow: give it to `rowsmith workflow`')
    const misspelt = Object.keys(value).find((key) => didYouMean(key, rootKeys) !== '')
    return misspelt === undefined
      ? fail([], 'a config needs "columns"')
      : fail([misspelt], `unknown key${didYouMean(misspelt, rootKeys)}`)
  }
  for (const key of Object.keys(value)) {
    if (key === 'columns') fail([key], 'cannot stand next to "data_designer"; move it inside')
    if (key === 'data_designer' || key === 'library_version') continue
    fail([key], 'unknown key; allowed data_designer, library_version')
  }
  const root = value.data_designer ?? null
  const version = value.library_version ?? null
  if (version !== null && typeof version !== 'string') fail(['library_version'], 'must be a string')
  return isValueObject(root)
    ? { root, source: within(source, ['data_designer']) }
    : fail(['data_designer'], 'must be a map with "columns"')
}

/** Names that are given twice. The reference lets the later one replace the earlier without a word. */
function duplicates(root: ValueObject): Issue[] {
  return [
    ...repeated(root, 'columns', 'name', 'column name'),
    ...repeated(root, 'model_configs', 'alias', 'model alias'),
    ...repeated(root, 'tool_configs', 'tool_alias', 'tool alias'),
    ...repeated(root, 'processors', 'name', 'processor name'),
  ]
}

function repeated(root: ValueObject, list: string, key: string, what: string): Issue[] {
  const items = root[list]
  if (!Array.isArray(items)) return []
  const first = new Map<string, number>()
  const issues: Issue[] = []
  for (const [index, item] of items.entries()) {
    const name = isValueObject(item) ? item[key] : undefined
    if (typeof name !== 'string') continue
    const earlier = first.get(name)
    if (earlier === undefined) first.set(name, index)
    else {
      const shown = JSON.stringify(name.slice(0, 60))
      issues.push({
        path: [list, index, key],
        what: `duplicate ${what} ${shown}; ${list}[${earlier}] has it too`,
      })
    }
  }
  return issues
}

/** A drop_columns processor marks the columns it names as dropped, as the reference's builder does. */
function marked(config: Config): Config {
  const columns = config.columns.map((column) =>
    isDropped(config.processors, column.name) ? { ...column, drop: true } : column,
  )
  return rememberSource({ ...config, columns }, sourceOf(config))
}
