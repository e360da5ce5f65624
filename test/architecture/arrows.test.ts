/** Imports point one way: the layers and their rooms are listed in ARCHITECTURE.md, and this reads them from there. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { functionsOf, indexLinesMax, linesMax } from '../../scripts/structure/functions.ts'
import { linesWithPaths } from '../../scripts/structure/paths.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const source = join(root, 'src')

/** The words of a fenced block of ARCHITECTURE.md, lowest first. */
function listed(name: string): string[] {
  const page = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
  const block = new RegExp(`\`\`\`${name}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1]
  if (block === undefined) throw new Error(`ARCHITECTURE.md has no block of ${name}`)
  return block.trim().split(/\s+/)
}

/** Folders (and `index.ts`) of src. */
const layers = (): string[] => listed('layers')

/** By folder, its rooms and its files, lowest first. Each line of the block is `folder: entry entry`. */
function rooms(): Map<string, string[]> {
  const lines: [string, string[]][] = []
  for (const word of listed('rooms')) {
    if (word.endsWith(':')) lines.push([word.slice(0, -1), []])
    else lines.at(-1)?.[1].push(word)
  }
  return new Map(lines)
}

interface Import {
  readonly from: string
  readonly to: string
}

/** Every import, type-only and dynamic ones too. `to` is a path below src for our own files, else the bare name. */
function importsOf(file: string): Import[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(source, file), 'utf8'), true, true)
  return importedFiles.map(({ fileName }) => ({
    from: file,
    to: fileName.startsWith('.') ? relative(source, resolve(source, dirname(file), fileName)) : fileName,
  }))
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
)
const imports = files.flatMap(importsOf)
const ours = imports.filter(({ to }) => to.endsWith('.ts'))
/** `@scope/name/file` is of the package `@scope/name`. */
const packageOf = (bare: string): string => bare.split('/', bare.startsWith('@') ? 2 : 1).join('/')
const layerOf = (file: string): string => file.split('/')[0]!

/** What a reader can hold in mind. */
const entriesMax = 12
/** Folders that may have more, each with the reason: how many, and why. None may have more than 15, but for src itself. */
const crowded: Readonly<Record<string, { entries: number; because: string }>> = {}

const folders = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => relative(source, join(entry.parentPath, entry.name)))
  .sort()
/** Its folders and files, by name. */
const entriesOf = (folder: string): string[] => readdirSync(join(source, folder))
const hasFolders = (folder: string): boolean => folders.some((each) => dirname(each) === folder)

test('no folder below src has more entries than one can hold in mind', () => {
  const full = folders
    .map((folder) => ({ folder, entries: entriesOf(folder).length }))
    .filter(({ folder, entries }) => entries > (crowded[folder]?.entries ?? entriesMax))
  expect(full).toEqual([])
  for (const [folder, { entries }] of Object.entries(crowded)) {
    expect(entries, folder).toBeLessThanOrEqual(15)
    expect(entriesOf(folder).length, `${folder} needs no exception any more`).toBeGreaterThan(entriesMax)
  }
})

test('no function of src is longer than one can hold in mind, and the front door fits on two screens', () => {
  const long = files.flatMap((path) => {
    const text = readFileSync(join(source, path), 'utf8')
    if (path === 'index.ts') expect(text.split('\n').length, path).toBeLessThanOrEqual(indexLinesMax + 1)
    if (text.split('\n').length <= linesMax) return []
    const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true)
    return functionsOf({ path, tree }).filter(({ lines }) => lines > linesMax)
  })
  expect(long).toEqual([])
})

test('nothing turns null into undefined: what says "none" and what is not there are told apart where they come from', () => {
  const found = files.filter((path) => /\?\? undefined\b/.test(readFileSync(join(source, path), 'utf8')))
  expect(found, 'CONTRIBUTING.md says which is which').toEqual([])
})

test('above the store, files of a dataset have names and no paths', () => {
  const found = files.flatMap((path) =>
    linesWithPaths(path, readFileSync(join(source, path), 'utf8')).map((line) => `${path}: ${line.trim()}`),
  )
  expect(found, 'take directory.files, which works by name').toEqual([])
})

describe('imports', () => {
  test('are found at all', () => {
    expect(files.length).toBeGreaterThan(20)
    expect(ours.length).toBeGreaterThan(files.length)
  })

  test('every folder of src stands in the list of ARCHITECTURE.md, and the other way round', () => {
    expect([...new Set(files.map(layerOf))].sort()).toEqual([...layers()].sort())
  })

  test('go from a layer only to those listed before it', () => {
    const order = layers()
    const wrong = ours
      .filter(({ from, to }) => layerOf(from) !== layerOf(to))
      .filter(({ from, to }) => order.indexOf(layerOf(from)) <= order.indexOf(layerOf(to)))
      .filter(({ from }) => layerOf(from) !== 'testing')
      .filter(({ from, to }) => !(from === 'cli/commands/check/crashtest.ts' && layerOf(to) === 'testing'))
      .map(
        ({ from, to }) => `src/${from} imports src/${to}, but ${layerOf(to)} is not below ${layerOf(from)}`,
      )
    expect(wrong).toEqual([])
  })

  describe('within a folder that has rooms', () => {
    test.each(folders.filter(hasFolders))(
      'src/%s go from an entry only to those listed before it',
      (folder) => {
        const order = rooms().get(folder) ?? []
        expect(order.toSorted(), `the line of ${folder} in the block of rooms`).toEqual(
          entriesOf(folder).toSorted(),
        )
        const roomOf = (file: string): string => file.slice(folder.length + 1).split('/')[0]!
        const wrong = ours
          .filter(({ from, to }) => [from, to].every((file) => file.startsWith(`${folder}/`)))
          .filter(({ from, to }) => order.indexOf(roomOf(from)) < order.indexOf(roomOf(to)))
          .map(
            ({ from, to }) =>
              `src/${from} imports src/${to}, but ${roomOf(to)} is listed after ${roomOf(from)}`,
          )
        expect(wrong).toEqual([])
      },
    )
  })

  test('stand in rooms that are all there', () => {
    expect([...rooms().keys()].filter((folder) => !folders.includes(folder) || !hasFolders(folder))).toEqual(
      [],
    )
  })

  test('of the command line go through the front door and its subpaths, or to the base', () => {
    const wrong = ours
      .filter(({ from, to }) => layerOf(from) === 'cli' && !['cli', 'base', 'entries'].includes(layerOf(to)))
      .filter(({ to }) => to !== 'index.ts')
      .filter(({ from, to }) => !(from === 'cli/commands/check/crashtest.ts' && layerOf(to) === 'testing'))
      .map(
        ({ from, to }) =>
          `src/${from} imports src/${to}, but the command line uses only src/index.ts, src/entries/ and src/base/`,
      )
    expect(wrong).toEqual([])
  })

  test('make no cycle', () => {
    const next = Map.groupBy(ours, ({ from }) => from)
    const done = new Set<string>()
    const cycles: string[] = []
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) {
        cycles.push(`src/${[...path.slice(path.indexOf(file)), file].join(' -> src/')}`)
        return
      }
      if (done.has(file)) return
      for (const { to } of next.get(file) ?? []) visit(to, [...path, file])
      done.add(file)
    }
    for (const file of files) visit(file, [])
    expect(cycles).toEqual([])
  })

  test('of node:fs are in disk/node-disk.ts and the command line alone', () => {
    const wrong = imports
      .filter(({ to }) => /^(node:)?fs(\/promises)?$/.test(to))
      .filter(({ from }) => from !== 'disk/node-disk.ts' && layerOf(from) !== 'cli')
      .map(({ from, to }) => `src/${from} imports ${to}, which only disk/node-disk.ts may`)
    expect(wrong).toEqual([])
  })

  test('of packages are of those package.json lists as dependencies', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const wrong = imports
      .filter(({ to }) => !to.endsWith('.ts') && !to.startsWith('node:'))
      .filter(({ to }) => !(packageOf(to) in dependencies))
      .map(({ from, to }) => `src/${from} imports ${to}, which is not a dependency`)
    expect(wrong).toEqual([])
  })
})
