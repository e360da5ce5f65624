/**
 * The structure of the sources in figures: what grows here is harder to live in. `npm run structure` prints them, and names each function
 * that is too long.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { functionsOf, indexLinesMax, linesMax, nodesOf, type Source } from './structure/functions.ts'
import { linesWithPaths } from './structure/paths.ts'

const source = fileURLToPath(new URL('../src', import.meta.url))
/** Of a folder: the limit of `test/architecture/arrows.test.ts`. */
const entriesMax = 12

const sources: readonly Source[] = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .sort()
  .map((path) => {
    const text = readFileSync(join(source, path), 'utf8')
    return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true) }
  })

const sum = (count: (source: Source) => number): number =>
  sources.reduce((total, source) => total + count(source), 0)
const lineCount = (text: string): number => text.split('\n').length - 1

/** Rooms of a folder, its files as rooms of their own, and the arrows between them: imports, counted once for two rooms. */
function picture(folder: string): { boxes: number; arrows: number } {
  const roomOf = (path: string): string => path.slice(folder.length + 1).split('/')[0]!
  const inside = sources.filter(({ path }) => path.startsWith(`${folder}/`))
  const arrows = inside.flatMap(({ path, text }) =>
    ts
      .preProcessFile(text, true, true)
      .importedFiles.map(({ fileName }) => relative(source, resolve(source, dirname(path), fileName)))
      .filter((to) => to.startsWith(`${folder}/`) && roomOf(to) !== roomOf(path))
      .map((to) => `${roomOf(path)} ${roomOf(to)}`),
  )
  return { boxes: new Set(inside.map(({ path }) => roomOf(path))).size, arrows: new Set(arrows).size }
}

/** Exported names of the front door that are values. */
function valueExports(tree: ts.SourceFile): number {
  const isExported = (node: ts.Statement): boolean =>
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  return tree.statements.reduce((sum, node) => {
    if (ts.isExportDeclaration(node) && !node.isTypeOnly && node.exportClause !== undefined) {
      const { exportClause } = node
      return (
        sum +
        (ts.isNamedExports(exportClause)
          ? exportClause.elements.filter((each) => !each.isTypeOnly).length
          : 1)
      )
    }
    if (!isExported(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return sum
    return sum + (ts.isVariableStatement(node) ? node.declarationList.declarations.length : 1)
  }, 0)
}

/** Folders below src with how many entries they have, fullest first. */
function folderSizes(): [folder: string, entries: number][] {
  return readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry): [string, number] => {
      const path = join(entry.parentPath, entry.name)
      return [relative(source, path), readdirSync(path).length]
    })
    .sort(([, one], [, other]) => other - one)
}

const index = sources.find(({ path }) => path === 'index.ts')!
const functions = sources.flatMap(functionsOf).sort((one, other) => other.lines - one.lines)
const long = functions.filter(({ lines }) => lines > linesMax)
const sizes = folderSizes()
const run = picture('run')
const assertions = sources.flatMap(({ tree }) => [...nodesOf(tree)].filter(ts.isNonNullExpression)).length

const figures: readonly (readonly [figure: string, now: string | number, aim: string])[] = [
  ['lines above the store that know a path', sum(({ path, text }) => linesWithPaths(path, text).length), '0'],
  ['boxes / arrows in src/run', `${run.boxes} / ${run.arrows}`, '<= 15 / 70'],
  ['lines of index.ts', lineCount(index.text), `<= ${indexLinesMax}`],
  ['value exports of rowsmith', valueExports(index.tree), '<= 15'],
  ['lines of src', sum(({ text }) => lineCount(text)), 'fewer'],
  ['files of src', sources.length, ''],
  ['entries of src', readdirSync(source).length, ''],
  [
    'folders below src / with over 12 entries',
    `${sizes.length} / ${sizes.filter(([, size]) => size > entriesMax).length}`,
    '0',
  ],
  ['most entries of a folder', sizes[0]!.join(': '), `<= ${entriesMax}`],
  ['lines of the longest function', functions[0]!.lines, `<= ${linesMax}`],
  [`functions over ${linesMax} lines`, long.length, '0'],
  ['non-null assertions', assertions, '<= 50'],
]
console.log('| | now | aim |\n|---|---|---|')
for (const [figure, now, aim] of figures) console.log(`| ${figure} | ${now} | ${aim} |`)
if (long.length > 0) console.log(`\nFunctions over ${linesMax} lines:`)
for (const { place, name, lines } of long) console.log(`- ${name}, ${lines} lines: ${place}`)
