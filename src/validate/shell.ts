import { parse } from 'sh-syntax'
import { type Check, complaint, invalidSyntax, unbearable, validSyntax } from './languages.ts'
import { isTooDeep } from './nesting.ts'

/** Bash, checked by the parser of shfmt. */
export const checkShell: Check = async (code) => {
  if (isTooDeep(code)) return unbearable('bash')
  try {
    await parse(code)
    return validSyntax
  } catch (error) {
    if (!(error instanceof Error) || !('Pos' in error)) throw error
    const { Line: line, Col: column } = error.Pos as { Line: number; Col: number }
    return invalidSyntax(complaint(line, column, error.message))
  }
}
