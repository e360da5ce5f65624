/** The pages of docs/, and the code that a page shows. */
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

/** Paths of all pages of docs/, such as `docs/start/quick-start.md`. */
export function docsPages(): string[] {
  return readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path.replaceAll('\\', '/')}`)
}

export interface CodeBlock {
  /** The line of the page that opens it, from 1. */
  readonly line: number
  readonly language: string
  readonly text: string
  /** The HTML comment right before it, without its marks: `not run: it is killed by hand`. */
  readonly comment: string | undefined
}

/** The fenced blocks of a page that name a language, without the indentation of a list that they stand in. */
export function codeBlocks(page: string): CodeBlock[] {
  return [...page.matchAll(/(?:^<!-- (.+) -->\n+)?^( *)```(\w+)\n([\s\S]*?)^\2```/gm)].map((match) => {
    const [whole, comment, indent = '', language = '', text = ''] = match
    const opening = match.index + whole.indexOf('```')
    return {
      line: page.slice(0, opening).split('\n').length,
      language,
      text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      comment,
    }
  })
}
