/** Which members the values of columns can have, as far as it is declared: what templates are checked against. */
import type { ColumnType } from '../../base/values/column-type.ts'
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import type { Config } from '../../config/schema/schema.ts'
import { resolveRef } from '../../models/schema/schema-walk.ts'
import type { Shape } from '../../template/syntax/outline.ts'
import type { Column } from './column.ts'

/** Deeper than any template reads. */
const deepest = 12

/** By column; a column of which nothing is known is left out. */
export function shapesOf(config: Config, columns: readonly Column[]): ReadonlyMap<string, Shape> {
  const shapes = new Map<string, Shape>()
  for (const { name, type } of columns) {
    const shape = shapeOfType(type)
    if (shape !== undefined) shapes.set(name, shape)
  }
  // A schema says more than the type of its file, where one open part makes all of it JSON.
  for (const column of config.columns) {
    if (column.column_type !== 'llm-structured') continue
    shapes.set(column.name, shapeOfSchema(column.output_format, column.output_format))
  }
  return shapes
}

function shapeOfType(type: ColumnType): Shape {
  if (type.kind === 'list') return { kind: 'list', element: shapeOfType(type.element) }
  if (type.kind !== 'struct') return undefined
  return { kind: 'object', members: new Map(type.fields.map(({ name, type }) => [name, shapeOfType(type)])) }
}

/** What would open an object, or decide over its members. */
const openers = ['patternProperties', 'if', 'dependentSchemas', 'unevaluatedProperties', 'not']

/** What remains of a value once what its schema does not know is pruned. */
function shapeOfSchema(given: Value | undefined, root: ValueObject, depth = 0): Shape {
  if (!isValueObject(given) || depth > deepest) return undefined
  const { $ref: ref, allOf, anyOf, oneOf } = given
  if (typeof ref === 'string') return shapeOfSchema(resolveRef(root, ref), root, depth + 1)
  const branches = [anyOf, oneOf].find(Array.isArray)
  if (branches !== undefined) {
    return union(
      branches.filter((branch) => !isNull(branch)).map((branch) => shapeOfSchema(branch, root, depth + 1)),
    )
  }
  if (Array.isArray(allOf)) {
    return allOf.length === 1 && given.properties === undefined
      ? shapeOfSchema(allOf[0], root, depth + 1)
      : undefined
  }
  if (given.items !== undefined && given.prefixItems === undefined) {
    return { kind: 'list', element: shapeOfSchema(given.items, root, depth + 1) }
  }
  const { properties, additionalProperties: further = false } = given
  if (!isValueObject(properties) || further !== false || openers.some((key) => key in given)) return undefined
  const members = Object.entries(properties).map(([name, member]): [string, Shape] => [
    name,
    shapeOfSchema(member, root, depth + 1),
  ])
  return { kind: 'object', members: new Map(members) }
}

function isNull(branch: Value): boolean {
  return isValueObject(branch) && branch.type === 'null'
}

/** Members that some branch has; nothing is known where one branch is open. */
function union(branches: readonly Shape[]): Shape {
  if (branches.length === 1) return branches[0]
  const members = new Map<string, Shape>()
  for (const branch of branches) {
    if (branch?.kind !== 'object') return undefined
    for (const [name, shape] of branch.members) members.set(name, members.has(name) ? undefined : shape)
  }
  return branches.length === 0 ? undefined : { kind: 'object', members }
}
