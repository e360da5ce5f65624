/** The functions of the grid's configs, which JSON cannot hold: by the names that stand for them there. */
import { type ConfigInput, customColumn } from '../src/index.ts'

/** Its twin is in grid-reference.py. */
const write = customColumn(
  { name: 'write', requiredColumns: ['id'], modelAliases: ['writer'], type: 'str' },
  async (row, { models }) => (await models.writer!.generate(`Write about ${row.id}.`)).content,
)

/** A config of the grid as a module would have it. */
export function withFunctions(config: ConfigInput): ConfigInput {
  const columns = config.columns.map((column) =>
    column.generator_function === 'write' ? { ...column, generator_function: write } : column,
  )
  return { ...config, columns }
}
