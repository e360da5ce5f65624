/**
 * What samplers and constraints that read well can still have wrong: parents, conditions and right sides that lead nowhere.
 */
import { printValue } from '../../template/rendering/template.ts'
import type { Issue } from '../reading/issues.ts'
import type { Path, Reference } from '../reading/source.ts'
import { didYouMean, quote } from '../reading/suggest.ts'
import type { ColumnConfig, Config } from '../schema/schema.ts'
import { readsOf } from './references.ts'

const convertible = ['float', 'int', 'str']
const unconverted = new Set(['uuid', 'person', 'person_from_faker', 'datetime', 'timedelta'])

/** What is wrong with one sampler column; nothing for any other. */
export function samplerIssues(column: ColumnConfig, path: Path, config: Config): Issue[] {
  if (column.column_type !== 'sampler') return []
  const { params, convert_to: conversion } = column
  const issues: Issue[] = []
  for (const { given, place } of paramSets(column, path)) {
    if (given.sampler_type === 'subcategory') {
      const parent = parentIssues(given.category, [...place, 'category'], ['category'], column, config)
      issues.push(...parent)
      if (parent.length === 0) issues.push(...subcategoryIssues(given, place, params === given, config))
    }
    if (given.sampler_type === 'timedelta') {
      const types = ['datetime', 'timedelta']
      const reference = given.reference_column_name
      issues.push(...parentIssues(reference, [...place, 'reference_column_name'], types, column, config))
    }
  }
  if (conversion !== null && !unconverted.has(column.sampler_type) && !convertible.includes(conversion)) {
    const what = `is not one of the allowed values (seen ${quote(conversion)}); allowed ${convertible.join(', ')}`
    issues.push({ path: [...path, 'convert_to'], what })
  }
  const samplers = samplerNames(config)
  for (const condition of Object.keys(column.conditional_params)) {
    const place = { path: [...path, 'conditional_params', condition], source: `{{ ${condition} }}` }
    const result = readsOf(place)
    if ('issue' in result) issues.push(result.issue)
    else {
      for (const name of result.reads) issues.push(...notSampled({ path: place.path, name }, samplers))
    }
  }
  return issues
}

type SamplerColumn = Extract<ColumnConfig, { column_type: 'sampler' }>
type Params = SamplerColumn['params']

/** The parameters of a sampler: its own, and those under its conditions. */
function paramSets(column: SamplerColumn, path: Path): { given: Params; place: Path }[] {
  return [
    { given: column.params, place: [...path, 'params'] },
    ...Object.entries(column.conditional_params).map(([condition, given]) => ({
      given,
      place: [...path, 'conditional_params', condition],
    })),
  ]
}

/**
 * Every value that the category can draw needs a list, and a list needs a value. Under a condition, the lists of `params` stand in
 * for those left out.
 */
function subcategoryIssues(
  { category, values }: Extract<Params, { sampler_type: 'subcategory' }>,
  path: Path,
  complete: boolean,
  config: Config,
): Issue[] {
  const parent = config.columns.find((column) => column.name === category) as SamplerColumn
  const drawn = paramSets(parent, []).flatMap(({ given }) =>
    given.sampler_type === 'category' ? given.values.map(printValue) : [],
  )
  const place = [...path, 'values']
  const missing = complete ? [...new Set(drawn)].filter((value) => !Object.hasOwn(values, value)) : []
  return [
    ...missing.map((value) => ({
      path: place,
      what: `has no list for ${quote(value)}, which ${quote(category)} can be`,
    })),
    ...Object.entries(values).flatMap(([key, list]) => {
      if (!drawn.includes(key))
        return [
          { path: [...place, key], what: `is not a value of ${quote(category)}${didYouMean(key, drawn)}` },
        ]
      return list.length === 0 ? [{ path: [...place, key], what: 'must have at least 1 item' }] : []
    }),
  ]
}

/** A sampler that builds on another needs it to be there, and of the right type. */
function parentIssues(
  name: string,
  path: Path,
  types: readonly string[],
  child: ColumnConfig,
  config: Config,
): Issue[] {
  const parent = config.columns.find((column) => column.name === name)
  const candidates = samplerNames(config).filter((candidate) => candidate !== child.name)
  if (parent === undefined || parent === child) return notSampled({ path, name }, candidates)
  if (parent.column_type === 'sampler' && types.includes(parent.sampler_type)) return []
  const actual = parent.column_type === 'sampler' ? `${parent.sampler_type} sampler` : parent.column_type
  return [{ path, what: `${quote(name)} must be a ${types.join(' or ')} sampler, but is a ${actual} column` }]
}

function samplerNames(config: Config): string[] {
  return config.columns.filter((column) => column.column_type === 'sampler').map((column) => column.name)
}

function notSampled({ path, name }: Reference, samplers: readonly string[]): Issue[] {
  if (samplers.includes(name)) return []
  return [{ path, what: `${quote(name)} is not a sampler column${didYouMean(name, samplers)}` }]
}

/** Constraints are on sampler columns, and between different ones. */
export function constraintIssues(config: Config): Issue[] {
  const samplers = samplerNames(config)
  return config.constraints.flatMap((constraint, index) => {
    const path = ['constraints', index]
    const target = { path: [...path, 'target_column'], name: constraint.target_column }
    const issues = notSampled(target, samplers)
    if (constraint.constraint_type === 'column_inequality') {
      issues.push(...notSampled({ path: [...path, 'rhs'], name: constraint.rhs }, samplers))
      if (constraint.rhs === constraint.target_column) {
        issues.push({ path: [...path, 'rhs'], what: `${quote(constraint.rhs)} is compared with itself` })
      }
    }
    return issues
  })
}
