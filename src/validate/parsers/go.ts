/**
 * Go, checked by gofmt: the parser of Go's own library. Like gofmt it takes declarations or statements without a package for Go.
 */
import { type Check, complaint, invalidSyntax, unbearable, validSyntax } from '../common/languages.ts'
import { isTooDeep } from '../common/nesting.ts'
import { loadWasmParser } from '../common/wasm-parser.ts'

/** What the module has; 2 stands for a text that cannot be formatted. */
interface Gofmt {
  readonly memory: WebAssembly.Memory
  alloc(size: number): number
  format(): 0 | 1 | 2
  output_ptr(): number
  output_len(): number
  dispose(): void
}

export async function loadGo(): Promise<Check> {
  const parser = await loadWasmParser(import.meta.resolve('@wasm-fmt/gofmt/wasm'))
  return (code) => {
    if (isTooDeep(code)) return unbearable('go')
    const said = parser((exports) => complaintsOf(exports as unknown as Gofmt, code))
    if (said === undefined) return unbearable('go')
    return said === '' ? validSyntax : invalidSyntax(...said.split('\n').map((line) => placed(line, code)))
  }
}

/** What gofmt says, a line for each complaint; nothing of a text that it takes. */
function complaintsOf(gofmt: Gofmt, code: string): string {
  const bytes = Buffer.from(code)
  const at = gofmt.alloc(bytes.length)
  Buffer.from(gofmt.memory.buffer, at, bytes.length).set(bytes)
  const isValid = gofmt.format() !== 2
  const said = isValid
    ? ''
    : Buffer.from(gofmt.memory.buffer, gofmt.output_ptr(), gofmt.output_len()).toString()
  gofmt.dispose()
  return said
}

/** gofmt counts columns in bytes. */
function placed(said: string, code: string): string {
  const [, row, column, what] = /^(\d+):(\d+): (.*)$/s.exec(said) ?? []
  if (what === undefined) return said
  const line = Buffer.from(code.split('\n')[Number(row) - 1] ?? '')
  const before = line.subarray(0, Number(column) - 1).toString()
  return complaint(Number(row), [...before].length + 1, what)
}
