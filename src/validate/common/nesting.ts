/**
 * How deep a text is nested, before a parser that goes down by recursion is given it: what a parser's stack bears differs
 * from run to run, a number does not.
 */
import { present } from '../../base/errors/present.ts'

/** Brackets that are open at once, those in strings and comments included, may be this many. */
const bracketsMax = 1000
/** CPython's own limits: more are a syntax error there. */
const pythonBracketsMax = 200
const pythonIndentsMax = 100

/** Whether a text is nested deeper than any code is. */
export function isTooDeep(code: string): boolean {
  return bracketDepth(code) > bracketsMax
}

/** Whether Python text is nested deeper than CPython reads. */
export function isTooDeepForPython(code: string): boolean {
  return bracketDepth(code) > pythonBracketsMax || indentDepth(code) > pythonIndentsMax
}

function bracketDepth(code: string): number {
  let depth = 0
  let deepest = 0
  for (let at = 0; at < code.length; at++) {
    switch (code.charCodeAt(at)) {
      case 0x28: // (
      case 0x5b: // [
      case 0x7b: // {
        depth++
        if (depth > deepest) deepest = depth
        break
      case 0x29:
      case 0x5d:
      case 0x7d:
        if (depth > 0) depth--
        break
    }
  }
  return deepest
}

/** Levels of indentation, as lines begin. */
function indentDepth(code: string): number {
  const open: number[] = [0]
  let deepest = 0
  for (const [, indent = ''] of code.matchAll(/^([ \t]*)(?=[^\s#])/gm)) {
    while (open.length > 1 && indent.length < present(open.at(-1), 'open')) open.pop()
    if (indent.length > present(open.at(-1), 'open')) open.push(indent.length)
    deepest = Math.max(deepest, open.length - 1)
  }
  return deepest
}
