import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sourceHash } from '../../src/code/source-hash.ts'
import { nodeDisk } from '../../src/disk/node-disk.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rowsmith-hash-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, text: string | Uint8Array): void {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

const hashOf = (name = 'c.mts'): Promise<string> => sourceHash(nodeDisk, join(folder, name))

async function hashOfText(text: string, name = 'c.mts'): Promise<string> {
  write(name, text)
  return hashOf(name)
}

/** A template with one value in it. */
const template = (head: string, tail: string): string => `x = \`${head}$\{y}${tail}\``

/** Two programs that differ in one token only, by the kind of token. */
const tokens: readonly (readonly [string, string, string])[] = [
  ['regular expression', 'x = s.replace(/1/g, y)', 'x = s.replace(/[0-9]/g, y)'],
  ['flags of a regular expression', 'x = /a/g', 'x = /a/gi'],
  ['number', 'x = 1', 'x = 2'],
  ['number in another form', 'x = 1', 'x = 1.0'],
  ['bigint', 'x = 10n', 'x = 11n'],
  ['string', 'x = "a"', 'x = "b"'],
  ['escape in a string', 'x = "\\n"', 'x = "n"'],
  ['template without values', 'x = `a`', 'x = `b`'],
  ['head of a template', template('a', 'c'), template('b', 'c')],
  ['tail of a template', template('a', 'c'), template('a', 'd')],
  ['white space in a template', 'x = `a b`', 'x = `a  b`'],
  ['line break in a template', 'x = `a\nb`', 'x = `a b`'],
  ['tag of a template', 'x = f`a`', 'x = g`a`'],
  ['escape in a tagged template', 'x = f`\\n`', 'x = f`\n`'],
  ['name', 'x = y', 'x = z'],
  [
    'private name',
    'class A { #a = 1; b() { return this.#a } #c = 2 }',
    'class A { #a = 1; b() { return this.#c } #c = 2 }',
  ],
  ['keyword', 'let x = 1', 'var x = 1'],
  ['null and undefined', 'x = null', 'x = undefined'],
  ['truth', 'x = true', 'x = false'],
  ['comparison', 'x = y < z', 'x = y <= z'],
  ['equality', 'x = y == z', 'x = y === z'],
  ['arithmetic', 'x = y + z', 'x = y - z'],
  ['multiplication', 'x = y * z', 'x = y ** z'],
  ['shift', 'x = y >> z', 'x = y >>> z'],
  ['bits', 'x = y & z', 'x = y | z'],
  ['logic', 'x = y || z', 'x = y ?? z'],
  ['assignment', 'x += 1', 'x -= 1'],
  ['logical assignment', 'x ||= 1', 'x ??= 1'],
  ['increment', 'x++', 'x--'],
  ['side of an increment', 'y = ++x', 'y = x++'],
  ['prefix', 'x = !y', 'x = ~y'],
  ['optional chain', 'x = y.z', 'x = y?.z'],
  ['spread', 'x = [y]', 'x = [...y]'],
  ['hole', 'x = [1, 2]', 'x = [1, , 2]'],
  ['brackets', 'x = (1 + 2) * 3', 'x = 1 + 2 * 3'],
  ['async', 'x = () => 1', 'x = async () => 1'],
  ['generator', 'x = function () {}', 'x = function* () {}'],
  ['await', 'async function f() { return y }', 'async function f() { return await y }'],
  ['getter and setter', 'x = { get a() { return 1 } }', 'x = { a() { return 1 } }'],
  ['static', 'class A { a = 1 }', 'class A { static a = 1 }'],
  ['directive', 'function f() { "use strict"; return this }', 'function f() { return this }'],
  ['label', 'a: for (;;) { b: for (;;) { break a } }', 'a: for (;;) { b: for (;;) { break b } }'],
  ['using', 'async function f() { using x = y }', 'async function f() { await using x = y }'],
]

/** Two programs with the same tokens, told apart by a line break that ends a statement. */
const lineBreaks: readonly (readonly [string, string, string])[] = [
  ['return', 'function f(s) { return s }', 'function f(s) { return\ns }'],
  ['return, behind a comment', 'function f(s) { return s }', 'function f(s) { return /*\n*/ s }'],
  ['yield', 'function* f(s) { yield s }', 'function* f(s) { yield\ns }'],
  ['break', 'a: for (;;) { break a }', 'a: for (;;) { break\na }'],
  ['continue', 'a: for (;;) { continue a }', 'a: for (;;) { continue\na }'],
  ['increment', 'let a = 1, b = 1; a++\nb', 'let a = 1, b = 1; a\n++b'],
  [
    'async',
    'var async, f; (() => { async function f() {} })',
    'var async, f; (() => { async\nfunction f() {} })',
  ],
]

/** Two modules that differ in what they declare only. */
const declarations: readonly (readonly [string, string, string])[] = [
  ['type', 'f({ type: "str" }, g)', 'f({ type: "int" }, g)'],
  ['side columns', 'f({ sideEffectColumns: { a: "str" } }, g)', 'f({ sideEffectColumns: { b: "str" } }, g)'],
  ['columns read', 'f({ requiredColumns: ["a"] }, g)', 'f({ requiredColumns: ["b"] }, g)'],
  ['models', 'f({ modelAliases: ["a"] }, g)', 'f({ modelAliases: ["b"] }, g)'],
  ['effect', 'f({ effect: true }, g)', 'f({ effect: false }, g)'],
  ['name', 'f({ name: "a" }, g)', 'f({ name: "b" }, g)'],
  ['const', 'const a = 1', 'let a = 1'],
  ['function', 'function f() { return 1 }', 'function f() { return 2 }'],
  ['default of a parameter', 'const f = (a = 1) => a', 'const f = (a = 2) => a'],
  ['class', 'class A { b() { return 1 } }', 'class A { b() { return 2 } }'],
  ['static block', 'class A { static { x = 1 } }', 'class A { static { x = 2 } }'],
  ['import', 'import { a } from "p"', 'import { b as a } from "p"'],
  ['attributes of an import', 'import a from "./p.json" with { type: "json" }', 'import a from "./p.json"'],
  ['package', 'import { a } from "p"', 'import { a } from "q"'],
  ['enum', 'enum A { b = 1 }', 'enum A { b = 2 }'],
]

describe('two programs', () => {
  it.each([...tokens, ...lineBreaks, ...declarations])(
    'that differ in one thing only (%s) have two hashes',
    async (_, one, other) => {
      expect(await hashOfText(one)).not.toBe(await hashOfText(other))
      const javascript = one.includes('enum') ? undefined : 'c.mjs'
      if (javascript !== undefined) {
        expect(await hashOfText(one, javascript)).not.toBe(await hashOfText(other, javascript))
      }
    },
  )

  it.each([
    ['comments', 'x = 1 // one', '/* two */ x = 1'],
    ['white space', 'f(a,b)', 'f( a,\n\n  b )'],
    ['line breaks that end nothing', 'x = a\n  .b()\n  .c()', 'x = a.b().c()'],
    ['how far a line is indented', 'if (a) {\n  b()\n}', 'if (a) {\n      b()\n}'],
  ])('that differ only in %s have one', async (_, one, other) => {
    expect(await hashOfText(one)).toBe(await hashOfText(other))
  })

  it('that do not parse count as they are written, and so do the files they name', async () => {
    write('a.mjs', '1')
    const before = await hashOfText('import "./a.mjs"\nlet let = @')
    write('a.mjs', '2')
    expect(await hashOf()).not.toBe(before)
  })
})

/** A module, and a file of one's own that it reaches. */
const ways: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  ['an import', { 'c.mts': 'import "./a.mjs"' }, 'a.mjs'],
  ['an export from elsewhere', { 'c.mts': 'export * from "./a.mjs"' }, 'a.mjs'],
  ['a dynamic import', { 'c.mts': 'export default () => import("./a.mjs")' }, 'a.mjs'],
  [
    'a dynamic import with a template as its name',
    { 'c.mts': 'export default () => import(`./a.mjs`)' },
    'a.mjs',
  ],
  ['JSON', { 'c.mts': 'import a from "./a.json" with { type: "json" }' }, 'a.json'],
  ['a source-phase import', { 'c.mts': 'import source a from "./a.wasm"' }, 'a.wasm'],
  ['a name with a query', { 'c.mts': 'import "./a.mjs?x=1"' }, 'a.mjs'],
  ['a name that is escaped', { 'c.mts': 'import "./a%20b.mjs"' }, 'a b.mjs'],
  ['require', { 'c.mts': 'module.exports = require("./a")' }, 'a.js'],
  ['require of JSON', { 'c.mts': 'module.exports = require("./a")' }, 'a.json'],
  ['require of a folder', { 'c.mts': 'require("./a")' }, 'a/index.js'],
  [
    'require of a folder with a package.json',
    { 'c.mts': 'require("./a")', 'a/package.json': '{"main": "lib/b"}' },
    'a/lib/b.js',
  ],
  ['createRequire', { 'c.mts': 'createRequire(import.meta.url)("./a.json")' }, 'a.json'],
  ['a file beside the module', { 'c.mts': 'readFileSync(new URL("./a.txt", import.meta.url))' }, 'a.txt'],
  ['import.meta.resolve', { 'c.mts': 'import.meta.resolve("./a.mjs")' }, 'a.mjs'],
  [
    'imports of package.json',
    { 'c.mts': 'import "#h"', 'package.json': '{"imports": {"#h": "./a.mjs"}}' },
    'a.mjs',
  ],
  [
    'imports with conditions',
    {
      'c.mts': 'import "#h"',
      'package.json': '{"imports": {"#h": {"node": "./a.mjs", "default": "./b.mjs"}}}',
    },
    'a.mjs',
  ],
  [
    'imports with a pattern',
    { 'lib/c.mts': '', 'c.mts': 'import "#lib/a.mjs"', 'package.json': '{"imports": {"#lib/*": "./src/*"}}' },
    'src/a.mjs',
  ],
  [
    'its own package by name',
    { 'c.mts': 'import "mine/a"', 'package.json': '{"name": "mine", "exports": {"./a": "./lib/a.mjs"}}' },
    'lib/a.mjs',
  ],
  [
    'a file that a file imports',
    { 'c.mts': 'import "./b.mts"', 'b.mts': 'import { type T, a } from "./a.mts"' },
    'a.mts',
  ],
  ['import x = require()', { 'c.mts': 'import a = require("./a.cjs")' }, 'a.cjs'],
]

describe('a file of one’s own', () => {
  it.each(ways)('counts when it is reached by %s', async (_, files, reached) => {
    for (const [name, text] of Object.entries(files)) write(name, text)
    write(reached, '1')
    const before = await hashOf()
    write(reached, '2')
    expect(await hashOf()).not.toBe(before)
  })

  it('counts when a workspace links to it', async () => {
    write('c.mts', 'import "@me/lib"')
    write('packages/lib/package.json', '{"name": "@me/lib", "exports": "./a.mjs"}')
    write('packages/lib/a.mjs', '1')
    mkdirSync(join(folder, 'node_modules/@me'), { recursive: true })
    symlinkSync(join(folder, 'packages/lib'), join(folder, 'node_modules/@me/lib'))
    const before = await hashOf()
    write('packages/lib/a.mjs', '2')
    expect(await hashOf()).not.toBe(before)
  })

  it('counts byte by byte when it is no program', async () => {
    write('c.mts', 'import source a from "./a.wasm"')
    write('a.wasm', Uint8Array.of(0xff))
    const before = await hashOf()
    write('a.wasm', Uint8Array.of(0xfe))
    expect(await hashOf()).not.toBe(before)
  })

  it('does not count when only its types are imported', async () => {
    write('c.mts', 'import type { A } from "./a.mts"')
    write('a.mts', 'export type A = 1')
    const before = await hashOf()
    write('a.mts', 'export type A = 2')
    expect(await hashOf()).toBe(before)
  })

  it('counts by its place in package.json, too', async () => {
    write('c.mts', 'import "#h"')
    write('a.mjs', '1')
    write('b.mjs', '2')
    write('package.json', '{"imports": {"#h": {"node": "./a.mjs", "default": "./b.mjs"}}}')
    const before = await hashOf()
    write('package.json', '{"imports": {"#h": {"default": "./b.mjs", "node": "./a.mjs"}}}')
    expect(await hashOf()).not.toBe(before)
  })

  it('does not count when it is an installed package', async () => {
    write('c.mts', 'import "p"')
    write('node_modules/p/package.json', '{"name": "p", "main": "a.js"}')
    write('node_modules/p/a.js', '1')
    const before = await hashOf()
    write('node_modules/p/a.js', '2')
    expect(await hashOf()).toBe(before)
  })
})
