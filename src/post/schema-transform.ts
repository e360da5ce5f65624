/**
 * Schema transforms: a second table next to the dataset, one row per row, in the shape of a template.
 *
 * Owns: what stands in a transform's files. Where they lie, and when, is `run/seal/seal-group.ts`.
 * Rules:
 *   1. Columns of every file are the keys of the template, with the types `schemaOf` gives: a row group without rows has
 *      them too.
 *   2. All columns can be read, also those that the dataset drops, wherever the processor stands among the others.
 *   3. A row that cannot be transformed stops the run (`transform_failed`); nothing of its group is published.
 *   4. A schema that is not our own, of files that another process began, is followed: where it says text, a value becomes
 *      the text that JSON has for it.
 */

import { setImmediate as nextTurn } from 'node:timers/promises'
import { RowsmithError } from '../base/errors/errors.ts'
import { present } from '../base/errors/present.ts'
import { columnRandom } from '../base/numbers/random.ts'
import { type ColumnType, conform } from '../base/values/column-type.ts'
import { settledType } from '../base/values/common-type.ts'
import { formatJson } from '../base/values/json.ts'
import { storedColumn } from '../base/values/stored-values.ts'
import { isValueObject, objectOf, rowBuilder, type Value } from '../base/values/value.ts'
import type { Clock } from '../base/work/clock.ts'
import { Slice } from '../base/work/slice.ts'
import type { Config } from '../config/schema/schema.ts'
import { type FoundColumn, followedType } from '../store/parquet/file-schema.ts'
import type { EncodeColumn } from '../store/parquet/parquet-encode.ts'
import type { SchemaField } from './table.ts'
import { compileTree, type TreePart } from './template-tree.ts'

export interface SchemaTransform {
  /** The processor's name, which is that of its folder. */
  readonly name: string
  /** Names of the columns it reads. */
  readonly reads: readonly string[]
  readonly parts: readonly (readonly [column: string, part: TreePart])[]
}

/** The rows to transform. */
export interface TransformedRows {
  /** Planned indices over the dataset. */
  readonly rows: readonly number[]
  /** Values of a column, one per row. */
  values(column: string): readonly Value[]
}

/**
 * The schema transforms of a config, in its order.
 *
 * @param columns the columns whose types are known
 * @throws RowsmithError template_invalid
 */
export function compileTransforms(config: Config, columns: readonly SchemaField[]): SchemaTransform[] {
  const types = new Map(columns.map(({ name, type }) => [name, type]))
  return config.processors.flatMap((processor) => {
    if (processor.processor_type !== 'schema_transform') return []
    const parts = Object.entries(processor.template).map(
      ([column, tree]) =>
        [column, compileTree(tree, (name) => types.get(name), ['template', column])] as const,
    )
    const reads = [...new Set(parts.flatMap(([, part]) => part.reads))]
    return [{ name: processor.name, reads, parts }]
  })
}

/**
 * The columns of a transform's files (rule 1).
 *
 * @param followed those of files that another tool began: they come first, as they are there (rule 4)
 */
export function schemaOf(transform: SchemaTransform, followed: readonly FoundColumn[] = []): SchemaField[] {
  const own = new Map(transform.parts.map(([name, part]) => [name, settledType(part.type)]))
  const fields = followed.map(({ name, type }) => ({
    name,
    type: followedType(type, own.get(name) ?? { kind: 'string' }),
  }))
  for (const { name } of followed) own.delete(name)
  return [...fields, ...[...own].map(([name, type]) => ({ name, type }))]
}

/**
 * The columns of one file. Lets others run in between.
 *
 * @param schema of the file; a column that the template lacks is null
 * @throws RowsmithError transform_failed
 */
export async function transformRows(
  transform: SchemaTransform,
  schema: readonly SchemaField[],
  { rows, values }: TransformedRows,
  { runSeed, clock, follows = false }: TransformUsing,
): Promise<EncodeColumn[]> {
  const cellsIn = rowBuilder(transform.reads)
  const cellsOf = transform.reads.map((name) => values(name))
  const parts = new Map(transform.parts)
  const columns = schema.map((field) => ({ ...field, part: parts.get(field.name), values: [] as Value[] }))
  const randomOf = columnRandom(runSeed, `processors-files/${transform.name}`)
  const slice = new Slice(clock)
  for (const [index, row] of rows.entries()) {
    if (slice.over()) await nextTurn()
    const cells = cellsIn((at) => present(present(cellsOf[at], 'cells')[index], 'cells'))
    const random = randomOf(row)
    for (const { name, type, part, values } of columns) {
      values.push(
        part === undefined
          ? null
          : transformed(transform.name, row, name, type, follows, () => part.make(cells, random)),
      )
    }
  }
  return columns.map(({ name, type, values }) =>
    follows ? { name, ...storedColumn({ followed: type, own: type }, values) } : { name, type, values },
  )
}

interface TransformUsing {
  readonly runSeed: bigint
  readonly clock: Clock
  /** Whether the schema is that of files that another tool began: a value that its types cannot say widens them. */
  readonly follows?: boolean
}

/** @throws RowsmithError transform_failed */
function transformed(
  processor: string,
  row: number,
  column: string,
  type: ColumnType,
  follows: boolean,
  make: () => Value,
): Value {
  let value: Value
  try {
    value = make()
  } catch (error) {
    if (!RowsmithError.isInstance(error) || error.code !== 'template_failed') throw error
    const place = String(error.facts.place)
    throw failed(processor, row, place, error.message, error)
  }
  const written = asWritten(type, value)
  if (written !== undefined || follows) return written ?? value
  throw failed(processor, row, `template.${column}`, `The value does not fit the type ${type.kind}`)
}

function failed(processor: string, row: number, place: string, what: string, cause?: unknown): RowsmithError {
  return new RowsmithError('transform_failed', `Processor "${processor}", row ${row}, ${place}: ${what}`, {
    facts: { processor, row, place },
    cause,
  })
}

/** The value as its type stores it; undefined when it cannot. */
export function asWritten(type: ColumnType, value: Value): Value | undefined {
  if (value === null) return null
  if (type.kind === 'string' && typeof value !== 'string') return formatJson(value, { spaced: true })
  if (type.kind === 'list' && Array.isArray(value)) {
    const items = value.map((item: Value) => asWritten(type.element, item))
    return items.includes(undefined) ? undefined : (items as Value[])
  }
  if (type.kind !== 'struct' || !isValueObject(value)) return conform(type, value)
  const members: [string, Value][] = []
  for (const [name, member] of Object.entries(value)) {
    const field = type.fields.find((each) => each.name === name)
    const written = field === undefined ? member : asWritten(field.type, member)
    if (written === undefined) return undefined
    members.push([name, written])
  }
  return conform(type, objectOf(members))
}
