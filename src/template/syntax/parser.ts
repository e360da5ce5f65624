/**
 * Tokens to statements. Expressions are read by `ExpressionParser`, which this class builds on.
 *
 * Left out on purpose, each refused by name: `include`, `import`, `extends`, `block` (a template is one
 * text, there is nothing to load), `do`, `break`, `continue`, `autoescape`.
 */

import { invalidTemplate } from '../limits/failure.ts'
import type { CallArguments, FilterExpression, Parameter, Statement, Target } from './ast.ts'
import { normaliseSource, tokenize } from './lexer.ts'
import { ExpressionParser } from './parse-expression.ts'

/**
 * @param source the template as the user wrote it
 * @throws RowsmithError template_invalid
 */
export function parseTemplate(source: string): Statement[] {
  const text = normaliseSource(source)
  return new StatementParser(text, tokenize(text)).parse()
}

const noArguments: CallArguments = { positional: [], named: [], spread: undefined, spreadNamed: undefined }

class StatementParser extends ExpressionParser {
  parse(): Statement[] {
    return this.body([])
  }

  /** Statements up to a tag that begins with one of `ends` (left unread), or to the end of the template. */
  private body(ends: readonly string[], opener?: { name: string; at: number }): Statement[] {
    const statements: Statement[] = []
    for (;;) {
      const token = this.token
      switch (token.kind) {
        case 'text':
          this.next()
          statements.push({ kind: 'text', text: token.text, at: token.at })
          break
        case 'output-begin': {
          this.next()
          const expression = this.tupleOrExpression()
          this.expectKind('output-end', '"}}"')
          statements.push({ kind: 'output', expression, at: token.at })
          break
        }
        case 'block-begin': {
          const word = this.peek()
          if (word.kind === 'name' && ends.includes(word.text)) {
            this.next()
            return statements
          }
          this.next()
          statements.push(this.nested(() => this.statement(opener)))
          break
        }
        default:
          if (opener !== undefined) {
            throw invalidTemplate(
              this.source,
              opener.at,
              `this {% ${opener.name} %} has no {% end${opener.name} %}`,
            )
          }
          return statements
      }
    }
  }

  private statement(opener: { name: string } | undefined): Statement {
    const word = this.expectKind('name', 'a tag name')
    const { at } = word
    switch (word.text) {
      case 'if':
        return this.ifStatement(at)
      case 'for':
        return this.forStatement(at)
      case 'set':
        return this.setStatement(at)
      case 'with':
        return this.withStatement(at)
      case 'print': {
        const expression = this.tupleOrExpression()
        this.endOfTag()
        return { kind: 'output', expression, at }
      }
      case 'filter': {
        const filter = this.filterChain(undefined, this.expectName('a filter name'))
        this.endOfTag()
        return { kind: 'filter-block', filter, body: this.bodyThenEnd('filter', at), at }
      }
      case 'macro': {
        const name = this.expectName('the name of the macro').text
        const parameters = this.parameters()
        this.endOfTag()
        return { kind: 'macro', name, parameters, body: this.bodyThenEnd('macro', at), at }
      }
      case 'call':
        return this.callStatement(at)
      default: {
        const hint = opener === undefined ? '' : `; the open tag is {% ${opener.name} %}`
        throw invalidTemplate(this.source, at, `unknown or misplaced tag "${word.text}"${hint}`)
      }
    }
  }

  private ifStatement(at: number): Statement {
    const opener = { name: 'if', at }
    const branches: { test: ReturnType<ExpressionParser['expression']>; body: Statement[] }[] = []
    let otherwise: Statement[] | undefined
    let word = 'elif'
    while (word === 'elif') {
      const test = this.tupleOrExpression({ choice: false })
      this.endOfTag()
      branches.push({ test, body: this.body(['elif', 'else', 'endif'], opener) })
      word = this.expectName('a tag name').text
    }
    if (word === 'else') {
      this.endOfTag()
      otherwise = this.body(['endif'], opener)
      this.next()
    }
    this.endOfTag()
    return { kind: 'if', branches, otherwise, at }
  }

  private forStatement(at: number): Statement {
    const target = this.target({ namespace: false })
    if (!this.skipWord('in')) throw this.unexpected('"in"')
    const iterable = this.tupleOrExpression({ choice: false, stopAt: 'recursive' })
    const test = this.skipWord('if') ? this.expression() : undefined
    const recursive = this.skipWord('recursive')
    this.endOfTag()
    const opener = { name: 'for', at }
    const body = this.body(['else', 'endfor'], opener)
    let otherwise: Statement[] | undefined
    if (this.expectName('a tag name').text === 'else') {
      this.endOfTag()
      otherwise = this.body(['endfor'], opener)
      this.next()
    }
    this.endOfTag()
    return { kind: 'for', target, iterable, test, recursive, body, otherwise, at }
  }

  private setStatement(at: number): Statement {
    const target = this.target({ namespace: true })
    if (this.skipOperator('=')) {
      const value = this.tupleOrExpression()
      this.endOfTag()
      return { kind: 'set', target, value, at }
    }
    const filter = this.skipOperator('|')
      ? this.filterChain(undefined, this.expectName('a filter name'))
      : undefined
    this.endOfTag()
    return { kind: 'set-block', target, filter, body: this.bodyThenEnd('set', at), at }
  }

  private withStatement(at: number): Statement {
    const bindings: { target: Target; value: ReturnType<ExpressionParser['expression']> }[] = []
    while (this.token.kind !== 'block-end') {
      if (bindings.length > 0) this.expectOperator(',')
      const target = this.target({ namespace: false, single: true })
      this.expectOperator('=')
      bindings.push({ target, value: this.expression() })
    }
    this.endOfTag()
    return { kind: 'with', bindings, body: this.bodyThenEnd('with', at), at }
  }

  private callStatement(at: number): Statement {
    const parameters = this.isOperator('(') ? this.parameters() : []
    const call = this.expression()
    if (call.kind !== 'call')
      throw invalidTemplate(this.source, call.at, 'a call tag needs a call, as in "name()"')
    this.endOfTag()
    return { kind: 'call-block', call, parameters, body: this.bodyThenEnd('call', at), at }
  }

  /** The body and its end tag, whose words after the name (`{% endmacro name %}`) only macros may have. */
  private bodyThenEnd(name: string, at: number): Statement[] {
    const body = this.body([`end${name}`], { name, at })
    this.next()
    if (name === 'macro' && this.token.kind === 'name') this.next()
    this.endOfTag()
    return body
  }

  private filterChain(target: undefined, first: { text: string; at: number }): FilterExpression {
    let filter = this.filter(target, first)
    while (this.skipOperator('|')) filter = this.filter(filter, this.expectName('a filter name'))
    return filter
  }

  private filter(target: FilterExpression | undefined, word: { text: string; at: number }): FilterExpression {
    const name = this.dottedName(word.text)
    const args = this.isOperator('(') ? this.callArguments() : noArguments
    return { kind: 'filter', target, name, args, at: word.at }
  }

  private parameters(): Parameter[] {
    this.expectOperator('(')
    const parameters: Parameter[] = []
    while (!this.skipOperator(')')) {
      if (parameters.length > 0) this.expectOperator(',')
      const { text, at } = this.expectName('a parameter name')
      const fallback = this.skipOperator('=') ? this.expression() : undefined
      if (fallback === undefined && parameters.some((earlier) => earlier.fallback !== undefined)) {
        throw invalidTemplate(
          this.source,
          at,
          `parameter "${text}" needs a default, as one before it has one`,
        )
      }
      parameters.push({ name: text, fallback, at })
    }
    return parameters
  }

  private target(options: { namespace: boolean; single?: boolean }): Target {
    const { at } = this.token
    const items = [this.targetItem(options.namespace)]
    let isTuple = false
    while (!options.single && this.isOperator(',')) {
      this.next()
      isTuple = true
      if (this.token.kind === 'block-end' || this.isOperator('=') || this.isWord('in')) break
      items.push(this.targetItem(options.namespace))
    }
    const [only] = items
    return !isTuple && only !== undefined ? only : { kind: 'tuple', items, at }
  }

  private targetItem(namespace: boolean): Target {
    const { at } = this.token
    if (this.skipOperator('(')) {
      const items: Target[] = []
      let isTuple = false
      while (!this.skipOperator(')')) {
        if (items.length > 0) {
          this.expectOperator(',')
          isTuple = true
          if (this.skipOperator(')')) break
        }
        items.push(this.nested(() => this.targetItem(namespace)))
      }
      const [only] = items
      return !isTuple && only !== undefined ? only : { kind: 'tuple', items, at }
    }
    const name = this.expectName('a name to assign to').text
    if (['true', 'false', 'none', 'True', 'False', 'None'].includes(name)) {
      throw invalidTemplate(this.source, at, `"${name}" cannot be assigned to`)
    }
    if (namespace && this.skipOperator('.')) {
      return { kind: 'namespace', name, attribute: this.expectName('an attribute name').text, at }
    }
    return { kind: 'name', name, at }
  }

  private endOfTag(): void {
    this.expectKind('block-end', '"%}"')
  }
}
