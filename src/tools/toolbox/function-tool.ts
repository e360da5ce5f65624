/**
 * Functions of a config as tools. In the config a function stands among the `providers` of a tool config: it is a provider
 * with one tool, of its own name.
 */

import type { ValidateFunction } from 'ajv/dist/2020.js'
import { RowsmithError } from '../../base/errors/errors.ts'
import { thrownWords } from '../../base/errors/thrown-words.ts'
import { sharedDeclarations } from '../../base/values/declarations.ts'
import { formatJson } from '../../base/values/json.ts'
import { toValue, type Value, type ValueObject } from '../../base/values/value.ts'
import type { ToolDescription } from '../../models/contract/contract.ts'
import type { EffectEnd } from '../../models/contract/effect.ts'
import { schemaCompiler } from '../../models/schema/schema-compiler.ts'
import { type Offer, type ToolSource, toolError, toolResult } from '../call/contract.ts'
import { textOf } from '../call/result.ts'

/** What a tool gets in addition to its arguments. */
export interface ToolContext {
  /** Fires when nothing waits for the result any more. */
  readonly signal: AbortSignal
}

/**
 * Does what a model requested. What it returns is reported to the model: a text as it is, other data as JSON. What it throws is
 * sent too.
 *
 * @param given the arguments, which fit `parameters`: plain JSON, as `JSON.parse` gives it
 */
// biome-ignore lint/suspicious/noExplicitAny: the schema says what the arguments are, and the function declares it
export type ToolFunction = (given: any, context: ToolContext) => unknown

export interface ToolOptions {
  /** What models call it. @default the function's own name */
  readonly name?: string
  /** What it does and when to call it: models read this. */
  readonly description: string
  /** JSON Schema of its arguments: an object. @default no arguments */
  readonly parameters?: Readonly<Record<string, unknown>>
  /** Never run twice for one call of a model: where a process died in the middle, the row is dropped. @default false */
  readonly once?: boolean
  /** Calls under way at once. @default 16 */
  readonly maxConcurrency?: number
}

/** A function with what it declares. */
export interface DeclaredTool extends ToolDescription {
  readonly once: boolean
  readonly maxConcurrency: number
  readonly call: ToolFunction
  /** Of a tool of a config: its code and its declaration, as 64 hex digits. */
  readonly does?: string
}

const declared = sharedDeclarations<DeclaredTool>('tools.1')

/**
 * Declares a function as a tool, for `providers` of a tool config. The function itself is returned.
 *
 * @throws RowsmithError usage for a declaration that cannot be
 */
export function defineTool(options: ToolOptions, call: ToolFunction): ToolFunction {
  const { name = call.name, description, once = false, maxConcurrency = 16 } = options
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(name)) {
    const message = `A tool needs a name of letters, digits, _ and -, at most 64 of them, not ${JSON.stringify(name)}`
    throw new RowsmithError('usage', message, { nextStep: 'Give it one: defineTool({ name, ... }).' })
  }
  if (!Number.isInteger(maxConcurrency) || maxConcurrency < 1) {
    const message = `maxConcurrency must be a whole number of at least 1, not ${maxConcurrency}`
    throw new RowsmithError('usage', message)
  }
  const parameters = toValue(options.parameters ?? { type: 'object', properties: {} }) as ValueObject
  declared.set(call, { name, description, parameters, once, maxConcurrency, call })
  return call
}

/** What is declared of a function; undefined when it is no tool. */
export function toolOf(call: object): DeclaredTool | undefined {
  return declared.get(call)
}

/** A function as a source of its one tool. */
export class FunctionSource implements ToolSource {
  readonly name: string
  readonly limit: number
  readonly #tool: DeclaredTool
  readonly #fits: ValidateFunction

  /** @throws RowsmithError config_invalid when its parameters are no JSON Schema */
  constructor(tool: DeclaredTool) {
    this.name = tool.name
    this.limit = tool.maxConcurrency
    this.#tool = tool
    try {
      this.#fits = schemaCompiler().compile(plain(tool.parameters) as object)
    } catch (error) {
      const why = error instanceof Error ? error.message.split('\n')[0] : String(error)
      const message = `The parameters of the tool "${tool.name}" are no JSON Schema: ${why}`
      throw new RowsmithError('config_invalid', message, { cause: error })
    }
  }

  async list(): Promise<readonly Offer[]> {
    const { name, description, parameters, does } = this.#tool
    return [{ name, description, parameters, ...(does === undefined ? {} : { does }) }]
  }

  isOnce(): boolean {
    return this.#tool.once
  }

  async call(_: string, given: ValueObject, signal: AbortSignal): Promise<EffectEnd> {
    const values = plain(given)
    let returned: unknown
    try {
      if (!this.#fits(values)) {
        const [first] = this.#fits.errors ?? []
        return toolError(`The arguments do not fit: ${first?.instancePath ?? ''} ${first?.message ?? ''}`)
      }
      returned = await this.#tool.call(values, { signal })
    } catch (error) {
      signal.throwIfAborted()
      // A stop of the run is no fault of the tool, which only passed it on.
      if (RowsmithError.isInstance(error)) throw error
      return toolError(thrownWords(error))
    }
    try {
      return { kind: 'done', value: toolResult([{ type: 'text', text: textOf(returned) }]) }
    } catch (error) {
      const why = error instanceof TypeError ? error.message : thrownWords(error)
      return toolError(`The tool ran, and returned what JSON cannot say: ${why}`)
    }
  }

  async close(): Promise<void> {}
}

/** As `JSON.parse` gives it. */
function plain(value: Value): unknown {
  return JSON.parse(formatJson(value))
}
