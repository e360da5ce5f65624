/** A seed dataset in a few lines: files, rows, columns with types, and what one should know. */
import type { SeedSummary } from '../../index.ts'
import { counted } from './amounts.ts'

const SHOWN_FILES = 5
const SHOWN_NOTES = 20

export function seedLines({ rows, files, columns, warnings }: SeedSummary): string[] {
  const named = files
    .slice(0, SHOWN_FILES)
    .map(({ name, rows: own }) => (files.length === 1 ? name : `${name} (${own})`))
  const more = files.length > SHOWN_FILES ? [`${files.length - SHOWN_FILES} more files`] : []
  const from = files.length === 0 ? '' : ` in ${[...named, ...more].join(', ')}`
  const notes = columns.flatMap(({ name, note }) => (note === undefined ? [] : [`${name}: ${note}`]))
  const all = [...notes, ...warnings]
  return [
    `Seed: ${counted(rows, 'row')}${from}: ${columns.map(({ name, type }) => `${name} ${type}`).join(', ')}`,
    ...all.slice(0, SHOWN_NOTES).map((line) => `  ${line}`),
    ...(all.length > SHOWN_NOTES ? [`  and ${all.length - SHOWN_NOTES} more`] : []),
  ]
}
