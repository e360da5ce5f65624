/**
 * Loads a config that is code: the user's own file, run as their program. No other file is ever run.
 */
import * as nodeModule from 'node:module'
import { extname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { RowsmithError } from '../base/errors/errors.ts'
import { thrownWords } from '../base/errors/thrown-words.ts'
import { sha256 } from '../base/numbers/hash.ts'
import { literally } from '../base/text/pattern.ts'
import type { Config } from '../config/schema/schema.ts'
import { nodeDisk, textAt } from '../disk/node-disk.ts'
import { configFromCode } from './from-code.ts'

const endings = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']

/** Whether a config's path says that it is code. */
export function isCodePath(path: string): boolean {
  return endings.includes(extname(path).toLowerCase())
}

/** A config in Python is Data Designer's own. @throws RowsmithError config_unreadable, saying how to export it */
export function requireNoPython(path: string): void {
  if (!/\.(py|ipynb)$/i.test(path)) return
  throw new RowsmithError('config_unreadable', `${path}: this is Python, which Rowsmith does not run`, {
    facts: { file: path },
    nextStep:
      'Export it from Data Designer: add config_builder.write_config("config.yaml") to it, run it once with Python, then give that file.',
  })
}

/**
 * @param path a module whose default export is a config, or a function that gives one, async or not
 * @param hash of its source, as `sourceHash` has it
 * @param args what that function is called with
 * @param isFresh whether it runs again even if this process has run the very same files: they may read others, such as prompts
 * @throws RowsmithError config_unreadable, config_invalid
 */
export async function loadCodeConfig(
  path: string,
  hash: string,
  args: readonly string[] = [],
  isFresh = false,
): Promise<Config> {
  // With its hash in the address, an edited file is loaded again by a process that had loaded it before.
  const times = isFresh ? `-${++freshTimes}` : ''
  if (isFresh) forgetCommonJs()
  const address = `${pathToFileURL(resolve(path)).href}${mark}${hash.slice(0, 16)}${times}`
  const exported = await running(path, async () => {
    const module = await importing(address)
    if (typeof module.default === 'function') return module.default([...args])
    if (args.length > 0) throw noArgs(path)
    return module.default
  })
  if (typeof exported === 'object' && exported !== null) return configFromCode(exported, path, hash, args)
  const seen = exported === undefined ? 'nothing' : exported === null ? 'null' : `a ${typeof exported}`
  throw new RowsmithError('config_invalid', `${path}: the default export must be a config (seen ${seen})`, {
    facts: { file: path },
    nextStep: 'Export one: export default { columns: [...] }, or a function that returns it.',
  })
}

/** A config that takes no arguments was given some. */
export function noArgs(path: string): RowsmithError {
  return new RowsmithError('usage', `${path} takes no arguments: it exports no function`, {
    facts: { file: path },
    nextStep:
      'Leave out what stands behind `--`, or export a function: export default (args) => ({ columns: [...] }).',
  })
}

/** How an address says what it was loaded as. */
const mark = '?source='
let loading = 0
let freshTimes = 0
let hooked = false
/** Files of users that were loaded, and the hash of what they held. CommonJS keeps them by their path, whatever the address. */
const loaded = new Map<string, string | null>()
const { cache } = nodeModule.createRequire(import.meta.url)
/** `rowsmith` and its subpaths: of the sources in a clone, next to this file in the built package. */
const ownModule = /^rowsmith(?:\/(columns|config|models|simulator|template|testing|workflow))?$/
const isSource = import.meta.url.endsWith('.ts')

/** Where one of our own modules is. @param subpath undefined: the front door */
function addressOfOwn(subpath: string | undefined): string {
  const source = subpath === undefined ? 'index' : `entries/${subpath}`
  return new URL(isSource ? `../${source}.ts` : `./${subpath ?? 'index'}.mjs`, import.meta.url).href
}

/** Imports the user's file. */
async function importing(address: string): Promise<{ readonly default?: unknown }> {
  hookImports((await import('@babel/parser')).parse)
  await requireFresh()
  loading++
  try {
    return await import(/* @vite-ignore */ address)
  } finally {
    loading--
    for (const [path, hash] of loaded) if (hash === null) loaded.set(path, await hashAt(path))
  }
}

/**
 * What the user's files import, now or when a function is called: "rowsmith" is this very package, wherever they lie, since functions
 * that another copy declared would be strangers here; a file of their own is loaded again with the module that an edit changed.
 */
function hookImports(parse: Parse): void {
  // Bun has no hooks: it runs TypeScript by itself, and finds this package where the user installed it.
  if (hooked || nodeModule.registerHooks === undefined) return
  hooked = true
  nodeModule.registerHooks({
    resolve: (specifier, context, next) => {
      const [parent, source] = context.parentURL?.split(mark) ?? []
      const isUsers = source !== undefined || (parent !== undefined && loaded.has(pathOf(parent)))
      const own = isUsers || loading > 0 ? ownModule.exec(specifier) : null
      if (own !== null) return { url: addressOfOwn(own[1]), shortCircuit: true }
      const found = asWritten(next(specifier, context), isUsers || specifier.includes(mark), parse)
      if (!isUsers || !found.url.startsWith('file:') || /\/node_modules\/|[?#]/.test(found.url)) return found
      const path = pathOf(found.url)
      if (!loaded.has(path)) loaded.set(path, null)
      const isModule = source !== undefined && context.conditions?.includes('import')
      if (!isModule || /\.(json|node|wasm)$/.test(found.url)) return found
      return { ...found, url: `${found.url}${mark}${source}` }
    },
  })
}

type Parse = typeof import('@babel/parser')['parse']
type Resolved = ReturnType<Parameters<nodeModule.ResolveHookSync>[2]>

/**
 * A file with `import` and `export` is a module, whatever the package.json above it says: `npm init` says `commonjs`, and means
 * nothing by it.
 */
function asWritten(found: Resolved, isUsers: boolean, parse: Parse): Resolved {
  const { url, format } = found
  if (!isUsers || /\/node_modules\//.test(url) || /\.c[jt]s(\?|$)/.test(url)) return found
  if (format !== 'commonjs' && format !== 'commonjs-typescript') return found
  const typed = format === 'commonjs-typescript'
  try {
    const { program } = parse(textAt(pathOf(url)), {
      sourceType: 'unambiguous',
      errorRecovery: true,
      plugins: typed ? ['typescript'] : [],
    })
    return program.sourceType === 'module'
      ? { ...found, format: typed ? 'module-typescript' : 'module' }
      : found
  } catch {
    // Node reports what is wrong with it.
    return found
  }
}

/** Node evaluates a CommonJS file once: a process that has loaded one never sees an edit of it. */
async function requireFresh(): Promise<void> {
  for (const [path, hash] of loaded) {
    if (cache[path] === undefined || hash === null || (await hashAt(path)) === hash) continue
    throw new RowsmithError('config_unreadable', `${path} was edited after this process had loaded it`, {
      facts: { file: path },
      nextStep: 'Start a new process, or make the file a module (.mjs), which can be loaded again.',
    })
  }
}

/** CommonJS files of the user run again when they are next loaded. */
function forgetCommonJs(): void {
  for (const path of loaded.keys()) delete cache[path]
}

async function hashAt(path: string): Promise<string | null> {
  return nodeDisk.readFile(path).then(sha256, () => null)
}

function pathOf(url: string): string {
  return url.startsWith('file:') ? fileURLToPath(url) : url
}

/** The loader of Yarn Plug'n'Play goes by package.json alone, whatever we say a file is. */
function nextStepFor(path: string, message: string): string {
  const asCommonJs = /import statement outside a module|Unexpected token 'export'/.test(message)
  if (!asCommonJs || process.versions.pnp === undefined)
    return 'Fix the file. `node FILE` shows where it fails.'
  const module = path.replace(/\.([jt]s)$/i, '.m$1')
  return `Call the file ${module}: package.json makes it CommonJS, and Yarn Plug'n'Play allows no exception.`
}

/** What the user's file throws is reported in one line, with its place in the file. */
async function running(path: string, load: () => Promise<unknown>): Promise<unknown> {
  try {
    return await load()
  } catch (error) {
    if (RowsmithError.isInstance(error)) throw error
    const { name, message, stack } = error instanceof Error ? error : new Error(thrownWords(error))
    const line = stack?.match(new RegExp(`${literally(resolve(path))}[^:)\\s]*:(\\d+)`))?.[1]
    const place = line === undefined ? path : `${path}:${line}`
    throw new RowsmithError('config_unreadable', `${place}: ${name}: ${message.split('\n')[0]}`, {
      facts: { file: path, line: line === undefined ? null : Number(line) },
      nextStep: nextStepFor(path, message),
      cause: error,
    })
  }
}
