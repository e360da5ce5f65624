/**
 * What can be determined of a template before it is rendered: whether all of it is one expression, and of what kind its value
 * is then.
 */
import type { CallArguments, Expression } from './ast.ts'
import { parseTemplate } from './parser.ts'

export type TemplateForm =
  /** Nothing but text: no tag, no expression. */
  | { readonly kind: 'constant' }
  /** A column, or a part of one: `{{ person.languages[0] }}`. Steps are keys and indices. */
  | { readonly kind: 'path'; readonly name: string; readonly steps: readonly (string | bigint)[] }
  /** An expression that has a value of this type whatever it reads. */
  | { readonly kind: 'typed'; readonly type: 'int' | 'float' | 'bool' }
  /** Anything else: its text is all that is known. */
  | { readonly kind: 'text' }

/** Filters whose result has one type. */
const typeOfFilter: ReadonlyMap<string, 'int' | 'float'> = new Map([
  ['int', 'int'],
  ['float', 'float'],
  ['length', 'int'],
  ['count', 'int'],
  ['wordcount', 'int'],
])

/** The text that every rendering begins with. @throws RowsmithError template_invalid */
export function fixedStartOf(source: string): string {
  const statements = parseTemplate(source)
  const end = statements.findIndex(({ kind }) => kind !== 'text')
  const fixed = end === -1 ? statements : statements.slice(0, end)
  return fixed.map((statement) => (statement.kind === 'text' ? statement.text : '')).join('')
}

/** @throws RowsmithError template_invalid */
export function formOfTemplate(source: string): TemplateForm {
  const statements = parseTemplate(source)
  if (statements.every(({ kind }) => kind === 'text')) return { kind: 'constant' }
  const [only] = statements
  return statements.length === 1 && only?.kind === 'output' ? formOf(only.expression) : { kind: 'text' }
}

function formOf(expression: Expression): TemplateForm {
  switch (expression.kind) {
    case 'compare':
    case 'test':
      return { kind: 'typed', type: 'bool' }
    case 'unary':
      return expression.operator === 'not' ? { kind: 'typed', type: 'bool' } : { kind: 'text' }
    case 'filter': {
      // With arguments, such as another default, a result of another type can come out.
      const type = isBare(expression.args) ? typeOfFilter.get(expression.name) : undefined
      return type === undefined ? { kind: 'text' } : { kind: 'typed', type }
    }
    default:
      return pathOf(expression) ?? { kind: 'text' }
  }
}

function pathOf(expression: Expression): (TemplateForm & { kind: 'path' }) | undefined {
  if (expression.kind === 'name') return { kind: 'path', name: expression.name, steps: [] }
  if (expression.kind !== 'attribute' && expression.kind !== 'item') return undefined
  const target = pathOf(expression.target)
  const step = expression.kind === 'attribute' ? expression.name : constantKey(expression.key)
  if (target === undefined || step === undefined) return undefined
  return { ...target, steps: [...target.steps, step] }
}

function isBare({ positional, named, spread, spreadNamed }: CallArguments): boolean {
  return positional.length + named.length === 0 && spread === undefined && spreadNamed === undefined
}

function constantKey(key: Expression): string | bigint | undefined {
  if (key.kind !== 'literal') return undefined
  return typeof key.value === 'string' || typeof key.value === 'bigint' ? key.value : undefined
}
