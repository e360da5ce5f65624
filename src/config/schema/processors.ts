/**
 * Transformations of whole batches, and of the dataset as a whole once its rows are made (the after-generation stage).
 */
import { z } from 'zod'
import { wildcard } from '../../base/text/pattern.ts'
import {
  type DeclaredType,
  declaredColumnType,
  declaredTypesInWords,
} from '../../base/values/declared-type.ts'
import { byName, filledText, freeMap, prepared, strict, text } from '../reading/lax.ts'

/** The type that a new column of a function has. */
const declaredType = text.refine(
  (value): value is DeclaredType => declaredColumnType(value) !== undefined,
  `must be one of ${declaredTypesInWords}`,
)

export const processor = z.discriminatedUnion('processor_type', [
  strict({
    name: filledText,
    processor_type: z.literal('drop_columns'),
    column_names: z.array(text),
  }),
  strict({ name: filledText, processor_type: z.literal('schema_transform'), template: freeMap }),
  strict({
    name: filledText,
    processor_type: z.literal('sql'),
    /** A query over `dataset` whose result becomes the dataset; null leaves it as it is. */
    sql: filledText.nullable().default(null),
    /** Further tables, each a query over what `sql` left, by name. */
    outputs: map(filledText),
  }),
  strict({
    name: filledText,
    processor_type: z.literal('function'),
    /** Columns that the function adds, with their types. */
    new_columns: map(declaredType),
  }),
])

/** A map that may be null or left out. */
function map<T extends z.ZodType>(item: T) {
  return prepared(byName(item), (value) => value ?? {}).default({} as never)
}

type Processor = z.output<typeof processor>
export type PostProcessor = Extract<Processor, { processor_type: 'sql' | 'function' }>

/** Whether a processor runs once all rows are made, over the dataset as a whole. */
export function isAfterGeneration(each: { readonly processor_type: string }): each is PostProcessor {
  return each.processor_type === 'sql' || each.processor_type === 'function'
}

/** Whether a drop_columns processor names the column. */
export function isDropped(processors: readonly Processor[], column: string): boolean {
  return processors.some(
    (each) =>
      each.processor_type === 'drop_columns' &&
      each.column_names.some((pattern) => columnMatches(pattern, column)),
  )
}

/** Whether a column is named by an entry of `column_names`; `*` stands for any characters. */
function columnMatches(pattern: string, column: string): boolean {
  return pattern.includes('*') ? wildcard(pattern).test(column) : pattern === column
}

/** Patterns of drop_columns processors that match none of the columns. */
export function unmatchedPatterns(
  processors: readonly Processor[],
  columns: readonly string[],
): { readonly processor: string; readonly pattern: string }[] {
  return processors.flatMap((each) =>
    each.processor_type !== 'drop_columns'
      ? []
      : each.column_names
          .filter((pattern) => !columns.some((column) => columnMatches(pattern, column)))
          .map((pattern) => ({ processor: each.name, pattern })),
  )
}
