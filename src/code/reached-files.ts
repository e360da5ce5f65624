/**
 * Which files a name in an `import` or a `require` may mean. Files of one's own are followed; those of an installed package are
 * not, and one that is linked into a workspace is one's own.
 *
 * Rule: where conditions decide (`exports`, `imports` of a package.json), every file that one of them names is reached, and
 * the settings themselves count. Which condition holds is Node's to say.
 */
import { dirname, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Disk } from '../disk/disk.ts'

/** A file that is reached. */
export interface Reached {
  readonly path: string
  /** The settings of a package.json that led there, as JSON; null where none did. */
  readonly settings: string | null
}

/** @returns every file that it may mean; none for a package. Never rejects */
export async function reachedFrom(disk: Disk, importer: string, specifier: string): Promise<Reached[]> {
  const folder = dirname(importer)
  if (/^file:/i.test(specifier)) return asReached([pathOfUrl(specifier)])
  if (/^\.{0,2}\//.test(specifier) || specifier === '.' || specifier === '..') {
    const plain = specifier.replace(/[?#].*$/, '')
    return asReached([await fileAt(disk, resolve(folder, plain)), await decodedAt(disk, folder, plain)])
  }
  if (/^[a-z][a-z0-9+.-]+:/i.test(specifier)) return []
  if (specifier.startsWith('#')) {
    const scope = await packageAround(disk, folder)
    return scope === undefined ? [] : mapped(disk, scope, 'imports', specifier)
  }
  return ofPackage(disk, folder, specifier)
}

/** A package of one's own: the one around the file, by its own name, or one of a workspace. */
async function ofPackage(disk: Disk, folder: string, specifier: string): Promise<Reached[]> {
  const [name = ''] = /^(?:@[^/]+\/)?[^/]+/.exec(specifier) ?? []
  const around = await packageAround(disk, folder)
  const own = around?.json.name === name ? around : await linkedPackage(disk, folder, name)
  if (own === undefined) return []
  const inside = `.${specifier.slice(name.length)}`
  if (own.json.exports !== undefined) return mapped(disk, own, 'exports', inside)
  const main = inside === '.' ? String(own.json.main ?? 'index.js') : inside
  return asReached([await fileAt(disk, join(own.folder, main))])
}

/** A package.json, and where it lies. */
interface Package {
  readonly folder: string
  readonly json: Readonly<Record<string, unknown>>
}

async function packageAround(disk: Disk, from: string): Promise<Package | undefined> {
  for (const folder of upwards(from)) {
    const found = await packageIn(disk, folder)
    if (found !== undefined) return found
  }
  return undefined
}

async function packageIn(disk: Disk, folder: string): Promise<Package | undefined> {
  const bytes = await disk.readFile(join(folder, 'package.json')).catch(() => undefined)
  if (bytes === undefined) return undefined
  try {
    return { folder, json: Object(JSON.parse(new TextDecoder().decode(bytes))) }
  } catch {
    return { folder, json: {} }
  }
}

/** A package that `node_modules` only links to. */
async function linkedPackage(disk: Disk, from: string, name: string): Promise<Package | undefined> {
  for (const folder of upwards(from)) {
    const real = await disk.realPath(join(folder, 'node_modules', name)).catch(() => undefined)
    if (real === undefined) continue
    return real.split(sep).includes('node_modules') ? undefined : packageIn(disk, real)
  }
  return undefined
}

function* upwards(from: string): Generator<string> {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    yield folder
    if (dirname(folder) === folder) return
  }
}

/** What `imports` or `exports` of a package make of a name. */
async function mapped(
  disk: Disk,
  { folder, json }: Package,
  field: 'imports' | 'exports',
  name: string,
): Promise<Reached[]> {
  const given = json[field]
  const plain =
    typeof given !== 'object' || given === null || !Object.keys(given).some((key) => /^[.#]/.test(key))
  const entries = Object.entries(plain ? { '.': given } : given)
  const reached: Reached[] = []
  for (const [key, target] of entries) {
    const star = starOf(key, name)
    if (star === undefined) continue
    const settings = `${field} ${name}: ${JSON.stringify(target)}`
    for (const leaf of leavesOf(target)) {
      if (!leaf.startsWith('./')) continue
      reached.push({
        path: await fileAt(
          disk,
          join(
            folder,
            leaf.replaceAll('*', () => star),
          ),
        ),
        settings,
      })
    }
  }
  return reached
}

/** What the `*` of a key stands for; undefined when the key does not mean this name. */
function starOf(key: string, name: string): string | undefined {
  const [before = '', after] = key.split('*')
  if (after === undefined) return key === name ? '' : undefined
  const fits = name.startsWith(before) && name.endsWith(after) && name.length >= before.length + after.length
  return fits ? name.slice(before.length, name.length - after.length) : undefined
}

function leavesOf(target: unknown): string[] {
  if (typeof target === 'string') return [target]
  return typeof target === 'object' && target !== null ? Object.values(target).flatMap(leavesOf) : []
}

/** A file as it stands, or as CommonJS completes its name. */
async function fileAt(disk: Disk, path: string): Promise<string> {
  const main = await packageIn(disk, path).then((found) => found?.json.main)
  const endings = [
    '',
    '.js',
    '.cjs',
    '.json',
    ...(typeof main === 'string' ? [`/${main}`, `/${main}.js`] : []),
  ]
  for (const ending of [...endings, '/index.js', '/index.json']) {
    if ((await disk.stat(path + ending).catch(() => undefined))?.kind === 'file')
      return resolve(path + ending)
  }
  return path
}

/** Modules may name a file as a part of an address: `./a%20b.mjs`. */
async function decodedAt(disk: Disk, folder: string, specifier: string): Promise<string | undefined> {
  if (!specifier.includes('%')) return undefined
  try {
    return await fileAt(disk, resolve(folder, decodeURIComponent(specifier)))
  } catch {
    return undefined
  }
}

function pathOfUrl(specifier: string): string | undefined {
  try {
    return fileURLToPath(specifier)
  } catch {
    return undefined
  }
}

function asReached(paths: readonly (string | undefined)[]): Reached[] {
  return paths.flatMap((path) => (path === undefined ? [] : [{ path, settings: null }]))
}
