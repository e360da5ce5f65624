/**
 * Columns of vectors get the dimension that their published row groups have, so that the first other one is reported in whatever
 * process it comes. Read from footers; what cannot be read, and a column that is dropped, is not known.
 */

import type { Column } from '../../columns/column/column.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import type { Commit } from '../../store/logs/commits.ts'
import { readFooter } from '../../store/publishing/footer.ts'

export async function recallDimensions(
  directory: DatasetDirectory,
  columns: readonly Column[],
  published: Iterable<Commit>,
): Promise<void> {
  let unknown = columns.filter((column) => column.kind === 'model' && column.recallDimension !== undefined)
  for (const { files } of published) {
    if (unknown.length === 0) return
    const main = files.find(({ role }) => role === 'main')
    const footer = main && (await readFooter(directory.files, main.path, main.size).catch(() => undefined))
    unknown = unknown.filter((column) => {
      const dimension = footer?.largest([column.name, 'dimension']) ?? 0
      if (dimension > 0 && column.kind === 'model') column.recallDimension?.(dimension)
      return dimension === 0
    })
  }
}
