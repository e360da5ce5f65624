/** The Python with the reference that benchmarks compare with. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Python, pinned, Unavailable } from '../scripts/interchange/python.ts'

const say = (text: string): void => void process.stderr.write(`${text}\n`)

/** @returns null, and says so, where it is not wanted or cannot be had */
export async function referencePython(options: {
  readonly python?: string | undefined
  /** Without the reference. */
  readonly alone: boolean
}): Promise<Python | null> {
  if (options.alone) return null
  try {
    const cache = join(tmpdir(), 'rowsmith-interchange')
    const python =
      options.python === undefined ? await Python.prepare(cache, pinned) : new Python(options.python, cache)
    const [name, version] = Object.entries(await python.versions())[0]!
    say(`the reference is ${name} ${version}`)
    return python
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    say(`skipped: the reference, because ${error.message}`)
    return null
  }
}
