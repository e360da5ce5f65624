/**
 * Custom columns: a function of the user's own makes their cells.
 *
 * Rules:
 *   1. A plain function is pure by contract: its cells are computed. What an effect returns is stored, and the function is not
 *      called again once that is durable; the answers it had from models are effects of their own before.
 *   2. It sees the columns it requires, and no others. A function that throws drops its row, whatever it throws.
 *   3. One that makes a whole column is called once for a row group, with the rows that everything before it was made for. What fails
 *      there fails for all of them.
 *   4. With side columns it returns an object of all its columns, by name; without, the value itself.
 *   5. With `allow_resize`, what it returns as a list are several rows, alike but for this column; one that makes a whole column gets
 *      whole rows and returns whole rows, any number. It calls no models and has no side columns then: such a run cannot go on.
 *   6. Nothing that a function throws, returns or never returns ends the run in any other way than with a sentence about its row. A call
 *      with a `timeout` is given up when that is over; every call, when the run has stopped and its grace is over.
 *   7. What it returns as it got it stays what it was: 1.0 is no integer then. Any other whole number is one.
 */

import { types } from 'node:util'
import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import { thrownWords } from '../../base/errors/thrown-words.ts'
import { type ColumnType, conform, misfitOf } from '../../base/values/column-type.ts'
import {
  isValueObject,
  memberOf,
  merged,
  objectOf,
  toValue,
  type Value,
  type ValueObject,
} from '../../base/values/value.ts'
import { callFor, tookTooLong } from '../../code/call-for.ts'
import {
  type CellFunction,
  type FunctionTools,
  type FunctionType,
  functionType,
  type KnownFunction,
} from '../../code/functions.ts'
import type { RunConfig } from '../../config/files/run-config.ts'
import type { ColumnOf } from '../../config/schema/schema.ts'
import type { Effect } from '../../models/contract/effect.ts'
import type { BuildColumn } from '../column/build.ts'
import type {
  CallsUser,
  CellResult,
  Column,
  ModelCell,
  ModelCellBatch,
  Requests,
  RowView,
  SideColumn,
} from '../column/column.ts'
import { functionModel } from './function-model.ts'

/** A column whose cells a function makes. */
export const buildCustomColumn: BuildColumn<'custom'> = (config, runConfig, { functions }) => {
  const generator = functions.get(config.generator_function)
  if (generator === undefined) throw failed(config, 'it is not there')
  if (config.allow_resize && generator.modelAliases.length + generator.sideEffectColumns.size > 0) {
    throw new RowsmithError('config_invalid', 'allow_resize goes with no model and no side columns', {
      facts: { column: config.name },
      nextStep: 'Make the rows in one column, and ask the model in another one after it.',
    })
  }
  const columnFunction = new ColumnFunction(config, runConfig, generator)
  return { column: columnFunction.column(), sides: columnFunction.sides() }
}

class ColumnFunction {
  readonly #config: ColumnOf<'custom'>
  readonly #runConfig: RunConfig
  readonly #generator: KnownFunction
  /** Objects that it was given: those that it returns stay as they are. */
  readonly #given = new WeakSet<object>()

  constructor(config: ColumnOf<'custom'>, runConfig: RunConfig, generator: KnownFunction) {
    this.#config = config
    this.#runConfig = runConfig
    this.#generator = generator
  }

  column(): Column {
    const { name, drop } = this.#config
    const { requiredColumns: reads, modelAliases: aliases, type, effect } = this.#generator
    const common = { name, type: functionType(type), drop, reads }
    if (this.#config.allow_resize) {
      const per = this.#config.generation_strategy === 'full_column' ? 'group' : 'row'
      return {
        ...common,
        kind: 'resizing',
        per,
        resize: (rows, random, call) => this.#resize(rows, random, call),
      }
    }
    if (this.#config.generation_strategy === 'full_column') {
      return { ...common, kind: 'grouped', aliases, runAll: (cells) => this.#runAll(cells) }
    }
    if (!effect && this.#generator.sideEffectColumns.size === 0) {
      return { ...common, kind: 'computed', compute: (row, random) => this.#compute(row, random) }
    }
    const [alias] = aliases
    const gate = { name: `function:${name}`, limit: this.#generator.maxConcurrency }
    return {
      ...common,
      kind: 'model',
      aliases,
      queue: alias === undefined ? { kind: 'gate', gate } : { kind: 'model', alias },
      run: (cell) => this.#run(cell),
    }
  }

  sides(): SideColumn[] {
    const { name, drop } = this.#config
    return [...this.#generator.sideEffectColumns].map(([side, type]) => ({
      kind: 'side',
      name: side,
      type: functionType(type),
      drop,
      reads: [name],
      of: name,
    }))
  }

  /**
   * The rows that it makes of others (rule 5).
   *
   * @param rows whole; one, unless it makes a whole column
   */
  async #resize(
    rows: readonly RowView[],
    random: Requests['random'],
    call: CallsUser,
  ): Promise<readonly ValueObject[]> {
    const tools = this.#plainTools(random)
    const [row = {}] = rows
    if (this.#config.generation_strategy === 'full_column') {
      return this.#call(rows, tools, call, (returned) => {
        if (!Array.isArray(returned)) throw failed(this.#config, 'it returned no list of rows')
        return Array.from(returned, (each) => this.#wholeRow({}, each))
      })
    }
    const seen = objectOf(this.#generator.requiredColumns.map((name) => [name, memberOf(row, name) ?? null]))
    return this.#call(seen, tools, call, (returned) => {
      const several: unknown[] = Array.isArray(returned) ? returned : [returned]
      return Array.from(several, (value) => this.#wholeRow(row, { [this.#config.name]: value }))
    })
  }

  #wholeRow(row: RowView, result: unknown): ValueObject {
    const { name } = this.#config
    const columns = this.#data('a row that it returned', result ?? {})
    if (columns === undefined || !isValueObject(columns)) {
      throw failed(this.#config, 'a row that it returned is no object')
    }
    const value = this.#typed(name, this.#generator.type, memberOf(columns, name), row)
    return merged(row, columns, objectOf([[name, value]]))
  }

  #compute(row: RowView, random: Requests['random']): Value {
    const returned = this.#start(row, this.#plainTools(random))
    return this.#reading(() => {
      if (!isThenable(returned)) return this.#read(returned, row).value
      // Nothing waits for it: that it fails must not end the process.
      returned.then(undefined, () => {})
      throw failed(this.#config, 'it returned a promise: declare it async, or an effect')
    })
  }

  async #run(cell: ModelCell): Promise<CellResult> {
    const result = () =>
      this.#call(cell.row, this.#tools(cell), cell.call, (returned) => this.#read(returned, cell.row))
    if (!this.#generator.effect) return result()
    return this.#resultOf(
      await cell.perform(this.#effectOn({ row: cell.row }, async () => storedForm(await result()))),
    )
  }

  async #runAll(cells: ModelCellBatch): Promise<readonly CellResult[]> {
    const { rows } = cells
    const result = () =>
      this.#call(rows, this.#tools(cells), cells.call, (returned) => this.#readAll(returned, rows))
    if (!this.#generator.effect) return result()
    const stored = await cells.perform(this.#effectOn({ rows }, async () => (await result()).map(storedForm)))
    return (stored as readonly Value[]).map((each) => this.#resultOf(each))
  }

  /** What it returns, with everything it depends on (rule 1): what the function does, and what it is given. */
  #effectOn(given: ValueObject, value: () => Promise<Value>): Effect {
    const { name, generator_params: params } = this.#config
    const { name: called, does } = this.#generator
    return {
      kind: 'function',
      name,
      request: { function: called, does, params, ...given },
      attemptsMax: 1,
      run: async () => ({ kind: 'done', value: await value() }),
    }
  }

  #tools(cell: Requests): FunctionTools {
    const use = {
      toolAliases: this.#generator.toolAliases,
      runConfig: this.#runConfig,
      failed: (what: string) => failed(this.#config, what),
    }
    const models = this.#generator.modelAliases.map(
      (alias) => [alias, functionModel(cell, alias, use)] as const,
    )
    return { ...this.#plainTools(cell.random), models: Object.fromEntries(models) }
  }

  #plainTools(random: Requests['random']): FunctionTools {
    return {
      params: this.#config.generator_params,
      models: {},
      random: () => random.float(),
      signal: neverFires,
    }
  }

  /** Calls it, waits for it, and reads what it returned (rule 6). */
  async #call<T>(
    given: RowView | readonly RowView[],
    tools: FunctionTools,
    call: CallsUser,
    read: (returned: unknown) => T,
  ): Promise<T> {
    const { timeoutMs } = this.#generator
    const ended = await call(timeoutMs, async (signal) => {
      const returned = this.#start(given, { ...tools, signal })
      try {
        // In a box: a promise would look for a `then` in what it is.
        return { value: isThenable(returned) ? await returned : returned }
      } catch (error) {
        signal.throwIfAborted()
        throw this.#failure(error)
      }
    })
    if (ended.late) throw this.#timedOut()
    return this.#reading(() => read(ended.value.value))
  }

  /** Calls it. What it throws is a result on the row, unless the run itself has to stop. */
  #start(given: RowView | readonly RowView[], tools: FunctionTools): unknown {
    const { call, timeoutMs } = this.#generator
    for (const row of Array.isArray(given) ? given : [given]) this.#remember(row)
    let returned: unknown
    try {
      returned = callFor(timeoutMs, () => (call as CellFunction)(given as RowView, tools))
    } catch (error) {
      throw this.#failure(error)
    }
    if (returned === tookTooLong) throw this.#timedOut()
    return returned
  }

  #remember(row: RowView): void {
    for (const cell of Object.values(row)) {
      if (typeof cell === 'object' && cell !== null) this.#given.add(cell)
    }
  }

  /** Reads what it returned: a getter or a proxy of the user's may throw at that, too. */
  #reading<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      throw this.#failure(error)
    }
  }

  #timedOut(): RowsmithError {
    const seconds = (this.#generator.timeoutMs ?? 0) / 1000
    return failed(this.#config, `it gave nothing within its timeout of ${seconds} s`)
  }

  #failure(error: unknown): RowsmithError {
    // A refused key or a stop is no fault of the function, which only passed it on.
    if (RowsmithError.isInstance(error)) return error
    // Nothing waits for a promise that was thrown: that it fails must not end the process.
    if (types.isPromise(error)) error.catch(() => {})
    return failed(this.#config, thrownWords(error), error)
  }

  #readAll(returned: unknown, rows: readonly RowView[]): readonly CellResult[] {
    if (Array.isArray(returned) && returned.length === rows.length) {
      // A hole is no entry to `map`.
      return Array.from(returned, (each, index) => this.#read(each, present(rows[index], 'rows')))
    }
    const seen = Array.isArray(returned) ? `${returned.length} entries` : 'no list'
    throw failed(this.#config, `it was given ${rows.length} rows and returned ${seen}`)
  }

  /** What was returned for a row, in the types that are declared (rule 4). */
  #read(returned: unknown, row: RowView): CellResult {
    const { sideEffectColumns, type } = this.#generator
    const { name } = this.#config
    if (sideEffectColumns.size === 0) return { value: this.#typed(name, type, returned, row) }
    const columns =
      typeof returned === 'object' && returned !== null ? (returned as Record<string, unknown>) : {}
    const missing = [name, ...sideEffectColumns.keys()].find((column) => !Object.hasOwn(columns, column))
    if (missing !== undefined) throw failed(this.#config, `it returned no "${missing}"`)
    const sides = [...sideEffectColumns].map(
      ([side, kind]) => [side, this.#typed(side, kind, columns[side], row)] as const,
    )
    return { value: this.#typed(name, type, columns[name], row), sides: objectOf(sides) }
  }

  #typed(column: string, type: FunctionType, given: unknown, row: RowView): Value {
    // A float that the row has is no integer for being whole (rule 7).
    if (type === 'json' && Number.isInteger(given) && Object.values(row).includes(given as Value)) {
      return given as Value
    }
    const what = `what it returned for "${column}"`
    const data = this.#data(what, given)
    if (data === undefined) throw failed(this.#config, `it returned nothing for "${column}"`)
    if (typeof data === 'string' && !data.isWellFormed()) {
      throw failed(this.#config, `${what} is cut in the middle of a character: give it toWellFormed()`)
    }
    const declared = functionType(type)
    const value = conform(declared, data)
    if (value !== undefined) return value
    throw failed(this.#config, `${what} is not ${type}${whereNot(declared, data)}`)
  }

  #data(what: string, given: unknown): Value | undefined {
    if (given === undefined) return undefined
    try {
      return toValue(given, this.#given)
    } catch (error) {
      if (error instanceof TypeError)
        throw failed(this.#config, `${what} is no data: ${error.message}`, error)
      throw error
    }
  }

  #resultOf(stored: Value): CellResult {
    if (this.#generator.sideEffectColumns.size === 0 || !isValueObject(stored)) return { value: stored }
    return { value: stored.value ?? null, sides: (stored.sides ?? {}) as ValueObject }
  }
}

/** The place within a nested value, and why: `: /prices/0 is NaN`. */
function whereNot(type: ColumnType, data: Value): string {
  const misfit = typeof data === 'object' ? misfitOf(type, data) : undefined
  return misfit === undefined || misfit.path === '' ? '' : `: ${misfit.path} ${misfit.why}`
}

/** The signal of a call that cannot be given up. */
const neverFires = new AbortController().signal

function storedForm({ value, sides }: CellResult): Value {
  return sides === undefined ? value : { value, sides }
}

function failed(
  { name, generator_function: called }: ColumnOf<'custom'>,
  what: string,
  cause?: unknown,
): RowsmithError {
  const message = `The function "${called}" of column "${name}" failed: ${what.split('\n')[0]?.slice(0, 200)}`
  return new RowsmithError('function_failed', message, { facts: { column: name, function: called }, cause })
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
