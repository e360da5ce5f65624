/**
 * Calling filters, tests, methods and functions: binding arguments to named parameters, and reading them.
 *
 * A signature is written as one line: `replace old new count?`; a word with `?` is optional, `a|b` before it
 * are two names for one thing, a final `*` takes the arguments unbound.
 */
import { spendOn } from '../limits/budget.ts'
import { Failure } from '../limits/failure.ts'
import { readInteger } from '../limits/numbers.ts'
import { pythonText } from '../values/python-format.ts'
import type { Builtin, Run } from '../values/run.ts'
import { type Arguments, isTruthy, type Runtime, typeName, Undefined } from '../values/values.ts'

export const noArguments: Arguments = { positional: [], named: new Map() }

/** Bound arguments, undefined where one was not given. */
export type Bound = (Runtime | undefined)[]

/** One builtin under one or more names, with its parameters bound before `body` runs. */
export function define(
  signature: string,
  body: (run: Run, value: Runtime, ...bound: Bound) => Runtime,
): [string, Builtin][] {
  const { names, parameters } = readSignature(signature)
  return names.map((name) => [
    name,
    {
      name,
      invoke: charged((run, value, args) => body(run, value, ...bind(name, parameters, args))),
    },
  ])
}

/** One builtin that reads its arguments itself. */
export function defineVariadic(
  names: string,
  body: (run: Run, value: Runtime, args: Arguments) => Runtime,
): [string, Builtin][] {
  return names.split('|').map((name) => [name, { name, invoke: charged(body) }])
}

/** What goes in, and what comes out, is paid for by its size (rule B1). */
function charged(body: Builtin['invoke']): Builtin['invoke'] {
  return (run, value, args) => {
    spendOn(value)
    for (const arg of args.positional) spendOn(arg)
    for (const arg of args.named.values()) spendOn(arg)
    const result = body(run, value, args)
    spendOn(result)
    return result
  }
}

interface BoundParameter {
  readonly name: string
  readonly optional: boolean
}

function readSignature(signature: string): { names: string[]; parameters: BoundParameter[] } {
  const [names = '', ...words] = signature.split(' ')
  const parameters = words.map((word) => ({ name: word.replace('?', ''), optional: word.endsWith('?') }))
  return { names: names.split('|'), parameters }
}

function bind(callee: string, parameters: readonly BoundParameter[], args: Arguments): Bound {
  const { positional, named } = args
  if (positional.length > parameters.length) {
    throw new Failure(`${callee}() takes ${parameters.length} arguments, ${positional.length} were given`)
  }
  const bound: Bound = [...positional]
  for (const [name, value] of named) {
    const index = parameters.findIndex((parameter) => parameter.name === name)
    if (index === -1) throw new Failure(`${callee}() has no argument "${name}"`)
    if (index < positional.length) throw new Failure(`${callee}() got "${name}" twice`)
    bound[index] = value
  }
  parameters.forEach((parameter, index) => {
    if (!parameter.optional && bound[index] === undefined) {
      throw new Failure(`${callee}() needs the argument "${parameter.name}"`)
    }
  })
  return bound
}

/** An argument as text; `fallback` when not given. */
export function textArgument(value: Runtime | undefined, fallback = ''): string {
  return value === undefined ? fallback : pythonText(value)
}

/** An argument as a whole number of ordinary size. */
export function integerArgument(value: Runtime | undefined, fallback: number): number {
  if (value === undefined || value === null) return fallback
  if (typeof value === 'boolean') return value ? 1 : 0
  const integer = typeof value === 'string' ? readInteger(value, 10) : value
  if (typeof integer === 'bigint' && BigInt.asIntN(53, integer) === integer) return Number(integer)
  if (value instanceof Undefined) throw value.failure()
  throw new Failure(
    `an integer is due, not ${typeof value === 'bigint' ? 'one of this size' : typeName(value)}`,
  )
}

export function flagArgument(value: Runtime | undefined, fallback = false): boolean {
  return value === undefined ? fallback : isTruthy(value)
}
