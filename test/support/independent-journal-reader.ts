/** Whole folders of journal files, by the reader that shares no code with `src/journal`. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { framesIn } from '../../src/testing/independent-reader.ts'

export { framesIn }

/** The bodies of all frames of a folder's `<epoch>-<number>.log` files, in the order they were written. */
export function framesInFolder(directory: string): string[] {
  const numbers = (name: string): number[] => name.split(/[-.]/).slice(0, 2).map(Number)
  return readdirSync(directory)
    .filter((name) => /^\d+-\d+\.log$/.test(name))
    .map((name) => ({ name, order: numbers(name) }))
    .sort((a, b) => a.order[0]! - b.order[0]! || a.order[1]! - b.order[1]!)
    .flatMap(({ name }) => framesIn(readFileSync(join(directory, name))))
}
