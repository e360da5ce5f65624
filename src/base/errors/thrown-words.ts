import { inspect } from 'node:util'

/** What was thrown, in words: an error's name and message, a text as it is, anything else as it looks. Never throws. */
export function thrownWords(error: unknown): string {
  if (typeof error === 'string') return error
  try {
    if (error instanceof Error) return `${error.name}: ${error.message}`
    const traits = {
      depth: 1,
      breakLength: Number.POSITIVE_INFINITY,
      customInspect: false,
      getters: false,
    } as const
    return inspect(error, traits).slice(0, 300)
  } catch {
    return 'something that cannot be read'
  }
}

/** The message of an error alone; what is no error as `thrownWords` has it. Never throws. */
export function thrownMessage(error: unknown): string {
  try {
    if (error instanceof Error) return String(error.message)
  } catch {
    // An error whose message throws has no other words.
  }
  return thrownWords(error)
}
