/**
 * Skipped cells: which are left out, and what stands in their place.
 *
 * Rules:
 *   1. A cell is skipped when a column it is made from was, unless `propagate_skip` is off; else when `skip.when` is true.
 *      Columns that only `when` reads never skip it: they are there to be looked at.
 *   2. `when` is true as Python has it: of a value, and of a text that spells a Python literal, so "0" and "[]" are false.
 *   4. What stands in place is of any type. Where the column cannot hold it, its files have a type that holds both.
 *   3. A column of which no cell can be skipped has no rule, and costs nothing.
 */
import { conform, type FoundType } from '../../base/values/column-type.ts'
import { commonType } from '../../base/values/common-type.ts'
import { typeOfValue, writable } from '../../base/values/stored-values.ts'
import type { Value } from '../../base/values/value.ts'
import type { ColumnConfig } from '../../config/schema/schema.ts'
import { compileTemplate, isTruthy, templateContext } from '../../template/rendering/template.ts'
import type { Column } from '../column/column.ts'

/** The column with the rule of its config, and with what that reads. */
export function withSkipRule(
  column: Column,
  { skip, propagate_skip: propagates }: Pick<ColumnConfig, 'skip' | 'propagate_skip'>,
): Column {
  const along = propagates ? column.reads : []
  if (skip === null) return { ...column, skip: { along, when: null, value: null } }
  const template = compileTemplate(skip.when, { strict: true })
  const value = storedValue(column, skip.value)
  return {
    ...column,
    ...(value === undefined ? { stored: storedSeparately(column, skip.value) } : {}),
    reads: [...new Set([...column.reads, ...template.reads])],
    skip: {
      along,
      when: (row, random) => isTrue(template.evaluate(templateContext(row, template.reads), random)),
      value: value ?? skip.value,
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

/** Undefined when the column cannot hold it. Booleans are integers, as in Python. */
function storedValue({ type }: Column, value: Value): Value | undefined {
  return conform(type, type.kind === 'int' && typeof value === 'boolean' ? BigInt(value) : value)
}

/** The type that holds the values of the column and one of another type in their place: `-1` in a column of texts is the text "-1". */
function storedSeparately({ type, stored = type }: Column, value: Value): FoundType {
  return writable(commonType(stored, typeOfValue(value)))
}

/** Rule 2. */
function isTrue(value: Value): boolean {
  return isTruthy(value) && !(typeof value === 'string' && falseLiteral.test(value))
}

/** Python literals that are false: `None`, `False`, zeros, empty texts, lists, tuples, sets and dicts. */
const falseLiteral =
  /^(?:None|False|[+-]?(?:0(?:_?0)*|0[xXoObB]0+|0*\.0+|0+\.0*)(?:[eE][+-]?\d+)?[jJ]?|(?:[bru]{0,2}(?:'{6}|"{6}|''|"")\s*)+|\[\s*\]|\(\s*\)|\{\s*\}|set\(\))\s*$/
