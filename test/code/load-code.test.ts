import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sourceHash } from '../../src/code/source-hash.ts'
import { sourceOf } from '../../src/config/reading/source.ts'
import { nodeDisk } from '../../src/disk/node-disk.ts'
import { configFromCode } from '../../src/entries/config.ts'
import { customColumn, loadConfig } from '../../src/index.ts'
import { failureOf } from '../support/small-runs.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rowsmith-code-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, text: string): string {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}

const columns = `columns: [{ name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} }]`

describe('a config that is a module', () => {
  it.each([
    ['is its default export', `export default { ${columns} }`],
    ['or what a function returns', `export default () => ({ ${columns} })`],
    ['or what an async one does', `export default async () => ({ ${columns} })`],
    ['with types, which are stripped', `interface A { x: number }\nexport default { ${columns} } as object`],
  ])('%s', async (_, text) => {
    const config = await loadConfig(write('dataset.ts', text))
    expect(config.columns.map(({ name }) => name)).toEqual(['id'])
  })

  it('may be CommonJS', async () => {
    const config = await loadConfig(write('dataset.cjs', `module.exports = { ${columns} }`))
    expect(config.columns).toHaveLength(1)
  })

  it('may import another copy of Rowsmith, whose declarations count', async () => {
    const copy = (name: string) => JSON.stringify(join(import.meta.dirname, '../../src', name))
    const path = write(
      'dataset.ts',
      `import { customColumn } from ${copy('code/functions.ts')}
      import { defineTool } from ${copy('tools/toolbox/function-tool.ts')}
      const made = customColumn({ requiredColumns: ['id'], type: 'int' }, () => 1)
      const look = defineTool({ name: 'look', description: 'x' }, () => 'seen')
      export default { columns: [{ name: 'a', column_type: 'custom', generator_function: made }],
        tool_configs: [{ tool_alias: 't', providers: [look] }] }`,
    )
    const { code } = sourceOf(await loadConfig(path))
    expect(code!.functions.get('a')).toMatchObject({ requiredColumns: ['id'], type: 'int' })
    expect(code!.tools.get('look')).toMatchObject({ description: 'x' })
  })

  it('is loaded anew after an edit', async () => {
    const path = write('dataset.mjs', `export default { ${columns} }`)
    await loadConfig(path)
    write('dataset.mjs', `export default { ${columns.replace("'id'", "'key'")} }`)
    expect((await loadConfig(path)).columns[0]?.name).toBe('key')
  })

  it('is loaded anew with what it imports, also what a function imports later; an edit of CommonJS is refused', () => {
    write('lib.mjs', `export { default as v } from './c.cjs'`)
    write('c.cjs', `module.exports = require('./d')`)
    write('d.js', 'module.exports = 1')
    write('late.mjs', 'export default 1')
    write(
      'dataset.mjs',
      `import { v } from './lib.mjs'
      const late = async () => [v, (await import('./late.mjs')).default, typeof (await import('rowsmith')).defineConfig].join()
      export default { columns: [{ name: 'a', column_type: 'custom', generator_function: late }] }`,
    )
    const script = write(
      'script.mjs',
      `import { writeFileSync } from 'node:fs'
      import { loadConfig } from ${JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)}
      import { sourceOf } from ${JSON.stringify(new URL('../../src/config/reading/source.ts', import.meta.url).href)}
      process.chdir(${JSON.stringify(folder)})
      for (const [name, text] of [['d.js', 'module.exports = 1'], ['late.mjs', 'export default 2'], ['d.js', 'module.exports = 2'], ['x', '']]) {
        const config = await loadConfig('dataset.mjs').catch((error) => console.log(error.message))
        if (config === undefined) continue
        const [generator] = sourceOf(config).code.functions.values()
        console.log(await generator.call())
        writeFileSync(name, text)
      }`,
    )
    const said = execFileSync(process.execPath, ['--no-warnings', script], { encoding: 'utf8' })
    expect(said.trim().split('\n')).toEqual([
      '1,1,function',
      '1,1,function',
      '1,2,function',
      expect.stringMatching(/d\.js was edited after this process had loaded it$/),
    ])
  })

  it('whole numbers are integers, as in a file', async () => {
    const path = write(
      'd.mjs',
      `export default { columns: [{ name: 'n', column_type: 'sampler', sampler_type: 'category', params: { values: [1, 2.5] } }] }`,
    )
    expect((await loadConfig(path)).columns[0]).toMatchObject({ params: { values: [1n, 2.5] } })
  })

  it.each([
    [
      'exports nothing',
      'export const a = 1',
      /the default export must be a config \(seen nothing\)/,
      'config_invalid',
    ],
    ['exports a text', 'export default "x"', /seen a string/, 'config_invalid'],
    ['throws', 'const a = 1\nthrow new Error("no luck")', /d\.mjs:2: Error: no luck$/, 'config_unreadable'],
    ['does not parse', 'export default {', /d\.mjs(:\d+)?: \w*Error: /, 'config_unreadable'],
    ['imports what is not there', 'import "./gone.mjs"', /gone\.mjs/, 'config_unreadable'],
    [
      'has what no config can hold',
      'export default { columns: [{ name: Symbol("x") }] }',
      /columns\[0\]\.name: is a symbol/,
      'config_invalid',
    ],
    ['is wrong as a config', 'export default { colums: [] }', /colums: unknown key/, 'config_invalid'],
  ])('that %s is refused in one line', async (_, text, message, code) => {
    const error = await failureOf(loadConfig(write('d.mjs', text)))
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('\n')
    expect(error.code).toBe(code)
  })
})

describe('what functions depend on', () => {
  const entry = `import { a } from './lib/a.ts'\nexport default a`
  const hashOf = () => sourceHash(nodeDisk, join(folder, 'dataset.ts'))
  beforeEach(() => {
    write('dataset.ts', entry)
    write(
      'lib/a.ts',
      `export { a } from '../b.js'\nimport rows from './rows.json' with { type: 'json' }\nvoid rows`,
    )
    write('lib/rows.json', '[1]')
    write('b.js', 'export const a = () => import("./c.mjs")')
    write('c.mjs', 'export const c = 1')
  })

  it('is every file that is imported, however', async () => {
    const before = await hashOf()
    for (const [name, text] of [
      ['lib/rows.json', '[2]'],
      ['lib/a.ts', `export { a } from '../b.js'`],
      ['b.js', 'export const a = () => import("./c.mjs"), x = 1'],
      ['c.mjs', 'export const c = 2'],
    ] as const) {
      const old = await hashOf()
      write(name, text)
      expect(await hashOf(), name).not.toBe(old)
    }
    expect(await hashOf()).not.toBe(before)
  })

  it('is not comments, white space, other files, or where the folder lies', async () => {
    const before = await hashOf()
    write('dataset.ts', `// what it is for\n${entry.replace(' from', '  from')}\n\n`)
    write('other.ts', 'export {}')
    expect(await hashOf()).toBe(before)
  })

  it('counts a file that is gone', async () => {
    const before = await hashOf()
    rmSync(join(folder, 'c.mjs'))
    expect(await hashOf()).not.toBe(before)
  })
})

describe('functions of a config written as code', () => {
  const shout = customColumn({ type: 'str' }, () => 'A')
  const column = (generator: unknown, name = 'a') => ({
    name,
    column_type: 'custom',
    generator_function: generator,
  })

  it('are known by their own name, a declared one, or that of their column', () => {
    function loud() {
      return 1
    }
    const named = customColumn({ name: 'quiet' }, () => 2)
    const config = configFromCode(
      { columns: [column(loud, 'x'), column(named, 'y'), column(() => 3, 'z')] },
      'test',
    )
    expect(config.columns.map((each) => 'generator_function' in each && each.generator_function)).toEqual([
      'loud',
      'quiet',
      'z',
    ])
    expect(configFromCode({ columns: [column(shout)] }, 'test').columns[0]).toMatchObject({
      generator_function: 'a',
    })
  })

  it('of one name have to be the same', () => {
    const one = customColumn({ name: 'same' }, () => 1)
    const other = customColumn({ name: 'same' }, () => 2)
    expect(() => configFromCode({ columns: [column(one), column(one, 'b')] }, 'test')).not.toThrow()
    expect(() => configFromCode({ columns: [column(one), column(other, 'b')] }, 'test')).toThrow(
      'test: columns[1].generator_function: is another function that is called "same" too',
    )
  })

  it('cannot be declared with a type that there is not', () => {
    expect(() => customColumn({ type: 'text' as never }, () => 1)).toThrow(
      'types are str, int, float, bool, json',
    )
    expect(() => customColumn({ maxConcurrency: 0 }, () => 1)).toThrow('maxConcurrency must be')
  })
})
