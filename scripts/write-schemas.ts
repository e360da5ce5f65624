/** Writes the JSON Schemas of schemas/, which the package has and examples name: `node scripts/write-schemas.ts`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { jsonSchema, type SchemaKind, schemaKinds } from '../src/config/json-schema/json-schema.ts'

/** Where they are. */
export const schemasFolder = resolve(import.meta.dirname, '../schemas')

export function schemaText(kind: SchemaKind): string {
  return `${JSON.stringify(jsonSchema(kind))}\n`
}

if (process.argv[1] === import.meta.filename) {
  mkdirSync(schemasFolder, { recursive: true })
  for (const kind of schemaKinds) writeFileSync(join(schemasFolder, `${kind}.json`), schemaText(kind))
}
