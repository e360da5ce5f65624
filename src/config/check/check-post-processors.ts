/** What can be wrong with a processor of the after-generation stage before its SQL is looked at. */

import { present } from '../../base/errors/present.ts'
import type { Issue } from '../reading/issues.ts'
import { quote } from '../reading/suggest.ts'
import { isAfterGeneration, type PostProcessor } from '../schema/processors.ts'
import type { Config } from '../schema/schema.ts'
import { folderIssues, sameFolderIssues } from './folder-names.ts'

/** The column that numbers the rows a query reads: it exists in queries only. */
export const rowColumn = '_row'

/** @param columns the names of the columns that are known */
export function postProcessorIssues(config: Config, index: number, columns: readonly string[]): Issue[] {
  const processor = present(config.processors[index], 'processors')
  if (!isAfterGeneration(processor)) return []
  const path = ['processors', index]
  return processor.processor_type === 'sql'
    ? sqlIssues(config, processor, path, columns)
    : Object.keys(processor.new_columns)
        .filter((name) => columns.includes(name))
        .map((name) => ({
          path: [...path, 'new_columns', name],
          what: `${quote(name)} is a column already; it keeps its type`,
        }))
}

function sqlIssues(
  config: Config,
  { sql, outputs }: Extract<PostProcessor, { processor_type: 'sql' }>,
  path: readonly (string | number)[],
  columns: readonly string[],
): Issue[] {
  const names = Object.keys(outputs)
  const issues: Issue[] = []
  if (sql === null && names.length === 0) issues.push({ path, what: 'needs "sql", "outputs" or both' })
  if (columns.some((name) => name.toLowerCase() === rowColumn)) {
    issues.push({
      path,
      what: `a column is called ${quote(rowColumn)}, which numbers the rows in its queries`,
    })
  }
  for (const name of names) {
    const place = [...path, 'outputs', name]
    issues.push(...folderIssues(name, place), ...sameFolderIssues(config, { path: place, name }))
  }
  return issues
}
