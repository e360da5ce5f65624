/** JSONPath without filter expressions: `$.a['b'][0][-1][1:3][*]..name` and unions. Matches in document order. */
import { spend, spendOn } from '../limits/budget.ts'
import { Failure } from '../limits/failure.ts'
import { slice } from '../values/operators.ts'
import { entriesOf, isList, isMapping, memberOf, type Runtime } from '../values/values.ts'

const step =
  /(\.\.|\.)?(?:(\*)|([\p{L}_][\p{L}\p{N}_-]*)|\[\s*((?:'[^']*'|"[^"]*"|\*|-?\d*\s*:\s*-?\d*(?:\s*:\s*-?\d*)?|-?\d+)(?:\s*,\s*(?:'[^']*'|"[^"]*"|-?\d+))*)\s*\])/uy

/**
 * @returns every value the path leads to
 * @throws Failure for a path that cannot be read
 */
export function findPath(root: Runtime, path: string): Runtime[] {
  if (!path.startsWith('$')) throw new Failure('a JSONPath starts with "$"')
  let found = [root]
  step.lastIndex = 1
  for (let position = 1; position < path.length; position = step.lastIndex) {
    step.lastIndex = position
    const parts = step.exec(path)
    const [, dots, star, name, selectors] = parts ?? []
    const isReadable = parts !== null && (selectors !== undefined || dots !== undefined)
    if (!isReadable || (dots === '.' && selectors !== undefined)) {
      throw new Failure(`the JSONPath "${path.slice(0, 60)}" cannot be read from character ${position + 1}`)
    }
    const chosen = selectors === undefined ? [star ?? name ?? ''] : splitSelectors(selectors)
    const isName = name !== undefined
    const from = dots === '..' ? found.flatMap(descendants) : found
    spend(from.length * chosen.length)
    found = from.flatMap((value) => chosen.flatMap((selector) => select(value, selector, isName)))
    spendOn(found)
  }
  return found
}

function splitSelectors(text: string): string[] {
  return text.match(/'[^']*'|"[^"]*"|[^,\s][^,]*/g)?.map((selector) => selector.trim()) ?? []
}

function select(value: Runtime, selector: string, isName: boolean): Runtime[] {
  const quoted = /^['"](.*)['"]$/s.exec(selector)?.[1]
  if (isName || quoted !== undefined) {
    const member = isMapping(value) ? memberOf(value, quoted ?? selector) : undefined
    return member === undefined ? [] : [member]
  }
  if (selector === '*') return childrenOf(value)
  if (!isList(value)) return []
  if (selector.includes(':')) {
    const [start, stop, by] = selector
      .split(':')
      .map((part) => (part.trim() === '' ? undefined : Number(part)))
    return slice(value, start, stop, by ?? 1)
  }
  const item = value.at(Number(selector))
  return item === undefined ? [] : [item]
}

function childrenOf(value: Runtime): Runtime[] {
  if (isList(value)) return Array.from(value)
  return isMapping(value) ? entriesOf(value).map(([, member]) => member) : []
}

function descendants(value: Runtime): Runtime[] {
  const found: Runtime[] = []
  const walk = (one: Runtime): void => {
    spendOn(one)
    found.push(one)
    for (const child of childrenOf(one)) walk(child)
  }
  walk(value)
  return found
}
