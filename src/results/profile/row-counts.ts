/** Counts of columns whose cells are all in memory. Rules: `counts.ts`. */
import type { ColumnType } from '../../base/values/column-type.ts'
import { formatJson, parseJson } from '../../base/values/json.ts'
import { isValueObject, memberOf, objectOf, type Value } from '../../base/values/value.ts'
import type { DatasetColumn } from '../rows/columns.ts'
import type {
  CellCounts,
  CellPath,
  ColumnCounts,
  Counts,
  Histogram,
  NumericalDistribution,
} from './counts.ts'

/** @param cells of each column by its name, in the order of rows */
export function rowCounts(cells: ReadonlyMap<string, readonly Value[]>): Counts {
  return {
    of: (column) => new CellsInMemory(column, cells.get(column.name) ?? []),
    close: () => {},
  }
}

class CellsInMemory implements ColumnCounts {
  readonly #column: DatasetColumn
  readonly #cells: readonly Value[]

  constructor(column: DatasetColumn, cells: readonly Value[]) {
    this.#column = column
    this.#cells = cells
  }

  cells(): CellCounts {
    const values = this.#cells.filter((cell) => cell !== null)
    const { kind } = this.#column.type
    const keyOf = nested.has(kind) ? (value: Value) => formatJson(comparable(value, kind)) : identity
    return {
      num_records: this.#cells.length,
      num_null: this.#cells.length - values.length,
      num_unique: new Set(values.map(keyOf)).size,
    }
  }

  allTrue(parts: readonly CellPath[]): number {
    if (parts.length === 0) return 0
    const isStruct = this.#column.type.kind === 'struct'
    const isTrue = (value: Value): boolean => value === true || (!isStruct && value === 'true')
    const cells = this.#column.type.kind === 'string' ? this.#cells.map(parsed) : this.#cells
    return cells.filter((cell) => parts.every((part) => isTrue(partOf(cell, part)))).length
  }

  numbers(): NumericalDistribution | null {
    const numbers = this.#cells.flatMap((cell) => (cell === null ? [] : [Number(cell) + 0]))
    if (numbers.length === 0) return null
    const spread = spreadOf(numbers)
    return [spread.mean, spread.stddev ?? 0].every(Number.isFinite)
      ? { ...spread, ...middleOf(numbers) }
      : null
  }

  histogram(part: CellPath): Histogram {
    const times = new Map<string, number>()
    for (const cell of this.#cells) {
      const value = partOf(cell, part)
      if (value === null) continue
      const category = typeof value === 'number' ? floatText(value) : formatJson(value)
      times.set(category, (times.get(category) ?? 0) + 1)
    }
    const sorted = [...times].sort(([a, timesA], [b, timesB]) => timesB - timesA || byBytes(a, b))
    return {
      categories: sorted.map(([category]) => JSON.parse(category) as Value),
      counts: sorted.map(([, count]) => count),
    }
  }
}

const identity = (value: Value): Value => value

const nested = new Set<ColumnType['kind']>(['struct', 'list', 'map', 'json'])

/** With 0 for -0. JSON is compared as the text that it is. */
function comparable(value: Value, kind: ColumnType['kind'] | undefined): Value {
  if (kind === 'json') return value
  if (value === 0) return 0
  if (Array.isArray(value)) return value.map((item) => comparable(item, undefined))
  if (!isValueObject(value)) return value
  return objectOf(Object.entries(value).map(([name, member]) => [name, comparable(member, undefined)]))
}

function parsed(cell: Value): Value {
  return typeof cell === 'string' ? parseJson(cell) : cell
}

function partOf(cell: Value, path: CellPath): Value {
  let part = cell
  for (const field of path) part = isValueObject(part) ? (memberOf(part, field) ?? null) : null
  return part
}

/** In one pass and in the order of rows, as DuckDB sums: mean by a plain sum, deviation by Welford's method. */
function spreadOf(numbers: readonly number[]): Pick<NumericalDistribution, 'mean' | 'stddev'> {
  let [sum, count, mean, squares] = [0, 0, 0, 0]
  for (const number of numbers) {
    sum += number
    count++
    const before = number - mean
    mean += before / count
    squares += before * (number - mean)
  }
  return { mean: sum / count, stddev: count < 2 ? null : Math.sqrt(squares / (count - 1)) }
}

function middleOf(numbers: readonly number[]): Pick<NumericalDistribution, 'min' | 'max' | 'median'> {
  const sorted = Float64Array.from(numbers).sort()
  const middle = (sorted.length - 1) / 2
  const [low = 0, high = 0] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]]
  const [min = 0, max = 0] = [sorted[0], sorted.at(-1)]
  return { min, max, median: low === high ? low : low * 0.5 + high * 0.5 }
}

/** As DuckDB writes it in JSON: its texts decide on the order of equal counts. */
function floatText(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value).replace('e+', 'e')
  return /[.e]/.test(text) ? text : `${text}.0`
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
