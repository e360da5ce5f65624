/** The shape of a parsed template. `at` is an offset in the normalised source, for errors. */

export type Expression =
  | { kind: 'literal'; value: null | boolean | bigint | number | string; at: number }
  | { kind: 'name'; name: string; at: number }
  | { kind: 'list' | 'tuple'; items: Expression[]; at: number }
  | { kind: 'dict'; entries: { key: Expression; value: Expression }[]; at: number }
  | { kind: 'attribute'; target: Expression; name: string; at: number }
  | { kind: 'item'; target: Expression; key: Expression; at: number }
  | SliceExpression
  | { kind: 'call'; target: Expression; args: CallArguments; at: number }
  | FilterExpression
  | { kind: 'test'; target: Expression; name: string; args: CallArguments; at: number }
  | { kind: 'unary'; operator: UnaryOperator; operand: Expression; at: number }
  | { kind: 'binary'; operator: BinaryOperator; left: Expression; right: Expression; at: number }
  | { kind: 'logic'; operator: 'and' | 'or'; left: Expression; right: Expression; at: number }
  | { kind: 'concat'; parts: Expression[]; at: number }
  | { kind: 'compare'; first: Expression; rest: Comparison[]; at: number }
  | { kind: 'choice'; test: Expression; chosen: Expression; otherwise: Expression | undefined; at: number }

export interface SliceExpression {
  kind: 'slice'
  start: Expression | undefined
  stop: Expression | undefined
  step: Expression | undefined
  at: number
}

export interface FilterExpression {
  kind: 'filter'
  /** Undefined for a block's text, as in `{% filter upper %}`. */
  target: Expression | undefined
  name: string
  args: CallArguments
  at: number
}

type UnaryOperator = '-' | '+' | 'not'
export type BinaryOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**'
export type CompareOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in'

export interface Comparison {
  operator: CompareOperator
  operand: Expression
}

export interface CallArguments {
  positional: Expression[]
  named: { name: string; value: Expression }[]
  /** `*values` */
  spread: Expression | undefined
  /** `**values` */
  spreadNamed: Expression | undefined
}

/** What a loop, `set` or `with` assigns to. */
export type Target =
  | { kind: 'name'; name: string; at: number }
  | { kind: 'tuple'; items: Target[]; at: number }
  | { kind: 'namespace'; name: string; attribute: string; at: number }

export interface Parameter {
  name: string
  fallback: Expression | undefined
  at: number
}

export type Statement =
  | { kind: 'text'; text: string; at: number }
  | { kind: 'output'; expression: Expression; at: number }
  | {
      kind: 'if'
      branches: { test: Expression; body: Statement[] }[]
      otherwise: Statement[] | undefined
      at: number
    }
  | ForStatement
  | { kind: 'set'; target: Target; value: Expression; at: number }
  | {
      kind: 'set-block'
      target: Target
      filter: FilterExpression | undefined
      body: Statement[]
      at: number
    }
  | { kind: 'with'; bindings: { target: Target; value: Expression }[]; body: Statement[]; at: number }
  | { kind: 'filter-block'; filter: FilterExpression; body: Statement[]; at: number }
  | { kind: 'macro'; name: string; parameters: Parameter[]; body: Statement[]; at: number }
  | { kind: 'call-block'; call: Expression; parameters: Parameter[]; body: Statement[]; at: number }

export interface ForStatement {
  kind: 'for'
  target: Target
  iterable: Expression
  test: Expression | undefined
  recursive: boolean
  body: Statement[]
  otherwise: Statement[] | undefined
  at: number
}

/** The expressions directly inside an expression, in the order they are evaluated. */
export function partsOf(node: Expression): Expression[] {
  const some = (...parts: (Expression | undefined)[]): Expression[] =>
    parts.filter((part) => part !== undefined)
  switch (node.kind) {
    case 'literal':
    case 'name':
      return []
    case 'list':
    case 'tuple':
      return node.items
    case 'dict':
      return node.entries.flatMap(({ key, value }) => [key, value])
    case 'attribute':
      return [node.target]
    case 'item':
      return [node.target, node.key]
    case 'slice':
      return some(node.start, node.stop, node.step)
    case 'call':
    case 'filter':
    case 'test':
      return some(
        node.target,
        ...node.args.positional,
        ...node.args.named.map(({ value }) => value),
        node.args.spread,
        node.args.spreadNamed,
      )
    case 'unary':
      return [node.operand]
    case 'binary':
    case 'logic':
      return [node.left, node.right]
    case 'concat':
      return node.parts
    case 'compare':
      return [node.first, ...node.rest.map(({ operand }) => operand)]
    case 'choice':
      return some(node.test, node.chosen, node.otherwise)
  }
}
