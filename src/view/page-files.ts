/**
 * The files of the page. A package has them built (`dist/web/`); a clone serves the sources in `web/`, with their types removed.
 *
 * Rule: only the names that are listed here or that look like a module of the page are looked for, in that one folder.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Disk } from '../disk/disk.ts'

const fromSources = import.meta.url.endsWith('.ts')
const folder = fileURLToPath(new URL(fromSources ? '../../web' : './web', import.meta.url))

interface PageFile {
  readonly type: string
  readonly body: Uint8Array | string
}

/** Undefined for a path that is no file of the page. @param pages the page's own files, by path */
export async function pageFile(
  disk: Disk,
  path: string,
  pages: Readonly<Record<string, string>>,
): Promise<PageFile | undefined> {
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined
  if (page !== undefined) return read(disk, page, 'text/html; charset=utf-8')
  if (path === '/page.css') return read(disk, 'page.css', 'text/css; charset=utf-8')
  if (path === '/icon.svg') return read(disk, 'icon.svg', 'image/svg+xml')
  const module = /^\/([a-z-]+)\.(?:js|ts)$/.exec(path)?.[1]
  if (module === undefined) return undefined
  const type = 'text/javascript; charset=utf-8'
  if (!fromSources) return read(disk, `${module}.js`, type)
  const source = await read(disk, `${module}.ts`, type)
  if (source === undefined) return undefined
  const { stripTypeScriptTypes } = await import('node:module')
  return { type, body: stripTypeScriptTypes(Buffer.from(source.body).toString('utf8')) }
}

async function read(disk: Disk, name: string, type: string): Promise<PageFile | undefined> {
  const path = join(folder, name)
  if ((await disk.stat(path)) === undefined) return undefined
  return { type, body: await disk.readFile(path) }
}
