/**
 * The template of a schema transform, made ready: a JSON tree with a text template in every text.
 *
 * Owns: what each part of the tree becomes, and its type. Never: a row as a whole, a file.
 * Rules:
 *   T1. Every text is a template of its own, rendered by itself: quotes and newlines in a value stay in it.
 *   T2. The type of every part is known before the first row, from the tree and the columns' types. A text that is one
 *       expression whose type can be determined (a column, a part of one, a count, a conversion, a comparison) keeps that
 *       type. Any other text stays text, in which values print as JSON prints them.
 *   T3. What is no text stays as it is. Items of a list get their common type: the fields of all of them.
 *   T4. An object with a template in one of its keys is JSON: its fields are not known beforehand.
 */

import { RowsmithError } from '../base/errors/errors.ts'
import { type ColumnType, type FoundType, fieldType } from '../base/values/column-type.ts'
import { commonType } from '../base/values/common-type.ts'
import { isValueObject, objectOf, type Value } from '../base/values/value.ts'
import { formatPath, type Path } from '../config/reading/source.ts'
import { fitsInt64 } from '../sample/sampler/numbers.ts'
import { compileTemplate } from '../template/rendering/template.ts'
import { formOfTemplate } from '../template/syntax/form.ts'
import type { RandomSource } from '../template/values/run.ts'

/** The cells of a row, by column. */
type Cells = Readonly<Record<string, Value>>

/** A part of the tree. */
export interface TreePart {
  readonly type: FoundType
  /** Names of the columns it is made from. */
  readonly reads: readonly string[]
  /** @throws RowsmithError template_failed, with the place in the tree as the fact `place` */
  make(cells: Cells, random: RandomSource): Value
}

/**
 * @param typeOf the type of a column; undefined where it is not known
 * @param path where the tree stands, for errors
 * @throws RowsmithError template_invalid
 */
export function compileTree(
  tree: Value,
  typeOf: (column: string) => ColumnType | undefined,
  path: Path,
): TreePart {
  if (typeof tree === 'string') return textPart(tree, typeOf, path)
  if (Array.isArray(tree)) {
    return listPart(tree.map((item: Value, index) => compileTree(item, typeOf, [...path, index])))
  }
  if (!isValueObject(tree)) return { type: typeOfConstant(tree), reads: [], make: () => tree }
  const members = Object.entries(tree).map(([key, member]) => ({
    key: textPart(key, () => undefined, [...path, key]),
    fixed: formOfTemplate(key).kind === 'constant' ? key : undefined,
    part: compileTree(member, typeOf, [...path, key]),
  }))
  return objectPart(members)
}

function typeOfConstant(value: Value): FoundType {
  switch (typeof value) {
    case 'bigint':
      return { kind: fitsInt64(value) ? 'int' : 'json' }
    case 'number':
      return { kind: 'float' }
    case 'boolean':
      return { kind: 'bool' }
    default:
      return { kind: 'none' }
  }
}

function listPart(items: readonly TreePart[]): TreePart {
  const element = items.reduce<FoundType>((type, item) => commonType(type, item.type), { kind: 'none' })
  return {
    type: { kind: 'list', element },
    reads: items.flatMap((item) => item.reads),
    make: (cells, random) => items.map((item) => item.make(cells, random)),
  }
}

function objectPart(
  members: readonly { readonly key: TreePart; readonly fixed: string | undefined; readonly part: TreePart }[],
): TreePart {
  const fields = members.map(({ fixed, part }) => ({ name: fixed, type: part.type }))
  const known = fields.every((field): field is typeof field & { name: string } => field.name !== undefined)
  return {
    type: known ? { kind: 'struct', fields } : { kind: 'json' },
    reads: members.flatMap(({ key, part }) => [...key.reads, ...part.reads]),
    make: (cells, random) =>
      objectOf(
        members.map(({ key, fixed, part }) => [
          fixed ?? String(key.make(cells, random)),
          part.make(cells, random),
        ]),
      ),
  }
}

function textPart(source: string, typeOf: (column: string) => ColumnType | undefined, path: Path): TreePart {
  const template = compileTemplate(source, { insideJson: true })
  const { reads } = template
  const form = formOfTemplate(source)
  const placed = placing(path)
  const part = (type: FoundType, make: TreePart['make']): TreePart => ({ type, reads, make: placed(make) })
  if (form.kind === 'typed') return part({ kind: form.type }, template.evaluate)
  if (form.kind === 'path' && reads.includes(form.name)) {
    const column = typeOf(form.name)
    const type = form.steps.reduce(typeWithin, column)
    // The cell itself: a text that looks like JSON stays the text it is.
    if (type !== undefined && form.steps.length === 0) return part(type, (cells) => cells[form.name] ?? null)
    if (type !== undefined) return part(type, template.evaluate)
  }
  return part({ kind: 'string' }, template.render)
}

/** The type of a member or an item; undefined where it differs from value to value. */
function typeWithin(type: ColumnType | undefined, step: string | bigint): ColumnType | undefined {
  if (type?.kind === 'list' && typeof step === 'bigint') return type.element
  if (type?.kind === 'map' && typeof step === 'string') return type.value
  return typeof step === 'string' ? fieldType(type, step) : undefined
}

/** Errors of a text say where in the tree it stands. */
function placing(path: Path): (make: TreePart['make']) => TreePart['make'] {
  return (make) => (cells, random) => {
    try {
      return make(cells, random)
    } catch (error) {
      if (!RowsmithError.isInstance(error)) throw error
      const { code, message, nextStep, facts } = error
      throw new RowsmithError(code, message, {
        facts: { ...facts, place: formatPath(path) },
        nextStep,
        cause: error,
      })
    }
  }
}
