/** `npm ci` refuses a lock file that lacks an optional package of any platform, also of those nobody here runs on. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface Locked {
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

test('package-lock.json holds every optional package it names', () => {
  const text = readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')
  const packages: Readonly<Record<string, Locked>> = JSON.parse(text).packages
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !foldersOf(path).some((folder) => `${folder}node_modules/${name}` in packages),
    ),
  )
  expect(missing).toEqual([])
})

/** Where Node looks for what a package needs: its own folder, then each one above that has packages. */
function foldersOf(path: string): string[] {
  const above = path.lastIndexOf('node_modules/')
  return above < 0 ? [''] : [`${path}/`, ...foldersOf(path.slice(0, above).replace(/\/$/, ''))]
}
