/**
 * Languages checked by a tree-sitter grammar: whether a text parses, and where it stops doing so.
 */
import { fileURLToPath } from 'node:url'
import { Language, type Node, Parser } from 'web-tree-sitter'
import { type Check, complaint, type GrammarLanguage, invalidSyntax, validSyntax } from './languages.ts'

const grammarOf: { readonly [L in GrammarLanguage | 'python']: string } = {
  c: 'c',
  cpp: 'cpp',
  csharp: 'c_sharp',
  go: 'go',
  java: 'java',
  python: 'python',
  ruby: 'ruby',
  rust: 'rust',
  swift: 'swift',
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
    // In Go a line end ends a declaration, and the last line needs one too.
    const tree = parser.parse(code.endsWith('\n') ? code : `${code}\n`)!
    try {
      return read(tree.rootNode)
    } finally {
      tree.delete()
    }
  }
  return {
    check: (code) => parsed(code, (root) => (root.hasError ? invalidSyntax(firstError(root)) : validSyntax)),
    count: (code, kinds) => parsed(code, (root) => root.descendantsOfType([...kinds]).length),
  }
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
  const text = node.text.trimStart().split('\n', 1)[0]!
  const shown = text.length > shownMax ? `${text.slice(0, shownMax)}...` : text
  const what = node.isMissing
    ? `${JSON.stringify(node.type)} is missing`
    : `unexpected ${JSON.stringify(shown)}`
  return complaint(row + 1, column + 1, what)
}
