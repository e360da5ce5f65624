/**
 * What grammars let pass and no compiler does: looked for in the tree of a text that parses. Syntax alone, no names and no types.
 */
import type { Node } from 'web-tree-sitter'
import type { GrammarLanguage } from '../common/languages.ts'

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

/** Statements stand in functions. A macro that declares something is written like a call, in capitals. */
function statementOutside(kinds: RegExp, isDeclaring: (node: Node) => boolean): Gap {
  return {
    kinds: ['translation_unit', 'program', 'source_file'],
    found: (root) => {
      const outside = root.namedChildren.find((node) => node && kinds.test(node.type) && !isDeclaring(node))
      return outside ? `a statement outside of a function: ${firstWords(outside)}` : undefined
    },
  }
}

/** Only what makes or unmakes an object of a class, and what is an operator of conversion, has no type before its name. */
const functionWithoutType: Gap = {
  kinds: ['function_definition'],
  found: (node) => {
    const place = node.parent?.type === 'template_declaration' ? node.parent.parent : node.parent
    const isOutside = place?.type === 'translation_unit' || place?.parent?.type === 'namespace_definition'
    if (!isOutside || node.childForFieldName('type') !== null) return undefined
    const head = node.childForFieldName('declarator')?.childForFieldName('declarator')?.text ?? '~'
    const names = head.replaceAll(/<[^<>]*>|\s/g, '').split('::')
    const [owner, name = ''] = [names.at(-2), names.at(-1)]
    const isOfClass = owner === name || /^(?:~|operator\b)/.test(name) || /^[A-Z][A-Z0-9_]+$/.test(head)
    return isOfClass ? undefined : `${firstWords(node)} has no type`
  },
}

const emptyCast: Gap = {
  kinds: ['template_argument_list'],
  found: (node) =>
    /^<\s*>$/.test(node.text) &&
    /^(?:static|dynamic|const|reinterpret)_cast$/.test(node.previousSibling?.text ?? '')
      ? 'a type is missing'
      : undefined,
}

const emptyRequirement: Gap = {
  kinds: ['requirement_seq'],
  found: ({ text }) => (/;\s*;/.test(text) ? 'a requirement is missing' : undefined),
}

const enumOfType: Gap = {
  kinds: ['enum_specifier'],
  found: ({ text }) =>
    /^enum\s+(?:class\s+|struct\s+)?\w+\s*::\s*(?:char|short|int|long|unsigned|signed|bool)\b/.test(text)
      ? 'a type is no name'
      : undefined,
}

/** A name alone in a struct is neither a type nor a field. */
const fieldWithoutType: Gap = {
  kinds: ['field_declaration'],
  found: (node) =>
    node.childForFieldName('type')?.type === 'type_identifier' &&
    node.childForFieldName('declarator') === null
      ? `${firstWords(node)} has no type`
      : undefined,
}

function firstWords(node: Node): string {
  return JSON.stringify(node.text.slice(0, 40).split('\n', 1)[0])
}

const controls = 'if|for|while|do|switch|return|break|continue|goto|throw|try|expression'
const statementOutsideC = statementOutside(
  new RegExp(`^(?:${controls}|labeled|for_range_loop)(?:_statement)?$`),
  ({ text }) => /^(?:[A-Z][A-Z0-9_]*|_?[Ss]tatic_assert)\s*(?:\(|;|$)/.test(text) || text === ';',
)
const statementOutsideJava = statementOutside(
  new RegExp(`^(?:${controls}|enhanced_for|assert|yield|synchronized)_statement$`),
  () => false,
)
const statementOutsideRust = statementOutside(/^(?:let_declaration|expression_statement)$/, (node) =>
  node.namedChildren.some((child) => child?.type === 'macro_invocation'),
)

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
    // What an arrow leads to may be a value.
    if (node.parent?.type === 'switch_rule') return undefined
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

const parameterWithoutType: Gap = {
  kinds: ['parameter'],
  found: (node) =>
    /^(?:method|constructor|operator|conversion_operator|delegate)_declaration$/.test(
      node.parent?.parent?.type ?? '',
    ) && node.childForFieldName('type') === null
      ? `${firstWords(node)} has no type`
      : undefined,
}

const emptyPlace: Gap = {
  kinds: ['array_rank_specifier', 'initializer_expression'],
  found: ({ type, text, namedChildren }) => {
    if (type === 'initializer_expression') return /^\{\s*,/.test(text) ? 'a value is missing' : undefined
    return namedChildren.length > 0 && /,\s*,|^\[\s*,|,\s*\]$/.test(text) ? 'a size is missing' : undefined
  },
}

const valueAsStatement: Gap = {
  kinds: ['expression_statement'],
  found: (node) =>
    /^(?:identifier|binary_expression|member_access_expression|\w+_literal)$/.test(
      node.namedChildren[0]?.type ?? '',
    )
      ? 'not a statement'
      : undefined,
}

const emptyGoto: Gap = {
  kinds: ['goto_statement'],
  found: ({ text }) => (/^goto\s+case\s*;$/.test(text) ? 'a value is missing' : undefined),
}

/** Names without values are a reference to a function: `f(a:b:)`. */
const missingValue: Gap = {
  kinds: ['value_arguments'],
  found: ({ children }) =>
    children.some((child) => child?.type === ',') &&
    children.some((child) => child?.childForFieldName('reference_specifier'))
      ? 'a value is missing'
      : undefined,
}

/** Only parameters have a name of their own next to the one that callers use. */
const tupleOfTwoNames: Gap = {
  kinds: ['tuple_type'],
  found: ({ text, parent }) =>
    parent?.type !== 'function_type' && /^\(\s*_\s+\w+\s*:/.test(text)
      ? 'an element of a tuple has two names'
      : undefined,
}

const gaps: { readonly [L in GrammarLanguage]?: readonly Gap[] } = {
  c: [bodyWithoutParameters, fieldWithoutType, statementOutsideC],
  cpp: [
    bodyWithoutParameters,
    functionWithoutType,
    emptyCast,
    emptyRequirement,
    enumOfType,
    fieldWithoutType,
    statementOutsideC,
  ],
  csharp: [nameOfNoClass, parameterWithoutType, emptyPlace, valueAsStatement, emptyGoto],
  java: [statementOutsideJava, notAStatement, nameOfNoClass, javaEscape],
  rust: [statementOutsideRust],
  swift: [missingValue, tupleOfTwoNames],
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
