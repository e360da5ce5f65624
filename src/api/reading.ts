/** Texts that the caller names by a path or a web address. */
import { errnoOf, RowsmithError } from '../base/errors/errors.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import { isWebAddress, shownAddress, webText } from '../models/http/web-text.ts'

/** The text of a file. @throws RowsmithError config_not_found when it cannot be read */
export function readText(path: string): Promise<string> {
  return reading(path, async () => new TextDecoder().decode(await nodeDisk.readFile(path)))
}

/** The text of a config file, or of one at a web address. @throws RowsmithError config_not_found, config_unreadable */
export function readConfigText(path: string): Promise<string> {
  return isWebAddress(path) ? webText(path, process.env) : readText(path)
}

/** What messages call a file: a web address without what may be secret in it. */
export function shownPath(path: string): string {
  return isWebAddress(path) ? shownAddress(path) : path
}

/** @param what such as `code, which` @throws RowsmithError usage for a web address */
export function requireNoWebAddress(path: string, what: string): void {
  if (!isWebAddress(path)) return
  throw new RowsmithError('usage', `${shownAddress(path)} is ${what} is never taken from a web address`, {
    nextStep: 'Download it, look at it, and give its path.',
  })
}

/** What `read` makes of a file. @throws RowsmithError config_not_found when it cannot be read */
export async function reading<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    const why =
      errnoOf(error) === 'ENOENT'
        ? 'does not exist'
        : `cannot be read (${errnoOf(error) ?? 'unknown reason'})`
    throw new RowsmithError('config_not_found', `${path} ${why}`, { facts: { path }, cause: error })
  }
}
