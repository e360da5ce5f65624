/**
 * Validation columns that check code: what a checker says of the text in the target columns, as fields of a cell.
 *
 * One target: the fields themselves. Several: one struct of fields per target, under its name. Nothing (null) is neither
 * valid nor invalid; what is no text is checked as its JSON. No row is ever dropped for what it holds.
 */
import { present } from '../../base/errors/present.ts'
import type { ColumnType } from '../../base/values/column-type.ts'
import { formatJson } from '../../base/values/json.ts'
import { objectOf, type Value } from '../../base/values/value.ts'
import type { Checks } from '../../validate/checking/checker.ts'
import { type CheckedLanguage, checkedType, unchecked } from '../../validate/common/languages.ts'
import type { BuildColumn } from '../column/build.ts'
import type { RowView } from '../column/column.ts'
import { localColumn, remoteColumn } from './validation-result.ts'

/** A column of results: on code, or whatever a function or a server looks at (`validation-result.ts`). */
export const buildValidationColumn: BuildColumn<'validation'> = (config, _runConfig, { functions }) => {
  const { name, drop, validator_params: params } = config
  if (params.validator_type === 'local_callable') return localColumn(config, params, functions)
  if (params.validator_type === 'remote') return remoteColumn(config, params)
  const language = params.code_lang
  const targets = [...new Set(config.target_columns)]
  const [only] = targets
  const type: ColumnType = checkedType(language)
  const single = targets.length === 1
  return {
    column: {
      kind: 'checked',
      name,
      type: single ? type : { kind: 'struct', fields: targets.map((target) => ({ name: target, type })) },
      drop,
      reads: targets,
      check: (row, checks) =>
        single && only !== undefined
          ? checkCell(present(row[only], 'row'), language, checks)
          : checkCells(row, targets, language, checks),
    },
  }
}

async function checkCells(
  row: RowView,
  targets: readonly string[],
  language: CheckedLanguage,
  checks: Checks,
): Promise<Value> {
  const cells = await Promise.all(
    targets.map((target) => checkCell(present(row[target], 'row'), language, checks)),
  )
  return objectOf(targets.map((target, index) => [target, present(cells[index], 'cells')]))
}

async function checkCell(value: Value, language: CheckedLanguage, checks: Checks): Promise<Value> {
  if (value === null) return unchecked(language)
  return checks.check(language, typeof value === 'string' ? value : formatJson(value))
}
