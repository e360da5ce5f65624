/**
 * Expressions to closures, once per template. A closure evaluates with nothing but its frame: names are
 * slots by now, filters and tests are found, and `run.at` is set before whatever can fail.
 */
import { attributeOf, itemOf, ownAttribute } from '../functions/access.ts'
import { noArguments } from '../functions/call.ts'
import { filters } from '../functions/filters.ts'
import { methodOf } from '../functions/methods.ts'
import { makeTests } from '../functions/tests.ts'
import { boundedText, limitText, spend, spendOn } from '../limits/budget.ts'
import { Failure } from '../limits/failure.ts'
import type { CallArguments, Expression, FilterExpression, SliceExpression } from '../syntax/ast.ts'
import type { Scope } from '../syntax/reads.ts'
import { binary, comparison, negate, plus, slice } from '../values/operators.ts'
import { pythonText } from '../values/python-format.ts'
import type { Builtin, Run, Scheduler } from '../values/run.ts'
import {
  type Arguments,
  Callable,
  characters,
  Dict,
  elementsOf,
  entriesOf,
  isList,
  isMapping,
  isTruthy,
  type Runtime,
  Sequence,
  typeName,
  Undefined,
} from '../values/values.ts'

/** The names of one scope at work, and the way outwards. */
export interface Frame {
  readonly run: Run
  readonly outside: Frame | undefined
  /** Undefined: nothing of that name. */
  readonly slots: (Runtime | undefined)[]
}

export type Evaluate = (frame: Frame) => Runtime

function known(table: ReadonlyMap<string, Builtin>, name: string, what: string): Builtin {
  const found = table.get(name)
  if (found === undefined) {
    const list = [...table.keys()].filter((key) => /^\w+$/.test(key)).sort()
    throw new Failure(`there is no ${what} "${name.slice(0, 60)}"; there are ${list.join(', ')}`)
  }
  return found
}

export const scheduler: Scheduler = {
  filter: (name) => known(filters, name, 'filter'),
  test: (name) => known(tests, name, 'test'),
  hasFilter: (name) => filters.has(name),
  hasTest: (name) => tests.has(name),
  attribute: (run, target, name) => attributeOf(run, target, name, 'the value'),
  item: (run, target, key) => itemOf(run, target, key, 'the value'),
}

const tests = makeTests(scheduler)

/** An expression of one kind. */
type Of<Kind extends Expression['kind']> = Extract<Expression, { kind: Kind }>

/** @throws Failure for filters and tests that do not exist */
export function compileExpression(node: Expression, scope: Scope): Evaluate {
  switch (node.kind) {
    case 'literal':
      return compileLiteral(node)
    case 'name':
      return compileName(node.name, node.at, scope)
    case 'list':
    case 'tuple':
      return compileSequence(node, scope)
    case 'dict':
      return compileDict(node, scope)
    case 'attribute':
      return compileAttribute(node, scope)
    case 'item':
      return compileItem(node.target, node.key, node.at, scope)
    case 'slice':
      throw new Failure('a slice stands only between [ and ]', { at: node.at })
    case 'call':
      return compileCall(node.target, node.args, node.at, scope)
    case 'filter':
      return compileFiltered(node, scope)
    case 'test':
      return compileTest(node, scope)
    case 'unary':
      return compileUnary(node, scope)
    case 'binary':
      return compileBinary(node, scope)
    case 'logic':
      return compileLogic(node, scope)
    case 'concat':
      return compileConcat(node, scope)
    case 'compare':
      return compileComparison(node, scope)
    case 'choice':
      return compileChoice(node, scope)
  }
}

function compileLiteral({ value }: Of<'literal'>): Evaluate {
  return () => value
}

function compileSequence({ kind, items: written }: Of<'list' | 'tuple'>, scope: Scope): Evaluate {
  const items = written.map((item) => compileExpression(item, scope))
  const made = kind === 'list' ? (values: Runtime[]) => values : (values: Runtime[]) => Sequence.tuple(values)
  return (frame) => {
    spend(items.length)
    return made(items.map((item) => item(frame)))
  }
}

function compileDict(node: Of<'dict'>, scope: Scope): Evaluate {
  const entries = node.entries.map(({ key, value }) => ({
    key: compileExpression(key, scope),
    value: compileExpression(value, scope),
  }))
  return (frame) => {
    const dict = new Dict()
    spend(entries.length)
    for (const { key, value } of entries) dict.set(key(frame), value(frame))
    return dict
  }
}

function compileAttribute(node: Of<'attribute'>, scope: Scope): Evaluate {
  const target = compileExpression(node.target, scope)
  const { name, at } = node
  const path = pathOf(node.target)
  return (frame) => {
    const value = target(frame)
    frame.run.at = at
    return attributeOf(frame.run, value, name, path)
  }
}

function compileFiltered(node: FilterExpression, scope: Scope): Evaluate {
  if (node.target === undefined) throw new Failure('a filter needs a value', { at: node.at })
  const target = compileExpression(node.target, scope)
  const apply = compileFilter(node, scope)
  return (frame) => apply(frame, target(frame))
}

function compileTest(node: Of<'test'>, scope: Scope): Evaluate {
  const { at } = node
  const target = compileExpression(node.target, scope)
  const test = existing(() => scheduler.test(node.name), at)
  const args = compileArguments(node.args, scope)
  return (frame) => {
    const value = target(frame)
    const given = args(frame)
    frame.run.at = at
    return test.invoke(frame.run, value, given)
  }
}

function compileUnary({ operator, operand: written, at }: Of<'unary'>, scope: Scope): Evaluate {
  const operand = compileExpression(written, scope)
  if (operator === 'not') return (frame) => !isTruthy(operand(frame))
  const operate = operator === '-' ? negate : plus
  return (frame) => {
    const value = operand(frame)
    frame.run.at = at
    return operate(value)
  }
}

function compileBinary(node: Of<'binary'>, scope: Scope): Evaluate {
  const left = compileExpression(node.left, scope)
  const right = compileExpression(node.right, scope)
  const { operator, at } = node
  return (frame) => {
    const first = left(frame)
    const second = right(frame)
    frame.run.at = at
    return binary(operator, first, second)
  }
}

function compileLogic(node: Of<'logic'>, scope: Scope): Evaluate {
  const left = compileExpression(node.left, scope)
  const right = compileExpression(node.right, scope)
  const isAnd = node.operator === 'and'
  return (frame) => {
    const first = left(frame)
    return isTruthy(first) === isAnd ? right(frame) : first
  }
}

function compileConcat(node: Of<'concat'>, scope: Scope): Evaluate {
  const { at } = node
  const parts = node.parts.map((part) => compileExpression(part, scope))
  return (frame) => {
    let text = ''
    for (const part of parts) {
      const piece = part(frame)
      frame.run.at = at
      text += pythonText(piece)
      limitText(text.length)
    }
    return boundedText(text.length, () => text)
  }
}

function compileComparison(node: Of<'compare'>, scope: Scope): Evaluate {
  const { at } = node
  const first = compileExpression(node.first, scope)
  const rest = node.rest.map(({ operator, operand }) => ({
    operator,
    operand: compileExpression(operand, scope),
  }))
  return (frame) => {
    let left = first(frame)
    for (const { operator, operand } of rest) {
      const right = operand(frame)
      frame.run.at = at
      if (!comparison(operator, left, right)) return false
      left = right
    }
    return true
  }
}

function compileChoice(node: Of<'choice'>, scope: Scope): Evaluate {
  const test = compileExpression(node.test, scope)
  const chosen = compileExpression(node.chosen, scope)
  const otherwise = node.otherwise === undefined ? undefined : compileExpression(node.otherwise, scope)
  const nothing = new Undefined('', 'the condition is false and there is no "else"', false, node.at)
  return (frame) => {
    if (isTruthy(test(frame))) return chosen(frame)
    return otherwise ? otherwise(frame) : nothing
  }
}

/** A filter without its value: for `{{ value|filter }}` and for the text of a block. */
export function compileFilter(
  node: FilterExpression,
  scope: Scope,
): (frame: Frame, value: Runtime) => Runtime {
  const { at } = node
  const filter = existing(() => scheduler.filter(node.name), at)
  const args = compileArguments(node.args, scope)
  const takesMissing = filter.name === 'default' || filter.name === 'd'
  return (frame, value) => {
    if (value instanceof Undefined && value.strict && !takesMissing) throw value.failure()
    const given = args(frame)
    frame.run.at = at
    return filter.invoke(frame.run, value, given)
  }
}

function existing(find: () => Builtin, at: number): Builtin {
  try {
    return find()
  } catch (error) {
    throw error instanceof Failure ? new Failure(error.message, { at }) : error
  }
}

function compileName(name: string, at: number, scope: Scope): Evaluate {
  const { depth, slot } = scope.find(name)
  const missing = new Undefined(name, `"${name}" is not defined: this row has no such column`, true, at)
  if (depth === 0) return (frame) => frame.slots[slot] ?? nullOr(frame.slots[slot], missing)
  return (frame) => {
    let home = frame
    for (let step = 0; step < depth; step++) home = home.outside as Frame
    return home.slots[slot] ?? nullOr(home.slots[slot], missing)
  }
}

function nullOr(value: Runtime | undefined, missing: Undefined): Runtime {
  return value === null ? null : missing
}

function compileItem(target: Expression, key: Expression, at: number, scope: Scope): Evaluate {
  const container = compileExpression(target, scope)
  const path = pathOf(target)
  if (key.kind === 'slice') return compileSlice(container, key, at, path, scope)
  const wanted = compileExpression(key, scope)
  return (frame) => {
    const value = container(frame)
    const item = wanted(frame)
    frame.run.at = at
    return itemOf(frame.run, value, item, path)
  }
}

function compileSlice(
  container: Evaluate,
  node: SliceExpression,
  at: number,
  path: string,
  scope: Scope,
): Evaluate {
  const bounds = [node.start, node.stop, node.step].map((part) =>
    part === undefined ? undefined : compileExpression(part, scope),
  )
  return (frame) => {
    const value = container(frame)
    const written = bounds.map((bound) => bound?.(frame))
    frame.run.at = at
    const [start, stop, step] = written.map(sliceBound)
    if (value instanceof Undefined) throw value.failure()
    spendOn(value)
    if (typeof value === 'string') return slice(characters(value), start, stop, step).join('')
    if (!isList(value)) throw new Failure(`"${path}" (a ${typeName(value)}) cannot be sliced`)
    const items = slice(value, start, stop, step)
    return value instanceof Sequence && value.typeName === 'tuple' ? Sequence.tuple(items) : items
  }
}

function sliceBound(value: Runtime | undefined): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Undefined) throw value.failure()
  throw new Failure(`a slice needs integers, not '${typeName(value)}'`)
}

/** `target.name(...)` calls a method without making a function of it first. */
function compileCall(target: Expression, written: CallArguments, at: number, scope: Scope): Evaluate {
  const args = compileArguments(written, scope)
  const path = pathOf(target)
  if (target.kind !== 'attribute') {
    const callee = compileExpression(target, scope)
    return (frame) => invoke(frame, callee(frame), args(frame), path, at)
  }
  const owner = compileExpression(target.target, scope)
  const ownerPath = pathOf(target.target)
  const { name } = target
  return (frame) => {
    const value = owner(frame)
    frame.run.at = at
    const method = methodOf(value, name)
    const own = method === undefined ? ownAttribute(value, name) : undefined
    const given = args(frame)
    frame.run.at = at
    if (method === undefined) {
      const callee = own === undefined ? attributeOf(frame.run, value, name, ownerPath) : own
      return invoke(frame, callee, given, path, at)
    }
    return method.invoke(frame.run, value, given)
  }
}

function invoke(frame: Frame, callee: Runtime, args: Arguments, path: string, at: number): Runtime {
  const { run } = frame
  run.at = at
  spend(1)
  if (callee instanceof Undefined) throw callee.failure()
  if (!(callee instanceof Callable))
    throw new Failure(`"${path}" is a ${typeName(callee)}, which cannot be called`)
  return (callee as Callable<Run>).invoke(run, args)
}

export function compileArguments(
  written: CallArguments,
  scope: Scope,
  more?: (frame: Frame) => [string, Runtime],
): (frame: Frame) => Arguments {
  const positional = written.positional.map((value) => compileExpression(value, scope))
  const named = written.named.map(({ name, value }) => ({ name, value: compileExpression(value, scope) }))
  const spread = written.spread && compileExpression(written.spread, scope)
  const spreadNamed = written.spreadNamed && compileExpression(written.spreadNamed, scope)
  if (positional.length === 0 && named.length === 0 && !spread && !spreadNamed && !more)
    return () => noArguments
  return (frame) => {
    spend(positional.length + named.length)
    const places = positional.map((value) => value(frame))
    if (spread) {
      const items = elementsOf(spread(frame))
      spendOn(items)
      for (const item of items) places.push(item)
    }
    const names = new Map(named.map(({ name, value }) => [name, value(frame)] as const))
    if (spreadNamed) {
      const members = spreadNamed(frame)
      if (!isMapping(members)) throw new Failure('"**" needs a mapping')
      for (const [key, value] of entriesOf(members)) names.set(pythonText(key), value)
    }
    if (more) names.set(...more(frame))
    return { positional: places, named: names }
  }
}

/** How an expression is called in messages: `person.addr[0]`, or "the value" when it has no short name. */
function pathOf(node: Expression): string {
  const path = writePath(node)
  return path === undefined || path.length > 80 ? 'the value' : path
}

function writePath(node: Expression): string | undefined {
  if (node.kind === 'name') return node.name
  if (node.kind !== 'attribute' && node.kind !== 'item') return undefined
  const target = writePath(node.target)
  if (target === undefined) return undefined
  if (node.kind === 'attribute') return `${target}.${node.name}`
  if (node.key.kind !== 'literal') return undefined
  const { value } = node.key
  return `${target}[${typeof value === 'string' ? JSON.stringify(value) : pythonText(value)}]`
}
