/**
 * Statements to closures: the program of a template.
 *
 * Every scope gets a frame when it is entered; its slots are filled as `reads.ts` decided. The names that
 * any scope fills from the row are collected on the way: they are what the template reads.
 */

import { formatJson } from '../../base/values/json.ts'
import { globals } from '../functions/globals.ts'
import { spend, spendOn } from '../limits/budget.ts'
import { Failure } from '../limits/failure.ts'
import type { Expression, ForStatement, Parameter, Statement, Target } from '../syntax/ast.ts'
import { Scope } from '../syntax/reads.ts'
import { pythonText } from '../values/python-format.ts'
import type { Run } from '../values/run.ts'
import {
  type Arguments,
  Callable,
  Dict,
  elementsOf,
  isTruthy,
  Namespace,
  type Runtime,
  Sequence,
  toPlainValue,
  Undefined,
} from '../values/values.ts'
import {
  compileArguments,
  compileExpression,
  compileFilter,
  type Evaluate,
  type Frame,
} from './compile-expression.ts'
import { Loop, RecursiveLoop } from './loop.ts'

type Execute = (frame: Frame) => void
type Enter = (run: Run, outside: Frame | undefined) => Frame
type Assign = (frame: Frame, value: Runtime) => void

export interface Program {
  /** Writes the whole template. */
  readonly render: (run: Run) => void
  /** The value, when the template is one expression and nothing else. */
  readonly evaluate: ((run: Run) => Runtime) | undefined
  readonly reads: readonly string[]
}

/** How `{{ value }}` prints: as Python prints it, or as JSON does, text cells as they stand in the row. */
export type Printing = 'python' | 'json'

/** @throws Failure for what the parser cannot know: filters and tests that do not exist */
export function compileProgram(statements: readonly Statement[], printing: Printing): Program {
  return new Compiler(printing).program(statements)
}

class Compiler {
  private readonly reads = new Set<string>()
  private readonly printing: Printing

  constructor(printing: Printing) {
    this.printing = printing
  }

  program(statements: readonly Statement[]): Program {
    const scope = new Scope()
    scope.visitAll(statements)
    const enter = this.enter(scope)
    const execute = this.block(statements, scope)
    const [only] = statements
    const value =
      statements.length === 1 && only?.kind === 'output'
        ? compileExpression(only.expression, scope)
        : undefined
    return {
      render: (run) => execute(enter(run, undefined)),
      evaluate: value && ((run) => value(enter(run, undefined))),
      reads: [...this.reads].sort(),
    }
  }

  /** Call once everything of the scope has been visited. */
  private enter(scope: Scope): Enter {
    const fillings = scope.fillings()
    const size = fillings.length
    const steps = fillings
      .filter(({ filling }) => filling === 'row' || filling === 'outside')
      .map(({ name, slot, filling }): ((frame: Frame) => void) => {
        if (filling === 'outside') return this.fillFromOutside(name, slot, scope)
        const global = globals.get(name)
        if (global !== undefined) {
          return (frame) => {
            frame.slots[slot] = global
          }
        }
        this.reads.add(name)
        return ({ run, slots }) => {
          if (Object.hasOwn(run.row, name)) slots[slot] = run.row[name]
        }
      })
    return (run, outside) => {
      const frame: Frame = { run, outside, slots: new Array(size).fill(undefined) }
      for (const step of steps) step(frame)
      return frame
    }
  }

  private fillFromOutside(name: string, slot: number, scope: Scope): (frame: Frame) => void {
    const home = (scope.outside as Scope).find(name)
    return (frame) => {
      let from = frame.outside as Frame
      for (let step = 0; step < home.depth; step++) from = from.outside as Frame
      frame.slots[slot] = from.slots[home.slot]
    }
  }

  /** A scope inside `outside`; `prepare` says what belongs to it. */
  private scoped(outside: Scope, prepare: (scope: Scope) => void): { scope: Scope; enter: Enter } {
    const scope = new Scope(outside)
    prepare(scope)
    return { scope, enter: this.enter(scope) }
  }

  private block(statements: readonly Statement[], scope: Scope): Execute {
    const steps = statements.map((statement) => this.statement(statement, scope))
    const [first, second] = steps
    if (first === undefined) return () => {}
    if (second === undefined) return first
    return (frame) => {
      spend(steps.length)
      for (const step of steps) step(frame)
    }
  }

  private statement(statement: Statement, scope: Scope): Execute {
    switch (statement.kind) {
      case 'text': {
        const { text } = statement
        return ({ run }) => run.write(text)
      }
      case 'output':
        return this.output(statement.expression, scope)
      case 'if':
        return this.if(statement, scope)
      case 'for':
        return this.for(statement, scope)
      case 'set': {
        const value = compileExpression(statement.value, scope)
        const assign = this.assign(statement.target, scope)
        return (frame) => assign(frame, value(frame))
      }
      case 'set-block': {
        const text = this.captured(statement.body, scope)
        const filter = statement.filter && this.filterChain(statement.filter, scope)
        const assign = this.assign(statement.target, scope)
        return (frame) => assign(frame, filter ? filter(frame, text(frame)) : text(frame))
      }
      case 'with':
        return this.with(statement, scope)
      case 'filter-block': {
        const text = this.captured(statement.body, scope)
        const filter = this.filterChain(statement.filter, scope)
        return (frame) => frame.run.write(pythonText(filter(frame, text(frame))))
      }
      case 'macro': {
        const macro = this.callable(statement.name, statement.parameters, statement.body, scope)
        const assign = this.assign({ kind: 'name', name: statement.name, at: statement.at }, scope)
        return (frame) => assign(frame, macro(frame))
      }
      case 'call-block':
        return this.callBlock(statement, scope)
    }
  }

  private output(expression: Expression, scope: Scope): Execute {
    const value = compileExpression(expression, scope)
    const { at } = expression
    const print = this.printing === 'json' ? jsonPrinted : pythonText
    const cell =
      this.printing === 'json' && expression.kind === 'name' && scope.isOfRow(expression.name)
        ? expression.name
        : undefined
    return (frame) => {
      const result = value(frame)
      frame.run.at = at
      const text = cell === undefined ? result : textOfCell(frame.run, cell, result)
      frame.run.write(typeof text === 'string' ? text : print(text))
    }
  }

  private if(statement: Statement & { kind: 'if' }, scope: Scope): Execute {
    const branches = statement.branches.map(({ test, body }) => ({
      test: compileExpression(test, scope),
      body: this.block(body, scope),
    }))
    const otherwise = statement.otherwise && this.block(statement.otherwise, scope)
    return (frame) => {
      for (const { test, body } of branches) if (isTruthy(test(frame))) return body(frame)
      otherwise?.(frame)
    }
  }

  private for(statement: ForStatement, outside: Scope): Execute {
    const { target, recursive, at } = statement
    const iterable = compileExpression(statement.iterable, outside)
    const keep = statement.test && this.loopTest(statement.test, target, outside)
    const { scope, enter } = this.scoped(outside, (inner) => {
      inner.giveTarget(target)
      inner.give('loop')
      inner.visitAll(statement.body)
    })
    const assign = this.assign(target, scope)
    const loopSlot = scope.find('loop').slot
    const body = this.block(statement.body, scope)
    const otherwise = statement.otherwise && this.ownScope(statement.otherwise, outside)

    const walk = (frame: Frame, value: Runtime, depth: number): void => {
      const { run } = frame
      run.at = at
      const all = elementsOf(value)
      spendOn(value)
      const items = keep ? all.filter((item) => keep(frame, item)) : all
      if (items.length === 0) otherwise?.(frame)
      const loop = new Loop(run, items, depth)
      const again = (children: Runtime): Runtime =>
        run.nested(() => run.capture(() => walk(frame, children, depth + 1)))
      const given = recursive ? new RecursiveLoop(loop, again) : loop
      for (let index = 0; index < items.length; index++) {
        spend(1)
        loop.index = index
        const round = enter(run, frame)
        round.slots[loopSlot] = given
        run.at = at
        assign(round, items[index] ?? null)
        body(round)
      }
    }
    return (frame) => walk(frame, iterable(frame), 0)
  }

  private loopTest(
    test: Expression,
    target: Target,
    outside: Scope,
  ): (frame: Frame, item: Runtime) => boolean {
    const { scope, enter } = this.scoped(outside, (inner) => {
      inner.giveTarget(target)
      inner.visitExpression(test)
    })
    const assign = this.assign(target, scope)
    const condition = compileExpression(test, scope)
    return (frame, item) => {
      const round = enter(frame.run, frame)
      assign(round, item)
      return isTruthy(condition(round))
    }
  }

  private with(statement: Statement & { kind: 'with' }, outside: Scope): Execute {
    const values = statement.bindings.map(({ value }) => compileExpression(value, outside))
    const { scope, enter } = this.scoped(outside, (inner) => {
      for (const { target } of statement.bindings) inner.giveTarget(target)
      inner.visitAll(statement.body)
    })
    const assigns = statement.bindings.map(({ target }) => this.assign(target, scope))
    const body = this.block(statement.body, scope)
    return (frame) => {
      const inner = enter(frame.run, frame)
      values.forEach((value, index) => {
        assigns[index]?.(inner, value(frame))
      })
      body(inner)
    }
  }

  /** Statements in a scope of their own. */
  private ownScope(statements: readonly Statement[], outside: Scope): Execute {
    const { scope, enter } = this.scoped(outside, (inner) => inner.visitAll(statements))
    const body = this.block(statements, scope)
    return (frame) => body(enter(frame.run, frame))
  }

  private captured(statements: readonly Statement[], outside: Scope): (frame: Frame) => string {
    const body = this.ownScope(statements, outside)
    return (frame) => frame.run.capture(() => body(frame))
  }

  private filterChain(
    filter: Parameters<typeof compileFilter>[0],
    scope: Scope,
  ): (frame: Frame, text: Runtime) => Runtime {
    const apply = compileFilter(filter, scope)
    if (filter.target?.kind !== 'filter') return apply
    const before = this.filterChain(filter.target, scope)
    return (frame, text) => apply(frame, before(frame, text))
  }

  private callBlock(statement: Statement & { kind: 'call-block' }, scope: Scope): Execute {
    const { call, at } = statement
    if (call.kind !== 'call') throw new Failure('a call tag needs a call', { at })
    const caller = this.callable('caller', statement.parameters, statement.body, scope)
    const callee = compileExpression(call.target, scope)
    const args = compileArguments(call.args, scope, (frame) => ['caller', caller(frame)])
    return (frame) => {
      const macro = callee(frame)
      const given = args(frame)
      frame.run.at = at
      if (!(macro instanceof Callable)) throw new Failure('a call tag needs a macro to call')
      frame.run.write(pythonText((macro as Callable<Run>).invoke(frame.run, given)))
    }
  }

  /** A macro or the body of a call block, as a function of the frame it is defined in. */
  private callable(
    name: string,
    parameters: readonly Parameter[],
    body: readonly Statement[],
    outside: Scope,
  ): (frame: Frame) => Callable<Run> {
    const extras = ['varargs', 'kwargs', 'caller'].filter((extra) =>
      parameters.every((one) => one.name !== extra),
    )
    const { scope, enter } = this.scoped(outside, (inner) => {
      for (const parameter of parameters) inner.give(parameter.name)
      for (const extra of extras) inner.give(extra)
      for (const { fallback } of parameters) if (fallback !== undefined) inner.visitExpression(fallback)
      inner.visitAll(body)
    })
    const fallbacks = parameters.map(({ fallback }) => fallback && compileExpression(fallback, scope))
    const execute = this.block(body, scope)
    const signature: Signature = {
      name,
      parameters: parameters.map((parameter, index) => ({
        name: parameter.name,
        slot: scope.find(parameter.name).slot,
        fallback: fallbacks[index],
      })),
      extras: new Map(
        extras.filter((extra) => scope.uses(extra)).map((extra) => [extra, scope.find(extra).slot]),
      ),
    }
    return (frame) =>
      new Callable<Run>(name, (run, args) => {
        const inner = enter(run, frame)
        bindParameters(inner, signature, args)
        return run.nested(() => run.capture(() => execute(inner)))
      })
  }

  private assign(target: Target, scope: Scope): Assign {
    if (target.kind === 'tuple') {
      const parts = target.items.map((item) => this.assign(item, scope))
      return (frame, value) => {
        const items = elementsOf(value)
        if (items.length !== parts.length) {
          throw new Failure(`cannot unpack ${items.length} values into ${parts.length} names`)
        }
        parts.forEach((part, index) => {
          part(frame, items[index] ?? null)
        })
      }
    }
    if (target.kind === 'namespace') {
      const find = compileExpression({ kind: 'name', name: target.name, at: target.at }, scope)
      return (frame, value) => {
        const namespace = find(frame)
        frame.run.at = target.at
        if (!(namespace instanceof Namespace))
          throw new Failure(`"${target.name}" is no namespace; only those can be changed`)
        namespace.attributes.set(target.attribute, value)
      }
    }
    const { slot } = scope.find(target.name)
    return ({ slots }, value) => {
      slots[slot] = value
    }
  }
}

interface Signature {
  readonly name: string
  readonly parameters: readonly { name: string; slot: number; fallback: Evaluate | undefined }[]
  /** Slots of `varargs`, `kwargs` and `caller`, as far as the body reads them; what it does not read it does not take. */
  readonly extras: ReadonlyMap<string, number>
}

function bindParameters(frame: Frame, signature: Signature, { positional, named }: Arguments): void {
  const { name: macro, parameters, extras } = signature
  const { run, slots } = frame
  const rest = new Map(named)
  parameters.forEach(({ name, slot }, index) => {
    if (index < positional.length && rest.has(name)) throw new Failure(`${macro}() got "${name}" twice`)
    slots[slot] = index < positional.length ? positional[index] : rest.get(name)
    rest.delete(name)
  })
  for (const { name, slot, fallback } of parameters) {
    if (slots[slot] !== undefined) continue
    slots[slot] = fallback ? fallback(frame) : run.missing(name, `${macro}() was called without "${name}"`)
  }
  const take = (extra: string, value: Runtime | undefined): boolean => {
    const slot = extras.get(extra)
    if (slot !== undefined) slots[slot] = value
    return slot !== undefined
  }
  if (rest.has('caller')) {
    if (!take('caller', rest.get('caller'))) throw new Failure(`${macro}() does not use caller()`)
    rest.delete('caller')
  }
  const more = positional.slice(parameters.length)
  if (!take('varargs', Sequence.tuple(more)) && more.length > 0) {
    throw new Failure(`${macro}() takes ${parameters.length} arguments, ${positional.length} were given`)
  }
  const members = new Dict()
  for (const [name, value] of rest) members.set(name, value)
  if (!take('kwargs', members) && rest.size > 0) {
    throw new Failure(`${macro}() has no argument "${[...rest.keys()].join('", "')}"`)
  }
}

/** The cell itself where it is text, whatever JSON was read from it. */
function textOfCell(run: Run, name: string, result: Runtime): Runtime {
  const cell = Object.hasOwn(run.cells, name) ? run.cells[name] : undefined
  return typeof cell === 'string' ? cell : result
}

/** Words and numbers as JSON has them, lists and objects as JSON text; what JSON does not know, as Python prints it. */
function jsonPrinted(value: Runtime): string {
  if (value instanceof Undefined || value instanceof Callable || value instanceof Namespace) {
    return pythonText(value)
  }
  return formatJson(toPlainValue(value), { spaced: true })
}
