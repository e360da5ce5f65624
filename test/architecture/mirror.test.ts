/** `test/` mirrors `src/`: whoever knows where a source is knows where its tests are. */
import { readdirSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Folders of tests that are of no source: of this page, of whole behaviours, of the package, and what tests share. */
const others = [
  'architecture',
  'behaviours',
  'bench',
  'crash',
  'examples',
  'fixtures',
  'interchange',
  'package',
  'proof',
  'support',
  // What tests of HTTP are given.
  'models/http/certificates',
]

/** Paths below a folder of the project, without those of `others`. */
function below(folder: string, kind: 'file' | 'folder'): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory() === (kind === 'folder'))
    .map((entry) => relative(join(root, folder), join(entry.parentPath, entry.name)))
    .filter((path) => !others.some((other) => path === other || path.startsWith(`${other}/`)))
    .sort()
}

const layerOf = (path: string): string => path.split('/')[0]!

test('every folder of tests is the folder of sources that it tests', () => {
  const sources = below('src', 'folder')
  expect(below('test', 'folder').filter((folder) => !sources.includes(folder))).toEqual([])
})

test('a test named as a source of its layer stands where the source stands', () => {
  const sources = below('src', 'file')
  const wrong = below('test', 'file')
    .filter((path) => path.endsWith('.test.ts'))
    .flatMap((path) => {
      const name = `${basename(path).split('.')[0]}.ts`
      const places = sources
        .filter((source) => basename(source) === name && layerOf(source) === layerOf(path))
        .map(dirname)
      const right = places.length === 0 || places.includes(dirname(path))
      return right ? [] : [`test/${path} belongs in test/${places.join(' or test/')}`]
    })
  expect(wrong).toEqual([])
})
