/** Files that come with Rowsmith itself: examples, schemas, docs. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The sources lie deeper in the package than what is built of them. */
const root = rootAbove(dirname(fileURLToPath(import.meta.url)))

function rootAbove(folder: string): string {
  if (existsSync(join(folder, 'bin', 'rowsmith.js'))) return folder
  return rootAbove(dirname(folder))
}

/** @param path below the package's folder */
export function packageFile(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

export function packageVersion(): string {
  return (JSON.parse(packageFile('package.json')) as { readonly version: string }).version
}

export function packageFolder(path: string): string {
  return join(root, path)
}
