/**
 * Embedding columns: the text of another column as vectors, one request per cell.
 *
 * The target holds a text, or a list of texts, also as JSON. The cell is `{embeddings, num_embeddings, dimension}`.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import type { ColumnType } from '../../base/values/column-type.ts'
import { formatJson, parseJson } from '../../base/values/json.ts'
import type { Value } from '../../base/values/value.ts'
import { repairJson } from '../../models/answer/repair-json.ts'
import type { BuildColumn } from '../column/build.ts'

const type: ColumnType = {
  kind: 'struct',
  fields: [
    { name: 'embeddings', type: { kind: 'list', element: { kind: 'list', element: { kind: 'float' } } } },
    { name: 'num_embeddings', type: { kind: 'int' } },
    { name: 'dimension', type: { kind: 'int' } },
  ],
}

/** A column of embeddings. */
export const buildEmbeddingColumn: BuildColumn<'embedding'> = (config) => {
  const { name, drop, target_column: target, model_alias: alias } = config
  const dimensions = dimensionsOf(name)
  return {
    column: {
      kind: 'model',
      name,
      type,
      drop,
      reads: [target],
      aliases: [alias],
      queue: { kind: 'model', alias },
      batched: true,
      run: async (cell) => {
        const inputs = textsOf(cell.row[target] ?? null, target)
        if (inputs.length === 0) return { value: embedded([]) }
        const { vectors } = await cell.embed({ inputs })
        if (vectors.length === inputs.length)
          return { value: embedded(vectors), ...dimensions.note(present(vectors[0], 'vectors').length) }
        const message = `${inputs.length} texts were sent, and ${vectors.length} embeddings came back.`
        throw new RowsmithError('embedding_unusable', message)
      },
      recallDimension: (dimension) => {
        dimensions.note(dimension)
      },
    },
  }
}

/** Reports the first vector of a column that has another dimension than those before it: an index over both is of no use. */
function dimensionsOf(column: string): { note(dimension: number): { readonly warning?: string } } {
  let first: number | undefined
  let isWarned = false
  return {
    note: (dimension) => {
      first ??= dimension
      if (isWarned || dimension === first) return {}
      isWarned = true
      const message = `Column "${column}" has embeddings of ${first} and of ${dimension} numbers: perhaps another model answers under the same name.`
      return { warning: `${message} Set dimensions in its inference_parameters, or name the model exactly.` }
    },
  }
}

/** @throws RowsmithError embedding_unusable for nothing, and for texts without a word */
function textsOf(value: Value, target: string): string[] {
  const list = listIn(value) ?? [value]
  return list.map((item) => {
    const text = typeof item === 'string' ? item : item === null ? '' : formatJson(item)
    if (text.trim() !== '') return text
    throw new RowsmithError('embedding_unusable', `Column "${target}" holds nothing that could be embedded.`)
  })
}

/** A list, also one that a text spells: as JSON, or as Python prints it. */
function listIn(value: Value): readonly Value[] | undefined {
  if (Array.isArray(value)) return value
  if (typeof value !== 'string' || !/^\s*\[[\s\S]*\]\s*$/.test(value)) return undefined
  try {
    const parsed = parseJson(repairJson(value))
    return Array.isArray(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

/** @throws RowsmithError embedding_unusable when the vectors differ in length, or one points nowhere */
function embedded(vectors: readonly (readonly number[])[]): Value {
  const dimension = vectors[0]?.length ?? 0
  if (vectors.some(({ length }) => length !== dimension)) {
    throw new RowsmithError('embedding_unusable', 'The embeddings that came back differ in length.')
  }
  if (vectors.some((vector) => vector.every((number) => number === 0))) {
    throw new RowsmithError('embedding_unusable', 'An embedding that came back is zero in every dimension.')
  }
  return { embeddings: vectors, num_embeddings: BigInt(vectors.length), dimension: BigInt(dimension) }
}
