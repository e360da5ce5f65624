/**
 * Which columns a save changed, and why each differs, in words. Pure.
 *
 * Rule: a column differs by what it says itself, by its model, by the seed, or by a column that it reads. Whether its answers are requested
 * again is for their requests to decide (rule E1 of `run/effects/`): a changed column may well request the same.
 */
import { formatJson } from '../base/values/json.ts'
import { isValueObject, memberOf, toValue, type Value, type ValueObject } from '../base/values/value.ts'
import { dumpConfig } from '../config/form/save.ts'
import { seedContents } from '../config/identity/identity.ts'
import type { CompiledConfig } from '../run/prepare/compiled-config.ts'

/** Why a column differs. */
export interface Change {
  readonly column: string
  /** `its prompt`, `uses review`, `new`. */
  readonly why: string
  /** Texts that were rewritten. */
  readonly texts: readonly { readonly field: string; readonly before: string; readonly after: string }[]
}

/** A config as saves are compared by; plain JSON. */
export interface ComparedConfig {
  readonly columns: readonly {
    readonly name: string
    readonly reads: readonly string[]
    readonly own: ValueObject
    /** Its model's settings, its seed, its code: by what they are called in a sentence. */
    readonly given: Readonly<Record<string, Value>>
  }[]
}

/** Names of fields in a sentence; others go by their own name. */
const fieldNames: Readonly<Record<string, string>> = {
  prompt: 'its prompt',
  system_prompt: 'its system prompt',
  expr: 'its expression',
  params: 'its parameters',
  output_format: 'its schema',
  model_alias: 'its model',
  scores: 'its scores',
}

/** Numbers are as JSON has them, so that a config that was stored compares with one that was not. */
export function comparedConfig(compiled: CompiledConfig): ComparedConfig {
  return JSON.parse(formatJson(toValue(comparedParts(compiled)) as Value)) as ComparedConfig
}

function comparedParts({ config, order, rowsIdentity }: CompiledConfig): ComparedConfig {
  const dump = dumpConfig(config)
  const models = new Map(listOf(dump.model_configs).map((model) => [memberOf(model, 'alias'), model]))
  const reads = new Map(order.columns.map((column) => [column.name, column]))
  const document = isValueObject(rowsIdentity.document) ? rowsIdentity.document : {}
  return {
    columns: [
      ...order.columns
        .filter(({ kind }) => kind === 'seed')
        .map(({ name }) => ({
          name,
          reads: [],
          own: {},
          given: { 'the seed': [dump.seed_config ?? null, memberOf(document, seedContents) ?? null] },
        })),
      ...listOf(dump.columns)
        .filter((own) => memberOf(own, 'column_type') !== 'seed-dataset')
        .map((own) => {
          const name = String(memberOf(own, 'name'))
          const column = reads.get(name)
          const model = models.get(memberOf(own, 'model_alias') ?? null)
          return {
            name,
            reads: column !== undefined && 'reads' in column ? column.reads : [],
            own,
            given: {
              ...(model === undefined ? {} : { 'its model': model }),
              ...(memberOf(own, 'column_type') === 'custom'
                ? { 'its code': memberOf(document, 'code') ?? null }
                : {}),
            },
          }
        }),
    ],
  }
}

/** @param before undefined: there is nothing to compare with, and nothing differs */
export function changesOf(
  before: ComparedConfig | undefined,
  now: ComparedConfig,
): { readonly changes: readonly Change[]; readonly removed: readonly string[] } {
  if (before === undefined) return { changes: [], removed: [] }
  const old = new Map(before.columns.map((column) => [column.name, column]))
  const changes = new Map<string, Change>()
  for (const column of now.columns) {
    const was = old.get(column.name)
    const why =
      was === undefined ? ['new'] : [...fieldsOf(was.own, column.own), ...namesOf(was.given, column.given)]
    if (why.length === 0) continue
    const texts = was === undefined ? [] : textsOf(was.own, column.own)
    changes.set(column.name, { column: column.name, why: why.join(', '), texts })
  }
  // A column may stand before those that it reads.
  for (let found = true; found; ) {
    found = false
    for (const { name, reads } of now.columns) {
      const cause = changes.has(name) ? undefined : reads.find((read) => changes.has(read))
      if (cause === undefined) continue
      changes.set(name, { column: name, why: `uses ${cause}`, texts: [] })
      found = true
    }
  }
  const names = new Set(now.columns.map(({ name }) => name))
  return {
    changes: now.columns.flatMap(({ name }) => changes.get(name) ?? []),
    removed: before.columns.map(({ name }) => name).filter((name) => !names.has(name)),
  }
}

function fieldsOf(before: ValueObject, now: ValueObject): string[] {
  return differing(before, now).map((field) => fieldNames[field] ?? field)
}

/** `its model (temperature)` */
function namesOf(before: Readonly<Record<string, Value>>, now: Readonly<Record<string, Value>>): string[] {
  return differing(before, now).map((name) => {
    const [was, is] = [before[name], now[name]]
    if (!isValueObject(was) || !isValueObject(is)) return name
    const parts = differing(was, is).flatMap((field) => {
      const [one, other] = [memberOf(was, field), memberOf(is, field)]
      return isValueObject(one) && isValueObject(other) ? differing(one, other) : [field]
    })
    return `${name} (${parts.join(', ')})`
  })
}

function textsOf(before: ValueObject, now: ValueObject): Change['texts'] {
  return differing(before, now).flatMap((field) => {
    const [was, is] = [memberOf(before, field), memberOf(now, field)]
    return typeof was === 'string' && typeof is === 'string' ? [{ field, before: was, after: is }] : []
  })
}

function differing(before: Readonly<Record<string, Value>>, now: Readonly<Record<string, Value>>): string[] {
  const text = (value: Value | undefined): string => (value === undefined ? '' : formatJson(value))
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].filter(
    (name) => text(before[name]) !== text(now[name]),
  )
}

function listOf(value: Value | undefined): readonly ValueObject[] {
  return Array.isArray(value) ? value.filter((item: Value) => isValueObject(item)) : []
}
