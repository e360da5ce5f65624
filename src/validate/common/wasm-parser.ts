/**
 * A parser that is a WebAssembly module: one instance for text after text, and another one after a text that broke it.
 *
 * Rules:
 *   1. A text that breaks an instance is tried again in a new one, so that no text before it is to blame (rule L2).
 *   2. What breaks a new one too is more than the parser can bear.
 */
import { fileURLToPath } from 'node:url'
import { nodeDisk } from '../../disk/node-disk.ts'

export type WasmParser = <T>(read: (parser: WebAssembly.Exports) => T) => T | undefined

/**
 * @param file where the module is, as `import.meta.resolve` gives it
 * @returns what runs `read` with an instance; it gives undefined by rule 2
 */
export async function loadWasmParser(file: string): Promise<WasmParser> {
  const module = await WebAssembly.compile(await nodeDisk.readFile(fileURLToPath(file)))
  let instance: WebAssembly.Exports | undefined
  return (read) => {
    for (const exports of [instance, started(module)]) {
      if (exports === undefined) continue
      try {
        instance = exports
        return read(exports)
      } catch (error) {
        if (!(error instanceof WebAssembly.RuntimeError) && !(error instanceof RangeError)) throw error
        instance = undefined
      }
    }
    return undefined
  }
}

/** A parser needs nothing of the system: whatever it calls returns 0. */
function started(module: WebAssembly.Module): WebAssembly.Exports {
  const wanted: Record<string, Record<string, () => number>> = {}
  for (const { module: from, name } of WebAssembly.Module.imports(module))
    wanted[from] = { ...wanted[from], [name]: () => 0 }
  const { exports } = new WebAssembly.Instance(module, wanted)
  if (typeof exports._initialize === 'function') exports._initialize()
  return exports
}
