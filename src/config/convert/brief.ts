/** A config as a person would write it: what has its default is left out. */
import { present } from '../../base/errors/present.ts'
import { canonicalJson } from '../../base/values/json.ts'
import { isValueObject, objectOf, type Value, type ValueObject } from '../../base/values/value.ts'
import { configFromValue } from '../form/load.ts'
import { dumpConfig } from '../form/save.ts'
import type { Config } from '../schema/schema.ts'

/** Lists of the root whose items can be looked at alone. */
const lists = ['columns', 'model_configs', 'tool_configs', 'constraints', 'profilers', 'processors'] as const

/** The root object, without members that a reader fills in again. */
export function briefConfig(config: Config): ValueObject {
  const members: [string, Value][] = []
  const whole = dumpConfig(config)
  for (const key of [
    'model_configs',
    'tool_configs',
    'seed_config',
    'columns',
    'constraints',
    'processors',
    'profilers',
  ]) {
    const value = whole[key] ?? null
    if (value === null || (Array.isArray(value) && value.length === 0)) continue
    members.push([
      key,
      key === 'seed_config' ? brief([key], value) : (value as Value[]).map((item) => brief([key, 0], item)),
    ])
  }
  return objectOf(members)
}

/** An item of a list, or the seed, in the smallest config that has it. */
function brief([key]: readonly [string, ...unknown[]], given: Value): Value {
  const inConfig = (item: Value): ValueObject => {
    const filler = { name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} }
    if (key === 'columns') return { columns: [item] }
    return { columns: [filler], [key]: (lists as readonly string[]).includes(key) ? [item] : item }
  }
  const read = (item: Value): string | undefined => {
    try {
      return canonicalJson(dumpConfig(configFromValue(inConfig(item), 'the config')))
    } catch {
      return undefined
    }
  }
  const meant = read(given)
  return without(
    given,
    (item) => read(item) === meant,
    (item) => item,
  )
}

/** @param holds whether the whole means the same with `item` in this place; @param place puts it there */
function without(value: Value, holds: (whole: Value) => boolean, place: (item: Value) => Value): Value {
  if (Array.isArray(value)) {
    let items: readonly Value[] = value
    for (const index of value.keys()) {
      const at = (item: Value): Value => items.toSpliced(index, 1, item)
      items = at(without(present(items[index], 'items'), holds, (item) => place(at(item)))) as Value[]
    }
    return items as Value
  }
  if (!isValueObject(value)) return value
  let stored = Object.entries(value)
  for (const [key, member] of Object.entries(value)) {
    const less = stored.filter(([name]) => name !== key)
    if (holds(place(objectOf(less)))) {
      stored = less
      continue
    }
    const at = (item: Value): [string, Value][] =>
      stored.map(([name, of]) => [name, name === key ? item : of])
    stored = at(without(member, holds, (item) => place(objectOf(at(item)))))
  }
  return objectOf(stored)
}
