/**
 * The tools of small runs: one that may be called again after a kill, and one that may not. Both stand for a world outside that
 * remembers: who called is written down by the provider's book, which outlives the modelled processes.
 */
import type { ValueObject } from '../../../src/base/values/value.ts'
import { configFromCode } from '../../../src/code/from-code.ts'
import type { Config } from '../../../src/config/schema/schema.ts'
import { defineTool } from '../../../src/tools/toolbox/function-tool.ts'

/** A tool that is marked `once`. */
export const onceTool = 'reserve'
/** A tool that is not. */
const plainTool = 'look_up'
/** The column whose model calls both, side by side, in each of its turns. */
const callingColumn = 'sketch'
/** Turns in which it calls them, before it answers. */
export const callingTurns = 2
/** What one such turn leaves on the disk: an answer, and two results. */
export const storedPerTurn = 3

/**
 * The small run with a column that calls tools.
 *
 * @param call what a tool does
 */
export function withTools(
  config: ValueObject,
  call: (tool: string, given: object) => Promise<string>,
): Config {
  const parameters = { type: 'object', properties: { of: { type: 'string' } }, required: ['of'] }
  const tool = (name: string, once: boolean) =>
    defineTool({ name, description: 'Knows.', parameters, once }, (given) => call(name, given))
  const columns = (config.columns as readonly ValueObject[]).map((column) =>
    column.name === callingColumn
      ? {
          ...column,
          tool_alias: 'tools',
          prompt: `Sketch {{ topic }} number {{ number }}. First ${plainTool}, and ${onceTool}.`,
        }
      : column,
  )
  const number = { name: 'number', column_type: 'sampler', sampler_type: 'uuid', params: {} }
  return configFromCode(
    {
      ...config,
      tool_configs: [{ tool_alias: 'tools', providers: [tool(plainTool, false), tool(onceTool, true)] }],
      columns: [number, ...columns],
    } as never,
    'the small run with tools',
  )
}
