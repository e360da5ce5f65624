/**
 * The columns of Parquet files as the files show them: names, order, types.
 *
 * Rules:
 *   1. A column whose values were all null has no type of its own (`none`): a later file uses another one.
 *   2. What is followed is recorded (`FileSchema`), so that files of one dataset agree even when those first ones are missing.
 */

import type { SchemaElement, SchemaTree } from 'hyparquet'
import type { ColumnType, FoundType } from '../../base/values/column-type.ts'
import type { Fields } from '../files/read-file.ts'

/** A column of a file. */
export interface FoundColumn {
  readonly name: string
  readonly type: FoundType
}

/** Columns in the order of the files, by folder: `parquet-files`, `processors-files/chat`. */
export type FileSchema = Readonly<Record<string, readonly FoundColumn[]>>

/** The columns of a file. */
export function foundColumns(fields: readonly SchemaTree[]): FoundColumn[] {
  return fields.map((field) => ({ name: field.element.name, type: typeOfField(field) }))
}

/** The type of what `readRows` gives for a column of a file. */
export function typeOfField({ element, children }: SchemaTree): FoundType {
  const logical = element.logical_type?.type
  const converted = element.converted_type
  if (logical === 'LIST' || converted === 'LIST') {
    const of = children[0]?.children[0]
    return { kind: 'list', element: of === undefined ? { kind: 'json' } : typeOfField(of) }
  }
  if (logical === 'MAP' || converted === 'MAP') return mapType(children[0]?.children)
  if (children.length > 0) {
    return {
      kind: 'struct',
      fields: children.map((field) => ({ name: field.element.name, type: typeOfField(field) })),
    }
  }
  if (logical === 'NULL') return { kind: 'none' }
  if (logical === 'JSON') return { kind: 'json' }
  if (element.type === 'BOOLEAN') return { kind: 'bool' }
  if (element.type === 'FLOAT' || element.type === 'DOUBLE' || logical === 'FLOAT16') return { kind: 'float' }
  if (logical === 'DECIMAL' || converted === 'DECIMAL') return { kind: 'float' }
  if (logical === 'DATE' || converted === 'DATE') return { kind: 'date' }
  const moment = timestampOf(element)
  if (moment !== undefined) return { kind: moment }
  if (element.type !== 'INT32' && element.type !== 'INT64') return { kind: 'string' }
  // A time of day is text.
  return /TIME/.test(`${logical ?? ''} ${converted ?? ''}`) ? { kind: 'string' } : { kind: 'int' }
}

/** A map whose keys are no text is read as an object, and is JSON. */
function mapType([key, value]: readonly SchemaTree[] = []): FoundType {
  if (key === undefined || value === undefined || typeOfField(key).kind !== 'string') return { kind: 'json' }
  return { kind: 'map', value: typeOfField(value) }
}

/** Which kind of timestamp a field holds, if it holds any. */
function timestampOf({ type, logical_type: logical, converted_type: converted }: SchemaElement) {
  if (logical?.type === 'TIMESTAMP') return logical.isAdjustedToUTC ? 'timestamp_utc' : 'timestamp'
  if (converted === 'TIMESTAMP_MILLIS' || converted === 'TIMESTAMP_MICROS') return 'timestamp_utc'
  return type === 'INT96' ? 'timestamp' : undefined
}

/** Whether a type, or a part of it, is not known yet. */
export function isPartial(type: FoundType): boolean {
  if (type.kind === 'list') return isPartial(type.element)
  if (type.kind === 'map') return isPartial(type.value)
  if (type.kind === 'struct') {
    return type.further !== undefined || type.fields.some((field) => isPartial(field.type))
  }
  return type.kind === 'none'
}

/**
 * The first type with whatever it leaves open taken from the second: columns of the lowest row group count, a later one
 * fills in where that had no values.
 */
export function completed(first: FoundType, later: FoundType): FoundType {
  if (first.kind === 'none') return later
  if (first.kind === 'list' && later.kind === 'list') {
    return { kind: 'list', element: completed(first.element, later.element) }
  }
  if (first.kind === 'map' && later.kind === 'map') {
    return { kind: 'map', value: completed(first.value, later.value) }
  }
  if (first.kind !== 'struct' || later.kind !== 'struct') return first
  const others = new Map(later.fields.map(({ name, type }) => [name, type]))
  return {
    kind: 'struct',
    fields: first.fields.map(({ name, type }) => ({
      name,
      type: completed(type, others.get(name) ?? { kind: 'none' }),
    })),
  }
}

/**
 * The type to write where files are followed: theirs, and our own where theirs leaves something open.
 *
 * @param own the type the column would have had
 */
export function followedType(found: FoundType, own: ColumnType): ColumnType {
  switch (found.kind) {
    case 'none':
      return own
    case 'list':
      return {
        kind: 'list',
        element: followedType(found.element, own.kind === 'list' ? own.element : { kind: 'json' }),
      }
    case 'map':
      return {
        kind: 'map',
        value: followedType(found.value, own.kind === 'map' ? own.value : { kind: 'json' }),
      }
    case 'struct': {
      const fields = new Map(own.kind === 'struct' ? own.fields.map(({ name, type }) => [name, type]) : [])
      return {
        kind: 'struct',
        fields: found.fields.map(({ name, type }) => ({
          name,
          type: followedType(type, fields.get(name) ?? { kind: 'string' }),
        })),
      }
    }
    default:
      return found
  }
}

/** @throws RowsmithError as `fields` does, for a field that holds anything else; absent counts as null */
export function parseFileSchema(fields: Fields, name: string): FileSchema | null {
  if (!fields.has(name) || fields.any(name) === null) return null
  const folders = fields.object(name)
  return Object.fromEntries(
    folders.names().map((folder) => [folder, folders.objects(folder).map(parseColumn)]),
  )
}

export function parseColumn(column: Fields): FoundColumn {
  return { name: column.string('name'), type: parseType(column.object('type')) }
}

const kinds = [
  ...(['none', 'string', 'int', 'float', 'bool', 'json', 'date', 'timestamp', 'timestamp_utc'] as const),
  ...(['list', 'map', 'struct'] as const),
]

function parseType(type: Fields): FoundType {
  const kind = type.oneOf('kind', kinds)
  if (kind === 'list') return { kind, element: parseType(type.object('element')) }
  if (kind === 'map') return { kind, value: parseType(type.object('value')) }
  if (kind === 'struct') {
    const fields = type.objects('fields').map(parseColumn)
    return type.has('further')
      ? { kind, fields, further: parseType(type.object('further')) }
      : { kind, fields }
  }
  return { kind }
}
