/**
 * Which column each field of a training format comes from.
 *
 * Owns: reading and checking a mapping, before a row is read. Never: reads a row's value but by `Source.valueIn`.
 * Rules:
 *   1. A named column must exist, and its type must be able to hold the field.
 *   2. `quality.correctness.score` leads into structs, where no column has that whole name.
 *   3. A field that no mapping names is found only where exactly one column fits; else the error lists what there is.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import { type ColumnType, fieldType } from '../../base/values/column-type.ts'
import { isValueObject, memberOf, type Value } from '../../base/values/value.ts'
import type { Row } from '../../store/parquet/parquet-rows.ts'
import type { DatasetColumn } from '../rows/columns.ts'
import {
  type Field,
  type FieldKind,
  fieldKinds,
  formatFields,
  type TrainingFormat,
  usualNamesOf,
} from './training-formats.ts'

/** Where a field's values are. */
interface Source {
  /** As it was named. */
  readonly name: string
  readonly path: readonly string[]
}

export class FieldMapping {
  readonly #sources: ReadonlyMap<Field, Source>

  private constructor(sources: ReadonlyMap<Field, Source>) {
    this.#sources = sources
  }

  /** @throws RowsmithError usage, unknown_column */
  static of(
    format: TrainingFormat,
    columns: readonly DatasetColumn[],
    given: Readonly<Record<string, string>> = {},
  ): FieldMapping {
    const named = new Map<Field, Source>()
    for (const [field, name] of Object.entries(given)) {
      named.set(knownField(format, field), sourceOf(field as Field, name, columns))
    }
    const sources = new Map(named)
    for (const field of chosenFields(format, columns, named)) {
      const usual = sources.has(field) ? undefined : usualColumn(field, columns)
      if (usual !== undefined) sources.set(field, sourceOf(field, usual, columns))
    }
    for (const field of formatFields[format].optional) {
      const usual = sources.has(field) ? undefined : usualColumn(field, columns)
      if (usual !== undefined && ![...sources.values()].some(({ name }) => name === usual)) {
        sources.set(field, sourceOf(field, usual, columns))
      }
    }
    return new FieldMapping(sources)
  }

  get fields(): ReadonlySet<Field> {
    return new Set(this.#sources.keys())
  }

  /** Columns by field, as they were named or found. */
  get names(): Readonly<Partial<Record<Field, string>>> {
    return Object.fromEntries([...this.#sources].map(([field, { name }]) => [field, name]))
  }

  /** The value of a field in a row; null where there is none. */
  valueIn(row: Row, field: Field): Value {
    const source = this.#sources.get(field)
    let value: Value = source === undefined ? null : row
    for (const name of source?.path ?? [])
      value = isValueObject(value) ? (memberOf(value, name) ?? null) : null
    return value
  }
}

function knownField(format: TrainingFormat, name: string): Field {
  const { choices, optional } = formatFields[format]
  const known = [...new Set([...choices.flat(), ...optional])]
  const field = known.find((each) => each === name)
  if (field !== undefined) return field
  throw new RowsmithError(
    'usage',
    `The format ${format} has no field "${name}"; it has ${known.join(', ')}.`,
    {
      facts: { field: name, fields: known },
      nextStep: `Map its fields to columns: --map ${choices[0]?.map((each) => `${each}=COLUMN`).join(',')}`,
    },
  )
}

/** The fields of the one choice that the dataset has (rule 3). @throws RowsmithError usage */
function chosenFields(
  format: TrainingFormat,
  columns: readonly DatasetColumn[],
  named: ReadonlyMap<Field, Source>,
): readonly Field[] {
  const { choices } = formatFields[format]
  const started = choices.filter((choice) => choice.some((field) => named.has(field)))
  const possible = started.length === 0 ? choices : started
  const complete = possible.filter((choice) =>
    choice.every((field) => named.has(field) || usualColumn(field, columns) !== undefined),
  )
  const [chosen, ...others] = complete
  if (chosen !== undefined && others.length === 0 && started.length <= 1) return chosen
  const needs = choices.map((choice) => choice.join(' and ')).join(', or ')
  const why =
    others.length > 0 || started.length > 1
      ? 'Several fit'
      : missingIn(present(possible[0], 'choices of fields'), columns, named)
  const example = (started[0] ?? choices.at(-1) ?? []).map((field) => `${field}=COLUMN`).join(',')
  throw new RowsmithError('usage', `The format ${format} needs ${needs}. ${why}.`, {
    facts: { format, columns: columns.map(({ name }) => name) },
    nextStep: `Name the columns: --map ${example}`,
  })
}

function missingIn(
  choice: readonly Field[],
  columns: readonly DatasetColumn[],
  named: ReadonlyMap<Field, Source>,
): string {
  const isMissing = (each: Field): boolean => !named.has(each) && usualColumn(each, columns) === undefined
  const field = present(choice.find(isMissing), 'missing fields')
  const found = usualNamesOf(field).filter((name) => columns.some((column) => column.name === name))
  if (found.length > 1) return `The field ${field} could be any of ${found.join(', ')}`
  const names = columns.map(({ name }) => name)
  const shown = `${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}`
  return `No column was found for ${field}; the dataset has ${shown}`
}

/** The only column that has a usual name of the field and can hold it. */
function usualColumn(field: Field, columns: readonly DatasetColumn[]): string | undefined {
  const found = columns.filter(
    ({ name, type }) => usualNamesOf(field).includes(name) && canHold(fieldKinds[field], type),
  )
  return found.length === 1 ? found[0]?.name : undefined
}

/** @throws RowsmithError unknown_column, usage for a type that cannot hold the field */
function sourceOf(field: Field, name: string, columns: readonly DatasetColumn[]): Source {
  const path = columns.some((column) => column.name === name) ? [name] : name.split('.')
  const column = columns.find((each) => each.name === path[0])
  const type = column && typeAt(column.type, path.slice(1))
  if (type === undefined) {
    const known = columns.map((each) => each.name)
    throw new RowsmithError(
      'unknown_column',
      `The dataset has no column "${name}"; it has ${known.join(', ')}.`,
      {
        facts: { column: name, columns: known },
      },
    )
  }
  const kind = fieldKinds[field]
  if (canHold(kind, type)) return { name, path }
  throw new RowsmithError(
    'usage',
    `The column "${name}" holds ${described(type)}; the field ${field} takes ${taken[kind]}.`,
    { facts: { column: name, field }, nextStep: 'Map the field to another column.' },
  )
}

/** The type of a member; a JSON column may have any. Undefined where no member has the name. */
function typeAt(type: ColumnType, path: readonly string[]): ColumnType | undefined {
  const [name, ...rest] = path
  if (name === undefined || type.kind === 'json') return type
  if (type.kind === 'map') return typeAt(type.value, rest)
  const member = fieldType(type, name)
  return member && typeAt(member, rest)
}

const taken: Readonly<Record<FieldKind, string>> = {
  text: 'text',
  'text or messages': 'text or a list of messages',
  messages: 'a list of messages',
  tools: 'a list of tools',
  score: 'a number',
  label: 'true or false',
  history: 'a list of pairs of texts',
}

const texts: readonly ColumnType['kind'][] = [
  'string',
  'int',
  'float',
  'date',
  'timestamp',
  'timestamp_utc',
  'json',
  'struct',
  'map',
]

function canHold(kind: FieldKind, type: ColumnType): boolean {
  const ofObjects = type.kind === 'list' && ['struct', 'json'].includes(type.element.kind)
  switch (kind) {
    case 'text':
      return texts.includes(type.kind)
    case 'text or messages':
      return texts.includes(type.kind) || ofObjects
    case 'messages':
    case 'tools':
      return ofObjects || ['json', 'string'].includes(type.kind)
    case 'score':
      return ['int', 'float', 'json', 'string'].includes(type.kind)
    case 'label':
      return ['bool', 'int', 'json', 'string'].includes(type.kind)
    case 'history':
      return ['list', 'json', 'string'].includes(type.kind)
  }
}

function described(type: ColumnType): string {
  if (type.kind === 'list') return `lists (${type.element.kind})`
  return type.kind === 'bool' ? 'true and false' : `values of type ${type.kind}`
}
