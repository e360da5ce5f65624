import { parse } from 'sh-syntax'
import { type Check, complaint, invalidSyntax, unbearable, validSyntax } from '../common/languages.ts'
import { isTooDeep } from '../common/nesting.ts'

/**
 * Bash, checked by the parser of shfmt. That takes the end of a line in a file of Windows for one; Bash takes its carriage return
 * for a letter of the word before it, and `then` with a letter more is no `then`.
 */
export const checkShell: Check = async (code) => {
  if (isTooDeep(code)) return unbearable('bash')
  const isOfWindows = code.includes('\r\n')
  const hint = isOfWindows ? ' (lines end in CR LF, and the CR counts as a letter)' : ''
  try {
    await parse(isOfWindows ? code.replaceAll('\r\n', 'r\n') : code)
    return validSyntax
  } catch (error) {
    if (!(error instanceof Error)) throw error
    // What the parser says of other shells' features has no place.
    if (!('Pos' in error)) return invalidSyntax(error.message)
    const { Line: line, Col: column } = error.Pos as { Line: number; Col: number }
    return invalidSyntax(complaint(line, column, `${error.message}${hint}`))
  }
}
