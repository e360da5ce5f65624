/** What npm would publish works in an empty project: the command, the library, the types. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeConfigs } from '../support/code-configs.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

const config = `
model_configs: [{ alias: writer, provider: simulator, model: simulated }]
columns:
  - { name: topic, column_type: sampler, sampler_type: category, params: { values: [tea, rope] } }
  - { name: text, column_type: llm-text, model_alias: writer, prompt: "Write about {{ topic }}." }
`

const script = `
import { create, RowsmithError } from 'rowsmith'
const results = await create('config.yaml', { numRecords: 6, datasetName: 'by-library' })
const rows = []
for await (const row of results.rows()) rows.push(row)
console.log(JSON.stringify({ decision: results.decision, rows: rows.length, count: await results.countRecords(), topic: typeof rows[0].topic }))
try {
  await create('missing.yaml')
} catch (error) {
  console.log(JSON.stringify({ isInstance: RowsmithError.isInstance(error), code: error.code }))
}
`

const typed = `
import { create, type CreateOptions, dataset, RowsmithError } from 'rowsmith'
import { category, llmText } from 'rowsmith/columns'
const options: CreateOptions = { numRecords: 1 }
export const count: Promise<number> = create('config.yaml', options).then((results) => results.countRecords())
export const code = (error: RowsmithError): string => error.code

const reviews = dataset({ models: { writer: 'simulator/m' } })
  .column('topic', category(['tea', 'rope']))
  .column('text', llmText({ model: 'writer', prompt: 'Write about {{ topic }}.' }))
export const topic: 'tea' | 'rope' = reviews.Row.topic
// @ts-expect-error there is no such column
reviews.column('more', llmText({ model: 'writer', prompt: 'Write about {{ topik }}.' }))
`

describe('the packed package', () => {
  let project = ''

  beforeAll(async () => {
    project = mkdtempSync(join(tmpdir(), 'rowsmith-pack-'))
    await run('npm', ['pack', '--pack-destination', project], { cwd: root })
    const tarball = readdirSync(project).find((name) => name.endsWith('.tgz'))
    writeFileSync(
      join(project, 'package.json'),
      JSON.stringify({ name: 'user', private: true, type: 'module' }),
    )
    writeFileSync(join(project, 'config.yaml'), config)
    writeFileSync(join(project, 'script.ts'), script)
    writeFileSync(join(project, 'typed.ts'), typed)
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', `./${tarball}`], {
      cwd: project,
    })
  })

  afterAll(() => rmSync(project, { recursive: true, force: true, maxRetries: 5 }))

  test('runs the command', async () => {
    const { stdout } = await run(
      'npx',
      ['--no-install', 'rowsmith', 'create', 'config.yaml', '-n', '5', '--json', '--quiet'],
      {
        cwd: project,
      },
    )
    expect(JSON.parse(stdout)).toMatchObject({ decision: 'fresh', rows_written: 5, exit_code: 0 })
  })

  test('serves its pages with every module that they import', async () => {
    const given = ['create', 'config.yaml', '-n', '2', '-d', 'viewed', '--view', '--quiet']
    const child = spawn(process.execPath, ['node_modules/rowsmith/bin/rowsmith.js', ...given], {
      cwd: project,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const ended = once(child, 'exit')
    try {
      let said = ''
      const address = await new Promise<string>((found, failed) => {
        child.stderr.setEncoding('utf8').on('data', (text: string) => {
          said += text
          const url = /page of this run: (http:\S+)\n/.exec(said)?.[1]
          if (url !== undefined) found(url)
        })
        child.on('close', () => failed(new Error(`no page: ${said}`)))
      })
      const open = ['/', '/page.css', '/main.js', '/dev.js']
      const seen = new Set(open)
      for (const path of open) {
        const response = await fetch(new URL(path, address))
        expect([path, response.status]).toEqual([path, 200])
        for (const [, name] of (await response.text()).matchAll(/(?:from|import)\s*"\.(\/[^"]+)"/g)) {
          if (!seen.has(name!)) open.push(name!)
          seen.add(name!)
        }
      }
      expect(open.length).toBeGreaterThan(4)
    } finally {
      child.kill('SIGKILL')
      await ended
    }
  })

  test('runs as a library', async () => {
    const { stdout } = await run(process.execPath, ['script.ts'], { cwd: project })
    const [made, failed] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(made).toEqual({ decision: 'fresh', rows: 6, count: 6, topic: 'string' })
    expect(failed).toEqual({ isInstance: true, code: 'config_not_found' })
  })

  test.each([
    ['module', ['config.ts']],
    ['commonjs', ['config.ts', 'config.js', 'config.cjs']],
  ])('runs configs that are code in a project of type %s', async (type, names) => {
    const folder = join(project, type)
    mkdirSync(folder)
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type }))
    for (const name of names) {
      writeFileSync(join(folder, name), codeConfigs[name]!)
      const asked = ['create', name, '-n', '2', '-d', `of-${name}`, '--json', '--quiet']
      const { stdout } = await run(process.execPath, ['../node_modules/rowsmith/bin/rowsmith.js', ...asked], {
        cwd: folder,
      })
      expect(JSON.parse(stdout), name).toMatchObject({ rows_written: 2, exit_code: 0 })
    }
  })

  test('brings types that check under strict rules', async () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const flags = [
      '--strict',
      '--noEmit',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--exactOptionalPropertyTypes',
    ]
    const types = ['--typeRoots', join(root, 'node_modules/@types'), '--types', 'node']
    await run(process.execPath, [tsc, ...flags, ...types, 'typed.ts'], { cwd: project })
  })

  test('has exports that publint finds nothing wrong with', async () => {
    await run(
      process.execPath,
      [join(root, 'node_modules/publint/src/cli.js'), '--strict', 'node_modules/rowsmith'],
      {
        cwd: project,
      },
    )
  })

  test('holds no source, no test and nothing of the machine it was made on', async () => {
    const names = readdirSync(join(project, 'node_modules/rowsmith')).sort()
    expect(names).toEqual([
      'AGENTS.md',
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'bin',
      'dist',
      'docs',
      'examples',
      'llms.txt',
      'package.json',
      'schemas',
    ])
  })
})
