/**
 * Parameters that hold where an expression about other sampled columns is true.
 */
import type { ColumnType } from '../base/column-type.ts'
import type { Value } from '../base/value.ts'
import { compileTemplate, isTruthy, printValue, templateContext } from '../template/template.ts'
import type { Sampler } from './sampler.ts'

export interface Branch {
  /** An expression without braces. It holds where it is true as Python has it, not only where it is `True`. */
  readonly condition: string
  readonly sampler: Sampler
}

/**
 * Draws from the last branch whose condition holds, else from `otherwise`.
 *
 * Branches may make different types: integers become floats beside floats, and anything becomes text beside text.
 */
export function conditionalSampler(branches: readonly Branch[], otherwise: Sampler): Sampler {
  const samplers = [...branches.map(({ sampler }) => sampler), otherwise]
  const type = commonType(samplers.map((sampler) => sampler.type))
  const compiled = branches.map(({ condition, sampler }) => ({
    template: compileTemplate(`{{ ${condition} }}`),
    sampler,
  }))
  // The last branch that holds wins, so they are asked from the back.
  compiled.reverse()
  const reads = [
    ...samplers.flatMap((sampler) => sampler.reads ?? []),
    ...compiled.flatMap(({ template }) => template.reads),
  ]
  const loads = samplers.flatMap(({ load }) => (load === undefined ? [] : [load]))
  const { write, moment } = otherwise
  return {
    type,
    ...(moment === undefined ? {} : { moment }),
    reads: [...new Set(reads)],
    ...(loads.length === 0
      ? {}
      : { load: async () => void (await Promise.all(loads.map((load) => load()))) }),
    draw: (random, row) => {
      const holding = compiled.find(({ template }) =>
        isTruthy(template.evaluate(templateContext(row.drawn, template.reads), random)),
      )
      const chosen = holding?.sampler ?? otherwise
      return widened(chosen.draw(random, row), chosen.type, type)
    },
    ...(write === undefined ? {} : { write }),
  }
}

/** The type that holds every branch's values. */
function commonType(types: readonly ColumnType[]): ColumnType {
  const kinds = new Set(types.map(({ kind }) => kind))
  if (kinds.size === 1) return types[0]!
  return kinds.has('string') ? { kind: 'string' } : { kind: 'float' }
}

function widened(value: Value, from: ColumnType, to: ColumnType): Value {
  if (from.kind === to.kind) return value
  return to.kind === 'string' ? printValue(value) : Number(value)
}
