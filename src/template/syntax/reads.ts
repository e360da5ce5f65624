/**
 * Which name means what: Jinja's scoping, decided before anything runs.
 *
 * Owns: for every scope (template, loop body, macro, `with`, ...), the slot of each name in it and how the
 * slot is filled when the scope is entered. The names filled from the row are what the template *reads*;
 * the compiled template reads nothing else of the row, so the two cannot differ.
 * Rules (Jinja's own, from its documentation and by comparing answers):
 * 1. A name is looked up in the scope, then outwards; if no scope has it, it is read from the row.
 * 2. Assigning makes the name the scope's own. Loop bodies, `with`, macros and blocks are scopes; `if` is not.
 * 3. Read before it is assigned: the outer or the row's value. Assigned in some branches of an `if`
 *    only: the same. Assigned in every branch (Jinja still counts it as read): not read.
 * 4. A global (`range`, ...) is never read from the row, even when a column has its name.
 */

import { Failure } from '../limits/failure.ts'
import { maxExpressionDepth } from '../limits/limits.ts'
import { type Expression, partsOf, type Statement, type Target } from './ast.ts'

/** How a slot is filled on entry: given by the construct, from the row, from the same name outside, or empty. */
export type Filling = 'given' | 'row' | 'outside' | 'empty'

export interface Location {
  /** Scopes to go outwards. */
  readonly depth: number
  readonly slot: number
}

interface Entry {
  readonly slot: number
  filling: Filling
}

export class Scope {
  readonly outside: Scope | undefined
  /** Slot number of every name of this scope, shared with the copies made for branches. */
  private readonly slots: Map<string, number>
  private entries = new Map<string, Entry>()
  private stored = new Set<string>()
  private readonly used: Set<string>

  constructor(outside?: Scope, slots = new Map<string, number>(), used = new Set<string>()) {
    this.outside = outside
    this.slots = slots
    this.used = used
  }

  /** Every name of the scope with its slot and how to fill it. Complete once the scope's nodes have been visited. */
  fillings(): { name: string; slot: number; filling: Filling }[] {
    return Array.from(this.entries, ([name, { slot, filling }]) => ({ name, slot, filling }))
  }

  /** Where a visited name lives. */
  find(name: string): Location {
    let depth = 0
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.outside) {
      const entry = scope.entries.get(name)
      if (entry !== undefined) return { depth, slot: entry.slot }
      depth++
    }
    throw new Error(`"${name}" was not visited`)
  }

  /** Whether a visited name always stands for the row's value: nothing of its scope assigns it. */
  isOfRow(name: string): boolean {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.outside) {
      const entry = scope.entries.get(name)
      if (entry !== undefined) return entry.filling === 'row' && !scope.stored.has(name)
    }
    return false
  }

  /** A name the construct itself gives: a parameter, a loop's target. */
  give(name: string): void {
    this.stored.add(name)
    this.enter(name, 'given')
  }

  giveTarget(target: Target): void {
    if (target.kind === 'name') this.give(target.name)
    else if (target.kind === 'tuple') for (const item of target.items) this.giveTarget(item)
  }

  visitAll(statements: readonly Statement[]): void {
    for (const statement of statements) this.visit(statement)
  }

  /** What a statement does to this scope; bodies that are scopes of their own are not looked into. */
  private visit(statement: Statement): void {
    switch (statement.kind) {
      case 'text':
        break
      case 'output':
        this.visitExpression(statement.expression)
        break
      case 'if':
        this.visitIf(statement)
        break
      case 'for':
        this.visitExpression(statement.iterable)
        break
      case 'set':
        this.visitExpression(statement.value)
        this.store(statement.target)
        break
      case 'set-block':
        if (statement.filter !== undefined) this.visitExpression(statement.filter)
        this.store(statement.target)
        break
      case 'with':
        for (const { value } of statement.bindings) this.visitExpression(value)
        break
      case 'filter-block':
        this.visitExpression(statement.filter)
        break
      case 'macro':
        this.storeName(statement.name)
        break
      case 'call-block':
        this.visitExpression(statement.call)
        break
    }
  }

  visitExpression(node: Expression, depth = 0): void {
    if (depth > maxExpressionDepth) {
      throw new Failure(`more than ${maxExpressionDepth} operators and filters on each other`, {
        at: node.at,
      })
    }
    if (node.kind === 'name') this.load(node.name)
    else for (const part of partsOf(node)) this.visitExpression(part, depth + 1)
  }

  private visitIf(statement: Statement & { kind: 'if' }): void {
    const branches: Scope[] = []
    for (const { test, body } of statement.branches) {
      this.visitExpression(test)
      branches.push(this.branch(body))
    }
    branches.push(this.branch(statement.otherwise ?? []))
    for (const branch of branches) {
      for (const [name, entry] of branch.entries) {
        const known = this.entries.get(name)
        if (known === undefined) this.entries.set(name, { ...entry })
        else if (known.filling === 'empty') known.filling = entry.filling
      }
    }
    for (const name of new Set(branches.flatMap((branch) => [...branch.stored]))) {
      if (this.stored.has(name)) continue
      const entry = this.entries.get(name)
      const everywhere = branches.every((branch) => branch.stored.has(name))
      if (entry?.filling === 'empty' && !everywhere) entry.filling = 'row'
      this.stored.add(name)
    }
  }

  private branch(body: readonly Statement[]): Scope {
    const copy = new Scope(this.outside, this.slots, this.used)
    copy.entries = new Map(Array.from(this.entries, ([name, entry]) => [name, { ...entry }]))
    copy.stored = new Set(this.stored)
    copy.visitAll(body)
    return copy
  }

  /** Whether anything in the scope or inside it reads the scope's own `name`. Complete after everything is compiled. */
  uses(name: string): boolean {
    return this.used.has(name)
  }

  private load(name: string): void {
    if (!this.knows(name)) this.enter(name, 'row')
    let home: Scope = this
    while (!home.entries.has(name) && home.outside !== undefined) home = home.outside
    home.used.add(name)
  }

  private store(target: Target): void {
    if (target.kind === 'name') this.storeName(target.name)
    else if (target.kind === 'namespace') this.load(target.name)
    else for (const item of target.items) this.store(item)
  }

  private storeName(name: string): void {
    this.stored.add(name)
    if (this.entries.has(name)) return
    this.enter(name, this.outside?.knows(name) ? 'outside' : 'empty')
  }

  private knows(name: string): boolean {
    return this.entries.has(name) || (this.outside?.knows(name) ?? false)
  }

  private enter(name: string, filling: Filling): void {
    let slot = this.slots.get(name)
    if (slot === undefined) {
      slot = this.slots.size
      this.slots.set(name, slot)
    }
    this.entries.set(name, { slot, filling })
  }
}
