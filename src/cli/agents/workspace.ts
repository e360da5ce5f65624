/**
 * The folder that an MCP client may work in.
 *
 * Rules:
 *   1. A path that leads out of it, by its name or by a link, is refused.
 *   2. A config that is code is refused, unless the user allows it: to read it is to run it.
 */
import { realpathSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { isCodePath } from '../../entries/commands.ts'
import { type Config, loadConfig, RowsmithError } from '../../index.ts'

export class Workspace {
  readonly folder: string
  readonly #allowsCode: boolean

  constructor(folder: string, allowsCode: boolean) {
    this.folder = realpathSync(folder)
    this.#allowsCode = allowsCode
  }

  /** A path within the folder. @throws RowsmithError path_escapes */
  path(name: string): string {
    const path = resolve(this.folder, name)
    const way = relative(this.folder, existing(path))
    if (way === '..' || way.startsWith('../') || isAbsolute(way)) {
      throw new RowsmithError('path_escapes', `"${name}" is not in the folder of this server`, {
        facts: { path: name },
        nextStep: `Use a path within ${this.folder}.`,
      })
    }
    return path
  }

  /** @throws RowsmithError path_escapes, usage for code, what `loadConfig` throws */
  async config(name: string): Promise<Config> {
    if (isCodePath(name) && !this.#allowsCode) {
      throw new RowsmithError('usage', `"${name}" is code, and this server runs none`, {
        nextStep:
          'Convert it: rowsmith convert FILE -o config.yaml. Or let the user start `rowsmith mcp --allow-code`.',
      })
    }
    if (/^[a-z]+:\/\//i.test(name)) {
      throw new RowsmithError('path_escapes', `"${name}" is a web address`, {
        nextStep: 'Use a path within the folder of this server.',
      })
    }
    return loadConfig(this.path(name))
  }
}

/** Where a path leads, links followed as far as it is there. */
function existing(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : join(existing(parent), relative(parent, path))
  }
}
