/**
 * `npm run docs`: builds the documentation site into site/, and checks what the builder does not:
 *
 * 1. Every inline code with braces, such as `{{ product }}`, is in the built page as it was written.
 * 2. Every link to a heading finds its heading.
 * 3. Every command of a `console` block prints what the page says ([docs/console.ts](docs/console.ts)).
 *
 * A link to a page that is not there fails the build itself. Exits with 1 when something does not hold.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { build } from 'vitepress'
import { startSimulator } from '../src/entries/simulator.ts'
import { PageRun } from './docs/console.ts'
import { docsPages } from './shared/pages.ts'

const root = resolve(import.meta.dirname, '..')
const site = join(root, 'site')

/** A page of the built site: its path in site/, and its HTML. */
interface BuiltPage {
  path: string
  html: string
}

function builtPages(): BuiltPage[] {
  return readdirSync(site, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.html') && path !== '404.html')
    .map((path) => ({ path, html: readFileSync(join(site, path), 'utf8') }))
}

/** What is in inline code of a page's Markdown and not in its HTML. */
function lostBraces({ path, html }: BuiltPage): string[] {
  const source = path === 'index.html' ? 'README.md' : path.replace(/\.html$/, '.md')
  const prose = readFileSync(join(root, source), 'utf8').replace(/^```[\s\S]*?^```/gm, '')
  return [...prose.matchAll(/(?<!`)`([^`\n]*\{\{[^`\n]*)`(?!`)/g)]
    .map((match) => escaped((match[1] ?? '').replaceAll('\\|', '|').trim()))
    .filter((code) => !html.includes(`${code}</code>`))
    .map((code) => `${source}: ${code} is not in the built page`)
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** Links of a page to headings that the page they lead to does not have. */
function lostHeadings({ path, html }: BuiltPage, pages: ReadonlyMap<string, string>): string[] {
  return [...html.matchAll(/<a href="([^"#:]*)#([^"]+)"/g)].flatMap(([, target = '', anchor = '']) => {
    const page = target === '' ? path : pathOf(target, path)
    const id = decodeURIComponent(anchor)
    if (pages.get(page)?.includes(` id="${id}"`) === true) return []
    return [`${path}: no heading #${id} in ${page}`]
  })
}

function pathOf(target: string, from: string): string {
  const path = target.startsWith('/') ? target.slice(1) : relative(site, resolve(site, dirname(from), target))
  return path === '' ? 'index.html' : `${path.replace(/\.html$/, '')}.html`
}

/** Plays the pages with console blocks. @returns what does not come out as they say */
async function playPages(): Promise<string[]> {
  const simulator = await startSimulator({ latencyMs: 20, words: 20 })
  const faults: string[] = []
  for (const source of ['README.md', ...docsPages()]) {
    const text = readFileSync(join(root, source), 'utf8')
    if (!text.includes('```console')) continue
    const run = new PageRun(`${simulator.url}/v1`)
    const played = await run.play(source, text)
    run.remove()
    console.log(`${source}: ${played.ran} commands run, ${played.skipped} blocks not run`)
    for (const fault of played.faults) console.error(fault)
    faults.push(...played.faults)
  }
  await simulator.close()
  return faults
}

await build(join(root, 'docs'))
const pages = builtPages()
const byPath = new Map(pages.map(({ path, html }) => [path, html]))
const faults = pages.flatMap((page) => [...lostBraces(page), ...lostHeadings(page, byPath)])
for (const fault of faults) console.error(fault)
console.log(`${pages.length} pages in site/, ${faults.length} faults`)
faults.push(...(await playPages()))

process.exitCode = faults.length === 0 ? 0 : 1
