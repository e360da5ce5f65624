/**
 * Which split a row belongs to: train, test, and whatever else is named.
 *
 * Rules:
 *   1. A row's split depends on its key, the salt and the shares alone. So growth of the dataset never moves a row.
 *   2. Rows of one key are in one split. The key is the columns that are named; else the columns of the seed dataset; else the number
 *      of the row. A row whose key is null throughout has its own number as key.
 *   3. The place of a key is the first 53 bits of the SHA-256 of salt, NUL and key, over 2^53. Example: `train=0.9,test=0.1` puts
 *      places below 0.9 into train.
 *   4. The text of a key: of one text column the text itself; else JSON with sorted names, a list where there are several columns.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { sha256 } from '../../base/numbers/hash.ts'
import { formatJson } from '../../base/values/json.ts'
import { memberOf, merged } from '../../base/values/value.ts'
import type { Row } from '../../store/parquet/parquet-rows.ts'
import type { DatasetColumn } from '../rows/columns.ts'

export interface SplitOptions {
  /** Shares by name, which add up to 1. Example: `{ train: 0.9, test: 0.1 }`. */
  readonly shares: Readonly<Record<string, number>>
  /** Columns whose values are the key of a row. @default the columns of the seed dataset, else the number of the row */
  readonly by?: readonly string[]
  /** Another salt gives other splits. @default '' */
  readonly salt?: string
  /** One file with the name of the split in this column. @default a file for each split, whose name has `{split}` */
  readonly column?: string
}

/** How many rows a split has. */
export interface SplitCount {
  readonly name: string
  readonly share: number
  /** Rows of the dataset that belong to it, those that do not fit a format included. */
  readonly rows: number
  /** Between which numbers of rows 95 % of salts would be. */
  readonly expected: readonly [low: number, high: number]
}

export interface SplitReport {
  /** Columns of the key; none for the number of the row. */
  readonly by: readonly string[]
  readonly splits: readonly SplitCount[]
  readonly keys: number
  /** Rows whose key is null. */
  readonly null_keys: number
  /** The share of the rows that have the most frequent key. */
  readonly largest_key: number
}

interface Bound {
  readonly name: string
  readonly share: number
  /** Places below this are in it, unless they are in one before. */
  readonly below: number
}

export class Splits {
  /** Columns of the key; none for the number of the row. */
  readonly by: readonly string[]
  readonly #bounds: readonly Bound[]
  readonly #salt: string
  readonly #isText: boolean
  readonly #rows = new Map<string, number>()
  /** Rows of each place. */
  readonly #keys = new Map<number, number>()
  #nullKeys = 0

  /** The column of the export that has the name of the split. */
  readonly column: string | undefined

  /** @param by columns of the dataset. @throws RowsmithError usage for shares that are none */
  constructor({ shares, salt = '', column }: SplitOptions, by: readonly DatasetColumn[]) {
    this.column = column
    this.by = by.map(({ name }) => name)
    this.#bounds = boundsOf(shares)
    this.#salt = salt
    this.#isText = by.length === 1 && by[0]?.type.kind === 'string'
  }

  /** Whether the split of one of the rows depends on its number. */
  needNumbers(rows: readonly Row[]): boolean {
    return rows.some((row) => this.#isWithoutKey(row))
  }

  /**
   * Counts a row that is exported.
   *
   * @param number of the row over the dataset
   * @param only rows of other splits are not exported
   * @returns the row, with the column of splits if there is one
   */
  take(row: Row, number: number, only: string | undefined): Row | undefined {
    const place = this.placeOf(row, number)
    const name = (this.#bounds.find(({ below }) => place < below) ?? this.#bounds.at(-1))?.name ?? ''
    if (only !== undefined && name !== only) return undefined
    this.#rows.set(name, (this.#rows.get(name) ?? 0) + 1)
    this.#keys.set(place, (this.#keys.get(place) ?? 0) + 1)
    if (this.by.length > 0 && this.#isWithoutKey(row)) this.#nullKeys++
    return this.column === undefined ? row : merged(row, { [this.column]: name })
  }

  /** Where the key of a row lies, from 0 to 1 (rule 3). */
  placeOf(row: Row, number: number): number {
    const values = this.by.map((name) => memberOf(row, name) ?? null)
    const [first = null] = values
    const json = (): string => formatJson(values.length === 1 ? first : values, { sortKeys: true })
    const key = this.#isWithoutKey(row) ? String(number) : this.#isText ? String(first) : json()
    const bits = BigInt(`0x${sha256(`${this.#salt}\0${key}`).slice(0, 14)}`) >> 3n
    return Number(bits) / 2 ** 53
  }

  #isWithoutKey(row: Row): boolean {
    return this.by.every((name) => (memberOf(row, name) ?? null) === null)
  }

  get report(): SplitReport {
    const counts = [...this.#keys.values()]
    const total = counts.reduce((sum, rows) => sum + rows, 0)
    const squares = counts.reduce((sum, rows) => sum + rows * rows, 0)
    const splits = this.#bounds.map(({ name, share }) => {
      const spread = 2 * Math.sqrt(share * (1 - share) * squares)
      const expected = [
        Math.max(0, Math.floor(total * share - spread)),
        Math.min(total, Math.ceil(total * share + spread)),
      ] as const
      return { name, share, rows: this.#rows.get(name) ?? 0, expected }
    })
    const largest = counts.reduce((most, rows) => Math.max(most, rows), 0)
    return {
      by: this.by,
      splits,
      keys: counts.length,
      null_keys: this.#nullKeys,
      largest_key: total === 0 ? 0 : largest / total,
    }
  }
}

/** @throws RowsmithError usage for shares that are none */
export function splitNames({ shares }: SplitOptions): readonly string[] {
  return boundsOf(shares).map(({ name }) => name)
}

function boundsOf(shares: Readonly<Record<string, number>>): readonly Bound[] {
  const entries = Object.entries(shares)
  const wrong = (message: string): RowsmithError =>
    new RowsmithError('usage', message, {
      nextStep: 'Give names and shares that add up to 1: train=0.9,test=0.1',
    })
  if (entries.length === 0) throw wrong('There is no split')
  const seen = new Set<string>()
  let below = 0
  const bounds = entries.map(([name, share]) => {
    if (!/^[A-Za-z]\w*$/.test(name))
      throw wrong(`"${name}" is no name of a split: it takes letters, digits and _, a letter first`)
    // Files of both would be one where case does not count.
    if (seen.has(name.toLowerCase())) throw wrong(`Two splits have the name ${name}`)
    seen.add(name.toLowerCase())
    if (!(share > 0 && share <= 1))
      throw wrong(`The share of ${name} is ${share}; it must be above 0 and at most 1`)
    below += share
    return { name, share, below }
  })
  if (Math.abs(below - 1) > 1e-9) {
    const sum = entries.map(([, share]) => share).join(' + ')
    throw wrong(`The shares of the splits add up to ${Number(below.toPrecision(12))}, not to 1: ${sum}`)
  }
  return bounds
}
