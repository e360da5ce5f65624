/**
 * The kinds of values that settings have: one object for each, which `settings.ts` names in its rows.
 *
 * A kind owns all forms of its value: as text on a command line, as a program gives it, as runs use it, and as launch.json stores it.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import { money } from '../../base/numbers/money.ts'
import {
  durationText,
  parseCount,
  parseDuration,
  parseSeed,
  usageError,
} from '../../base/text/flag-values.ts'
import { isValueObject, toValue, type Value } from '../../base/values/value.ts'
import { completeRunConfig, type RunConfig } from '../../config/files/run-config.ts'
import type { ResumeMode } from '../../plan/facts.ts'
import { checkedShard, type GivenShard, parseShard } from './shard.ts'

/** `Given` is what a program gives, `Used` what a run works with. */
export interface Kind<Given, Used = Given> {
  /** A value that a program gave, perhaps one without types. @throws RowsmithError usage, path_escapes */
  check(value: Given, name: string): Used
  /** The value of an option on the command line; `before` is the one before, if it can be given again. @throws RowsmithError usage */
  parse?(text: string, flag: string, before?: Given): Given
  /** A default as a help text shows it. Absent: no default is shown, and none is given. */
  show?(value: Given): string
  /** What is given over what is remembered, for a value of members. Absent: it replaces it. */
  over?(given: Given, remembered: Given): Given
  /** As launch.json has it. */
  store?(value: Used | null): Value
  /** What launch.json has, read again; undefined when that is not of this kind. */
  recall?(stored: Value): Given | undefined
}

const json = (value: unknown): string => JSON.stringify(value)

/** What only a program can give. */
export function live<T>(): Kind<T> {
  return { check: (value) => value }
}

/** Variables by name: a file that is remembered has those that are not given. */
export const variables: Kind<Readonly<Record<string, string | undefined>>> = {
  check: (value) => value,
  over: (given, remembered) => ({ ...remembered, ...given }),
}

/** A part of a dataset: `1/4`, `auto`. */
export const shard: Kind<string | GivenShard, GivenShard> = {
  check: (value) => (typeof value === 'string' ? parseShard(value) : checkedShard(value)),
  parse: (given) => parseShard(given),
}

/** A flag without a value. */
export const onOff: Kind<boolean> = {
  check: (value) => value,
  store: (value) => value === true,
  recall: (stored) => (typeof stored === 'boolean' ? stored : undefined),
}

/** A text, such as a path. */
export const text: Kind<string> = {
  check: (value) => value,
  parse: (given) => given,
  show: json,
  store: (value) => value,
  recall: (stored) => (typeof stored === 'string' ? stored : undefined),
}

/** The name of a folder: a dataset is one folder below the artifact path, never elsewhere. */
export const folderName: Kind<string> = {
  ...text,
  check(name) {
    if (name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name)) return name
    const shown = name.slice(0, 200)
    throw new RowsmithError('path_escapes', `The dataset name ${json(shown)} is not a plain folder name`, {
      facts: { dataset_name: shown },
    })
  },
}

/** A whole number of at least 1. */
export const count: Kind<number> = {
  check: requireCount,
  parse: (given, flag) => parseCount(given, flag, 1),
  show: String,
  store: storeCount,
  recall: recallCount,
}

/** The same, or null for no limit: `none` on the command line. */
export const countLimit: Kind<number | null> = {
  check: (value, name) => (value === null ? null : requireCount(value, name)),
  parse: (given, flag) => (given === 'none' ? null : parseCount(given, flag, 1)),
  store: storeCount,
  recall: recallCount,
}

/** An amount of money above 0, or null for no limit. */
export const moneyLimit: Kind<number | null> = {
  check(value, name) {
    if (value === null || (value > 0 && money(value) !== undefined)) return value
    throw new RowsmithError('usage', `${name} must be an amount above 0, not ${value}`)
  },
  parse(given, flag) {
    if (given === 'none') return null
    if (/^\d+(\.\d{1,9})?$/.test(given) && Number(given) > 0 && Number(given) <= 1e9) return Number(given)
    throw usageError(`${flag} takes an amount such as 2.50, or none, not "${given}"`)
  },
  store: (value) => value,
  recall: (stored) => (typeof stored === 'number' || typeof stored === 'bigint' ? Number(stored) : undefined),
}

/** Milliseconds; `30s` on the command line. */
export const duration: Kind<number> = {
  check(value, name) {
    if (value >= 0) return value
    throw new RowsmithError('usage', `${name} must be milliseconds, 0 or more, not ${value}`)
  },
  parse: parseDuration,
  show: durationText,
}

/** The same above 0, or null for no limit: `none` on the command line. Stored as whole milliseconds. */
export const durationLimit: Kind<number | null> = {
  check(value, name) {
    if (value === null || (Number.isFinite(value) && value >= 1)) return value
    throw new RowsmithError('usage', `${name} must be milliseconds, 1 or more, not ${value}`)
  },
  parse(given, flag) {
    const ms = given === 'none' ? null : parseDuration(given, flag)
    if (ms === 0) throw usageError(`${flag} takes a duration above 0, or none, not "${given}"`)
    return ms
  },
  store: (value) => storeCount(value === null ? null : Math.round(value)),
  recall: recallCount,
}

/** 64 bits. A number beyond 2^53 is refused: it would be another seed than the one written. */
export const randomSeed: Kind<bigint | number, bigint> = {
  check(seed, name) {
    const whole = typeof seed === 'number' && Number.isSafeInteger(seed) ? BigInt(seed) : seed
    if (typeof whole === 'bigint' && BigInt.asUintN(64, whole) === whole) return whole
    const due = 'a whole number from 0, or a bigint up to 2n ** 64n - 1n'
    throw new RowsmithError('usage', `${name} must be ${due}, not ${String(seed)}`)
  },
  parse: parseSeed,
}

const resumeModes: readonly ResumeMode[] = ['if_possible', 'always', 'never']

/** `if-possible` is read as `if_possible`. */
export const resumeMode: Kind<ResumeMode> = {
  check(mode, name) {
    if (resumeModes.some((known) => known === mode)) return mode
    throw new RowsmithError('usage', `${name} must be one of ${resumeModes.join(', ')}, not ${mode}`)
  },
  parse(given, flag) {
    const mode = resumeModes.find((known) => known === given.replace('-', '_'))
    if (mode === undefined) throw usageError(`${flag} takes ${resumeModes.join(', ')}, not "${given}"`)
    return mode
  },
  show: json,
}

/** Where answers are taken from that were paid for already. */
export type Reuse = 'auto' | 'none' | { readonly directory: string }

export const reuse: Kind<Reuse> = {
  check(given, name) {
    if (given === 'auto' || given === 'none') return given
    if (typeof given?.directory === 'string' && given.directory !== '') return given
    throw new RowsmithError('usage', `${name} must be 'auto', 'none' or { directory }`)
  },
  parse(given, flag) {
    if (given === 'auto' || given === 'none') return given
    if (given === '') throw usageError(`${flag} takes auto, none or a dataset directory, not ""`)
    return { directory: given }
  },
  show: json,
}

/** Another model for an alias of the config. */
export interface ModelOverride {
  readonly alias: string
  readonly provider: string
  readonly model: string
}

/** `ALIAS=PROVIDER/MODEL`, again and again; the model id may hold slashes itself. */
export const modelOverrides: Kind<readonly ModelOverride[]> = {
  check: (value) => value,
  parse(given, flag, before = []) {
    const [, alias, provider, model] = /^([^=]+)=([^/]+)\/(.+)$/.exec(given) ?? []
    if (alias === undefined || provider === undefined || model === undefined) {
      throw usageError(
        `${flag} takes ALIAS=PROVIDER/MODEL, such as writer=openai/gpt-4.1-mini, not "${given}"`,
      )
    }
    return [...before, { alias, provider, model }]
  },
  show: json,
  store: (value) => (value ?? []).map((override) => ({ ...override })),
  recall: (stored) => (Array.isArray(stored) ? stored.flatMap(overrideOf) : undefined),
}

function overrideOf(stored: Value): ModelOverride[] {
  if (!isValueObject(stored)) return []
  const { alias, provider, model } = stored
  const isOne = typeof alias === 'string' && typeof provider === 'string' && typeof model === 'string'
  return isOne ? [{ alias, provider, model }] : []
}

/** The keys of a run config that are given; stored by their own names. */
export const runConfigKeys: Kind<Partial<RunConfig>> = {
  check: (value) => value,
  over: (given, remembered) => ({ ...remembered, ...given }),
  store: (value) => toValue(value ?? {}),
  recall(stored) {
    if (!isValueObject(stored)) return undefined
    const complete = completeRunConfig(stored as object as Partial<RunConfig>)
    return Object.fromEntries(Object.keys(stored).map((key) => [key, complete[key as keyof RunConfig]]))
  },
}

function requireCount(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new RowsmithError('usage', `${name} must be a whole number of at least 1, not ${value}`)
}

function storeCount(value: number | null): Value {
  return value === null ? null : BigInt(value)
}

function recallCount(stored: Value): number | undefined {
  const number = typeof stored === 'bigint' ? Number(stored) : Number.NaN
  return Number.isSafeInteger(number) && number >= 1 ? number : undefined
}
