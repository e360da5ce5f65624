/**
 * Parameters that hold where an expression about other sampled columns is true.
 */

import type { Random } from '../../base/numbers/random.ts'
import type { ColumnType } from '../../base/values/column-type.ts'
import { isValueObject, memberOf, objectOf, type Value } from '../../base/values/value.ts'
import { compileTemplate, isTruthy, printValue, templateContext } from '../../template/rendering/template.ts'
import type { Sampler } from '../sampler/sampler.ts'

export interface Branch {
  /** An expression without braces. It holds where it is true as Python has it, not only where it is `True`. */
  readonly condition: string
  readonly sampler: Sampler
}

/**
 * Draws from the last branch whose condition holds, else from `otherwise`.
 *
 * Branches may make different types: integers become floats next to floats, and anything becomes text next to text. Of
 * records, each has the fields of all.
 */
export function conditionalSampler(branches: readonly Branch[], otherwise: Sampler): Sampler {
  const samplers = [...branches.map(({ sampler }) => sampler), otherwise]
  const type = commonType(samplers.map((sampler) => sampler.type))
  const compiled = branches.map(({ condition, sampler }) => ({
    template: compileTemplate(`{{ ${condition} }}`),
    sampler,
  }))
  // The last branch that holds wins, so they are tried from the back.
  compiled.reverse()
  const reads = [
    ...samplers.flatMap((sampler) => sampler.reads ?? []),
    ...compiled.flatMap(({ template }) => template.reads),
  ]
  const loads = samplers.flatMap(({ load }) => (load === undefined ? [] : [load]))
  const readers = samplers.map(({ ahead }) => ahead)
  const { write, moment } = otherwise
  return {
    type,
    ...(moment === undefined ? {} : { moment }),
    reads: [...new Set(reads)],
    ...(loads.length === 0
      ? {}
      : { load: async () => void (await Promise.all(loads.map((load) => load()))) }),
    ...(samplers.some(({ unread }) => unread) ? { unread: true } : {}),
    // Which branch holds is known when the row is drawn: what each would need is read, as a list in the order of branches.
    ...(readers.every((ahead) => ahead === undefined)
      ? {}
      : { ahead: (streams) => readForAll(readers, streams) }),
    draw: (random, row) => {
      const holding = compiled.find(({ template }) =>
        isTruthy(template.evaluate(templateContext(row.drawn, template.reads), random)),
      )
      const chosen = holding?.sampler ?? otherwise
      const ahead = Array.isArray(row.ahead) ? row.ahead[samplers.indexOf(chosen)] : undefined
      const value = chosen.draw(random, ahead === undefined ? row : { ...row, ahead })
      return widened(value, chosen.type, type)
    },
    ...(write === undefined ? {} : { write }),
  }
}

/** One list a row, with an entry for each of the branches. */
async function readForAll(
  readers: readonly Sampler['ahead'][],
  streams: () => readonly Random[],
): Promise<Value[][]> {
  const read = await Promise.all(readers.map((ahead) => ahead?.(streams)))
  return Array.from(streams(), (_, row) => read.map((entries) => entries?.[row] ?? null))
}

/** The type that holds every branch's values. */
function commonType(types: readonly ColumnType[]): ColumnType {
  const kinds = new Set(types.map(({ kind }) => kind))
  const structs = types.filter((type) => type.kind === 'struct')
  if (structs.length === types.length) {
    const names = new Set(structs.flatMap(({ fields }) => fields.map(({ name }) => name)))
    const typesOf = (wanted: string): ColumnType[] =>
      structs.flatMap(({ fields }) => fields.filter(({ name }) => name === wanted).map(({ type }) => type))
    return {
      kind: 'struct',
      fields: [...names].map((name) => ({ name, type: commonType(typesOf(name)) })),
    }
  }
  const [type] = types
  if (type !== undefined && kinds.size === 1) return type
  return kinds.has('string') ? { kind: 'string' } : { kind: 'float' }
}

function widened(value: Value, from: ColumnType, to: ColumnType): Value {
  if (value === null) return null
  if (from.kind === 'struct' && to.kind === 'struct') return widenedRecord(value, from, to)
  if (from.kind === to.kind) return value
  return to.kind === 'string' ? printValue(value) : Number(value)
}

type StructType = Extract<ColumnType, { kind: 'struct' }>

function widenedRecord(value: Value, from: StructType, to: StructType): Value {
  const record = isValueObject(value) ? value : {}
  return objectOf(
    to.fields.map(({ name, type }) => {
      const own = from.fields.find((field) => field.name === name)
      return [name, own === undefined ? null : widened(memberOf(record, name) ?? null, own.type, type)]
    }),
  )
}
