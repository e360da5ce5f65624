/**
 * What the config of a dataset that is continued decides about the spelling of the config that is requested.
 *
 * Rules:
 *   1. Weights that are equal up to rounding are those of the dataset: Python before 3.12 adds them up otherwise, so that `[0.7, 0.2, 0.1]`
 *      divided by its sum is `[0.7000000000000001, ...]` there. A weight that differs by more is another config. Weights that are equal to the
 *      last bit stay the very list that was read, of which `weights.ts` knows what was given.
 *   2. A seed column that a drop_columns processor names is marked as dropped, unless the dataset has it unmarked, as all had before
 *      Data Designer 0.9.1, and Rowsmith's own with them.
 */
import { present } from '../../base/errors/present.ts'
import { isValueObject, objectOf, objectsIn, type Value, type ValueObject } from '../../base/values/value.ts'
import { rememberSource, sourceOf } from '../reading/source.ts'
import { isDropped } from '../schema/processors.ts'
import type { Config } from '../schema/schema.ts'

export interface StoredForm {
  readonly config: Config
  /** Seed columns that stay unmarked (rule 2). */
  readonly undropped: ReadonlySet<string>
}

/** @param stored the config that the dataset has: that of run.json, else `data_designer` of builder_config.json; undefined where there is none */
export function storedForm(config: Config, stored: Value | undefined): StoredForm {
  if (!isValueObject(stored)) return { config, undropped: new Set() }
  const columns = objectsIn(stored.columns)
  const undropped = columns
    .filter(({ column_type: type, drop }) => type === 'seed-dataset' && drop === false)
    .map(({ name }) => String(name))
    .filter((name) => isDropped(config.processors, name))
  return { config: withWeights(config, stored), undropped: new Set(undropped) }
}

function withWeights(config: Config, stored: ValueObject): Config {
  const read = withWeightsOf(stored, config, areClose) as Config
  return rememberSource(read, sourceOf(config))
}

/**
 * `requested`, with the weights that stand in `stored` at the same place. Items of lists are identified by their names, since compiled configs have
 * more of them.
 *
 * @param isSame whether weights of the two mean the same
 */
export function withWeightsOf(stored: unknown, given: unknown, isSame: IsSame): unknown {
  if (Array.isArray(given)) {
    if (!Array.isArray(stored)) return given
    return given.map((item, index) => withWeightsOf(counterpart(stored, item, index), item, isSame))
  }
  if (!isMap(given) || !isMap(stored)) return given
  const members = Object.entries(given).map(([key, member]): [string, unknown] => {
    const before = Object.hasOwn(stored, key) ? stored[key] : undefined
    if (key !== 'weights' || !isFloats(before) || !isFloats(member)) {
      return [key, withWeightsOf(before, member, isSame)]
    }
    const isEqual = before.length === member.length && before.every((weight, at) => weight === member[at])
    return [key, isEqual || !isSame(before, member) ? member : before]
  })
  return objectOf(members as [string, Value][])
}

type IsSame = (before: readonly number[], now: readonly number[]) => boolean

function counterpart(stored: readonly unknown[], item: unknown, index: number): unknown {
  const name = nameOf(item)
  return name === undefined ? stored[index] : stored.find((each) => nameOf(each) === name)
}

function nameOf(item: unknown): unknown {
  return isMap(item) ? (item.name ?? item.alias) : undefined
}

/** Rounding is in the last digits of a float: a billionth is far more than it, and far less than any real difference. */
function areClose(before: readonly number[], now: readonly number[]): boolean {
  if (before.length !== now.length) return false
  return before.every((weight, index) => Math.abs(weight - present(now[index], 'now')) <= 1e-9)
}

function isFloats(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number')
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
