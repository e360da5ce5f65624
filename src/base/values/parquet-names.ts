/** Names of fields in Parquet files, for a reader that builds objects by name. */

import { type FileMetaData, parquetSchema, type SchemaTree } from 'hyparquet'
import { present } from '../errors/present.ts'

/**
 * The reader builds objects by name, so that `__proto__` is lost, and `a.b` taken for a part of `a`: it is given a number for
 * every name. Maps it reads as the pairs they are: as an object, their keys would lose their order.
 */
export function numbered(metadata: FileMetaData): FileMetaData {
  const places = placesOf(metadata)
  const schema = metadata.schema.map((element, place) => {
    const { converted_type, ...rest } = { ...element, name: `f${place}` }
    return converted_type === undefined || isMap(element) ? rest : { ...rest, converted_type }
  })
  const row_groups = metadata.row_groups.map((group) => ({
    ...group,
    columns: group.columns.map((chunk) => {
      if (chunk.meta_data === undefined) return chunk
      const { path_in_schema: path } = chunk.meta_data
      return {
        ...chunk,
        meta_data: { ...chunk.meta_data, path_in_schema: numberedPath(path, metadata, places) },
      }
    }),
  }))
  return { ...metadata, schema, row_groups }
}

function numberedPath(path: readonly string[], metadata: FileMetaData, places: Places): string[] {
  let fields: readonly SchemaTree[] = parquetSchema(metadata).children
  return path.map((name) => {
    const field = fields.find(({ element }) => element.name === name)
    if (field === undefined) throw new Error(`there is no field ${name}`)
    fields = field.children
    return present(places.get(field.element), 'places of columns')
  })
}

/** Every field's place in the list of the schema. */
export type Places = ReadonlyMap<SchemaTree['element'], string>

export function placesOf(metadata: FileMetaData): Places {
  return new Map(metadata.schema.map((element, place) => [element, `f${place}`]))
}

export function isMap({ converted_type, logical_type }: SchemaTree['element']): boolean {
  return /^MAP/.test(converted_type ?? '') || logical_type?.type === 'MAP'
}
