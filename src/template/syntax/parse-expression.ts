/**
 * Tokens to expressions, by recursive descent. Loosest first:
 * `a if b else c`, `or`, `and`, `not`, comparisons and `in` (chained), `+ -`, `~`, `* / // %`, `**`
 * (to the left, unlike Python's), prefix `- +` (tighter than `**`), then `.name`, `[key]`, `(call)`, `|filter`, `is test`.
 */
import type { RowsmithError } from '../../base/errors/errors.ts'
import { excerpt, invalidTemplate } from '../limits/failure.ts'
import { maxSourceNesting } from '../limits/limits.ts'
import type { BinaryOperator, CallArguments, CompareOperator, Comparison, Expression } from './ast.ts'
import type { Token, TokenKind } from './lexer.ts'

const comparisons: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>='])

export class ExpressionParser {
  protected readonly source: string
  private readonly tokens: readonly Token[]
  private position = 0
  private depth = 0

  constructor(source: string, tokens: readonly Token[]) {
    this.source = source
    this.tokens = tokens
  }

  /** `choice: false` leaves a following `if` alone: it belongs to the statement. */
  expression(options: { choice?: boolean } = {}): Expression {
    return this.nested(() => (options.choice === false ? this.or() : this.choice()))
  }

  /** One expression, or several with commas, which make a tuple. */
  tupleOrExpression(options: { choice?: boolean; stopAt?: string } = {}): Expression {
    const { at } = this.token
    const items = [this.expression(options)]
    let isTuple = false
    while (this.skipOperator(',')) {
      isTuple = true
      if (this.atEndOfTuple() || (options.stopAt !== undefined && this.isWord(options.stopAt))) break
      items.push(this.expression(options))
    }
    const [only] = items
    return !isTuple && only !== undefined ? only : { kind: 'tuple', items, at }
  }

  private atEndOfTuple(): boolean {
    return this.token.kind === 'output-end' || this.token.kind === 'block-end' || this.isOperator(')')
  }

  private choice(): Expression {
    let node = this.or()
    while (this.isWord('if')) {
      const { at } = this.next()
      const test = this.or()
      const otherwise = this.skipWord('else') ? this.nested(() => this.choice()) : undefined
      node = { kind: 'choice', test, chosen: node, otherwise, at }
    }
    return node
  }

  private or(): Expression {
    let left = this.and()
    while (this.isWord('or')) {
      const { at } = this.next()
      left = { kind: 'logic', operator: 'or', left, right: this.and(), at }
    }
    return left
  }

  private and(): Expression {
    let left = this.not()
    while (this.isWord('and')) {
      const { at } = this.next()
      left = { kind: 'logic', operator: 'and', left, right: this.not(), at }
    }
    return left
  }

  private not(): Expression {
    if (!this.isWord('not')) return this.compare()
    const { at } = this.next()
    return { kind: 'unary', operator: 'not', operand: this.nested(() => this.not()), at }
  }

  private compare(): Expression {
    const { at } = this.token
    const first = this.sum()
    const rest: Comparison[] = []
    for (;;) {
      let operator: CompareOperator
      if (this.token.kind === 'operator' && comparisons.has(this.token.text)) {
        operator = this.next().text as CompareOperator
      } else if (this.skipWord('in')) {
        operator = 'in'
      } else if (this.isWord('not') && this.peek().kind === 'name' && this.peek().text === 'in') {
        this.next()
        this.next()
        operator = 'not in'
      } else {
        return rest.length === 0 ? first : { kind: 'compare', first, rest, at }
      }
      rest.push({ operator, operand: this.sum() })
    }
  }

  private sum(): Expression {
    return this.leftToRight(['+', '-'], () => this.concat())
  }

  private concat(): Expression {
    const { at } = this.token
    const parts = [this.product()]
    while (this.skipOperator('~')) parts.push(this.product())
    const [only] = parts
    return parts.length === 1 && only !== undefined ? only : { kind: 'concat', parts, at }
  }

  private product(): Expression {
    return this.leftToRight(['*', '/', '//', '%'], () => this.power())
  }

  private power(): Expression {
    return this.leftToRight(['**'], () => this.prefixed(true))
  }

  private leftToRight(operators: readonly BinaryOperator[], operand: () => Expression): Expression {
    let left = operand()
    for (;;) {
      const operator = operators.find((candidate) => this.isOperator(candidate))
      if (operator === undefined) return left
      const { at } = this.next()
      left = { kind: 'binary', operator, left, right: operand(), at }
    }
  }

  private prefixed(withFilters: boolean): Expression {
    const { at } = this.token
    let node: Expression
    if (this.isOperator('-') || this.isOperator('+')) {
      const operator = this.next().text === '-' ? '-' : '+'
      node = { kind: 'unary', operator, operand: this.nested(() => this.prefixed(false)), at }
    } else {
      node = this.postfixed(this.primary())
    }
    return withFilters ? this.filtered(node) : node
  }

  private primary(): Expression {
    const token = this.token
    const { at } = token
    switch (token.kind) {
      case 'name':
        this.next()
        switch (token.text) {
          case 'true':
          case 'True':
            return { kind: 'literal', value: true, at }
          case 'false':
          case 'False':
            return { kind: 'literal', value: false, at }
          case 'none':
          case 'None':
            return { kind: 'literal', value: null, at }
          default:
            return { kind: 'name', name: token.text, at }
        }
      case 'string': {
        let value = ''
        while (this.token.kind === 'string') value += String(this.next().value)
        return { kind: 'literal', value, at }
      }
      case 'integer':
      case 'float':
        this.next()
        return { kind: 'literal', value: token.value ?? null, at }
      case 'operator':
        if (token.text === '(') return this.parenthesised()
        if (token.text === '[') return this.list()
        if (token.text === '{') return this.dict()
        break
    }
    throw this.unexpected('an expression')
  }

  private parenthesised(): Expression {
    const { at } = this.next()
    if (this.skipOperator(')')) return { kind: 'tuple', items: [], at }
    const inner = this.tupleOrExpression()
    this.expectOperator(')')
    return inner
  }

  private list(): Expression {
    const { at } = this.next()
    const items: Expression[] = []
    while (!this.skipOperator(']')) {
      if (items.length > 0) {
        this.expectOperator(',')
        if (this.skipOperator(']')) break
      }
      items.push(this.expression())
    }
    return { kind: 'list', items, at }
  }

  private dict(): Expression {
    const { at } = this.next()
    const entries: { key: Expression; value: Expression }[] = []
    while (!this.skipOperator('}')) {
      if (entries.length > 0) {
        this.expectOperator(',')
        if (this.skipOperator('}')) break
      }
      const key = this.expression()
      this.expectOperator(':')
      entries.push({ key, value: this.expression() })
    }
    return { kind: 'dict', entries, at }
  }

  private postfixed(start: Expression): Expression {
    let node = start
    for (;;) {
      const { at } = this.token
      if (this.skipOperator('.')) node = this.member(node, at)
      else if (this.isOperator('[')) node = this.subscript(node)
      else if (this.isOperator('(')) node = { kind: 'call', target: node, args: this.callArguments(), at }
      else return node
    }
  }

  private member(target: Expression, at: number): Expression {
    const token = this.next()
    if (token.kind === 'name') return { kind: 'attribute', target, name: token.text, at }
    if (token.kind === 'integer') {
      return { kind: 'item', target, key: { kind: 'literal', value: token.value ?? null, at: token.at }, at }
    }
    throw invalidTemplate(this.source, token.at, 'a name or a number is due after "."')
  }

  private subscript(target: Expression): Expression {
    const { at } = this.next()
    const keys: Expression[] = []
    do keys.push(this.subscriptKey())
    while (this.skipOperator(','))
    this.expectOperator(']')
    const [only] = keys
    const key: Expression =
      keys.length === 1 && only !== undefined ? only : { kind: 'tuple', items: keys, at }
    return { kind: 'item', target, key, at }
  }

  private subscriptKey(): Expression {
    const { at } = this.token
    const bound = (): Expression | undefined =>
      this.isOperator(':') || this.isOperator(']') || this.isOperator(',') ? undefined : this.expression()
    const start = bound()
    if (!this.skipOperator(':')) {
      if (start === undefined) throw this.unexpected('a key')
      return start
    }
    const stop = bound()
    const step = this.skipOperator(':') ? bound() : undefined
    return { kind: 'slice', start, stop, step, at }
  }

  private filtered(start: Expression): Expression {
    let node = start
    for (;;) {
      const { at } = this.token
      if (this.skipOperator('|')) {
        const word = this.expectName('a filter name')
        const name = this.dottedName(word.text)
        const args = this.isOperator('(') ? this.callArguments() : emptyArguments()
        node = { kind: 'filter', target: node, name, args, at: word.at }
      } else if (this.skipWord('is')) {
        node = this.test(node)
      } else if (this.isOperator('(')) {
        node = { kind: 'call', target: node, args: this.callArguments(), at }
      } else {
        return node
      }
    }
  }

  private test(target: Expression): Expression {
    const negated = this.skipWord('not')
    const word = this.expectName('a test name')
    const name = this.dottedName(word.text)
    let args = emptyArguments()
    if (this.isOperator('(')) args = this.callArguments()
    else if (this.startsTestArgument()) args.positional.push(this.postfixed(this.primary()))
    if (this.isWord('is'))
      throw invalidTemplate(this.source, this.token.at, 'tests cannot be chained with "is"')
    const node: Expression = { kind: 'test', target, name, args, at: word.at }
    return negated ? { kind: 'unary', operator: 'not', operand: node, at: word.at } : node
  }

  /** `x is divisibleby 3`: the one argument may stand without brackets. */
  private startsTestArgument(): boolean {
    const { kind, text } = this.token
    if (kind === 'name') return !['else', 'or', 'and', 'is', 'if', 'in', 'not', 'recursive'].includes(text)
    if (kind === 'operator') return text === '[' || text === '{'
    return kind === 'string' || kind === 'integer' || kind === 'float'
  }

  protected callArguments(): CallArguments {
    const args = emptyArguments()
    this.expectOperator('(')
    let first = true
    while (!this.skipOperator(')')) {
      if (!first) {
        this.expectOperator(',')
        if (this.skipOperator(')')) break
      }
      first = false
      const { at } = this.token
      if (this.skipOperator('**')) {
        if (args.spreadNamed !== undefined) throw invalidTemplate(this.source, at, 'only one "**" is allowed')
        args.spreadNamed = this.expression()
      } else if (this.skipOperator('*')) {
        if (args.spread !== undefined || args.spreadNamed !== undefined) {
          throw invalidTemplate(this.source, at, 'only one "*" is allowed, before "**"')
        }
        args.spread = this.expression()
      } else if (this.token.kind === 'name' && this.peek().kind === 'operator' && this.peek().text === '=') {
        const name = this.next().text
        this.next()
        if (args.spreadNamed !== undefined || args.named.some((other) => other.name === name)) {
          throw invalidTemplate(this.source, at, `argument "${name}" is given twice or stands after "**"`)
        }
        args.named.push({ name, value: this.expression() })
      } else {
        if (args.named.length > 0 || args.spread !== undefined || args.spreadNamed !== undefined) {
          throw invalidTemplate(this.source, at, 'arguments without a name come before those with one')
        }
        args.positional.push(this.expression())
      }
    }
    return args
  }

  protected dottedName(first: string): string {
    let name = first
    while (this.skipOperator('.')) name += `.${this.expectName('a name').text}`
    return name
  }

  /** Refuses source that is nested so deeply that reading it would exhaust the stack. */
  protected nested<T>(read: () => T): T {
    if (++this.depth > maxSourceNesting) {
      throw invalidTemplate(this.source, this.token.at, `nested deeper than ${maxSourceNesting} levels`)
    }
    const result = read()
    this.depth--
    return result
  }

  protected get token(): Token {
    return this.tokens[this.position] as Token
  }

  /** The token after the current one; the last token is `end`. */
  protected peek(): Token {
    return this.tokens[Math.min(this.position + 1, this.tokens.length - 1)] as Token
  }

  /** Takes the current token. */
  protected next(): Token {
    const { token } = this
    if (token.kind !== 'end') this.position++
    return token
  }

  protected isOperator(text: string): boolean {
    return this.token.kind === 'operator' && this.token.text === text
  }

  protected isWord(text: string): boolean {
    return this.token.kind === 'name' && this.token.text === text
  }

  protected skipOperator(text: string): boolean {
    const found = this.isOperator(text)
    if (found) this.next()
    return found
  }

  protected skipWord(text: string): boolean {
    const found = this.isWord(text)
    if (found) this.next()
    return found
  }

  protected expectOperator(text: string): Token {
    if (!this.isOperator(text)) throw this.unexpected(`"${text}"`)
    return this.next()
  }

  protected expectKind(kind: TokenKind, what: string): Token {
    if (this.token.kind !== kind) throw this.unexpected(what)
    return this.next()
  }

  protected expectName(what: string): Token {
    return this.expectKind('name', what)
  }

  protected unexpected(due: string): RowsmithError {
    const { kind, text, at } = this.token
    const found = kind === 'end' ? 'the end of the template' : `"${excerpt(text)}"`
    return invalidTemplate(this.source, at, `found ${found} where ${due} is due`)
  }
}

function emptyArguments(): CallArguments {
  return { positional: [], named: [], spread: undefined, spreadNamed: undefined }
}
