/**
 * The first thing the library imports: an older Node gets a sentence in place of what it lacks. So nothing that only a newer Node
 * has may be imported by name anywhere; `zlib.zstdCompressSync` is looked up when it is used.
 */
import { RowsmithError } from './errors.ts'

/** As in package.json. */
const needed = [22, 18] as const

/** @throws RowsmithError old_node */
export function requireNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > needed[0] || (major === needed[0] && minor >= needed[1])) return
  const message = `Rowsmith needs Node ${needed.join('.')} or newer, and this is ${version}`
  throw new RowsmithError('old_node', message, { facts: { needed: needed.join('.'), found: version } })
}

requireNode(process.versions.node)
