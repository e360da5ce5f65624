import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Every folder and file below a folder; of files a hash of their bytes, and when they were written. */
export function everyByte(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      if (!entry.isFile()) return path
      const hash = createHash('sha256').update(readFileSync(path)).digest('hex')
      return `${path} ${hash} ${statSync(path).mtimeMs}`
    })
    .sort()
}
