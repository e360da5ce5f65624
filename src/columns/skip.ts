/**
 * Skipped cells: which are left out, and what stands in their place.
 *
 * Rules:
 *   1. A cell is skipped when a column it is made from was, unless `propagate_skip` is off; else when `skip.when` is true.
 *      Columns that only `when` reads never skip it: they are there to be looked at.
 *   2. `when` is true as Python has it: of a value, and of a text that spells a Python literal, so "0" and "[]" are false.
 *   3. A column of which no cell can be skipped has no rule, and costs nothing.
 */
import { conform } from '../base/column-type.ts'
import { formatJson } from '../base/json.ts'
import type { Value } from '../base/value.ts'
import type { Issue } from '../config/issues.ts'
import type { ColumnConfig, Config } from '../config/schema.ts'
import { compileTemplate, isTruthy, templateContext } from '../template/template.ts'
import type { Column } from './column.ts'

/** The column with the rule of its config, and with what that reads. */
export function withSkipRule(
  column: Column,
  { skip, propagate_skip: propagates }: Pick<ColumnConfig, 'skip' | 'propagate_skip'>,
): Column {
  const along = propagates ? column.reads : []
  if (skip === null) return { ...column, skip: { along, when: null, value: null } }
  const template = compileTemplate(skip.when, { strict: true })
  return {
    ...column,
    reads: [...new Set([...column.reads, ...template.reads])],
    skip: {
      along,
      when: (row, random) => isTrue(template.evaluate(templateContext(row, template.reads), random)),
      value: storedValue(column, skip.value) ?? null,
    },
  }
}

/** The columns without rules that never apply (rule 3). */
export function usedSkipRules(columns: readonly Column[]): readonly Column[] {
  const skippable = new Set<string>()
  const applies = ({ skip }: Column): boolean =>
    skip !== undefined && (skip.when !== null || skip.along.some((name) => skippable.has(name)))
  for (let before = -1; before < skippable.size; ) {
    before = skippable.size
    for (const column of columns) if (applies(column)) skippable.add(column.name)
  }
  return columns.map((column) => (applies(column) ? column : { ...column, skip: undefined }))
}

/** Skip values that their columns cannot hold. Places are those of the given config. */
export function skipValueIssues(given: Config, columns: readonly Column[]): Issue[] {
  return given.columns.flatMap(({ name, skip }, index): Issue[] => {
    const column = columns.find((candidate) => candidate.name === name)
    if (skip === null || column === undefined || storedValue(column, skip.value) !== undefined) return []
    const what = `must be null or ${nouns[column.type.kind]}, as the values of the column are (seen ${formatJson(skip.value)})`
    return [{ path: ['columns', index, 'skip', 'value'], what }]
  })
}

const nouns: Readonly<Record<Column['type']['kind'], string>> = {
  string: 'a string',
  int: 'an integer',
  float: 'a number',
  bool: 'true or false',
  json: 'JSON',
  date: 'a date',
  timestamp: 'a time',
  timestamp_utc: 'a time with a zone',
  struct: 'an object',
  list: 'a list',
}

/** Undefined when the column cannot hold it. Booleans are integers, as in Python. */
function storedValue({ type }: Column, value: Value): Value | undefined {
  return conform(type, type.kind === 'int' && typeof value === 'boolean' ? BigInt(value) : value)
}

/** Rule 2. */
function isTrue(value: Value): boolean {
  return isTruthy(value) && !(typeof value === 'string' && falseLiteral.test(value))
}

/** Python literals that are false: `None`, `False`, zeros, empty texts, lists, tuples, sets and dicts. */
const falseLiteral =
  /^(?:None|False|[+-]?(?:0(?:_?0)*|0[xXoObB]0+|0*\.0+|0+\.0*)(?:[eE][+-]?\d+)?[jJ]?|(?:[bru]{0,2}(?:'{6}|"{6}|''|"")\s*)+|\[\s*\]|\(\s*\)|\{\s*\}|set\(\))\s*$/
