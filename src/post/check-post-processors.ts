/** A stage looked through before the first row: its queries run over a table without rows. */
import { RowsmithError } from '../base/errors/errors.ts'
import { type Issue, issuesError } from '../config/reading/issues.ts'
import { type Path, sourceOf } from '../config/reading/source.ts'
import { isAfterGeneration } from '../config/schema/processors.ts'
import type { Config } from '../config/schema/schema.ts'
import { functionFields } from './post-processing.ts'
import { SqlSession } from './sql-session.ts'
import type { SchemaField } from './table.ts'

/**
 * Checks the queries of a config: that each settles its order (`sql-order.ts`), and that the columns it names are there.
 *
 * @param fields the columns of the dataset; undefined while they are not known
 * @returns the columns that are left when all is done; undefined while they are not known
 * @throws RowsmithError config_invalid with all issues, duckdb_missing
 */
export async function checkPostProcessors(
  config: Config,
  fields: readonly SchemaField[] | undefined,
): Promise<readonly SchemaField[] | undefined> {
  if (!config.processors.some(({ processor_type: type }) => type === 'sql')) {
    return fields && withNewColumns(config, fields)
  }
  const issues: Issue[] = []
  // Parsing needs no table of the right columns.
  let session = await SqlSession.open([], fields ?? [{ name: 'unknown', type: { kind: 'string' } }])
  let known = fields !== undefined
  try {
    for (const [index, processor] of config.processors.entries()) {
      if (!isAfterGeneration(processor)) continue
      if (processor.processor_type === 'function') {
        const next = functionFields(session.fields, processor.new_columns)
        session.close()
        session = await SqlSession.open([], next)
        continue
      }
      const path = ['processors', index]
      if (processor.sql !== null) {
        const wrong = await queryIssues(session, processor.sql, [...path, 'sql'], known, true)
        issues.push(...wrong)
        // What a query makes whose columns cannot be had is not known to those after it.
        known &&= wrong.length === 0
      }
      for (const [name, sql] of Object.entries(processor.outputs)) {
        issues.push(...(await queryIssues(session, sql, [...path, 'outputs', name], known, false)))
      }
    }
    if (issues.length > 0) throw issuesError(issues, sourceOf(config))
    return known ? session.fields : undefined
  } finally {
    session.close()
  }
}

function withNewColumns({ processors }: Config, fields: readonly SchemaField[]): readonly SchemaField[] {
  return processors.reduce(
    (known, each) => (each.processor_type === 'function' ? functionFields(known, each.new_columns) : known),
    fields,
  )
}

/**
 * Checks a condition on rows, as `where` of a workflow's step: that it reads columns that are there, and holds for the same rows
 * each time.
 *
 * @returns what is wrong with it, in a clause; undefined when nothing is
 */
export async function conditionIssue(
  where: string,
  fields: readonly SchemaField[] | undefined,
): Promise<string | undefined> {
  const session = await SqlSession.open([], fields ?? [{ name: 'unknown', type: { kind: 'string' } }])
  try {
    const [issue] = await queryIssues(
      session,
      `SELECT * FROM dataset WHERE (${where}\n)`,
      [],
      fields !== undefined,
      false,
    )
    return issue?.what
  } finally {
    session.close()
  }
}

async function queryIssues(
  session: SqlSession,
  sql: string,
  path: Path,
  known: boolean,
  replaces: boolean,
): Promise<Issue[]> {
  const issues = (await session.issues(sql)).map((what) => ({ path, what }))
  if (issues.length > 0 || !known) return issues
  try {
    if (replaces) await session.replace(sql, '')
    else for await (const _ of (await session.query(sql, '')).parts);
    return []
  } catch (error) {
    if (!RowsmithError.isInstance(error) || error.code !== 'post_processing_failed') throw error
    return [{ path, what: error.message.replace(/^Processor {2}failed: /, '').replace(/\.$/, '') }]
  }
}
