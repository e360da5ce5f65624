/** Which columns of another dataset request what this one's request: their answers match, as far as can be determined without rendering a prompt. */
import { canonicalJson } from '../../base/values/json.ts'
import { isValueObject, objectsIn, type Value, type ValueObject } from '../../base/values/value.ts'
import type { Column } from '../../columns/column/column.ts'

/**
 * A column counts when it, its models, and every column it is made from are the same, and so is what all share: seed, functions,
 * run settings.
 *
 * @param own and `theirs`: documents of two rows identities
 */
export function reusableColumns(columns: readonly Column[], own: Value, theirs: Value): ReadonlySet<string> {
  if (shared(own) !== shared(theirs)) return new Set()
  const same = sameColumns(columns, own, theirs)
  const byName = new Map(columns.map((column) => [column.name, column]))
  const known = new Map<string, boolean>()
  const matches = (name: string): boolean => {
    const before = known.get(name)
    if (before !== undefined) return before
    // Columns that read each other in a circle are refused earlier.
    known.set(name, false)
    const column = byName.get(name)
    const is = column === undefined || (same.has(name) && column.reads.every(matches))
    known.set(name, is)
    return is
  }
  return new Set(columns.map(({ name }) => name).filter(matches))
}

/** Columns that are the same by themselves: the config entry, and the models it may ask. */
export function sameColumns(columns: readonly Column[], own: Value, theirs: Value): ReadonlySet<string> {
  const models = (document: Value) => entries(document, 'model_configs', 'alias')
  const [here, there] = [entries(own, 'columns', 'name'), entries(theirs, 'columns', 'name')]
  const [hereModels, thereModels] = [models(own), models(theirs)]
  const same = columns.filter((column) => {
    const aliases = 'aliases' in column ? column.aliases : []
    return (
      here.get(column.name) === there.get(column.name) &&
      aliases.every((alias) => hereModels.get(alias) === thereModels.get(alias))
    )
  })
  return new Set(same.map(({ name }) => name))
}

/** Entries of a list of the config as text, by name. Whether a column stays decides nothing of its cells. */
function entries(document: Value, list: string, key: string): ReadonlyMap<string, string> {
  const found = configOf(document)[list]
  return new Map(
    objectsIn(found).map((entry) => {
      const { drop: _, ...rest } = entry
      return [String(entry[key]), canonicalJson(rest)]
    }),
  )
}

/** What every cell depends on, or may. */
function shared(document: Value): string {
  if (!isValueObject(document)) return ''
  const { config: _, ...rest } = document
  const { seed_config = null, tool_configs = null, constraints = null } = configOf(document)
  return canonicalJson({ ...rest, seed_config, tool_configs, constraints })
}

function configOf(document: Value): ValueObject {
  return isValueObject(document) && isValueObject(document.config) ? document.config : {}
}
