/** Sources run as they are written, so none may hold syntax that the oldest Node of package.json cannot read. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { requireNode } from '../../src/base/errors/node-version.ts'

const source = fileURLToPath(new URL('../../src', import.meta.url))

test('no source declares with `using`, which Node 22 cannot read', () => {
  const found: string[] = []
  for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue
    const text = readFileSync(join(source, name), 'utf8')
    // The word stands in many comments: only a parser tells it from a declaration.
    if (!/\busing\b/.test(text)) continue
    const file = ts.createSourceFile(name, text, ts.ScriptTarget.ESNext)
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

test('no source imports by name what Node 20 lacks: the library could not say its sentence there', () => {
  const newer = /\b(zstd\w+|createZstd\w+|crc32|registerHooks|getCACertificates)\b/i
  const found: string[] = []
  for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue
    const text = readFileSync(join(source, name), 'utf8')
    for (const [whole, names = ''] of text.matchAll(/import \{([^}]*)\} from 'node:\w+'/g)) {
      if (newer.test(names)) found.push(`src/${name}: ${whole}`)
    }
  }
  expect(found).toEqual([])
})

test.each([
  ['20.20.2', false],
  ['22.17.1', false],
  ['22.18.0', true],
  ['24.0.0', true],
  ['26.1.0', true],
])('the library on Node %s: %s', (version, runs) => {
  if (runs) expect(() => requireNode(version)).not.toThrow()
  else
    expect(() => requireNode(version)).toThrow(`Rowsmith needs Node 22.18 or newer, and this is ${version}`)
})
