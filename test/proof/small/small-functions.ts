/**
 * The functions of small runs: one that asks a model and goes on with its answer, cell by cell, and one that makes a whole column. Who
 * called is written down by the provider's book, as with tools (`small-tools.ts`).
 */
import type { ValueObject } from '../../../src/base/values/value.ts'
import { configFromCode } from '../../../src/code/from-code.ts'
import { customColumn, fullColumn } from '../../../src/code/functions.ts'
import type { Config } from '../../../src/config/schema/schema.ts'

/** The column whose function asks a model. */
const modelColumn = 'sketch'

/**
 * The small run with columns that functions make.
 *
 * @param call writes down what a function was called with, and gives it as a text
 */
export function withFunctions(
  config: ValueObject,
  call: (name: string, given: object) => Promise<string>,
): Config {
  const requesting = customColumn(
    { name: 'asks', requiredColumns: ['topic', 'number'], modelAliases: ['writer'], type: 'str' },
    async ({ topic, number }, { models }) => {
      const { content } = await models.writer!.generate(`Sketch ${topic} number ${number}.`)
      return call('asks', { number, content })
    },
  )
  const measures = fullColumn(
    { name: 'measures', requiredColumns: ['text'], type: 'str', effect: true },
    async (rows) => {
      const said = await call('measures', { texts: rows.map(({ text }) => text) })
      return rows.map(() => said)
    },
  )
  const columns = (config.columns as readonly ValueObject[]).map((column) =>
    column.name === modelColumn
      ? { name: modelColumn, column_type: 'custom', generator_function: requesting, drop: true }
      : column,
  )
  const number = { name: 'number', column_type: 'sampler', sampler_type: 'uuid', params: {} }
  const whole = { name: 'measured', column_type: 'custom', generator_function: measures }
  return configFromCode(
    {
      ...config,
      columns: [number, ...columns, { ...whole, generation_strategy: 'full_column' }],
    } as never,
    'the small run with functions',
  )
}
