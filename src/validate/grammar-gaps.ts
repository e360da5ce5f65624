/**
 * What grammars let pass and no compiler does: looked for in the tree of a text that parses. Syntax alone, no names and no types.
 */
import type { Node } from 'web-tree-sitter'
import type { GrammarLanguage } from './languages.ts'

interface Gap {
  /** Where it may be. */
  readonly kinds: readonly string[]
  /** What is wrong with such a node; undefined for nothing. */
  readonly found: (node: Node) => string | undefined
}

/** A body follows parameters: `union u { int i; }` with a misspelt `union` is neither. */
const bodyWithoutParameters: Gap = {
  kinds: ['function_definition'],
  found: (node) => {
    const body = node.childForFieldName('body')
    const head = body === null ? '(' : node.text.slice(0, body.startIndex - node.startIndex)
    return head.includes('(') ? undefined : 'a function has no parameters'
  },
}

const javaStatements = new Set([
  'assignment_expression',
  'update_expression',
  'method_invocation',
  'object_creation_expression',
  'switch_expression',
])

const notAStatement: Gap = {
  kinds: ['expression_statement'],
  found: (node) => {
    const expression = node.namedChildren.find((child) => child?.isExtra === false)
    return expression && !javaStatements.has(expression.type) ? 'not a statement' : undefined
  },
}

/** A method without a type is a constructor; a constructor has the name of its class. */
const nameOfNoClass: Gap = {
  kinds: ['constructor_declaration', 'compact_constructor_declaration'],
  found: (node) => {
    const name = node.childForFieldName('name')?.text
    const owner = node.parent?.parent?.childForFieldName('name')?.text
    return name !== undefined && owner !== undefined && name !== owner
      ? `${JSON.stringify(name)} has no return type`
      : undefined
  },
}

const javaEscape: Gap = {
  kinds: ['string_literal', 'character_literal'],
  found: (node) =>
    /\\(?![\\btnfrs"'0-7\n\r]|u)/.test(node.text.replaceAll('\\\\', '')) ? 'no such escape' : undefined,
}

const emptyGoto: Gap = {
  kinds: ['goto_statement'],
  found: ({ text }) => (/^goto\s+case\s*;$/.test(text) ? 'a value is missing' : undefined),
}

const gaps: { readonly [L in GrammarLanguage]?: readonly Gap[] } = {
  c: [bodyWithoutParameters],
  cpp: [bodyWithoutParameters],
  csharp: [nameOfNoClass, emptyGoto],
  java: [notAStatement, nameOfNoClass, javaEscape],
}

/** The first gap that a text went through, and where. */
export function gapIn(
  language: GrammarLanguage,
  root: Node,
): { readonly node: Node; readonly what: string } | undefined {
  for (const { kinds, found } of gaps[language] ?? [])
    for (const node of root.descendantsOfType([...kinds])) {
      const what = node === null ? undefined : found(node)
      if (node !== null && what !== undefined) return { node, what }
    }
  return undefined
}
