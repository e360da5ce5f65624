/**
 * What can be determined of a template before any row: members it reads that are in no value, braces that look like another language's,
 * whether it says anything at all.
 *
 * 1. A member is missing only where the shape of every value is known to lack it. What was not declared is never missing.
 * 2. Shapes follow names: through loops, `set`, `with`, and filters that pick or reorder elements.
 * 3. A member that `is defined` or `default` tests is not missed.
 * 4. It is certain to fail where nothing decides whether it is read, and something is read of it.
 */
import { type CallArguments, type Expression, partsOf, type Statement, type Target } from './ast.ts'
import { parseTemplate } from './parser.ts'

/** What is known of a value: its members, or its elements. Undefined: nothing. */
export type Shape =
  | { readonly kind: 'object'; readonly members: ReadonlyMap<string, Shape> }
  | { readonly kind: 'list'; readonly element: Shape }
  | undefined

/** A member that no value has. */
export interface MissingMember {
  /** Of what: `a`, `a.b`. */
  readonly owner: string
  readonly name: string
  readonly known: readonly string[]
  /** Every row fails on it. */
  readonly fatal: boolean
}

export interface Outline {
  readonly missing: readonly MissingMember[]
  /** Names that stand in single braces or the like: `{name}`, `${name}`, `%(name)s`. */
  readonly braces: readonly { readonly name: string; readonly written: string }[]
  /** It draws, so that rows differ without reading anything. */
  readonly draws: boolean
  /** It has no text and prints nothing. */
  readonly blank: boolean
}

/** @param source a template that compiles */
export function outlineOf(source: string, shapes: ReadonlyMap<string, Shape>): Outline {
  const outliner = new Outliner()
  const statements = parseTemplate(source)
  outliner.body(statements, new Map(shapes), true)
  return {
    missing: [...outliner.missing.values()],
    braces: [...outliner.braces.values()],
    draws: outliner.draws,
    blank: statements.every((statement) => statement.kind === 'text' && statement.text.trim() === ''),
  }
}

type Known = Map<string, Shape>

/** How an expression is read. */
interface Reading {
  /** Nothing decides whether it is read. */
  readonly certain: boolean
  /** Something is read of it. */
  readonly deeper?: boolean
  /** It may be missing. */
  readonly lenient?: boolean
}

/** Filters that give some of the elements, and those that give one. */
const picking = new Set(['sort', 'reverse', 'list', 'unique', 'select', 'reject', 'selectattr', 'rejectattr'])
const pickingOne = new Set(['first', 'last', 'random', 'min', 'max'])
/** Filters whose argument names a member of the elements, positional or named so. */
const byMember: Readonly<Record<string, { readonly at: number | null; readonly named: string | null }>> = {
  map: { at: null, named: 'attribute' },
  sort: { at: null, named: 'attribute' },
  unique: { at: null, named: 'attribute' },
  min: { at: null, named: 'attribute' },
  max: { at: null, named: 'attribute' },
  sum: { at: 0, named: 'attribute' },
  groupby: { at: 0, named: 'attribute' },
  join: { at: 1, named: 'attribute' },
  selectattr: { at: 0, named: null },
  rejectattr: { at: 0, named: null },
}
const methods = new Set(
  'append clear copy count extend index insert pop remove reverse sort get items keys values setdefault update popitem'.split(
    ' ',
  ),
)

class Outliner {
  readonly missing = new Map<string, MissingMember>()
  readonly braces = new Map<string, { name: string; written: string }>()
  draws = false

  body(statements: readonly Statement[], known: Known, certain: boolean): void {
    for (const statement of statements) this.#statement(statement, known, certain)
  }

  #statement(statement: Statement, known: Known, certain: boolean): void {
    const within = (body: readonly Statement[] = [], given = new Map(known)) => {
      this.body(body, given, false)
    }
    switch (statement.kind) {
      case 'text':
        this.#text(statement.text)
        break
      case 'output':
        this.#shape(statement.expression, known, { certain })
        break
      case 'if':
        for (const [index, { test, body }] of statement.branches.entries()) {
          this.#shape(test, known, { certain: certain && index === 0 })
          within(body)
          forget(body, known)
        }
        forget(statement.otherwise ?? [], known)
        within(statement.otherwise)
        break
      case 'for': {
        const over = this.#shape(statement.iterable, known, { certain })
        const inside = new Map(known).set('loop', undefined)
        bind(statement.target, over?.kind === 'list' ? over.element : undefined, inside)
        if (statement.test !== undefined) this.#shape(statement.test, inside, { certain: false })
        within(statement.body, inside)
        within(statement.otherwise)
        break
      }
      case 'set':
        bind(statement.target, this.#shape(statement.value, known, { certain, lenient: false }), known)
        break
      case 'set-block':
        within(statement.body)
        bind(statement.target, undefined, known)
        break
      case 'with': {
        const inside = new Map(known)
        for (const { target, value } of statement.bindings) {
          bind(target, this.#shape(value, known, { certain }), inside)
        }
        this.body(statement.body, inside, certain)
        break
      }
      case 'filter-block':
        this.body(statement.body, new Map(known), certain)
        break
      case 'macro':
      case 'call-block': {
        const inside = new Map(known)
        for (const { name } of statement.parameters) inside.set(name, undefined)
        if (statement.kind === 'macro') known.set(statement.name, undefined)
        else this.#shape(statement.call, known, { certain })
        within(statement.body, inside)
        break
      }
    }
  }

  #text(text: string): void {
    const looks =
      /(?<![{$%])\$?\{\s*([A-Za-z_]\w*)(?:[.[][^{}]*)?(?:![rsa])?(?::[^{}]*)?\s*\}(?!\})|%\((\w+)\)[sdrf]/g
    for (const [written, braced, named = ''] of text.matchAll(looks)) {
      const name = braced ?? named
      if (!this.braces.has(name)) this.braces.set(name, { name, written })
    }
  }

  /** The shape of an expression; what it misses is noted. */
  #shape(node: Expression, known: Known, reading: Reading): Shape {
    const { certain } = reading
    switch (node.kind) {
      case 'name':
        return known.get(node.name)
      case 'attribute':
        return this.#member(node.target, node.name, known, reading)
      case 'item':
        if (node.key.kind === 'literal' && typeof node.key.value === 'string') {
          return this.#member(node.target, node.key.value, known, reading)
        }
        return this.#element(node, known, certain)
      case 'filter':
        return this.#filtered(node, known, reading)
      case 'test': {
        const lenient = ['defined', 'undefined', 'none', 'mapping', 'string'].includes(node.name)
        this.#shape(node.target, known, { certain, lenient })
        this.#parts(node.args, known, certain)
        return undefined
      }
      case 'choice': {
        this.#shape(node.test, known, { certain })
        for (const part of [node.chosen, node.otherwise]) {
          if (part !== undefined) this.#shape(part, known, { certain: false })
        }
        return undefined
      }
      case 'logic':
        this.#shape(node.left, known, { certain })
        this.#shape(node.right, known, { certain: false })
        return undefined
      case 'call': {
        if (node.target.kind === 'attribute' && methods.has(node.target.name)) {
          this.#shape(node.target.target, known, { certain, deeper: true })
        } else this.#shape(node.target, known, { certain })
        this.#parts(node.args, known, certain)
        return undefined
      }
      default:
        for (const part of partsOf(node)) this.#shape(part, known, { certain })
        return undefined
    }
  }

  #member(target: Expression, name: string, known: Known, reading: Reading): Shape {
    const { certain, lenient = false, deeper = false } = reading
    const owner = this.#shape(target, known, { certain, deeper: true, lenient })
    if (owner === undefined) return undefined
    const members = owner.kind === 'object' ? owner.members : new Map<string, Shape>()
    if (members.has(name)) return members.get(name)
    if (!methods.has(name) && !lenient) this.#miss(target, name, members, certain && deeper)
    return undefined
  }

  #miss(target: Expression, name: string, members: ReadonlyMap<string, Shape>, fatal: boolean): void {
    const owner = spelled(target)
    this.missing.set(`${owner}.${name}`, { owner, name, known: [...members.keys()], fatal })
  }

  #element({ target, key }: Expression & { kind: 'item' }, known: Known, certain: boolean): Shape {
    const owner = this.#shape(target, known, { certain, deeper: true })
    this.#shape(key, known, { certain })
    if (owner?.kind !== 'list') return undefined
    return key.kind === 'slice' ? owner : owner.element
  }

  #filtered(node: Expression & { kind: 'filter' }, known: Known, reading: Reading): Shape {
    const { name, args, target } = node
    if (name === 'random') this.draws = true
    const isDefault = name === 'default' || name === 'd'
    const given =
      target === undefined
        ? undefined
        : this.#shape(target, known, {
            ...reading,
            deeper: false,
            lenient: isDefault || reading.lenient === true,
          })
    this.#parts(args, known, reading.certain)
    if (isDefault) return undefined
    const element = given?.kind === 'list' ? given.element : undefined
    const member = memberNamed(name, args)
    const of =
      member === undefined || target === undefined ? undefined : this.#elementMember(target, element, member)
    if (name === 'map') return given?.kind === 'list' ? { kind: 'list', element: of } : undefined
    if (picking.has(name)) return given
    return pickingOne.has(name) ? element : undefined
  }

  /** A member that a filter reads of every element. */
  #elementMember(target: Expression, element: Shape, path: string): Shape {
    let shape = element
    let owner = `${spelled(target)}[]`
    for (const name of path.split('.')) {
      if (shape?.kind !== 'object' || /^\d+$/.test(name)) return undefined
      const { members }: { readonly members: ReadonlyMap<string, Shape> } = shape
      if (!members.has(name)) {
        this.missing.set(`${owner}.${name}`, { owner, name, known: [...members.keys()], fatal: false })
        return undefined
      }
      shape = members.get(name)
      owner += `.${name}`
    }
    return shape
  }

  #parts({ positional, named, spread, spreadNamed }: CallArguments, known: Known, certain: boolean): void {
    const all = [...positional, ...named.map(({ value }) => value), spread, spreadNamed]
    for (const part of all) if (part !== undefined) this.#shape(part, known, { certain })
  }
}

function memberNamed(filter: string, { positional, named }: CallArguments): string | undefined {
  const rule = byMember[filter]
  if (rule === undefined) return undefined
  const argument =
    named.find(({ name }) => name === rule.named)?.value ??
    (rule.at === null ? undefined : positional[rule.at])
  return argument?.kind === 'literal' && typeof argument.value === 'string' ? argument.value : undefined
}

function bind(target: Target, shape: Shape, known: Known): void {
  if (target.kind === 'name') known.set(target.name, shape)
  else if (target.kind === 'tuple') for (const item of target.items) bind(item, undefined, known)
}

/** What a branch may have assigned is not known after it. */
function forget(body: readonly Statement[], known: Known): void {
  for (const statement of body) {
    if (statement.kind === 'set' || statement.kind === 'set-block') bind(statement.target, undefined, known)
    else if (statement.kind === 'if') {
      for (const { body: inner } of statement.branches) forget(inner, known)
      forget(statement.otherwise ?? [], known)
    }
  }
}

/** An expression as messages name it. */
function spelled(node: Expression): string {
  switch (node.kind) {
    case 'name':
      return node.name
    case 'attribute':
      return `${spelled(node.target)}.${node.name}`
    case 'item':
      return node.key.kind === 'literal' && typeof node.key.value === 'string'
        ? `${spelled(node.target)}.${node.key.value}`
        : `${spelled(node.target)}[]`
    case 'filter':
      return node.target === undefined ? 'the text' : spelled(node.target)
    default:
      return 'the value'
  }
}
