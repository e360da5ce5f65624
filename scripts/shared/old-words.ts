/** Words that this project no longer uses (`test/architecture/words.txt`), and the files that still do. */
import { readdirSync, readFileSync } from 'node:fs'

const replacements = new Map<string, string>()
/** Single names that stay: quoted, a member or a key, as in `'bought'`, `usage.bought`, `{ bought: 3 }`; they are words elsewhere. */
const names: string[] = []
/** Names and texts that stay wherever they stand: `told_from`, and a text that is part of requests. */
const texts: string[] = []
for (const line of readFileSync('test/architecture/words.txt', 'utf8').split('\n')) {
  const [old = '', words] = line.split(' = ')
  if (words === undefined || line.startsWith('#')) continue
  const [, kind, stays] = /^stays( text)?: (.*)$/.exec(old) ?? []
  if (stays === undefined) for (const word of old.split(' ')) replacements.set(word, words)
  else if (kind !== undefined) texts.push(stays)
  else for (const name of stays.split(' ')) (/[^a-z]/.test(name) ? texts : names).push(name)
}
const anyOf = (list: readonly string[]): string =>
  list.map((text) => text.replaceAll(/[.?()]/g, String.raw`\$&`)).join('|')
const name = `(?:${anyOf(names)})`
const quoted = `(?<=['"\`])${name}(?=['"\`])`
const member = `(?<=\\w[?!]?\\.)${name}\\b`
const key = `(?<=^\\s*(?:readonly )?|[{,] ?)${name}(?=\\??:)`
const staying = new RegExp(`${quoted}|${member}|${key}|\\b(?:${anyOf(texts)})(?![A-Za-z_])`, 'gm')

/** The old words of a text, with what to say instead. A name such as `oldName` has the words old and Name. */
export function oldWords(text: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const [part] of text.replace(staying, '').matchAll(/[A-Z]?[a-z]+/g)) {
    const word = part.toLowerCase()
    const words = replacements.get(word)
    if (words !== undefined) found.set(word, words)
  }
  return found
}

/** Old words in these folders and files, each with its place and what to say instead. */
export function foundOldWords(): string[] {
  const files = ['src', 'docs', 'web', 'scripts', 'bench']
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true }).map((name) => `${folder}/${name}`.replaceAll('\\', '/')),
    )
    .filter((path) => /\.(ts|md)$/.test(path))
  const pages = ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md']
  return [...files, ...pages].sort().flatMap((path) => {
    const lines = readFileSync(path, 'utf8').split('\n')
    return lines.flatMap((line, index) =>
      [...oldWords(line)].map(([old, words]) => `${path}:${index + 1}: "${old}" = ${words}`),
    )
  })
}
