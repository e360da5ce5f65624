/**
 * Filters on lists. Jinja's of the same names, except that those which give a generator there
 * (`map`, `select`, `batch`, ...) give a list here: it prints as one, and can be walked twice.
 */
import { spend } from '../limits/budget.ts'
import { Failure } from '../limits/failure.ts'
import { binary, compare, equals } from '../values/operators.ts'
import type { Builtin, Run } from '../values/run.ts'
import {
  type Arguments,
  characters,
  Dict,
  elementsOf,
  entriesOf,
  isList,
  isMapping,
  isTruthy,
  lengthOf,
  type Runtime,
  Sequence,
  Undefined,
} from '../values/values.ts'
import { define, defineVariadic, flagArgument, integerArgument, textArgument } from './call.ts'
import { joinTexts } from './methods.ts'

type Getter = (item: Runtime) => Runtime

/** Reads `a.b.0` of an item, key before attribute; `fallback` stands for what is missing. */
function attributeGetter(run: Run, attribute: Runtime | undefined, fallback?: Runtime): Getter {
  if (attribute === undefined || attribute === null) return (item) => item
  const parts =
    typeof attribute === 'bigint' ? [attribute] : textArgument(attribute).split('.').map(numberOrName)
  return (item) => {
    let value = item
    for (const part of parts) {
      value = run.engine.item(run, value, part)
      if (value instanceof Undefined && fallback !== undefined) return fallback
    }
    return value
  }
}

function numberOrName(part: string): string | bigint {
  return /^\d+$/.test(part) ? BigInt(part) : part
}

/** Texts compare without case unless a parameter says otherwise. */
function caseless(value: Runtime): Runtime {
  return typeof value === 'string' ? value.toLowerCase() : value
}

function sortBy(items: readonly Runtime[], key: Getter, reverse: boolean): Runtime[] {
  const keyed = items.map((item) => ({ item, key: key(item) }))
  const sign = reverse ? -1 : 1
  return keyed.sort((a, b) => sign * compare(a.key, b.key)).map(({ item }) => item)
}

function sortKey(run: Run, attribute: Runtime | undefined, caseSensitive: boolean): Getter {
  const fold = caseSensitive ? (value: Runtime) => value : caseless
  if (typeof attribute !== 'string' || !attribute.includes(',')) {
    const getter = attributeGetter(run, attribute)
    return (item) => fold(getter(item))
  }
  const getters = attribute.split(',').map((part) => attributeGetter(run, part.trim()))
  return (item) => getters.map((getter) => fold(getter(item)))
}

function extreme(
  run: Run,
  value: Runtime,
  caseSensitive: boolean,
  attribute: Runtime | undefined,
  sign: number,
): Runtime {
  const key = sortKey(run, attribute, caseSensitive)
  let best: { item: Runtime; key: Runtime } | undefined
  for (const item of elementsOf(value)) {
    const candidate = { item, key: key(item) }
    if (best === undefined || sign * compare(candidate.key, best.key) > 0) best = candidate
  }
  return (
    best?.item ??
    (best === undefined ? run.missing('the list', 'the list is empty and has no such item') : null)
  )
}

function unique(run: Run, value: Runtime, caseSensitive: boolean, attribute: Runtime | undefined): Runtime {
  const key = sortKey(run, attribute, caseSensitive)
  const seen = new Dict()
  return elementsOf(value).filter((item) => {
    const itemKey = key(item)
    if (seen.get(itemKey) !== undefined) return false
    seen.set(itemKey, true)
    return true
  })
}

function groupBy(
  run: Run,
  value: Runtime,
  attribute: Runtime | undefined,
  fallback: Runtime | undefined,
  caseSensitive: boolean,
): Runtime {
  const getter = attributeGetter(run, attribute, fallback)
  const fold = (item: Runtime): Runtime => (caseSensitive ? getter(item) : caseless(getter(item)))
  const groups: { key: Runtime; items: Runtime[] }[] = []
  for (const item of sortBy(elementsOf(value), fold, false)) {
    const key = fold(item)
    const last = groups.at(-1)
    if (last !== undefined && equals(last.key, key)) last.items.push(item)
    else groups.push({ key, items: [item] })
  }
  return groups.map(({ items }) => Sequence.tuple([getter(items[0] ?? null), items], ['grouper', 'list']))
}

function map(run: Run, value: Runtime, { positional, named }: Arguments): Runtime {
  const items = elementsOf(value)
  if (positional.length === 0 && named.has('attribute')) {
    const getter = attributeGetter(run, named.get('attribute'), named.get('default'))
    return items.map(getter)
  }
  const [name, ...rest] = positional
  if (name === undefined) throw new Failure('map needs the name of a filter, or attribute=')
  const filter = run.engine.filter(textArgument(name))
  return items.map((item) => filter.invoke(run, item, { positional: rest, named }))
}

function selecting(names: string, wanted: boolean, byAttribute: boolean): [string, Builtin][] {
  return defineVariadic(names, (run, value, { positional, named }) => {
    const [attribute, ...others] = positional
    if (byAttribute && attribute === undefined) throw new Failure(`${names} needs the name of an attribute`)
    const getter: Getter = byAttribute ? attributeGetter(run, attribute) : (item) => item
    const [testName, ...rest] = byAttribute ? others : positional
    const test = testName === undefined ? undefined : run.engine.test(textArgument(testName))
    return elementsOf(value).filter((item) => {
      const tested = getter(item)
      const held = test === undefined ? tested : test.invoke(run, tested, { positional: rest, named })
      return isTruthy(held) === wanted
    })
  })
}

function batch(items: readonly Runtime[], size: number, fill: Runtime | undefined): Runtime {
  if (size < 1) throw new Failure('batch needs a size of at least 1')
  if (fill !== undefined && fill !== null) spend(Math.min(size, size - (items.length % size)))
  const batches: Runtime[][] = []
  for (let start = 0; start < items.length; start += size)
    batches.push(Array.from(items.slice(start, start + size)))
  const last = batches.at(-1)
  while (fill !== undefined && fill !== null && last !== undefined && last.length < size) last.push(fill)
  return batches
}

function sliceInto(items: readonly Runtime[], count: number, fill: Runtime | undefined): Runtime {
  if (count < 1 || count > 10_000) throw new Failure('slice needs a count from 1 to 10000')
  const size = Math.floor(items.length / count)
  const longer = items.length % count
  return Array.from({ length: count }, (_, index) => {
    const start = index * size + Math.min(index, longer)
    const part = Array.from(items.slice(start, start + size + (index < longer ? 1 : 0)))
    if (fill !== undefined && fill !== null && index >= longer) part.push(fill)
    return part
  })
}

function dictSort(value: Runtime, caseSensitive: boolean, by: string, reverse: boolean): Runtime {
  if (!isMapping(value)) throw new Failure('dictsort needs a mapping')
  if (by !== 'key' && by !== 'value') throw new Failure('dictsort sorts by "key" or by "value"')
  const place = by === 'key' ? 0 : 1
  const key: Getter = (pair) => {
    const part = isList(pair) ? (pair[place] ?? null) : null
    return caseSensitive ? part : caseless(part)
  }
  return sortBy(
    entriesOf(value).map((pair) => Sequence.tuple(pair)),
    key,
    reverse,
  )
}

function end(run: Run, value: Runtime, which: 'first' | 'last'): Runtime {
  const items = elementsOf(value)
  if (items.length === 0) return run.missing('the list', `the list is empty and has no ${which} item`)
  return items.at(which === 'first' ? 0 : -1) ?? null
}

export const listFilters = [
  ...define('first', (run, value) => end(run, value, 'first')),
  ...define('last', (run, value) => end(run, value, 'last')),
  ...define('length|count', (_run, value) => BigInt(lengthOf(value))),
  ...define('list', (_run, value) => Array.from(elementsOf(value))),
  ...define('reverse', (_run, value) =>
    typeof value === 'string'
      ? characters(value).reverse().join('')
      : Array.from(elementsOf(value)).reverse(),
  ),
  ...define('join d? attribute?', (run, value, separator, attribute) =>
    joinTexts(textArgument(separator), elementsOf(value).map(attributeGetter(run, attribute))),
  ),
  ...define('sort reverse? case_sensitive? attribute?', (run, value, reverse, caseSensitive, attribute) =>
    sortBy(elementsOf(value), sortKey(run, attribute, flagArgument(caseSensitive)), flagArgument(reverse)),
  ),
  ...define('unique case_sensitive? attribute?', (run, value, caseSensitive, attribute) =>
    unique(run, value, flagArgument(caseSensitive), attribute),
  ),
  ...define('min case_sensitive? attribute?', (run, value, caseSensitive, attribute) =>
    extreme(run, value, flagArgument(caseSensitive), attribute, -1),
  ),
  ...define('max case_sensitive? attribute?', (run, value, caseSensitive, attribute) =>
    extreme(run, value, flagArgument(caseSensitive), attribute, 1),
  ),
  ...define('sum attribute? start?', (run, value, attribute, start = 0n) =>
    elementsOf(value)
      .map(attributeGetter(run, attribute))
      .reduce((sum, item) => binary('+', sum, item), start),
  ),
  ...define('groupby attribute default? case_sensitive?', (run, value, attribute, fallback, caseSensitive) =>
    groupBy(run, value, attribute, fallback, flagArgument(caseSensitive)),
  ),
  ...define('batch linecount fill_with?', (_run, value, size, fill) =>
    batch(elementsOf(value), integerArgument(size, 1), fill),
  ),
  ...define('slice slices fill_with?', (_run, value, count, fill) =>
    sliceInto(elementsOf(value), integerArgument(count, 1), fill),
  ),
  ...define('dictsort case_sensitive? by? reverse?', (_run, value, caseSensitive, by, reverse) =>
    dictSort(value, flagArgument(caseSensitive), textArgument(by, 'key'), flagArgument(reverse)),
  ),
  ...define('items', (_run, value) => {
    if (value instanceof Undefined) return []
    if (!isMapping(value)) throw new Failure('items needs a mapping')
    return entriesOf(value).map((pair) => Sequence.tuple(pair))
  }),
  ...define('random', (run, value) => {
    const items = elementsOf(value)
    if (items.length === 0) return run.missing('the list', 'the list is empty and has no random item')
    if (items.length === 1) return items[0] ?? null
    if (run.random === undefined)
      throw new Failure('random has no random stream here; draw with a sampler column')
    return items[run.random.below(items.length)] ?? null
  }),
  ...defineVariadic('map', map),
  ...selecting('select', true, false),
  ...selecting('reject', false, false),
  ...selecting('selectattr', true, true),
  ...selecting('rejectattr', false, true),
]
