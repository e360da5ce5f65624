import { type Check, invalidSyntax, validSyntax } from '../common/languages.ts'

/** JSON, as RFC 8259 has it. */
export const checkJson: Check = (code) => {
  try {
    JSON.parse(code)
    return validSyntax
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return invalidSyntax(error.message)
  }
}
