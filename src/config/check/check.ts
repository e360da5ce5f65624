/**
 * What a config that reads well can still have wrong: names that lead nowhere, templates that do not parse,
 * parents that do not fit.
 *
 * Owns: every check that needs more than one column, or a template. Never calls a model, opens a seed or looks at
 * a provider.
 * Rules:
 *   1. All issues are reported at once.
 *   2. While a seed dataset's columns are unknown, an unknown name may be one of them.
 *   3. Checked is the config as it was given: compiling moves columns, and messages would name the wrong places.
 */
import type { ValueObject } from '../../base/values/value.ts'
import { type Issue, issuesError } from '../reading/issues.ts'
import { type Path, type Reference, type SourceCode, sourceOf } from '../reading/source.ts'
import { didYouMean, nearestFirst, quote } from '../reading/suggest.ts'
import { isAfterGeneration } from '../schema/processors.ts'
import type { ColumnConfig, Config } from '../schema/schema.ts'
import { toolAliasesOf, usedAliases } from './aliases.ts'
import { postProcessorIssues } from './check-post-processors.ts'
import { constraintIssues, samplerIssues } from './check-samplers.ts'
import { folderIssues, sameFolderIssues } from './folder-names.ts'
import { drawsOnItsOwnRoute } from './image-models.ts'
import {
  cellTemplates,
  functionNamed,
  namedColumns,
  readsOf,
  sideEffects,
  type TemplatePlace,
  treeTemplates,
} from './references.ts'

/**
 * Checks a config as a whole.
 *
 * @param seedColumns the names of the seed dataset's columns; undefined while it was not read
 * @throws RowsmithError of the first issue: config_invalid, template_invalid, unknown_model_alias, path_escapes;
 *   all are in `facts.issues`
 */
export function checkConfig(config: Config, seedColumns?: readonly string[]): void {
  const names = knownNames(config, seedColumns)
  const issues: ColumnIssue[] = [
    ...config.columns.flatMap((column, index) => columnIssues(column, ['columns', index], config, names)),
    ...aliasIssues(config),
    ...constraintIssues(config),
    ...processorIssues(config, names),
    ...outputIssues(config),
    ...seedIssues(config, seedColumns),
  ]
  if (issues.length === 0) return
  const listed = seedColumns === undefined ? issues : issues.map((issue) => withColumns(issue, names))
  throw issuesError(listed, sourceOf(config))
}

/** With a seed, the config does not show which columns there are: they are listed, the nearest first. */
function withColumns(issue: ColumnIssue, { columns }: Names): Issue {
  const { unknown, ...rest } = issue
  if (unknown === undefined || columns.length === 0) return rest
  const list = nearestFirst(unknown, columns)
  return { ...rest, what: `${rest.what}${rest.what.endsWith('?') ? ' There' : '; there'} are ${list}` }
}

/** An issue with a name that is no column's. */
interface ColumnIssue extends Issue {
  readonly unknown?: string
}

interface Names {
  readonly columns: readonly string[]
  readonly sideEffects: readonly string[]
  /** False while a seed may bring names that were not read yet. */
  readonly complete: boolean
}

function knownNames(config: Config, seedColumns: readonly string[] | undefined): Names {
  const seedUnread =
    config.seed_config !== null &&
    seedColumns === undefined &&
    !config.columns.some((column) => column.column_type === 'seed-dataset')
  const functions = functionsOf(config)
  return {
    columns: [...new Set([...config.columns.map((column) => column.name), ...(seedColumns ?? [])])],
    sideEffects: config.columns.flatMap((column) => sideEffects(column, functions)),
    complete: !seedUnread,
  }
}

function columnIssues(column: ColumnConfig, path: Path, config: Config, names: Names): ColumnIssue[] {
  const known = names.complete ? [...names.columns, ...names.sideEffects] : undefined
  const own = [column.name, ...sideEffects(column, functionsOf(config))]
  return [
    ...nameIssues(column, path, names),
    ...cellTemplates(column, path).flatMap((place) => templateIssues(place, known, own)),
    ...namedColumns(column, path, functionsOf(config)).flatMap((reference) =>
      referenceIssues(reference, known, own),
    ),
    ...skipIssues(column, path, known, own),
    ...codeIssues(column, path, config),
    ...functionIssues(column, path, functionsOf(config)),
    ...samplerIssues(column, path, config),
    ...contextIssues(column, path, config),
  ]
}

/** Models that draw on a route of their own get only words there. */
function contextIssues(column: ColumnConfig, path: Path, config: Config): Issue[] {
  if (column.column_type !== 'image' || (column.multi_modal_context ?? []).length === 0) return []
  const model = config.model_configs.find(({ alias }) => alias === column.model_alias)?.model
  if (model === undefined || !drawsOnItsOwnRoute(model)) return []
  const what = `model ${quote(model)} draws from words alone on its route; images to start from take a model that draws in a chat`
  return [{ path: [...path, 'multi_modal_context'], what }]
}

function nameIssues(column: ColumnConfig, path: Path, names: Names): Issue[] {
  const issues: Issue[] = []
  const place = [...path, 'name']
  if (names.sideEffects.includes(column.name)) {
    issues.push({ path: place, what: `${quote(column.name)} is made by another column's trace or reasoning` })
  }
  if (column.column_type === 'image') issues.push(...folderIssues(column.name, place))
  return issues
}

/** @param own what the column itself makes, and so cannot read */
function templateIssues(
  place: TemplatePlace,
  known: readonly string[] | undefined,
  own: readonly string[] = [],
): ColumnIssue[] {
  const result = readsOf(place)
  if ('issue' in result) return [result.issue]
  return result.reads.flatMap((name) => referenceIssues({ path: place.path, name }, known, own))
}

function referenceIssues(
  { path, name }: Reference,
  known: readonly string[] | undefined,
  own: readonly string[] = [],
): ColumnIssue[] {
  if (own.includes(name)) return [{ path, what: `${quote(name)} is what the column itself makes` }]
  if (known === undefined || known.includes(name)) return []
  return [{ path, what: `${quote(name)} is not a column${didYouMean(name, known)}`, unknown: name }]
}

function skipIssues(
  column: ColumnConfig,
  path: Path,
  known: readonly string[] | undefined,
  own: readonly string[],
): ColumnIssue[] {
  if (column.skip === null) return []
  const place = { path: [...path, 'skip', 'when'], source: column.skip.when }
  const result = readsOf(place)
  if ('issue' in result) return [result.issue]
  if (result.reads.length === 0) {
    return [{ path: place.path, what: 'must read a column, inside {{ }}' }]
  }
  return result.reads.flatMap((name) => referenceIssues({ path: place.path, name }, known, own))
}

function functionsOf(config: Config): SourceCode['functions'] {
  return sourceOf(config).code?.functions ?? new Map()
}

/** A function that a column names is one of the config's own. */
function functionIssues(column: ColumnConfig, path: Path, functions: SourceCode['functions']): Issue[] {
  const reference = functionNamed(column, path)
  if (reference === undefined || functions.has(reference.name)) return []
  const what =
    functions.size === 0
      ? 'names a function, and functions stand in configs that are modules: give the .ts or .js file, to `rowsmith create`, or with --config'
      : `${quote(reference.name)} is no function of this config${didYouMean(reference.name, [...functions.keys()])}`
  return [{ path: reference.path, what }]
}

/** There is something to check, and code is checked in the language in which it was requested. */
function codeIssues(column: ColumnConfig, path: Path, config: Config): Issue[] {
  if (column.column_type !== 'validation') return []
  if (column.target_columns.length === 0) {
    return [
      { path: [...path, 'target_columns'], what: 'must have at least 1 item: there is nothing to check' },
    ]
  }
  if (column.validator_params.validator_type !== 'code') return []
  const language = column.validator_params.code_lang
  return column.target_columns.flatMap((name, index) => {
    const target = config.columns.find((candidate) => candidate.name === name)
    if (target?.column_type !== 'llm-code' || target.code_lang === language) return []
    const what = `${quote(name)} is written in ${target.code_lang}, but checked as ${language}`
    return [{ path: [...path, 'target_columns', index], what }]
  })
}

function aliasIssues(config: Config): Issue[] {
  const aliases = config.model_configs.map((model) => model.alias)
  const defined = aliases.length === 0 ? 'none is defined' : `defined are ${aliases.join(', ')}`
  const unknownModels = usedAliases(config).flatMap(({ path, name }): Issue[] => {
    if (aliases.includes(name)) return []
    const what = `unknown model alias ${quote(name)}; ${defined}${didYouMean(name, aliases)}`
    return [{ path, what, code: 'unknown_model_alias' }]
  })
  const tools = config.tool_configs.map((tool) => tool.tool_alias)
  const unknownTools = config.columns.flatMap((column, index): Issue[] => {
    const named = toolAliasesOf(column, sourceOf(config).code?.functions)
    const field = column.column_type === 'custom' ? 'generator_function' : 'tool_alias'
    return named
      .filter((name) => !tools.includes(name))
      .map((name) => ({
        path: ['columns', index, field],
        what: `unknown tool alias ${quote(name)}${didYouMean(name, tools)}`,
      }))
  })
  const allowedTwice = config.tool_configs.flatMap(({ allow_tools: allowed, providers }, index) => [
    ...repeatedIssues(allowed ?? [], ['tool_configs', index, 'allow_tools']),
    ...repeatedIssues(providers, ['tool_configs', index, 'providers']),
  ])
  return [...unknownModels, ...unknownTools, ...allowedTwice, ...allowedIssues(config)]
}

/** Where all providers of an alias are functions, their names are all the tools there are. */
function allowedIssues(config: Config): Issue[] {
  const functions = [...(sourceOf(config).code?.tools.keys() ?? [])]
  return config.tool_configs.flatMap(({ providers, allow_tools: allowed }, index) => {
    if (!providers.every((name) => functions.includes(name))) return []
    return (allowed ?? []).flatMap((name, at): Issue[] => {
      if (providers.includes(name)) return []
      const what = `${quote(name)} is a tool that none of its providers has${didYouMean(name, providers)}`
      return [{ path: ['tool_configs', index, 'allow_tools', at], what }]
    })
  })
}

/** Names of a list that stand there before. */
function repeatedIssues(names: readonly string[], path: Path): Issue[] {
  return names.flatMap((name, index) => {
    const first = names.indexOf(name)
    return first === index ? [] : [{ path: [...path, index], what: `${quote(name)} stands there twice` }]
  })
}

function processorIssues(config: Config, names: Names): ColumnIssue[] {
  return config.processors.flatMap((processor, index) => {
    const path = ['processors', index]
    const issues = folderIssues(processor.name, [...path, 'name'])
    const known = names.complete ? [...names.columns, ...names.sideEffects] : undefined
    if (processor.processor_type === 'schema_transform') {
      issues.push(
        ...sameFolderIssues(config, { path: [...path, 'name'], name: processor.name }),
        ...shapeIssues(processor.template, [...path, 'template']),
      )
      const places = treeTemplates(processor.template, [...path, 'template'])
      return [...issues, ...places.flatMap((place) => templateIssues(place, known))]
    }
    if (isAfterGeneration(processor)) return [...issues, ...postProcessorIssues(config, index, names.columns)]
    const plain = processor.column_names.map((name, at) => ({ path: [...path, 'column_names', at], name }))
    return [
      ...issues,
      ...plain
        .filter(({ name }) => !name.includes('*'))
        .flatMap((reference) => referenceIssues(reference, known)),
    ]
  })
}

/** The keys of a template are the columns of its files. */
function shapeIssues(template: ValueObject, path: Path): Issue[] {
  const keys = Object.keys(template)
  if (keys.length === 0) return [{ path, what: 'must have at least 1 key: each is a column' }]
  return keys
    .filter((key) => /\{[{%#]/.test(key))
    .map((key) => ({ path: [...path, key], what: 'names a column, so it cannot be a template' }))
}

function outputIssues(config: Config): Issue[] {
  const { columns } = config
  if (columns.length === 0) {
    return config.seed_config === null ? [{ path: ['columns'], what: 'must have at least 1 item' }] : []
  }
  if (config.seed_config !== null || columns.some((column) => !column.drop)) return []
  return [{ path: ['columns'], what: 'every column is dropped, so nothing is left in the dataset' }]
}

/** Columns that are said to be the seed's have to be there. */
function seedIssues(config: Config, seedColumns: readonly string[] | undefined): ColumnIssue[] {
  const known = config.seed_config === null ? [] : seedColumns
  return config.columns.flatMap((column, index): ColumnIssue[] => {
    if (column.column_type !== 'seed-dataset' || known === undefined || known.includes(column.name)) return []
    const what =
      config.seed_config === null
        ? `${quote(column.name)} is a column of a seed dataset, but there is no seed_config`
        : `${quote(column.name)} is not a column of the seed dataset${didYouMean(column.name, known)}`
    return [{ path: ['columns', index, 'name'], what, unknown: column.name }]
  })
}
