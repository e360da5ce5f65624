/**
 * Languages checked by a tree-sitter grammar: whether a text parses, and where it stops doing so.
 */

import { fileURLToPath } from 'node:url'
import { Language, type Node, Parser } from 'web-tree-sitter'
import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import {
  type Check,
  complaint,
  type GrammarLanguage,
  invalidSyntax,
  validSyntax,
} from '../common/languages.ts'
import { restatedC } from './c-restatings.ts'
import { gapIn } from './grammar-gaps.ts'
import { restatedSwift } from './swift-restatings.ts'

const grammarOf: { readonly [L in GrammarLanguage | 'python']: string } = {
  c: 'c',
  cpp: 'cpp',
  csharp: 'c_sharp',
  java: 'java',
  python: 'python',
  rust: 'rust',
  swift: 'swift',
}

/** Languages that have forms their grammar lacks: such a text is read again, in other words. */
const restatedIn: { readonly [L in GrammarLanguage | 'python']?: (code: string) => string } = {
  c: restatedC,
  cpp: restatedC,
  swift: restatedSwift,
}

const shownMax = 40

interface Grammar {
  readonly check: Check
  /** How many nodes of these kinds a text has. */
  count(code: string, kinds: readonly string[]): number
}

let started: Promise<void> | undefined

export async function loadGrammar(language: GrammarLanguage | 'python'): Promise<Grammar> {
  started ??= Parser.init()
  await started
  const file = new URL(
    `out/tree-sitter-${grammarOf[language]}.wasm`,
    import.meta.resolve('@repomix/tree-sitter-wasms/package.json'),
  )
  const parser = new Parser().setLanguage(await Language.load(fileURLToPath(file)))
  const parsed = <T>(code: string, read: (root: Node) => T): T => {
    // A last line is a line: a directive of the preprocessor ends with it.
    const tree = parser.parse(code.endsWith('\n') ? code : `${code}\n`)
    if (tree === null) throw new RowsmithError('internal', 'A parser without a grammar gave no tree.')
    try {
      return read(tree.rootNode)
    } finally {
      tree.delete()
    }
  }
  const errorIn = (code: string): string | undefined =>
    parsed(code, (root) => (root.hasError ? firstError(root) : gapError(language, root)))
  const restated = restatedIn[language]
  return {
    check: (code) => {
      const error = errorIn(code)
      if (error === undefined) return validSyntax
      const words = restated?.(code) ?? code
      const left = words === code ? error : errorIn(words)
      return left === undefined ? validSyntax : invalidSyntax(left)
    },
    count: (code, kinds) => parsed(code, (root) => root.descendantsOfType([...kinds]).length),
  }
}

function gapError(language: GrammarLanguage | 'python', root: Node): string | undefined {
  const gap = language === 'python' ? undefined : gapIn(language, root)
  if (gap === undefined) return undefined
  const { row, column } = gap.node.startPosition
  return complaint(row + 1, column + 1, gap.what)
}

/** What is wrong first, where it begins. */
function firstError(root: Node): string {
  let node = root
  while (!node.isError && !node.isMissing) {
    const inside = node.children.find((child) => child?.hasError || child?.isMissing)
    if (inside === undefined || inside === null) break
    node = inside
  }
  const { row, column } = node.startPosition
  const text = present(node.text.trimStart().split('\n', 1)[0], 'parts')
  const shown = text.length > shownMax ? `${text.slice(0, shownMax)}...` : text
  const what = node.isMissing
    ? `${JSON.stringify(node.type)} is missing`
    : `unexpected ${JSON.stringify(shown)}`
  return complaint(row + 1, column + 1, what)
}
