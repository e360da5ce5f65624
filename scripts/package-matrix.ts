/**
 * `npm run package-matrix`: the packed package in projects of npm, pnpm, yarn (classic, with node_modules, with PnP) and Bun, as ESM and as
 * CommonJS, on the oldest and the newest Node it runs on, and under Bun. In each: configs in TypeScript and JavaScript, with a custom
 * column, a tool and a processor, by the command; and a program. Node 20 has to say one sentence. Prints a table; exits with 1 when one
 * failed.
 *
 *     npm run package-matrix -- [--cache FOLDER] [--only WORD]
 *
 * Runtimes and package managers come from the npm registry, into FOLDER, once.
 */
import { type ExecFileOptions, execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { codeConfigs } from '../test/support/code-configs.ts'

const { values: options } = parseArgs({
  options: {
    cache: { type: 'string', default: join(tmpdir(), 'rowsmith-package-matrix') },
    only: { type: 'string', default: '' },
  },
})

const root = join(import.meta.dirname, '..')
const run = promisify(execFile)
const nodes = ['22.18.0', '24.21.0', '26.10.0'] as const
const tools = { bun: '1.4.5', pnpm: '12.21.0', '@yarnpkg/cli-dist': '4.18.1', yarn: '1.22.22' }

/** How a package manager installs, and how its projects run a file. */
interface Manager {
  readonly name: string
  /** Files of the project next to package.json. */
  readonly files?: Readonly<Record<string, string>>
  readonly install: readonly string[]
  /** What stands in front of a program, where it is not Node itself, and what the command is. */
  readonly runs?: readonly string[]
  readonly command?: readonly string[]
  /** Whether a file with `import` in a project of CommonJS has to be called .mts or .mjs, and the command says so. */
  readonly byName?: true
  /** Run by Bun alone, in place of the Nodes. */
  readonly onBun?: true
}

const COMMAND = join('node_modules', 'rowsmith', 'bin', 'rowsmith.js')
const bin = (...path: string[]): string => join(options.cache, 'tools', 'node_modules', ...path)
const berry = (nodeLinker: string) => ({
  '.yarnrc.yml': `nodeLinker: ${nodeLinker}\nenableTelemetry: false\nenableGlobalCache: false\nenableImmutableInstalls: false\nnpmMinimalAgeGate: 0\n`,
  'yarn.lock': '',
})
const managers: readonly Manager[] = [
  { name: 'npm', install: ['npm', 'install', '--no-audit', '--no-fund', '--prefer-offline'] },
  { name: 'pnpm', install: ['node', bin('pnpm', 'bin', 'pnpm.mjs'), 'install', '--prefer-offline'] },
  {
    name: 'yarn 1',
    install: ['node', bin('yarn', 'bin', 'yarn.js'), 'install', '--no-lockfile', '--non-interactive'],
  },
  {
    name: 'yarn 4, node_modules',
    files: berry('node-modules'),
    install: ['node', bin('@yarnpkg', 'cli-dist', 'bin', 'yarn.js'), 'install'],
  },
  {
    name: 'yarn 4, PnP',
    files: berry('pnp'),
    install: ['node', bin('@yarnpkg', 'cli-dist', 'bin', 'yarn.js'), 'install'],
    runs: ['node', bin('@yarnpkg', 'cli-dist', 'bin', 'yarn.js'), 'node'],
    command: ['node', bin('@yarnpkg', 'cli-dist', 'bin', 'yarn.js'), 'run', 'rowsmith'],
    byName: true,
  },
  { name: 'bun', install: [bin('.bin', 'bun'), 'install'] },
  {
    name: 'bun, run by Bun',
    install: [bin('.bin', 'bun'), 'install'],
    runs: [bin('.bin', 'bun'), '--bun'],
    onBun: true,
  },
]

const program = (load: string) => `${load}
const config = defineConfig({ columns: [{ name: 'n', column_type: 'sampler', sampler_type: 'category', params: { values: [1] } }] })
create(config, { numRecords: 3, datasetName: 'by-program-' + process.argv[2], seed: 1 }).then(async (results) => {
  const rows = []
  for await (const row of results.rows()) rows.push(row)
  console.log(JSON.stringify(rows))
})
`
const programs = {
  'program.mjs': program("import { create, defineConfig } from 'rowsmith'"),
  'program.cjs': program("const { create, defineConfig } = require('rowsmith')"),
}
async function nodeAt(version: string): Promise<string> {
  const folder = join(options.cache, `node-${version}`)
  const node = join(folder, 'node_modules', 'node', 'bin', 'node')
  if (existsSync(node)) return node
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"private":true}')
  await run('npm', ['install', '--no-audit', '--no-fund', '--silent', `node@${version}`], { cwd: folder })
  return node
}

async function installTools(): Promise<void> {
  const folder = join(options.cache, 'tools')
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, dependencies: tools, allowScripts: { bun: true } }),
  )
  await run('npm', ['install', '--no-audit', '--no-fund', '--silent'], { cwd: folder })
}

async function pack(): Promise<string> {
  const folder = join(options.cache, 'packed')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  await run('npm', ['pack', '--pack-destination', folder], { cwd: root })
  return join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz'))!)
}

/** A project with the package installed. */
async function project(manager: Manager, type: string, tarball: string): Promise<string> {
  const folder = join(options.cache, 'projects', `${manager.name} ${type}`.replaceAll(/\W+/g, '-'))
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const described = {
    name: 'user',
    private: true,
    version: '1.0.0',
    type,
    dependencies: { rowsmith: `file:${tarball}` },
  }
  const files = { 'package.json': JSON.stringify(described), ...manager.files, ...codeConfigs, ...programs }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const [first = '', ...args] = manager.install
  await run(first, args, {
    cwd: folder,
    env: { ...process.env, CI: '', YARN_ENABLE_IMMUTABLE_INSTALLS: 'false' },
  })
  return folder
}

interface Place {
  readonly folder: string
  readonly manager: Manager
  /** Of the Node that runs it. */
  readonly node: string
}

/** What a check says: undefined when it holds. */
async function failing(
  { folder, manager: { command, runs = ['node'] }, node }: Place,
  { byCommand, args }: { readonly byCommand?: true; readonly args: readonly string[] },
  holds: (out: string) => boolean,
): Promise<string | undefined> {
  const [first = '', ...more] = byCommand ? (command ?? [...runs, COMMAND]) : runs
  const settings: ExecFileOptions = {
    cwd: folder,
    env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}`, NODE_OPTIONS: '' },
    timeout: 120_000,
  }
  const { out, failed } = await run(first === 'node' ? node : first, [...more, ...args], settings).then(
    ({ stdout }) => ({ out: String(stdout), failed: '' }),
    (error) => ({ out: String(error.stdout), failed: String(error.stderr || error.stdout || error.message) }),
  )
  if (failed === '' && holds(out)) return undefined
  const lines = (failed || out).split('\n').filter((line) => /error|Error|"message"/.test(line))
  return `${args.find((each) => /\.[cm]?[jt]s$/.test(each))}: ${(lines[0] ?? failed ?? out).trim().slice(0, 400)}`
}

const made = (out: string): boolean => {
  try {
    return JSON.parse(out).rows_written === 2
  } catch {
    return false
  }
}

async function checksIn(place: Place, on: string): Promise<string[]> {
  const found: (string | undefined)[] = []
  for (const name of Object.keys(codeConfigs)) {
    const create = [
      'create',
      name,
      '-n',
      '2',
      '-d',
      `${name}-${on}`.replaceAll('.', '-'),
      '--json',
      '--quiet',
    ]
    const why = await failing(place, { byCommand: true, args: create }, made)
    const byName = place.manager.byName === true && /Plug'n'Play lets nobody say otherwise/.test(why ?? '')
    if (!byName) {
      found.push(why)
      continue
    }
    const module = name.replace('config.', 'config.m')
    writeFileSync(join(place.folder, module), codeConfigs[name]!)
    found.push(
      await failing(
        place,
        { byCommand: true, args: create.map((each) => (each === name ? module : each)) },
        made,
      ),
    )
  }
  for (const name of Object.keys(programs)) {
    found.push(
      await failing(
        place,
        { args: [name, `${name}-${on}`.replaceAll('.', '-')] },
        (out) => out.trim() === '[{"n":1},{"n":1},{"n":1}]',
      ),
    )
  }
  return found.filter((each) => each !== undefined)
}

/** An older Node: one sentence from the command and from a program, and nothing else. */
async function sentences(folder: string): Promise<string[]> {
  const node = await nodeAt('20.20.2')
  const wrong: string[] = []
  for (const args of [
    [COMMAND, '--version'],
    [COMMAND, 'create', 'config.ts'],
    ['program.mjs', 'x'],
    ['program.cjs', 'x'],
  ]) {
    const { stderr, code } = await run(node, args, { cwd: folder }).then(
      (ended) => ({ stderr: ended.stderr, code: 0 }),
      (error) => ({ stderr: String(error.stderr), code: error.code }),
    )
    const said = /Rowsmith needs Node 22\.18 or newer, and this is 20/.test(stderr)
    if (code === 0 || !said || /SyntaxError/.test(stderr))
      wrong.push(`Node 20, ${args.join(' ')}: exit ${code}, ${stderr.slice(0, 300)}`)
  }
  return wrong
}

async function main(): Promise<void> {
  await installTools()
  const tarball = await pack()
  const table: Record<string, Record<string, string>> = {}
  const wrong: string[] = []
  let npmProject: string | undefined
  for (const manager of managers.filter(({ name }) => name.includes(options.only))) {
    for (const type of ['module', 'commonjs']) {
      const row = `${manager.name}, ${type}`
      table[row] = {}
      let folder: string
      try {
        folder = await project(manager, type, tarball)
      } catch (error) {
        table[row] = { installed: 'FAILED' }
        wrong.push(
          `${row}: ${String((error as { stderr?: string; stdout?: string }).stderr || (error as { stdout?: string }).stdout || error).slice(0, 500)}`,
        )
        continue
      }
      if (manager.name === 'npm') npmProject = folder
      for (const on of manager.onBun ? ['Bun'] : nodes) {
        const node = manager.onBun ? process.execPath : await nodeAt(on)
        const found = await checksIn({ folder, manager, node }, on)
        table[row][on] = found.length === 0 ? 'ok' : `${found.length} FAILED`
        wrong.push(...found.map((what) => `${row}, ${on}: ${what}`))
        console.log(`${found.length === 0 ? 'ok    ' : 'FAILED'}  ${row}, ${on}`)
      }
    }
  }
  if (npmProject !== undefined) {
    const found = await sentences(npmProject)
    console.log(`${found.length === 0 ? 'ok    ' : 'FAILED'}  Node 20 says one sentence`)
    wrong.push(...found)
  }
  console.table(table)
  for (const what of wrong) console.log(what)
  process.exitCode = wrong.length === 0 ? 0 : 1
}

await main()
