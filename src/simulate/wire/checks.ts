/** Checks of requests that the vendors have in common. */
import { isObject, Refused, type ToolChoice } from '../requested/requested.ts'

/** A number that a request may hold, with its bounds. A list of them is made once: every request is checked. */
export type Bound = readonly [field: string, low: number, high: number, whole?: 'whole']

/** The first field that is no number within its bounds. */
export function outOfBounds(
  body: Readonly<Record<string, unknown>>,
  bounds: readonly Bound[],
): Refused | undefined {
  for (const bound of bounds) {
    const value = body[bound[0]]
    if (value === undefined || value === null || isWithin(value, bound)) continue
    return refusedBound(value, bound)
  }
  return undefined
}

function isWithin(value: unknown, [, low, high, whole]: Bound): boolean {
  if (typeof value !== 'number' || value < low || value > high) return false
  return whole === undefined || Number.isInteger(value)
}

function refusedBound(value: unknown, [field, low, high, whole]: Bound): Refused {
  const range = high === Infinity ? `of at least ${low}` : `from ${low} to ${high}`
  const what = `${field}: must be a ${whole === undefined ? '' : 'whole '}number ${range}.`
  return new Refused(what, field, typeof value === 'number' ? 'invalid_value' : 'invalid_type')
}

/** A choice of tools that cannot be obeyed. */
export function impossibleChoice(
  choice: ToolChoice,
  tools: readonly { readonly name: string }[],
): Refused | undefined {
  if (isObject(choice) && !tools.some(({ name }) => name === choice.name)) {
    return new Refused(
      `tool_choice: there is no tool "${String(choice.name)}" in tools.`,
      'tool_choice',
      'invalid_value',
    )
  }
  if (choice !== 'required' || tools.length > 0) return undefined
  return new Refused('tool_choice: is only allowed when tools are given.', 'tool_choice')
}
