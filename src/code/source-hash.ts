/**
 * What the functions of a file depend on: its own text, and that of the files it imports, theirs included. Comments, white
 * space and where the folder lies do not count. Packages count by name alone: a new version of one is not noticed.
 */
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sha256 } from '../base/hash.ts'
import type { Disk } from '../disk/disk.ts'

type Parser = typeof import('@babel/parser')

/**
 * @param entry the file's path
 * @returns 64 hex digits
 * @throws what reading the entry throws; an imported file that is not there counts by its name
 */
export async function sourceHash(disk: Disk, entry: string): Promise<string> {
  const parser = await import('@babel/parser')
  const folder = dirname(resolve(entry))
  const found = new Map<string, string>()
  const waiting = [resolve(entry)]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const name = relative(folder, path)
    if (found.has(name)) continue
    const text = path === resolve(entry) ? await readText(disk, path) : await textOf(disk, path)
    if (text === undefined || !code.test(path)) {
      found.set(name, text === undefined ? 'missing' : sha256(text))
      continue
    }
    const { tokens, imports } = readSource(parser, path, text)
    found.set(name, sha256(tokens))
    for (const specifier of imports) waiting.push(...(await filesOf(disk, dirname(path), specifier)))
  }
  return sha256(JSON.stringify([...found].sort(([a], [b]) => (a < b ? -1 : 1))))
}

const code = /\.[cm]?[jt]sx?$/

/** A module's tokens, and what it imports; of a file that does not parse, its text stands for both. */
function readSource(parser: Parser, path: string, text: string): { tokens: string; imports: string[] } {
  try {
    const file = parser.parse(text, {
      sourceType: 'unambiguous',
      errorRecovery: true,
      tokens: true,
      plugins: [
        ...(/\.[cm]?tsx?$/.test(path) ? ['typescript' as const] : []),
        ...(/x$/.test(path) ? ['jsx' as const] : []),
      ],
    })
    const tokens = (file.tokens ?? []).flatMap(({ type, value }: { type: unknown; value?: unknown }) =>
      typeof type === 'string' ? [] : [[(type as { label: string }).label, String(value ?? '')]],
    )
    return { tokens: JSON.stringify(tokens), imports: importsIn(file.program) }
  } catch {
    return { tokens: text, imports: [] }
  }
}

/** The specifiers of imports, exports from elsewhere, `import()` and `require()`, where they are plain texts. */
function importsIn(node: unknown, found: string[] = []): string[] {
  if (Array.isArray(node)) {
    for (const item of node) importsIn(item, found)
  } else if (typeof node === 'object' && node !== null && 'type' in node) {
    const { source, callee, arguments: given } = node as Partial<Record<string, unknown>>
    const asked = isText(source) ? source : isImporting(callee) && Array.isArray(given) ? given[0] : undefined
    if (isText(asked)) found.push(asked.value)
    for (const [key, member] of Object.entries(node)) if (key !== 'loc') importsIn(member, found)
  }
  return found
}

function isText(node: unknown): node is { readonly value: string } {
  return typeof node === 'object' && node !== null && 'type' in node && node.type === 'StringLiteral'
}

function isImporting(callee: unknown): boolean {
  if (typeof callee !== 'object' || callee === null || !('type' in callee)) return false
  return callee.type === 'Import' || ('name' in callee && callee.name === 'require')
}

/** The file that a specifier of our own means: as it stands, or as CommonJS completes it. None for a package. */
async function filesOf(disk: Disk, folder: string, specifier: string): Promise<string[]> {
  if (specifier.startsWith('file:')) return [fileURLToPath(specifier)]
  if (!/^\.{0,2}\//.test(specifier)) return []
  const path = resolve(folder, specifier.replace(/[?#].*$/, ''))
  for (const ending of ['', '.js', '.cjs', '.json', '/index.js']) {
    if ((await disk.stat(path + ending).catch(() => undefined))?.kind === 'file') return [path + ending]
  }
  return [path]
}

async function readText(disk: Disk, path: string): Promise<string> {
  return new TextDecoder().decode(await disk.readFile(path))
}

async function textOf(disk: Disk, path: string): Promise<string | undefined> {
  return readText(disk, path).catch(() => undefined)
}
