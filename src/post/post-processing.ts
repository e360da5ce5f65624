/**
 * The after-generation stage: processors over all rows of a dataset, in config order, each on what the one before it left.
 *
 * Owns: what comes out. Where the tables go, and when they count, is `run/execute/write-tables.ts`.
 * Rules:
 *   1. The columns of every table and their types are fixed before the first row.
 *   2. Rows are read and given in order, some at a time: memory does not grow with the dataset.
 *   3. A processor that fails fails the stage, and names itself. What it read is whole and stays.
 *   4. A further table of an `sql` processor is made from what its own `sql` left.
 */

import { stopCodes } from '../base/errors/error-codes.ts'
import { RowsmithError } from '../base/errors/errors.ts'
import { present } from '../base/errors/present.ts'
import { conform } from '../base/values/column-type.ts'
import { declaredColumnType } from '../base/values/declared-type.ts'
import { isValueObject, memberOf, rowBuilder, type Value } from '../base/values/value.ts'
import { onAbort } from '../base/work/abort.ts'
import { isAfterGeneration, type PostProcessor } from '../config/schema/processors.ts'
import type { Config } from '../config/schema/schema.ts'
import { FunctionRows } from './function-rows.ts'
import { failed, SqlSession } from './sql-session.ts'
import type { ProcessedRow, RowsFunction, SchemaField, Table, TablePart } from './table.ts'

/** The stage of a config. */
export interface PostProcessing {
  readonly processors: readonly PostProcessor[]
  readonly functions: Readonly<Record<string, RowsFunction>>
}

export interface PostProcessingInput {
  readonly fields: readonly SchemaField[]
  /** Parquet files on this machine, in row order. */
  readonly files: readonly string[]
  /** The same rows, for functions. */
  readonly rows: () => AsyncIterable<ProcessedRow>
  /** Keeps a table in files of its own, which last as long as the stage does. */
  readonly keepTable: (table: Table) => Promise<readonly string[]>
  /** Fires when a function is not waited for any more. */
  readonly abortInFlight: AbortSignal
}

/** Takes one table: a further one by its name, the dataset as null, which comes last. */
export type TakesTable = (name: string | null, table: Table) => Promise<void>

/**
 * The stage of a config; undefined when it has none.
 *
 * @param functions of the user, by the names of the processors that call them
 */
export function postProcessingOf(
  { processors }: Config,
  functions: Readonly<Record<string, RowsFunction>> = {},
): PostProcessing | undefined {
  const postProcessors = processors.filter(isAfterGeneration)
  return postProcessors.length === 0 ? undefined : { processors: postProcessors, functions }
}

/** @throws RowsmithError function_missing when a function of the stage was not given */
export function requireFunctions({ processors, functions }: PostProcessing): void {
  for (const { name, processor_type: type } of processors) {
    if (type !== 'function' || Object.hasOwn(functions, name)) continue
    throw new RowsmithError('function_missing', `Processor "${name}" calls a function that was not given.`, {
      facts: { processor: name },
    })
  }
}

/** What flows from one processor to the next. */
type Flow =
  | { readonly kind: 'files'; readonly files: readonly string[]; readonly fields: readonly SchemaField[] }
  | { readonly kind: 'sql'; readonly session: SqlSession }
  | { readonly kind: 'table'; readonly table: Table }

/** @throws RowsmithError post_processing_failed, duckdb_missing, function_missing; whatever `take` and `input` throw */
export async function runPostProcessing(
  postProcessing: PostProcessing,
  input: PostProcessingInput,
  take: TakesTable,
): Promise<void> {
  requireFunctions(postProcessing)
  const sessions: SqlSession[] = []
  const sessionOver = async (flow: Flow): Promise<SqlSession> => {
    if (flow.kind === 'sql') return flow.session
    const { files, fields } =
      flow.kind === 'files' ? flow : { files: await input.keepTable(flow.table), fields: flow.table.fields }
    const session = await SqlSession.open(files, fields)
    sessions.push(session)
    return session
  }
  let flow: Flow = { kind: 'files', files: input.files, fields: input.fields }
  try {
    for (const processor of postProcessing.processors) {
      const name = JSON.stringify(processor.name)
      if (processor.processor_type === 'sql') {
        const session = await sessionOver(flow)
        if (processor.sql !== null) await session.replace(processor.sql, name)
        for (const [output, sql] of Object.entries(processor.outputs)) {
          await take(output, await session.query(sql, `${name}, output ${JSON.stringify(output)},`))
        }
        flow = { kind: 'sql', session }
      } else {
        const table = await tableOf(flow, input)
        const run: RowsFunction = (rows) =>
          untilGivenUp(
            present(postProcessing.functions[processor.name], 'functions')(rows),
            input.abortInFlight,
          )
        const rows = functionTable(name, run, table, processor.new_columns)
        flow = { kind: 'table', table: rows }
      }
    }
    await take(null, await tableOf(flow, input))
  } finally {
    for (const session of sessions) session.close()
  }
}

async function tableOf(flow: Flow, input: PostProcessingInput): Promise<Table> {
  if (flow.kind === 'table') return flow.table
  if (flow.kind === 'sql') return flow.session.query(null, 'the last of the stage')
  return { fields: flow.fields, parts: partsOfRows(input.rows(), flow.fields, 'the raw row groups') }
}

/** The columns that a function's rows have: those it gets, then those it adds. */
export function functionFields(
  fields: readonly SchemaField[],
  newColumns: Readonly<Record<string, string>>,
): SchemaField[] {
  const known = new Set(fields.map(({ name }) => name))
  const added = Object.entries(newColumns).filter(([name]) => !known.has(name))
  return [
    ...fields,
    ...added.map(([name, type]) => ({ name, type: present(declaredColumnType(type), 'declared types') })),
  ]
}

function functionTable(
  name: string,
  run: RowsFunction,
  table: Table,
  newColumns: Readonly<Record<string, string>>,
): Table {
  const fields = functionFields(table.fields, newColumns)
  const known = new FunctionRows(table.fields)
  const rows = async function* (): AsyncGenerator<ProcessedRow> {
    try {
      yield* run(rowsOf(table, known))
    } catch (error) {
      if (RowsmithError.isInstance(error) && stopCodes.has(error.code)) throw error
      throw failed(name, error)
    }
  }
  return { fields, parts: partsOfRows(rows(), fields, name, known) }
}

/** Rows of a function, each waited for until `giveUp` fires. @throws its reason then */
async function* untilGivenUp<T>(rows: AsyncIterable<T>, abortInFlight: AbortSignal): AsyncGenerator<T> {
  const { promise: over, reject } = Promise.withResolvers<never>()
  over.catch(() => {})
  const forget = onAbort(abortInFlight, () => reject(abortInFlight.reason))
  const iterator = rows[Symbol.asyncIterator]()
  let isDone = false
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), over])
      isDone = next.done === true
      if (next.done === true) return
      yield next.value
    }
  } finally {
    forget()
    // What never answers does not end either.
    if (!isDone && !abortInFlight.aborted) await iterator.return?.()
  }
}

async function* rowsOf({ fields, parts }: Table, known: FunctionRows): AsyncGenerator<ProcessedRow> {
  const rowOf = rowBuilder(fields.map(({ name }) => name))
  for await (const { rowCount, columns } of parts) {
    for (let row = 0; row < rowCount; row++) {
      yield known.given(rowOf((index) => present(present(columns[index], 'columns')[row], 'columns')))
    }
  }
}

/** Rows of a part. */
const partRows = 2048

/** @throws RowsmithError post_processing_failed for a row that is none, or does not fit */
async function* partsOfRows(
  rows: AsyncIterable<unknown>,
  fields: readonly SchemaField[],
  name: string,
  known?: FunctionRows,
): AsyncGenerator<TablePart> {
  const names = new Set(fields.map((field) => field.name))
  let columns: Value[][] = fields.map(() => [])
  let [rowCount, before] = [0, 0]
  for await (const row of rows) {
    const place = before + rowCount
    if (!isRow(row)) throw failed(name, new Error(`what it gave as row ${place} is no object`))
    for (const key of Object.keys(row)) {
      if (names.has(key)) continue
      const what = `row ${place} has a column ${JSON.stringify(key)} that is not among its new_columns`
      throw failed(name, new Error(what))
    }
    for (const [index, field] of fields.entries()) {
      const value = memberOf(row, field.name) ?? null
      const read = known === undefined ? value : dataOf(known, field.name, value, { name, place })
      const fitting = conform(field.type, read)
      if (fitting === undefined) {
        const what = `row ${place}, column ${JSON.stringify(field.name)}: the value does not fit ${field.type.kind}`
        throw failed(name, new Error(what))
      }
      present(columns[index], 'columns').push(fitting)
    }
    if (++rowCount < partRows) continue
    yield { rowCount, columns }
    before += rowCount
    columns = fields.map(() => [])
    rowCount = 0
  }
  if (rowCount > 0) yield { rowCount, columns }
}

/** @param known what was given to the function. @throws RowsmithError post_processing_failed */
function dataOf(
  known: FunctionRows,
  column: string,
  value: unknown,
  { name, place }: { readonly name: string; readonly place: number },
): Value {
  try {
    return known.returned(column, value)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw failed(name, new Error(`row ${place}, column ${JSON.stringify(column)}: ${why}`))
  }
}

function isRow(row: unknown): row is ProcessedRow {
  return typeof row === 'object' && row !== null && isValueObject(row as Value)
}
