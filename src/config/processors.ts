/**
 * Transformations of whole batches.
 */
import { z } from 'zod'
import { filledText, freeMap, strict, text } from './lax.ts'

export const processor = z.discriminatedUnion('processor_type', [
  strict({
    name: filledText,
    processor_type: z.literal('drop_columns'),
    column_names: z.array(text),
  }),
  strict({ name: filledText, processor_type: z.literal('schema_transform'), template: freeMap }),
])

type Processor = z.output<typeof processor>

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
  if (!pattern.includes('*')) return pattern === column
  const escaped = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${escaped.join('.*')}$`, 's').test(column)
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
