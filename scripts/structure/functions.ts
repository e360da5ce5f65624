/** How long the functions of a source are, for `npm run structure` and the test that keeps them short. */
import ts from 'typescript'

/** Of a function, with its braces. */
export const linesMax = 60
/** Of the front door. */
export const indexLinesMax = 150

export interface Source {
  /** Below src. */
  readonly path: string
  readonly text: string
  readonly tree: ts.SourceFile
}

export interface MeasuredFunction {
  readonly place: string
  readonly name: string
  readonly lines: number
}

/** A node with everything below it; tokens, which hold nothing, are left out. */
export function nodesOf(node: ts.Node): ts.Node[] {
  const nodes = [node]
  // The list grows while it is walked.
  for (const each of nodes) ts.forEachChild(each, (child) => void nodes.push(child))
  return nodes
}

/** What a function is called: by its own name, or by that of what it is assigned to. */
function nameOf(node: ts.FunctionLikeDeclaration): string {
  if (node.name !== undefined) return node.name.getText()
  if (ts.isConstructorDeclaration(node)) return 'constructor'
  const { parent } = node
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)
    ? parent.name.getText()
    : 'a function'
}

export function functionsOf({ path, tree }: Omit<Source, 'text'>): MeasuredFunction[] {
  return nodesOf(tree).flatMap((node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return []
    const first = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line
    const last = tree.getLineAndCharacterOfPosition(node.getEnd()).line
    const name = nameOf(node as ts.FunctionLikeDeclaration)
    return [{ place: `src/${path}:${first + 1}`, name, lines: last - first + 1 }]
  })
}
