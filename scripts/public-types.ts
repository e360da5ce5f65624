/**
 * The public types of the package, as text: every exported name of the front door and the subpaths, with its declaration as it is
 * written, without comments and bodies. `npm run public-types` writes them to test/architecture/public-types.txt; a test compares.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import ts from 'typescript'

const root = resolve(import.meta.dirname, '..')
/** Where the text is, for review. */
export const publicTypesFile = resolve(root, 'test/architecture/public-types.txt')

/** What package.json exports: the front door is `src/index.ts`, a subpath the file of its name in `src/entries/`. */
const { exports } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as { exports: object }
const subpaths = Object.keys(exports).filter((key) => key !== '.' && !key.endsWith('.json'))
const entries: readonly (readonly [name: string, file: string])[] = [
  ['rowsmith', 'src/index.ts'],
  ...subpaths.map((key) => [key.replace('.', 'rowsmith'), `src/entries${key.slice(1)}.ts`] as const),
]

const printer = ts.createPrinter({ removeComments: true })
const parsed = new Map<string, ts.SourceFile>()

/** The whole text. */
export function publicTypes(): string {
  return entries.map(([name, file]) => `${name}\n\n${namesOf(resolve(root, file)).join('\n')}\n`).join('\n')
}

function parse(path: string): ts.SourceFile {
  const known = parsed.get(path)
  if (known !== undefined) return known
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true)
  parsed.set(path, file)
  return file
}

/** One text per exported name, sorted. */
function namesOf(path: string): string[] {
  const found: string[] = []
  for (const statement of parse(path).statements) {
    if (!ts.isExportDeclaration(statement) || statement.exportClause === undefined) continue
    if (!ts.isNamedExports(statement.exportClause)) continue
    const target = resolve(dirname(path), (statement.moduleSpecifier as ts.StringLiteral).text)
    for (const { name, propertyName } of statement.exportClause.elements) {
      const declared = declarationIn(target, (propertyName ?? name).text)
      found.push(propertyName === undefined ? declared : `${name.text}: ${declared}`)
    }
  }
  return found.sort()
}

/** The declaration of an exported name, followed through files that only pass it on. */
function declarationIn(path: string, name: string): string {
  const file = parse(path)
  const texts: string[] = []
  for (const statement of file.statements) {
    if (ts.isExportDeclaration(statement) && statement.exportClause && statement.moduleSpecifier) {
      if (!ts.isNamedExports(statement.exportClause)) continue
      const passed = statement.exportClause.elements.find((element) => element.name.text === name)
      if (passed === undefined) continue
      const target = resolve(dirname(path), (statement.moduleSpecifier as ts.StringLiteral).text)
      return declarationIn(target, (passed.propertyName ?? passed.name).text)
    }
    if (declares(statement, name)) texts.push(textOf(statement, file))
  }
  if (texts.length === 0) throw new Error(`${relative(root, path)} does not declare ${name}`)
  return texts.join('\n')
}

function declares(statement: ts.Statement, name: string): boolean {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.some(
      (each) => ts.isIdentifier(each.name) && each.name.text === name,
    )
  return (
    (ts.isFunctionDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement)) &&
    statement.name?.text === name
  )
}

/** A declaration without what only its own file needs to know. */
function textOf(statement: ts.Statement, file: ts.SourceFile): string {
  const { transformed } = ts.transform(statement, [(context) => (node) => withoutBodies(node, context)])
  return printer.printNode(ts.EmitHint.Unspecified, transformed[0]!, file).replace(/^export /, '')
}

function withoutBodies(node: ts.Statement, context: ts.TransformationContext): ts.Statement {
  const { factory } = context
  if (ts.isFunctionDeclaration(node)) {
    const { modifiers, asteriskToken, name, typeParameters, parameters, type } = node
    return factory.createFunctionDeclaration(
      modifiers,
      asteriskToken,
      name,
      typeParameters,
      parameters,
      type,
      undefined,
    )
  }
  if (ts.isVariableStatement(node)) {
    const [declared] = node.declarationList.declarations
    const type = declared?.type ?? factory.createKeywordTypeNode(ts.SyntaxKind.UnknownKeyword)
    const short = factory.createVariableDeclaration(declared!.name, undefined, type)
    return factory.createVariableStatement(node.modifiers, [short])
  }
  if (!ts.isClassDeclaration(node)) return node
  const members = node.members
    .filter((member) => !isPrivate(member))
    .map((member) => signature(member, factory))
  return factory.updateClassDeclaration(
    node,
    node.modifiers,
    node.name,
    node.typeParameters,
    node.heritageClauses,
    members,
  )
}

function isPrivate(member: ts.ClassElement): boolean {
  return member.name !== undefined && ts.isPrivateIdentifier(member.name)
}

function signature(member: ts.ClassElement, factory: ts.NodeFactory): ts.ClassElement {
  if (ts.isConstructorDeclaration(member))
    return factory.createConstructorDeclaration(member.modifiers, member.parameters, undefined)
  if (ts.isMethodDeclaration(member)) {
    const { modifiers, asteriskToken, name, questionToken, typeParameters, parameters, type } = member
    return factory.createMethodDeclaration(
      modifiers,
      asteriskToken,
      name,
      questionToken,
      typeParameters,
      parameters,
      type,
      undefined,
    )
  }
  if (ts.isPropertyDeclaration(member))
    return factory.createPropertyDeclaration(
      member.modifiers,
      member.name,
      member.questionToken,
      member.type,
      undefined,
    )
  return member
}

if (process.argv[1] === import.meta.filename) writeFileSync(publicTypesFile, publicTypes())
