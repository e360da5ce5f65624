import { structuredPrompt, structuredReader } from '../../models/answer/structured.ts'
import { storedTypeOfSchema } from '../../models/schema/schema-type.ts'
import type { BuildColumn } from '../column/build.ts'
import { chatColumn } from './chat-column.ts'

/** A column a model fills with objects of one schema. */
export const buildStructuredColumn: BuildColumn<'llm-structured'> = (config, runConfig) => {
  const schema = config.output_format
  const reader = structuredReader(schema, config.maps === true)
  const stored = reader.type.kind === 'json' ? storedTypeOfSchema(schema) : undefined
  return chatColumn(config, runConfig, {
    type: reader.type,
    ...(stored === undefined ? {} : { stored }),
    finish: (prompt, mode) => structuredPrompt(prompt, schema, mode),
    schema,
    read: (reply) => reader.read(reply),
    again: 'all',
  })
}
