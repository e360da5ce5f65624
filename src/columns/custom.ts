/**
 * Custom columns: a function of the user's own makes their cells.
 *
 * Rules:
 *   1. A plain function is pure by contract: its cells are computed. What an effect returns is kept, and the function is not
 *      called again once that is durable; the answers it had from models are effects of their own before.
 *   2. It sees the columns it requires, and no others. A function that throws drops its row, whatever it throws.
 *   3. One that makes a whole column is called once for a row group, with the rows that everything before it was made for. What fails
 *      there fails for all of them.
 *   4. With side columns it returns an object of all its columns, by name; without, the value itself.
 *   5. With `allow_resize`, what it returns as a list are several rows, alike but for this column; one that makes a whole column gets
 *      whole rows and returns whole rows, any number. It asks no models and has no side columns then: such a run cannot go on.
 */
import { conform } from '../base/column-type.ts'
import { RowsmithError } from '../base/errors.ts'
import {
  isValueObject,
  memberOf,
  merged,
  objectOf,
  toValue,
  type Value,
  type ValueObject,
} from '../base/value.ts'
import {
  type CellFunction,
  type FunctionModel,
  type FunctionTools,
  functionTypes,
  type Generator,
} from '../code/functions.ts'
import type { ColumnOf } from '../config/schema.ts'
import type { Effect } from '../models/effect.ts'
import { type BuildColumn, thrownWords } from './build.ts'
import type { Asking, AskingCell, AskingCells, Column, Made, RowView, SideColumn } from './column.ts'

/** A column whose cells a function makes. */
export const buildCustomColumn: BuildColumn<'custom'> = (config, _runConfig, functions) => {
  const generator = functions.get(config.generator_function)
  if (generator === undefined) throw failed(config, 'it is not there')
  if (config.allow_resize && generator.modelAliases.length + generator.sideEffectColumns.size > 0) {
    throw new RowsmithError('config_invalid', 'allow_resize goes with no model and no side columns', {
      facts: { column: config.name },
      nextStep: 'Make the rows in one column, and ask the model in another one after it.',
    })
  }
  const maker = new Maker(config, generator)
  return { column: maker.column(), sides: maker.sides() }
}

class Maker {
  readonly #config: ColumnOf<'custom'>
  readonly #generator: Generator

  constructor(config: ColumnOf<'custom'>, generator: Generator) {
    this.#config = config
    this.#generator = generator
  }

  column(): Column {
    const { name, drop } = this.#config
    const { requiredColumns: reads, modelAliases: aliases, type, effect } = this.#generator
    const common = { name, type: functionTypes[type], drop, reads }
    if (this.#config.allow_resize) {
      const per = this.#config.generation_strategy === 'full_column' ? 'group' : 'row'
      return { ...common, kind: 'resizing', per, resize: (rows, random) => this.#resize(rows, random) }
    }
    if (this.#config.generation_strategy === 'full_column') {
      return { ...common, kind: 'grouped', aliases, makeAll: (cells) => this.#makeAll(cells) }
    }
    if (!effect && this.#generator.sideEffectColumns.size === 0) {
      return { ...common, kind: 'computed', compute: (row, random) => this.#compute(row, random) }
    }
    const [alias] = aliases
    const gate = { name: `function:${name}`, limit: this.#generator.maxConcurrency }
    return {
      ...common,
      kind: 'asked',
      aliases,
      queue: alias === undefined ? { kind: 'gate', gate } : { kind: 'model', alias },
      make: (cell) => this.#make(cell),
    }
  }

  sides(): SideColumn[] {
    const { name, drop } = this.#config
    return [...this.#generator.sideEffectColumns].map(([side, type]) => ({
      kind: 'side',
      name: side,
      type: functionTypes[type],
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
  async #resize(rows: readonly RowView[], random: Asking['random']): Promise<readonly ValueObject[]> {
    const tools = { params: this.#config.generator_params, models: {}, random: () => random.float() }
    const [row] = rows
    if (this.#config.generation_strategy === 'full_column') {
      const returned = await this.#call(rows, tools)
      if (!Array.isArray(returned)) throw failed(this.#config, 'it returned no list of rows')
      return returned.map((each) => this.#wholeRow({}, each))
    }
    const seen = objectOf(this.#generator.requiredColumns.map((name) => [name, memberOf(row!, name) ?? null]))
    const returned = await this.#call(seen, tools)
    const { name } = this.#config
    const several = Array.isArray(returned) ? returned : [returned]
    return several.map((value) => this.#wholeRow(row!, { [name]: value }))
  }

  #wholeRow(row: RowView, made: unknown): ValueObject {
    const { name } = this.#config
    const columns = typeof made === 'object' && made !== null ? (made as Record<string, unknown>) : {}
    const value = this.#typed(name, this.#generator.type, ownMember(columns, name))
    try {
      return merged(row, toValue(columns) as ValueObject, objectOf([[name, value]]))
    } catch (error) {
      throw failed(this.#config, 'a row that it returned is no data', error)
    }
  }

  #compute(row: RowView, random: Asking['random']): Value {
    const returned = this.#call(row, {
      params: this.#config.generator_params,
      models: {},
      random: () => random.float(),
    })
    if (!isThenable(returned)) return this.#read(returned).value
    // Nobody waits for it: that it fails must not end the process.
    returned.then(undefined, () => {})
    throw failed(this.#config, 'it returned a promise: declare it async, or an effect')
  }

  async #make(cell: AskingCell): Promise<Made> {
    if (!this.#generator.effect) return this.#read(this.#call(cell.row, this.#tools(cell)))
    const kept = await cell.perform(this.#effect(cell))
    return this.#madeOf(kept)
  }

  async #makeAll(cells: AskingCells): Promise<readonly Made[]> {
    if (this.#generator.effect) {
      const kept = await cells.perform(this.#effectOfAll(cells))
      return (kept as readonly Value[]).map((each) => this.#madeOf(each))
    }
    return this.#readAll(await this.#call(cells.rows, this.#tools(cells)), cells.rows.length)
  }

  /** What it returns, with everything it depends on (rule 1). */
  #effect(cell: AskingCell): Effect {
    return this.#effectOn({ row: cell.row }, async () =>
      this.#keptForm(this.#read(await this.#call(cell.row, this.#tools(cell)))),
    )
  }

  #effectOfAll(cells: AskingCells): Effect {
    return this.#effectOn({ rows: cells.rows }, async () => {
      const returned = await this.#call(cells.rows, this.#tools(cells))
      return this.#readAll(returned, cells.rows.length).map((made) => this.#keptForm(made))
    })
  }

  #effectOn(given: ValueObject, value: () => Promise<Value>): Effect {
    const { name, generator_params: params } = this.#config
    return {
      kind: 'function',
      name,
      request: { function: this.#generator.name, params, ...given },
      attemptsMax: 1,
      run: async () => ({ kind: 'done', value: await value() }),
    }
  }

  #tools(cell: Asking): FunctionTools {
    const models = this.#generator.modelAliases.map((alias) => [alias, modelAt(cell, alias)] as const)
    return {
      params: this.#config.generator_params,
      models: Object.fromEntries(models),
      random: () => cell.random.float(),
    }
  }

  /** Calls it. What it throws is a verdict on the row, unless the run itself has to stop. */
  #call(given: RowView | readonly RowView[], tools: FunctionTools): unknown {
    try {
      const returned = (this.#generator.call as CellFunction)(given as RowView, tools)
      if (!isThenable(returned)) return returned
      return Promise.resolve(returned).catch((error: unknown) => {
        throw this.#verdict(error)
      })
    } catch (error) {
      throw this.#verdict(error)
    }
  }

  #verdict(error: unknown): RowsmithError {
    // A refused key or a stop is no fault of the function, which only passed it on.
    if (RowsmithError.isInstance(error)) return error
    return failed(this.#config, thrownWords(error), error)
  }

  #readAll(returned: unknown, rows: number): readonly Made[] {
    if (Array.isArray(returned) && returned.length === rows) return returned.map((each) => this.#read(each))
    const seen = Array.isArray(returned) ? `${returned.length} entries` : 'no list'
    throw failed(this.#config, `it was given ${rows} rows and returned ${seen}`)
  }

  /** What was returned, in the types that are declared (rule 4). */
  #read(returned: unknown): Made {
    const { sideEffectColumns, type } = this.#generator
    const { name } = this.#config
    if (sideEffectColumns.size === 0) return { value: this.#typed(name, type, returned) }
    const columns =
      typeof returned === 'object' && returned !== null ? (returned as Record<string, unknown>) : {}
    const missing = [name, ...sideEffectColumns.keys()].find((column) => !Object.hasOwn(columns, column))
    if (missing !== undefined) throw failed(this.#config, `it returned no "${missing}"`)
    const sides = [...sideEffectColumns].map(
      ([side, kind]) => [side, this.#typed(side, kind, columns[side])] as const,
    )
    return { value: this.#typed(name, type, columns[name]), sides: objectOf(sides) }
  }

  #typed(column: string, type: keyof typeof functionTypes, given: unknown): Value {
    if (given === undefined) throw failed(this.#config, `it returned nothing for "${column}"`)
    let value: Value | undefined
    try {
      value = conform(functionTypes[type], toValue(given))
    } catch (error) {
      throw failed(this.#config, `what it returned for "${column}" is no data`, error)
    }
    if (value !== undefined) return value
    throw failed(this.#config, `what it returned for "${column}" is not ${type}`)
  }

  #keptForm({ value, sides }: Made): Value {
    return sides === undefined ? value : { value, sides }
  }

  #madeOf(kept: Value): Made {
    if (this.#generator.sideEffectColumns.size === 0 || !isValueObject(kept)) return { value: kept }
    return { value: kept.value ?? null, sides: (kept.sides ?? {}) as ValueObject }
  }
}

function modelAt(cell: Asking, alias: string): FunctionModel {
  return {
    generate: (prompt) =>
      cell.ask(
        typeof prompt === 'string' ? { messages: [{ role: 'user', content: prompt }] } : prompt,
        alias,
      ),
    embed: (inputs) => cell.embed({ inputs }, alias),
    image: (prompt) => cell.image({ prompt }, alias),
  }
}

function failed(
  { name, generator_function: called }: ColumnOf<'custom'>,
  what: string,
  cause?: unknown,
): RowsmithError {
  const message = `The function "${called}" of column "${name}" failed: ${what.split('\n')[0]?.slice(0, 200)}`
  return new RowsmithError('function_failed', message, { facts: { column: name, function: called }, cause })
}

function ownMember(columns: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(columns, name) ? columns[name] : undefined
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
