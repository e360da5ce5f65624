/**
 * Where a config came from, so that every later complaint can name the file and the line.
 */
import type { Value, ValueObject } from '../../base/values/value.ts'

/** Keys and list positions from the root to a value. */
export type Path = readonly (string | number)[]

export interface Source {
  /** The file's name as the user gave it. */
  readonly name: string
  /** The functions that a config written as code has; left out where it has none. */
  readonly code?: SourceCode
  /** The line of the nearest thing at or above `path`, counted from 1; null for configs written as code. */
  line(path: Path): number | null
  /** A path as the file spells it, where it may use another name; left out where paths are spelled alike. */
  spelled?(path: Path): Path
}

/** What a function of a config says of itself; `code/` knows what it does. */
interface DeclaredFunction {
  /** Columns it reads. */
  readonly requiredColumns: readonly string[]
  /** Columns it makes along with its own. */
  readonly sideEffectColumns: ReadonlyMap<string, unknown>
  /** Models it calls. */
  readonly modelAliases: readonly string[]
  /** Tool aliases whose tools those models may call. */
  readonly toolAliases?: readonly string[]
}

/** A function over all rows of a dataset: of a processor. */
export type SourceProcessor = (rows: AsyncIterable<ValueObject>) => AsyncIterable<ValueObject>

/** What of a config is code. */
export interface SourceCode {
  /** By the name that stands for it in the config. */
  readonly functions: ReadonlyMap<string, DeclaredFunction>
  /** Functions that are tools, by the name that stands for them. */
  readonly tools: ReadonlyMap<string, unknown>
  /** By the name of the processor that calls it. */
  readonly processors: Readonly<Record<string, SourceProcessor>>
  /** What the schema of a column says of an answer in addition to its JSON Schema, by column; left out where none does. */
  readonly answerChecks?: ReadonlyMap<string, (answer: Value) => string | null | Promise<string | null>>
  /** What the function that gave the config was called with; left out where there was nothing. */
  readonly args?: readonly string[]
  /** The file that it came from, where the config itself came from a dataset. */
  readonly file?: string
  /** 64 hex digits: what they depend on, as far as it can be determined from their source. */
  readonly hash: string
}

/** A name that a template or a field mentions. */
export interface Reference {
  readonly path: Path
  readonly name: string
}

/** A source without lines: a config that was written as code. */
export function namedSource(name: string, code?: SourceCode): Source {
  return { name, line: () => null, ...(code === undefined ? {} : { code }) }
}

/** The same source, seen from inside `prefix`. */
export function within(source: Source, prefix: Path): Source {
  return { ...source, line: (path) => source.line([...prefix, ...path]) }
}

/** `columns[2].params.low` */
export function formatPath(path: Path): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`
    else if (/^[\w-]+$/.test(part)) text += text === '' ? part : `.${part}`
    else text += `[${JSON.stringify(part)}]`
  }
  return text
}

const sources = new WeakMap<object, Source>()

/** Ties a config to its source; copies of the config are tied again by the code that makes them. */
export function rememberSource<T extends object>(config: T, source: Source): T {
  sources.set(config, source)
  return config
}

/** Whether a config was read from something, and so is checked. */
export function isLoaded(config: object): boolean {
  return sources.has(config)
}

/** The source of a config, or one without lines. */
export function sourceOf(config: object): Source {
  return sources.get(config) ?? namedSource('config')
}
