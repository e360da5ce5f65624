/**
 * A config as data again, the way Data Designer writes it: every field, defaults and nulls included, in
 * declaration order.
 */
import { z } from 'zod'
import { formatJson } from '../../base/values/json.ts'
import type { Value, ValueObject } from '../../base/values/value.ts'
import { forEveryPython } from '../reading/weights.ts'
import { type Config, configSchema } from '../schema/schema.ts'

/** The root object. Integers are integers and floats floats, whatever the type in `Config`. */
export function dumpConfig(config: Config): ValueObject {
  const dump = z.encode(configSchema, config) as ValueObject
  return {
    ...dump,
    columns: (dump.columns as ValueObject[]).map(withoutUnusedResize),
    constraints: nullWhenEmpty(dump.constraints as Value[]),
    profilers: nullWhenEmpty(dump.profilers as Value[]),
    processors: nullWhenEmpty(dump.processors as Value[]),
  }
}

/**
 * The text of `builder_config.json`. Data Designer puts its own version in place of the null `library_version`.
 *
 * @param pythons with `every`, weights are as they were given where Pythons divide them differently (`weights.ts`)
 */
export function builderConfigJson(config: Config, pythons: 'every' | 'one' = 'one'): string {
  const saved = pythons === 'every' ? forEveryPython(config) : config
  return formatJson({ data_designer: dumpConfig(saved), library_version: null }, { indent: 2 })
}

/** Today's Data Designer refuses the key, so it is written only when it is used. */
function withoutUnusedResize(column: ValueObject): ValueObject {
  const { allow_resize: resizes, ...rest } = column
  return resizes === true ? column : rest
}

function nullWhenEmpty(list: Value[]): Value {
  return list.length === 0 ? null : list
}
