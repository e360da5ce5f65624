/**
 * Ruby, checked by Prism: the parser of Ruby itself, since Ruby 3.4.
 */
import { parsePrism } from '@ruby/prism/src/parsePrism.js'
import { type Check, complaint, invalidSyntax, unbearable, validSyntax } from '../common/languages.ts'
import { isTooDeep } from '../common/nesting.ts'
import { placeOfBytes } from '../common/places.ts'
import { loadWasmParser } from '../common/wasm-parser.ts'

/** A slip early on makes many complaints; the first ones say it. */
const shownMax = 5

export async function loadRuby(): Promise<Check> {
  const parser = await loadWasmParser(import.meta.resolve('@ruby/prism/src/prism.wasm'))
  return (code) => {
    if (isTooDeep(code)) return unbearable('ruby')
    const errors = parser((exports) => parsePrism(exports, code).errors)
    if (errors === undefined) return unbearable('ruby')
    if (errors.length === 0) return validSyntax
    const bytes = Buffer.from(code)
    const shown = errors.slice(0, shownMax)
    return invalidSyntax(
      ...shown.map(({ message, location }) =>
        complaint(...placeOfBytes(bytes, location.startOffset), message.replaceAll(/\s+/g, ' ')),
      ),
    )
  }
}
