/**
 * Which columns a column mentions, where: in templates and by name. What is there is `check.ts`' business.
 */
import { type ErrorCode, errorCodes } from '../../base/errors/error-codes.ts'
import { RowsmithError } from '../../base/errors/errors.ts'
import { isValueObject, type Value } from '../../base/values/value.ts'
import { compileTemplate } from '../../template/rendering/template.ts'
import type { Issue } from '../reading/issues.ts'
import type { Path, Reference, SourceCode } from '../reading/source.ts'
import type { ColumnConfig } from '../schema/schema.ts'

/** A template of a config, and the way it is written there. */
export interface TemplatePlace {
  readonly path: Path
  readonly source: string
}

/** The templates that a cell of the column is made from, without `skip.when`. */
export function cellTemplates(column: ColumnConfig, path: Path): TemplatePlace[] {
  switch (column.column_type) {
    case 'llm-text':
    case 'llm-code':
    case 'llm-structured':
    case 'llm-judge': {
      const places = [{ path: [...path, 'prompt'], source: column.prompt }]
      if (column.system_prompt)
        places.push({ path: [...path, 'system_prompt'], source: column.system_prompt })
      return places
    }
    case 'image':
      return [{ path: [...path, 'prompt'], source: column.prompt }]
    case 'expression':
      return [{ path: [...path, 'expr'], source: column.expr }]
    default:
      return []
  }
}

/** Columns a column names in fields of its own, outside templates. */
export function namedColumns(
  column: ColumnConfig,
  path: Path,
  functions: SourceCode['functions'],
): Reference[] {
  switch (column.column_type) {
    case 'custom':
      return (functions.get(column.generator_function)?.requiredColumns ?? []).map((name) => ({
        path: [...path, 'generator_function'],
        name,
      }))
    case 'validation':
      return column.target_columns.map((name, index) => ({ path: [...path, 'target_columns', index], name }))
    case 'embedding':
      return [{ path: [...path, 'target_column'], name: column.target_column }]
    case 'llm-text':
    case 'llm-code':
    case 'llm-structured':
    case 'llm-judge':
    case 'image':
      return (column.multi_modal_context ?? []).map((context, index) => ({
        path: [...path, 'multi_modal_context', index, 'column_name'],
        name: context.column_name,
      }))
    default:
      return []
  }
}

/** The function of the user's own that a column names. */
export function functionNamed(column: ColumnConfig, path: Path): Reference | undefined {
  if (column.column_type === 'custom') {
    return { path: [...path, 'generator_function'], name: column.generator_function }
  }
  if (column.column_type !== 'validation' || column.validator_params.validator_type !== 'local_callable') {
    return undefined
  }
  const name = column.validator_params.validation_function
  return { path: [...path, 'validator_params', 'validation_function'], name }
}

/** Columns that come along with a column. */
export function sideEffects(column: ColumnConfig, functions: SourceCode['functions']): string[] {
  if (column.column_type === 'custom') {
    return [...(functions.get(column.generator_function)?.sideEffectColumns.keys() ?? [])]
  }
  if (!('with_trace' in column)) return []
  const names: string[] = []
  if (column.with_trace !== 'none') names.push(`${column.name}__trace`)
  if (column.extract_reasoning_content) names.push(`${column.name}__reasoning_content`)
  return names
}

/** Every text in a template tree, keys included, where it stands. */
export function treeTemplates(tree: Value, path: Path): TemplatePlace[] {
  if (typeof tree === 'string') return [{ path, source: tree }]
  if (Array.isArray(tree)) return tree.flatMap((item, index) => treeTemplates(item, [...path, index]))
  if (!isValueObject(tree)) return []
  return Object.entries(tree).flatMap(([key, member]) => [
    { path: [...path, key], source: key },
    ...treeTemplates(member, [...path, key]),
  ])
}

/** The names a template reads, or what is wrong with it. */
export function readsOf(place: TemplatePlace): { reads: readonly string[] } | { issue: Issue } {
  try {
    return { reads: compileTemplate(place.source).reads }
  } catch (error) {
    if (!RowsmithError.isInstance(error) || !isUsage(error.code)) throw error
    return { issue: { path: place.path, what: error.message, code: error.code } }
  }
}

function isUsage(code: ErrorCode): boolean {
  return errorCodes[code].class === 'usage'
}
