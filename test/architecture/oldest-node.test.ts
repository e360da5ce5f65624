/** Sources run as they are written, so none may hold syntax that the oldest Node of package.json cannot read. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'

const source = fileURLToPath(new URL('../../src', import.meta.url))

test('no source declares with `using`, which Node 22 cannot read', () => {
  const found: string[] = []
  for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue
    const file = ts.createSourceFile(name, readFileSync(join(source, name), 'utf8'), ts.ScriptTarget.ESNext)
    const visit = (node: ts.Node): void => {
      if (ts.isVariableDeclarationList(node) && node.flags & ts.NodeFlags.Using & ~ts.NodeFlags.Const) {
        found.push(`src/${name}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1}`)
      }
      ts.forEachChild(node, visit)
    }
    visit(file)
  }
  expect(found).toEqual([])
})
