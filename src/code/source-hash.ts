/**
 * What the functions of a file depend on: its own program, and that of every file it reaches. Comments, white space and where
 * the folder lies do not count. Packages count by name alone: a new version of one is not noticed.
 *
 * Rules:
 *   1. A program is its tokens as they are written, and the shape of its syntax tree: that shows where a line break ends a
 *      statement. `return s` and `return` on a line of its own are two programs.
 *   2. A file that is no program (JSON, WebAssembly), and one that does not parse, counts byte by byte.
 *   3. Two programs that differ have two hashes. Two hashes may well mean one program: that costs work, and no wrong value.
 */
import { dirname, extname, relative, resolve } from 'node:path'
import { sha256 } from '../base/numbers/hash.ts'
import type { Disk } from '../disk/disk.ts'
import { type Reached, reachedFrom } from './reached-files.ts'

type Parser = typeof import('@babel/parser')

/**
 * @param entry the file's path
 * @returns 64 hex digits
 * @throws what reading the entry throws; an imported file that is not there counts by its name
 */
export async function sourceHash(disk: Disk, entry: string): Promise<string> {
  const parser = await import('@babel/parser')
  const start = resolve(entry)
  const folder = dirname(start)
  const found = new Map<string, string>()
  const waiting: Reached[] = [{ path: start, settings: null }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { path, settings } = next
    // What the module itself is called does nothing; how it ends says what it is.
    const name = path === start ? extname(path) : relative(folder, path)
    if (settings !== null) found.set(`${name} as ${settings}`, '')
    if (found.has(name)) continue
    const bytes = path === start ? await disk.readFile(path) : await bytesOf(disk, path)
    if (bytes === undefined || !isProgram.test(path)) {
      found.set(name, bytes === undefined ? 'missing' : sha256(bytes))
      continue
    }
    const { program, specifiers } = readProgram(parser, path, new TextDecoder().decode(bytes))
    found.set(name, sha256(program))
    for (const specifier of specifiers) waiting.push(...(await reachedFrom(disk, path, specifier)))
  }
  return sha256(JSON.stringify([...found].sort(([a], [b]) => (a < b ? -1 : 1))))
}

const isProgram = /\.[cm]?[jt]sx?$/

/** A program in a form in which equal ones are equal (rule 1), and the names of the files it imports. */
function readProgram(parser: Parser, path: string, text: string): { program: string; specifiers: string[] } {
  try {
    const file = parser.parse(text, {
      sourceType: 'unambiguous',
      errorRecovery: true,
      tokens: true,
      plugins: [
        ...(/\.[cm]?tsx?$/.test(path) ? ['typescript' as const] : []),
        ...(/x$/.test(path) ? ['jsx' as const] : []),
        'sourcePhaseImports',
        'deferredImportEvaluation',
      ],
    })
    const tokens = (file.tokens ?? []).flatMap(({ type, start, end }: Token) =>
      typeof type === 'string' ? [] : [text.slice(start, end)],
    )
    const tree: string[] = []
    const specifiers: string[] = []
    walk(file.program, tree, specifiers)
    return { program: JSON.stringify([tokens, tree]), specifiers }
  } catch {
    const named = text.matchAll(/\b(?:from|import|require)\s*\(?\s*(["'`])([^"'`\n]+)\1/g)
    return { program: text, specifiers: [...named].map(([, , specifier = '']) => specifier) }
  }
}

/** A comment has a text as its type. */
interface Token {
  readonly type: unknown
  readonly start: number
  readonly end: number
}

type Node = Readonly<Record<string, unknown>> & { readonly type: string }

/** The kinds of nodes, each within the one around it, and every name of a file that stands there as a plain text. */
function walk(value: unknown, tree: string[], specifiers: string[]): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, tree, specifiers)
    return
  }
  if (!isNode(value)) return
  tree.push(value.type, '(')
  const specifier = specifierOf(value)
  if (specifier !== undefined) specifiers.push(specifier)
  for (const [key, member] of Object.entries(value)) {
    if (notOfTheTree.has(key) || typeof member !== 'object' || member === null) continue
    tree.push(key)
    walk(member, tree, specifiers)
  }
  tree.push(')')
}

const notOfTheTree = new Set(['loc', 'extra', 'leadingComments', 'innerComments', 'trailingComments'])

/** Of imports, exports from elsewhere, `import()`, `require()` and its kin, and `new URL(…, import.meta.url)`. */
function specifierOf(node: Node): string | undefined {
  if (node.importKind === 'type' || node.exportKind === 'type') return undefined
  if (node.type === 'TSExternalModuleReference') return textOf(node.expression)
  if (node.type.startsWith('Import') || node.type.startsWith('Export')) return textOf(node.source)
  const [first, second] = Array.isArray(node.arguments) ? node.arguments : []
  if (node.type === 'NewExpression') {
    return nameOf(node.callee) === 'URL' && mentionsMeta(second) ? textOf(first) : undefined
  }
  return node.type === 'CallExpression' && isLoading(node.callee) ? textOf(first) : undefined
}

/** `require`, `require.resolve`, `module.require`, `import.meta.resolve`, `createRequire(…)`, whatever they are called in front. */
function isLoading(callee: unknown): boolean {
  if (!isNode(callee)) return false
  if (callee.type === 'Import' || nameOf(callee) === 'require') return true
  if (callee.type === 'CallExpression') return nameOf(callee.callee) === 'createRequire'
  const member = callee.type === 'MemberExpression' ? nameOf(callee.property) : undefined
  return member === 'require' || member === 'resolve' || member === 'createRequire'
}

function mentionsMeta(value: unknown): boolean {
  if (!isNode(value)) return false
  return value.type === 'MetaProperty' || mentionsMeta(value.object)
}

/** A text as it is written, in quotes or as a template without values. */
function textOf(value: unknown): string | undefined {
  if (!isNode(value)) return undefined
  if (value.type === 'StringLiteral') return value.value as string
  if (value.type !== 'TemplateLiteral' || (value.expressions as unknown[]).length > 0) return undefined
  const [only] = value.quasis as { readonly value: { readonly cooked?: string | null } }[]
  const cooked = only?.value.cooked
  return typeof cooked === 'string' ? cooked : undefined
}

function nameOf(value: unknown): string | undefined {
  return isNode(value) && value.type === 'Identifier' ? (value.name as string) : undefined
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

async function bytesOf(disk: Disk, path: string): Promise<Uint8Array | undefined> {
  return disk.readFile(path).catch(() => undefined)
}
