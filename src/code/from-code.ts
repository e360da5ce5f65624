/**
 * A config written as code: data with functions in it. The functions are taken out and known by their names, which is all
 * that the config, its hash and its saved form hold of them.
 */

import { RowsmithError } from '../base/errors/errors.ts'
import { present } from '../base/errors/present.ts'
import { sha256 } from '../base/numbers/hash.ts'
import { formatJson } from '../base/values/json.ts'
import { levelsMax, objectOf, toValue, type Value } from '../base/values/value.ts'
import { configOfSource } from '../config/form/load.ts'
import {
  formatPath,
  namedSource,
  type Path,
  type SourceCode,
  type SourceProcessor,
} from '../config/reading/source.ts'
import type { Config } from '../config/schema/schema.ts'
import { type DeclaredTool, toolOf } from '../tools/toolbox/function-tool.ts'
import { answerCheckOf, type DeclaredCheck } from './answer-checks.ts'
import { declarationOf, type Generator, generatorOf, sourceFunction, type UserFunction } from './functions.ts'

/** A value as code may spell it: what has a default is left out, integers are numbers, functions stand for their names. */
type Spelled<T> = T extends bigint | number
  ? number | bigint
  : T extends string | boolean | null | undefined
    ? T
    : T extends readonly (infer Item)[]
      ? readonly Spelled<Item>[]
      : T extends object
        ? {
            readonly [K in keyof T]?:
              | Spelled<T[K]>
              | (NonNullable<T[K]> extends string ? UserCode : never)
              | undefined
          }
        : T

// biome-ignore lint/suspicious/noExplicitAny: the functions have types of their own, where they are declared.
type UserCode = (...given: any[]) => unknown

type ColumnInput<C> = C extends { readonly column_type: infer Type extends string }
  ? { readonly name: string; readonly column_type: Type } & Omit<Spelled<C>, 'name' | 'column_type'>
  : never

/** A config as `defineConfig` takes it: names, types of columns, and what each may hold, are checked while it is written. */
export interface TypedConfig extends Omit<Spelled<Config>, 'columns' | 'processors'> {
  readonly columns: readonly ColumnInput<Config['columns'][number]>[]
  readonly processors?: readonly (Spelled<Config['processors'][number]> & {
    readonly function?: SourceProcessor
  })[]
}

/** A config as code gives it: what a config file holds, where functions may stand for their names. */
export interface ConfigInput {
  readonly columns: readonly (Readonly<Record<string, unknown>> & {
    readonly name: string
    readonly column_type: string
  })[]
  readonly [key: string]: unknown
}

/** The input itself, for `create` or as the default export of a file. */
export function defineConfig(input: TypedConfig): ConfigInput {
  return input as unknown as ConfigInput
}

/**
 * @param name what messages call the config
 * @param sourceHash what its functions depend on; without it, the functions' own text stands for that
 * @throws RowsmithError config_invalid
 */
export function configFromCode(
  input: unknown,
  name: string,
  sourceHash?: string,
  args: readonly string[] = [],
): Config {
  const found: Found = { functions: new Map(), tools: new Map(), answerChecks: new Map() }
  const { rest, processors } = withoutProcessors(plainConfig(input))
  const value = taken(rest, [], found, name)
  const { functions, tools, answerChecks } = found
  const does = doing(name, sourceHash)
  const doneBy = new Map<string, string>()
  for (const [key, generator] of functions) {
    doneBy.set(key, does(key, generator.call, formatJson(declarationOf(generator))))
  }
  for (const [key, { call, parameters }] of tools) doneBy.set(key, does(key, call, formatJson(parameters)))
  for (const [key, { source }] of answerChecks) doneBy.set(`answers of ${key}`, sourceHash ?? sha256(source))
  const processed = Object.entries(processors).map(([key, call]) => [key, does(key, call)])
  if (doneBy.size + processed.length === 0) return configOfSource(value, namedSource(name))
  const hash = sourceHash ?? sha256(JSON.stringify([[...doneBy].sort(), processed]))
  return configOfSource(
    value,
    namedSource(name, {
      functions: mapValues(functions, (generator, key) => ({
        ...generator,
        does: present(doneBy.get(key), 'what functions do'),
      })),
      tools: mapValues(tools, (tool, key) => ({
        ...tool,
        does: present(doneBy.get(key), 'what functions do'),
      })),
      processors,
      ...(answerChecks.size === 0 ? {} : { answerChecks: mapValues(answerChecks, ({ check }) => check) }),
      hash,
      args,
    }),
  )
}

/**
 * What a function does, as 64 hex digits: its code and what is declared of it. The code is that of its file with all the file
 * reaches; of a config that was never a file, the function's own text.
 */
function doing(name: string, sourceHash: string | undefined) {
  return (key: string, call: (...given: never[]) => unknown, declaration = ''): string => {
    const text = Function.prototype.toString.call(sourceFunction(call))
    if (sourceHash === undefined && /\{\s*\[native code\]\s*\}$/.test(text)) {
      throw new RowsmithError(
        'config_invalid',
        `${name}: the function "${key}" is bound or built in, so its source is not known`,
        { facts: { file: name, function: key }, nextStep: 'Wrap it: (row) => thatFunction(row).' },
      )
    }
    return sha256(JSON.stringify([sourceHash ?? text, declaration]))
  }
}

function mapValues<T, R>(map: ReadonlyMap<string, T>, change: (value: T, key: string) => R): Map<string, R> {
  return new Map([...map].map(([key, value]) => [key, change(value, key)]))
}

/** A dataset of `dataset()` says its config. */
function plainConfig(input: unknown): unknown {
  const isTyped = typeof input === 'object' && input !== null && 'toConfig' in input
  return isTyped && typeof input.toConfig === 'function' ? input.toConfig() : input
}

/** A processor of type `function` may hold its function, under `function`: a config does not, it knows it by the processor's name. */
function withoutProcessors(input: unknown): { rest: unknown; processors: SourceCode['processors'] } {
  const listed = typeof input === 'object' && input !== null && 'processors' in input ? input.processors : []
  if (!Array.isArray(listed)) return { rest: input, processors: {} }
  const processors = new Map<string, SourceProcessor>()
  const rest = listed.map((each: unknown) => {
    if (typeof each !== 'object' || each === null || !('function' in each) || !('name' in each)) return each
    const { function: call, ...others } = each
    if (typeof call !== 'function') return each
    processors.set(String(each.name), call as SourceProcessor)
    return others
  })
  return { rest: { ...(input as object), processors: rest }, processors: Object.fromEntries(processors) }
}

/** What was taken out, by name. */
interface Found {
  readonly functions: Map<string, Generator>
  readonly tools: Map<string, DeclaredTool>
  /** By the name of the column. */
  readonly answerChecks: Map<string, DeclaredCheck>
}

/** @param owner the name of the nearest thing around it: that of a function which has none of its own */
function taken(input: unknown, path: Path, found: Found, file: string, owner = 'function'): Value {
  if (typeof input === 'function') {
    const tool = toolOf(input)
    const generator = generatorOf(input as UserFunction)
    const name = tool?.name ?? (generator.name === '' ? owner : generator.name)
    const other = found.functions.get(name) ?? found.tools.get(name)
    if (other !== undefined && other.call !== input) {
      throw misfit(file, path, `is another function that is called "${name}" too`)
    }
    if (tool !== undefined) found.tools.set(name, tool)
    else found.functions.set(name, generator)
    return name
  }
  if (typeof input !== 'object' || input === null || input instanceof Date) return plain(input, path, file)
  if (path.length > levelsMax) {
    throw misfit(file, path.slice(0, 1), `is nested more than ${levelsMax} levels deep, or holds itself`)
  }
  if (Array.isArray(input))
    return input.map((item, index) => taken(item, [...path, index], found, file, owner))
  const check = answerCheckOf(input)
  if (check !== undefined) found.answerChecks.set(owner, check)
  const entries = Object.entries(input).filter(([, member]) => member !== undefined)
  const nearest = 'name' in input && typeof input.name === 'string' ? input.name : owner
  return objectOf(entries.map(([key, member]) => [key, taken(member, [...path, key], found, file, nearest)]))
}

function plain(input: unknown, path: Path, file: string): Value {
  try {
    return toValue(input)
  } catch {
    throw misfit(file, path, `is a ${typeof input}, which no config can hold`)
  }
}

function misfit(file: string, path: Path, what: string): RowsmithError {
  const place = formatPath(path)
  return new RowsmithError('config_invalid', `${file}: ${place}: ${what}`, { facts: { file, path: place } })
}
