/**
 * The sampled columns of a row, drawn together: some are made from others, some have to be less than others.
 *
 * Rules:
 *   S1. A column is drawn after all it reads. Every column draws from its own stream, keyed by run seed, column and row; what is
 *       drawn again goes on in it. So a row's values depend on nothing but the run seed, the row and the config.
 *   S2. A value that does not meet its constraints is drawn again, up to a hundred times: what it is compared with stays.
 *   S3. When that was in vain, all columns that hang together by constraints and by what they read are drawn again, up to a hundred
 *       times: an unlucky right side is not the end.
 *   S4. When that was in vain too, the row has no value there: it is dropped before anything is paid for it. Rows are not
 *       likely to come to that: `requireMeetable` has refused constraints that are met too rarely.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import { columnRandom, type Random } from '../../base/numbers/random.ts'
import { define, memberOf, type Value } from '../../base/values/value.ts'
import type { SampledColumn } from '../column/column.ts'

const TRIES = 100
const ROUNDS = 100

export interface SampledRow {
  /** What is written, in the order of the columns. From `failedAt` on, some may be missing: null. */
  readonly values: readonly Value[]
  /** The first column that has no value, and why. */
  readonly failed?: { readonly at: number; readonly error: unknown }
}

/**
 * Draws rows of these columns.
 *
 * @param columns each after all it reads
 * @param today `2026-08-07`
 * @returns a function of the planned row, and of what `rowReader` read for it. To be called when every `load` is done
 */
export function rowSampler(
  columns: readonly SampledColumn[],
  runSeed: bigint,
  today: string,
): (row: number, ahead?: RowAhead) => SampledRow {
  const streams = columns.map(({ name }) => columnRandom(runSeed, name))
  const streamOf = (at: number) => present(streams[at], 'random streams')
  const parts = connectedParts(columns)
  return (row, ahead) => {
    const drawn: Record<string, Value> = {}
    const values = new Array<Value>(columns.length).fill(null)
    let failed: SampledRow['failed']
    for (const part of parts) {
      const failure = drawPart(part, columns, (at) => streamOf(at)(row), { drawn, today, ahead })
      for (const at of part) {
        const { name, write } = present(columns[at], 'sampled columns')
        const value = memberOf(drawn, name) ?? null
        values[at] = write === undefined || value === null ? value : write(value)
      }
      if (failure !== undefined && (failed === undefined || failure.at < failed.at)) failed = failure
    }
    return failed === undefined ? { values } : { values, failed }
  }
}

/** What columns read before a row is drawn, in their order; null for those that read nothing. */
export type RowAhead = readonly Value[]

/**
 * Reads what these columns need before rows are drawn; undefined when none needs anything.
 *
 * @returns a function of planned rows, to what `rowSampler` wants with each
 */
export function rowReader(
  columns: readonly SampledColumn[],
  runSeed: bigint,
): ((rows: readonly number[]) => Promise<readonly RowAhead[]>) | undefined {
  if (columns.every(({ ahead }) => ahead === undefined)) return undefined
  const readers = columns.map(({ name, ahead }) => ({ ahead, stream: columnRandom(runSeed, name) }))
  return async (rows) => {
    const read = await Promise.all(readers.map(({ ahead, stream }) => ahead?.(() => rows.map(stream))))
    return rows.map((_, index) => read.map((entries) => entries?.[index] ?? null))
  }
}

interface RowDrawn {
  readonly drawn: Record<string, Value>
  readonly today: string
  readonly ahead: RowAhead | undefined
}

/** One round for columns that nothing constrains; up to a hundred for the others. */
function drawPart(
  part: readonly number[],
  columns: readonly SampledColumn[],
  streamOf: (at: number) => Random,
  { ahead, ...row }: RowDrawn,
): SampledRow['failed'] {
  const drawing = part.map((at) => {
    const own = ahead === undefined ? {} : { ahead: ahead[at] ?? null }
    return { at, column: present(columns[at], 'sampled columns'), random: streamOf(at), own }
  })
  const rounds = drawing.some(({ column }) => column.constraints.length > 0) ? ROUNDS : 1
  let failed: SampledRow['failed']
  for (let round = 0; round < rounds; round++) {
    failed = undefined
    for (const [index, { at, column, random, own }] of drawing.entries()) {
      try {
        define(row.drawn, column.name, drawMet(column, random, { ...row, ...own }))
      } catch (error) {
        if (!RowsmithError.isInstance(error)) throw error
        for (const later of drawing.slice(index)) delete row.drawn[later.column.name]
        failed = { at, error }
        // Drawing again helps against bad luck only.
        if (error.code !== 'constraint_unmet') return failed
        break
      }
    }
    if (failed === undefined) return undefined
  }
  return failed
}

/** A value that meets its column's constraints. @throws RowsmithError constraint_unmet */
function drawMet(
  column: SampledColumn,
  random: Random,
  row: Omit<RowDrawn, 'ahead'> & { readonly ahead?: Value },
): Value {
  const { constraints } = column
  if (constraints.length === 0) return column.draw(random, row)
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const value = column.draw(random, row)
    if (constraints.every(({ holds }) => holds(value, row.drawn))) return value
  }
  const listed = constraints.map(({ text }) => text).join(' and ')
  throw new RowsmithError(
    'constraint_unmet',
    `None of ${TRIES * ROUNDS} values drawn for column "${column.name}" met ${listed}`,
    { facts: { column: column.name, constraints: constraints.map(({ text }) => text) } },
  )
}

/** Groups of columns that hang together by what they read; positions in order, so that each is after all it reads. */
function connectedParts(columns: readonly SampledColumn[]): readonly (readonly number[])[] {
  const partOf = columns.map((_, at) => at)
  for (const [at, { reads }] of columns.entries()) {
    for (const name of reads) {
      const source = columns.findIndex((column) => column.name === name)
      if (source < 0) continue
      const [from, to = at] = [partOf[source], partOf[at]]
      for (const [other, part] of partOf.entries()) if (part === from) partOf[other] = to
    }
  }
  return [...new Set(partOf)].map((part) => [...partOf.keys()].filter((at) => partOf[at] === part))
}

const TRIAL_ROWS = 64

function needsReading({ load, ahead, unread }: SampledColumn): boolean {
  return load !== undefined || ahead !== undefined || unread === true
}

/**
 * Refuses constraints that cannot be met, or so rarely that rows would be lost to them: tries rows that are thrown away.
 *
 * @param columns each after all it reads
 * @throws RowsmithError config_invalid, naming the constraint
 */
export function requireMeetable(columns: readonly SampledColumn[]): void {
  const constrained = new Set(
    connectedParts(columns)
      .filter((part) => part.some((at) => (columns[at]?.constraints.length ?? 0) > 0))
      // Persons need word lists or records, which are read when a run begins.
      .filter((part) => part.every((at) => !needsReading(present(columns[at], 'sampled columns'))))
      .flat(),
  )
  if (constrained.size === 0) return
  const sample = rowSampler(
    columns.filter((_, at) => constrained.has(at)),
    0n,
    '2000-01-01',
  )
  for (let row = 0; row < TRIAL_ROWS; row++) {
    const error = sample(row).failed?.error
    if (!RowsmithError.isInstance(error) || error.code !== 'constraint_unmet') continue
    const tried = row === 0 ? 'the first row tried' : `${row + 1} rows tried`
    throw new RowsmithError('config_invalid', `${error.message}, in ${tried}: the constraint cannot hold.`, {
      facts: error.facts,
      nextStep: 'Widen the distributions of its columns, or loosen the constraint.',
      cause: error,
    })
  }
}
