/**
 * Patterns of names, as a shell has them: `*`, `?`, `[abc]`, `[a-z]`, `[!abc]`. Upper and lower case are apart, a
 * leading dot is like any other character, and there is no way to write a slash.
 */
import { present } from '../../base/errors/present.ts'

/** Whether a whole name matches. */
export function nameMatcher(pattern: string): (name: string) => boolean {
  const expression = new RegExp(`^${part(pattern)}$`, 'su')
  return (name) => expression.test(name)
}

/** The same for paths with slashes, in which `**` stands for any number of folders. */
export function pathMatcher(pattern: string): (path: string) => boolean {
  const parts = pattern.split('/')
  const text = parts.map((each, index) => {
    const last = index === parts.length - 1
    if (each === '**') return last ? '.*' : '(?:[^/]+/)*'
    return `${part(each)}${last ? '' : '/'}`
  })
  const expression = new RegExp(`^${text.join('')}$`, 'su')
  return (path) => expression.test(path)
}

/** Whether a path is a pattern at all. */
export function isPattern(path: string): boolean {
  return /[*?[]/.test(path)
}

function part(pattern: string): string {
  let text = ''
  const characters = [...pattern]
  for (let at = 0; at < characters.length; at++) {
    const character = present(characters[at], 'characters')
    if (character === '*') text += '[^/]*'
    else if (character === '?') text += '[^/]'
    else if (character === '[') {
      const set = setAt(characters, at)
      if (set === undefined) text += '\\['
      else {
        text += set.text
        at = set.end
      }
    } else text += escaped(character)
  }
  return text
}

/** A set that is closed; a bracket that is not stands for itself. The first character may be a closing bracket. */
function setAt(characters: readonly string[], open: number): { text: string; end: number } | undefined {
  const negated = characters[open + 1] === '!'
  const first = open + (negated ? 2 : 1)
  const end = characters.indexOf(']', first + 1)
  if (end === -1) return undefined
  const members = characters.slice(first, end)
  const text = members
    .map((character, index) => {
      const between = character === '-' && index > 0 && index < members.length - 1
      if (!between) return escaped(character)
      // A range that runs backwards holds nothing; as two members it holds more, but never fails.
      return present(members[index - 1], 'members') <= present(members[index + 1], 'members')
        ? '-'
        : escaped('-')
    })
    .join('')
  return { text: `(?!/)[${negated ? '^' : ''}${text}]`, end }
}

function escaped(character: string): string {
  if (character === '-') return '\\x2d'
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character
}
