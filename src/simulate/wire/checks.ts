/** Checks of requests that the vendors have in common. */
import { isObject, Refused, type ToolChoice } from '../asked.ts'

/** Whole numbers and numbers that a request may hold, by field, with their bounds. */
export type Bounds = Readonly<Record<string, readonly [low: number, high: number, whole?: 'whole']>>

/** The first field that is no number within its bounds. */
export function outOfBounds(body: Readonly<Record<string, unknown>>, bounds: Bounds): Refused | undefined {
  for (const [field, [low, high, whole]] of Object.entries(bounds)) {
    const value = body[field]
    if (value === undefined || value === null) continue
    const fits =
      typeof value === 'number' &&
      value >= low &&
      value <= high &&
      (whole === undefined || Number.isInteger(value))
    if (fits) continue
    const range = high === Infinity ? `of at least ${low}` : `from ${low} to ${high}`
    const what = `${field}: must be a ${whole === undefined ? '' : 'whole '}number ${range}.`
    return new Refused(what, field, typeof value === 'number' ? 'invalid_value' : 'invalid_type')
  }
  return undefined
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
