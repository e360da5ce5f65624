/**
 * `target.name` and `target[key]`.
 *
 * Rules:
 * 1. Nothing but own keys of the row's objects, items of lists, characters of texts, the methods of
 *    `methods.ts` and the attributes of the engine's own objects can be reached. `constructor`, `__class__`,
 *    `__proto__` are just names that are not there.
 * 2. An object's key comes before a method of the same name; called, `d.items()` is the method. (Jinja looks
 *    for the method first, so there `{{ d.items }}` cannot read the key.)
 * 3. What is not there is `Undefined`; reading something of that is an error that names both.
 */
import { Failure } from '../limits/failure.ts'
import type { Run } from '../values/run.ts'
import {
  Callable,
  Computed,
  characters,
  isList,
  isMapping,
  memberOf,
  Namespace,
  type Runtime,
  Sequence,
  typeName,
  Undefined,
} from '../values/values.ts'
import { methodOf } from './methods.ts'

/** `target.name`; `path` is how the target is written in the template, for messages. */
export function attributeOf(run: Run, target: Runtime, name: string, path: string): Runtime {
  const own = ownAttribute(target, name)
  if (own !== undefined) return own
  const method = boundMethod(target, name)
  if (method !== undefined) return method
  return absent(run, target, `${path}.${name}`, path, `"${name}"`)
}

/** `target[key]`. */
export function itemOf(run: Run, target: Runtime, key: Runtime, path: string): Runtime {
  if (target instanceof Undefined) throw deeper(target, 'an item')
  if (key instanceof Undefined) throw key.failure()
  if (isMapping(target)) {
    const member = memberOf(target, key)
    if (member !== undefined) return member
  }
  if (
    (isList(target) || typeof target === 'string') &&
    (typeof key === 'bigint' || typeof key === 'boolean')
  ) {
    const items = typeof target === 'string' ? charactersOf(target) : target
    const index = Number(key)
    const item = items[index < 0 ? index + items.length : index]
    return item ?? nullOrAbsent(run, items, index, path, key)
  }
  if (typeof key === 'string') {
    const method = boundMethod(target, key) ?? (isMapping(target) ? undefined : ownAttribute(target, key))
    if (method !== undefined) return method
  }
  const shown = typeof key === 'string' ? JSON.stringify(key.slice(0, 60)) : typeName(key)
  const written = typeof key === 'bigint' ? String(key).slice(0, 20) : shown
  return absent(run, target, `${path}[${written}]`, path, written)
}

/** A member, a computed attribute, a namespace's attribute, a named item of a tuple. */
export function ownAttribute(target: Runtime, name: string): Runtime | undefined {
  if (isMapping(target)) return memberOf(target, name)
  if (target instanceof Computed) return target.attribute(name)
  if (target instanceof Namespace) return target.attributes.get(name)
  if (target instanceof Sequence) return target[target.names.indexOf(name)]
  if (target instanceof Undefined) throw deeper(target, `"${name}"`)
  return undefined
}

/** One character is read without making a list of all, where each is one unit of the text. */
function charactersOf(text: string): readonly string[] | string {
  return /[\ud800-\udfff]/.test(text) ? characters(text) : text
}

function boundMethod(target: Runtime, name: string): Runtime | undefined {
  const method = methodOf(target, name)
  if (method === undefined) return undefined
  return new Callable<Run>(name, (run, args) => method.invoke(run, target, args))
}

function nullOrAbsent(
  run: Run,
  items: { readonly length: number },
  index: number,
  path: string,
  key: Runtime,
): Runtime {
  const place = index < 0 ? index + items.length : index
  if (place >= 0 && place < items.length) return null
  return run.missing(
    `${path}[${String(key)}]`,
    `"${path}" has ${items.length} items and no item ${String(key)}`,
  )
}

function absent(run: Run, target: Runtime, variable: string, path: string, what: string): Undefined {
  if (target === null) return run.missing(variable, `"${path}" is None and has no ${what}`)
  return run.missing(variable, `"${path}" (a ${typeName(target)}) has no ${what}`)
}

function deeper(target: Undefined, what: string): Failure {
  const place = target.at === undefined ? {} : { at: target.at }
  return new Failure(`${target.reason}, so ${what} of it cannot be read`, {
    variable: target.variable,
    ...place,
  })
}
