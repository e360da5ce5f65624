/**
 * Loads a config that is code: the user's own file, run as their program. No other file is ever run.
 */
import { registerHooks } from 'node:module'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { RowsmithError } from '../base/errors.ts'
import { literally } from '../base/pattern.ts'
import type { Config } from '../config/schema.ts'
import { configFromCode } from './from-code.ts'

const endings = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']

/** Whether a config's path says that it is code. */
export function isCodePath(path: string): boolean {
  return endings.includes(extname(path).toLowerCase())
}

/**
 * @param path a module whose default export is a config, or a function that gives one, async or not
 * @param hash of its source, as `sourceHash` has it
 * @throws RowsmithError config_unreadable, config_invalid
 */
export async function loadCodeConfig(path: string, hash: string): Promise<Config> {
  // With its hash in the address, an edited file is loaded anew by a process that had loaded it before.
  const address = `${pathToFileURL(resolve(path)).href}?source=${hash.slice(0, 16)}`
  const exported = await running(path, async () => {
    const module = await importing(address)
    return typeof module.default === 'function' ? module.default() : module.default
  })
  if (typeof exported === 'object' && exported !== null) return configFromCode(exported, path, hash)
  const seen = exported === undefined ? 'nothing' : exported === null ? 'null' : `a ${typeof exported}`
  throw new RowsmithError('config_invalid', `${path}: the default export must be a config (seen ${seen})`, {
    facts: { file: path },
    nextStep: 'Export one: export default { columns: [...] }, or a function that returns it.',
  })
}

/**
 * Imports the user's file. What it imports as "rowsmith" is this very package, wherever the file lies: functions that
 * another copy declared would be strangers here.
 */
async function importing(address: string): Promise<{ readonly default?: unknown }> {
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'rowsmith' ? { url: frontDoor(), shortCircuit: true } : next(specifier, context),
  })
  try {
    return await import(/* @vite-ignore */ address)
  } finally {
    hooks.deregister()
  }
}

/** Of the sources in a clone, of the built package elsewhere. */
function frontDoor(): string {
  return import.meta.url.endsWith('.ts')
    ? new URL('../index.ts', import.meta.url).href
    : import.meta.resolve('rowsmith')
}

/** What the user's file throws is told in one line, with its place in the file. */
async function running(path: string, load: () => Promise<unknown>): Promise<unknown> {
  try {
    return await load()
  } catch (error) {
    if (RowsmithError.isInstance(error)) throw error
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
    const line = stack?.match(new RegExp(`${literally(resolve(path))}[^:)\\s]*:(\\d+)`))?.[1]
    const place = line === undefined ? path : `${path}:${line}`
    throw new RowsmithError('config_unreadable', `${place}: ${name}: ${message.split('\n')[0]}`, {
      facts: { file: path, line: line === undefined ? null : Number(line) },
      nextStep: 'Mend the file; `node FILE` shows where it fails.',
      cause: error,
    })
  }
}
