/** The pages say what the code does, where a machine can tell. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { sidebar } from '../../docs/.vitepress/sidebar.ts'
import { docsPages } from '../../scripts/shared/pages.ts'
import { cliReference } from '../../scripts/write-cli-reference.ts'
import { withErrorTable } from '../../scripts/write-error-table.ts'
import { withOptionTables } from '../../scripts/write-option-table.ts'
import { errorCodes } from '../../src/base/errors/error-codes.ts'
import { agentContext } from '../../src/cli/agents/context.ts'
import { wholeProgram } from '../../src/cli/commands.ts'
import { exitCodes, signalExitCodes } from '../../src/cli/process/exit-codes.ts'
import { projectFiles } from '../../src/cli/project/project-files.ts'
import { languages, templates } from '../../src/cli/project/templates.ts'
import { type CommandNode, commandTree } from '../../src/cli/text/command-tree.ts'
import { parseConfig } from '../../src/config/form/load.ts'
import { samplerTypes } from '../../src/config/schema/samplers.ts'
import { checkedLanguages } from '../../src/config/schema/validators.ts'
import { loadMcpProviders } from '../../src/entries/config.ts'
import { isWorkflowFile, loadWorkflow, validateWorkflow } from '../../src/entries/workflow.ts'
import { validate } from '../../src/index.ts'
import { settingRows } from '../../src/run/request/settings.ts'
import { scipyNames } from '../../src/sample/numeric/scipy.ts'
import { personLocales } from '../../src/sample/persons/person-locales.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'AGENTS.md', ...docsPages()]

test('every page of docs/ is in the sidebar of the site once, and no other', () => {
  const linked = sidebar.flatMap(({ items }) => items ?? []).map(({ link }) => `${link?.slice(1)}.md`)
  expect(linked.filter((path) => path.startsWith('docs/')).sort()).toEqual(docsPages().sort())
})

test('llms.txt links every page of docs/ by its title, and no other', () => {
  const links = [...read('llms.txt').matchAll(/\[.*\]\(docs\/.*\)/g)].map(([link]) => link)
  const titled = docsPages().map((page) => `[${/^# (.+)$/m.exec(read(page))?.[1]}](${page})`)
  expect(links.sort()).toEqual(titled.sort())
})

test('what agents are told names commands, options and exit codes that there are', async () => {
  const tree = commandTree(await wholeProgram())
  const agents = read('AGENTS.md')
  const projects = languages.flatMap((language) => projectFiles(templates[0]!, language))
  const ofProjects = projects.filter(({ name }) => name === 'AGENTS.md').map(({ text }) => text)
  const told = [agents, ...ofProjects].flatMap((text) =>
    [...text.matchAll(/`(?:npx )?rowsmith (.+?)`/g)].map((match) => match[1]!),
  )
  const ofContext = Object.keys(agentContext({}).commands).map((line) => line.replace('rowsmith ', ''))
  expect(told.length).toBeGreaterThan(12)
  expect([...told, ...ofContext].flatMap((line) => unknownWords(tree, line))).toEqual([])
  const codes = /Exit codes: (.+)\.$/m.exec(agents)?.[1]?.split(', ') ?? []
  expect(codes.length).toBeGreaterThan(2)
  for (const code of codes) expect(read('docs/errors.md')).toContain(`| ${code.replace(' ', ' | ')}`)
})

/** The line, once for each of its words that no command has: the command itself, or an option. */
function unknownWords(tree: CommandNode, line: string): string[] {
  let at = tree
  const unknown: string[] = []
  for (const word of line.split(' ')) {
    const below = at.commands.find(({ name }) => name === word)
    if (below !== undefined) at = below
    else if (at === tree) return [line]
    else if (/^-/.test(word) && !at.options.some(({ flags }) => flags.includes(word))) unknown.push(line)
  }
  return unknown
}

test('docs/errors.md lists every code with its exit code and next step', () => {
  expect(withErrorTable(read('docs/errors.md')), 'run `node scripts/write-error-table.ts`').toBe(
    read('docs/errors.md'),
  )
})

test('docs/reference/cli.md has every command with all it takes', async () => {
  expect(await cliReference(), 'run `node scripts/write-cli-reference.ts`').toBe(
    read('docs/reference/cli.md'),
  )
})

test('docs/options.md lists every setting, and says which only a program can give', () => {
  const page = read('docs/options.md')
  expect(withOptionTables(page), 'run `node scripts/write-option-table.ts`').toBe(page)
  for (const [name, { flag }] of settingRows)
    if (flag === undefined) expect(page).toContain(`| \`${name}\` |`)
})

test('docs/resume.md tells when each refusal holds', () => {
  const refusals = Object.entries(errorCodes).filter(([, { class: kind }]) => kind === 'refused')
  const codes = [...refusals.map(([code]) => code), 'dataset_in_use', 'file_damaged']
  const cells = read('docs/resume.md')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .join('\n')
  expect(
    codes.filter((code) => !cells.includes(`refuse \`${code}\``) && !cells.includes(`, \`${code}\``)),
  ).toEqual([])
  const named = [...cells.matchAll(/`([a-z]+_[a-z_]+)`/g)].map((match) => match[1]!)
  const others = ['allow_resize', 'buffer_size', 'preserve_dropped_columns']
  expect(named.filter((name) => !codes.includes(name) && !others.includes(name))).toEqual([])
})

test('docs/errors.md lists every exit code', () => {
  const listed = [...read('docs/errors.md').matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]))
  const used = new Set([0, ...Object.values(exitCodes), ...Object.values(signalExitCodes)])
  expect(listed.sort((a, b) => a - b)).toEqual([...used].sort((a, b) => a - b))
})

test('.ci/run runs the two lines of the README', () => {
  const lines = [...read('README.md').matchAll(/^npm ci && .+$/gm)].map((match) => match[0])
  expect(lines).toHaveLength(2)
  for (const line of lines) expect(read('.ci/run')).toContain(`'${line}'`)
})

test('every dependency has its line in ARCHITECTURE.md', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json'))
  const page = read('ARCHITECTURE.md')
  const missing = Object.keys({ ...dependencies, ...devDependencies }).filter(
    (name) => !page.includes(`\n- \`${name}\``),
  )
  expect(missing).toEqual([])
  expect(read('README.md')).toContain(`${Object.keys(dependencies).length} dependencies`)
})

test('docs/samplers.md names every sampler, distribution and locale, and no other', () => {
  const page = read('docs/samplers.md')
  const listed = (from: string, to: string): string[] =>
    [...page.slice(page.indexOf(from), page.indexOf(to, page.indexOf(from))).matchAll(/`([\w]+)`/g)].map(
      (match) => match[1]!,
    )
  expect([...listed('\nContinuous:', '\n## Persons')].sort()).toEqual(scipyNames)
  expect(listed('\nLocales:', '\n## Person datasets').sort()).toEqual(Object.keys(personLocales).sort())
  const rows = [...page.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]!)
  expect(rows.sort()).toEqual([...samplerTypes].sort())
})

test('docs/validators.md names every language that can be checked, and no other', () => {
  const page = read('docs/validators.md')
  const cells = [...page.matchAll(/^\| (`[^|]+) \|/gm)].map((match) => match[1]!)
  const named = cells.flatMap((cell) => [...cell.matchAll(/`([\w:]+)`/g)].map((match) => match[1]!))
  expect(named.filter((name) => name !== 'code_lang').sort()).toEqual([...checkedLanguages].sort())
})

describe('links between pages and to files of the project lead somewhere', () => {
  test.each(pages)('%s', (page) => {
    const targets = [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map((match) => match[1]!)
    expect(targets.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([])
  })
})

describe('files of the code that a page names are there', () => {
  const code = ['src', 'test', 'scripts', 'bench', 'bin'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  )
  test.each(pages)('%s', (page) => {
    const named = [
      ...read(page).matchAll(
        /`((?:(?:src|test|scripts|bench)\/)?[\w./-]+\.(?:ts|mjs)|(?:src|test|scripts|bench)\/[\w./-]*\/)`/g,
      ),
    ]
      .map((match) => match[1]!.replace(/\/$/, ''))
      .filter(
        (name) =>
          !code.some(
            (file) =>
              file === name || (!/^(src|test|scripts|bench)\//.test(name) && file.endsWith(`/${name}`)),
          ),
      )
    expect(named).toEqual([])
  })
})

test('the config in the README is valid, and so is every example', async () => {
  const config = /```yaml\n([\s\S]*?)```/.exec(read('README.md'))?.[1] ?? ''
  const clean = { notBuilt: [], warnings: [] }
  expect(await validate(parseConfig(config, 'README.md'))).toMatchObject(clean)
  for (const name of readdirSync(join(root, 'examples')).filter((each) => each.endsWith('.yaml'))) {
    const path = `examples/${name}`
    if (await isWorkflowFile(join(root, path))) {
      expect(await validateWorkflow(await loadWorkflow(join(root, path)))).toMatchObject(clean)
      continue
    }
    const config = parseConfig(read(path), join(root, path))
    const tools = join(root, 'examples', name.replace('.yaml', ''), 'mcp_providers.yaml')
    const options = existsSync(tools) ? { mcpProviders: await loadMcpProviders(tools) } : {}
    expect(await validate(config, options)).toMatchObject(clean)
  }
})

test('CONTRIBUTING.md and README.md name only npm scripts there are', () => {
  const { scripts } = JSON.parse(read('package.json'))
  const named = ['README.md', 'CONTRIBUTING.md'].flatMap((page) =>
    [...read(page).matchAll(/npm run ([\w:-]+)/g)].map((match) => match[1]!),
  )
  expect(named.filter((name) => !(name in scripts))).toEqual([])
})
