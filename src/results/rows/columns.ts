/**
 * The columns of a dataset as a whole: every column that any of its files has, in one order, with one type.
 *
 * Rules:
 *   1. Columns stand in the order of the config (`builder_config.json`), whatever the order in the files is; those of the
 *      seed dataset before all others, as they do in files.
 *   2. A column that the config does not name stands after the one it follows in its file.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import type { ColumnType, FoundType } from '../../base/values/column-type.ts'
import { commonType, settledType } from '../../base/values/common-type.ts'
import { typeOfField } from '../../store/parquet/file-schema.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import { configuredNames } from './configured-names.ts'
import { publishedFooter } from './dataset-results.ts'

export interface DatasetColumn {
  readonly name: string
  readonly type: ColumnType
}

/**
 * What is in the given files, from their footers.
 *
 * @param asConfigured whether they hold the columns of the config; else the order is that of the files
 * @throws RowsmithError io_error
 */
export async function scanColumns(
  view: DatasetView,
  files: readonly string[],
  asConfigured = true,
): Promise<{ readonly columns: readonly DatasetColumn[]; readonly rows: number }> {
  const order = asConfigured ? [...(await configuredNames(view, 'columns'))] : []
  const types = new Map<string, FoundType>()
  let rows = 0
  for (const path of files) {
    const footer = await publishedFooter(view.directory.disk, path)
    rows += footer.rows
    let before: string | undefined
    for (const field of footer.fields) {
      const { name } = field.element
      if (!types.has(name) && !order.includes(name)) {
        order.splice(before === undefined ? 0 : order.indexOf(before) + 1, 0, name)
      }
      types.set(name, commonType(types.get(name) ?? { kind: 'none' }, typeOfField(field)))
      before = name
    }
  }
  const columns = order.flatMap((name) => {
    const type = types.get(name)
    return type === undefined ? [] : [{ name, type: settledType(type) }]
  })
  return { columns, rows }
}

/** The error for a name that the user gave, and no column has. @param columns those that can be named */
export function unknownColumn(name: string, columns: readonly string[]): RowsmithError {
  return new RowsmithError('unknown_column', `The dataset has no column "${name}".`, {
    facts: { column: name, columns },
  })
}
