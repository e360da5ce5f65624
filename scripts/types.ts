/**
 * Types, judged by the compilers that users have: what must not compile and what is said of it, six datasets, the templates of
 * Jinja, the code of the documentation, and what large datasets cost. `npm run types` does it in TypeScript 5.9, 6 and 7.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { convertConfig } from '../src/entries/config.ts'
import { before, refused } from '../test/typed/template/refused.ts'
import { codeBlocks } from './shared/pages.ts'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** The packages of the compilers. */
const compilers = ['typescript', 'typescript-6', 'typescript-7'] as const
export type Compiler = (typeof compilers)[number]

/** Texts of files, by name. */
export type Sources = Readonly<Record<string, string>>

export interface Complaint {
  readonly file: string
  readonly line: number
  readonly message: string
}

export interface Compiled {
  readonly complaints: readonly Complaint[]
  readonly instantiations: number
}

const modules = ['zod', 'valibot', 'arktype', 'effect', '@valibot/to-json-schema', '@types/node']

/** What `rowsmith` is to a program: all of it, or as much as declares datasets, which compiles in a third of the time. */
const fronts = { all: 'src/index.ts', declared: 'src/typed/dataset.ts' }

/** Compiles files as a user's project does, against the sources. */
export async function compile(
  compiler: Compiler,
  sources: Sources,
  front: keyof typeof fronts = 'declared',
): Promise<Compiled> {
  const folder = mkdtempSync(join(tmpdir(), 'rowsmith-types-'))
  try {
    for (const [name, text] of Object.entries(sources)) writeFileSync(join(folder, name), text)
    const own = { rowsmith: [join(root, fronts[front])], 'rowsmith/*': [join(root, 'src/entries/*.ts')] }
    const others = modules.map((name) => [name, [join(root, 'node_modules', name)]])
    const compilerOptions = {
      ...JSON.parse(read('tsconfig.json')).compilerOptions,
      module: 'preserve',
      moduleResolution: 'bundler',
      typeRoots: [join(root, 'node_modules/@types')],
      paths: { ...own, ...Object.fromEntries(others) },
    }
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: Object.keys(sources) }),
    )
    const tsc = join(root, 'node_modules', compiler, 'bin/tsc')
    const args = [tsc, '-p', folder, '--extendedDiagnostics', '--pretty', 'false']
    return readOutput(await outputOf(args, folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A compiler that complains ends with an error. */
async function outputOf(args: readonly string[], cwd: string): Promise<string> {
  const options = { cwd, maxBuffer: 100_000_000 }
  return run(process.execPath, args, options).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string }) => error.stdout ?? '',
  )
}

function readOutput(output: string): Compiled {
  const count = /^Instantiations:\s+(\d+)/m.exec(output)?.[1]
  if (count === undefined) throw new Error(`The compiler did not run: ${output.slice(0, 500)}`)
  const complaints: { file: string; line: number; message: string }[] = []
  for (const line of output.split('\n')) {
    const [, file, at, message] = /^(.+?)\((\d+),\d+\): error (.*)$/.exec(line) ?? []
    if (file !== undefined) complaints.push({ file, line: Number(at), message: message! })
    else if (line.startsWith(' ') && complaints.length > 0) complaints.at(-1)!.message += `\n${line}`
  }
  return { complaints, instantiations: Number(count) }
}

const imports = `import { dataset } from 'rowsmith'
import { category, codeCheck, compute, embedding, expr, llmJudge, llmStructured, llmText, schemaTransform, subcategory, uniform, uuid } from 'rowsmith/columns'
import { z } from 'zod'
`

/** The refused cases, one a line. */
export const refusedSource = `${imports}${before}${refused.map(({ written }) => `;${written}`).join('\n')}\nexport {}\n`
const firstLine = `${imports}${before}`.split('\n').length

/** What is wrong with what a compiler said of the refused cases. */
export function refusedProblems({ complaints }: Compiled, file = 'refused.ts'): string[] {
  const said = complaints.filter((each) => each.file.endsWith(file))
  const problems = refused.flatMap(({ name, says }, index) => {
    const here = said.filter(({ line }) => line === firstLine + index)
    if (here.length === 0) return [`${name}: compiles`]
    return here.some(({ message }) => message.includes(says)) ? [] : [`${name}: ${here[0]!.message}`]
  })
  const elsewhere = said.filter(({ line }) => line < firstLine)
  return [...problems, ...elsewhere.map(({ line, message }) => `line ${line}: ${message}`)]
}

/** The TypeScript of a page, a file per block. */
export function docSources(page: string): Sources {
  const blocks = codeBlocks(read(page)).filter(({ language }) => language === 'ts')
  const name = page.replaceAll(/\W/g, '-')
  return Object.fromEntries(blocks.map(({ text }, index) => [`${name}-${index}.ts`, `${text}export {}\n`]))
}

/** Configs as `rowsmith convert` writes them in TypeScript: examples, and what Data Designer saved. */
async function convertedSources(): Promise<Sources> {
  const saved = ['complete', 'hole', 'interrupted', 'post-started', 'rich', 'seeded']
  const examples = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.yaml'))
  const paths = [
    ...examples.filter((name) => name !== 'polished-drafts.yaml').map((name) => `examples/${name}`),
    ...saved.map((name) => `test/fixtures/data-designer/${name}/builder_config.json`),
  ]
  const texts = await Promise.all(paths.map((path) => convertConfig(join(root, path), 'typescript')))
  return Object.fromEntries(
    paths.map((path, at) => [`converted-${path.replaceAll(/\W/g, '-')}.ts`, texts[at]!]),
  )
}

interface JinjaCases {
  readonly context: Readonly<Record<string, unknown>>
  readonly cases: readonly { readonly template: string; readonly strict: { readonly ok?: string } }[]
}

/** Templates that are in order although the checker has something to say: two read a field that is not there. */
const knownAlarms = 3

/** Templates that Jinja renders, each given to the checker. @param every only each so manieth */
export function corpusSource(every = 1): string {
  const lines = ['cases', 'more-cases'].flatMap((name) => {
    const { context, cases }: JinjaCases = JSON.parse(read(`test/fixtures/jinja/${name}.json`))
    const keys = Object.keys(context).map((key) => JSON.stringify(key))
    const good = cases.filter(({ strict }) => strict.ok !== undefined)
    return [
      `interface Row_${name.replace('-', '_')} ${typeOf(context)}`,
      ...good.flatMap(({ template }, index) =>
        index % every > 0 ? [] : [checkLine(template, name.replace('-', '_'), keys.join(' | '))],
      ),
    ]
  })
  return `import type { Check } from '${root}/src/typed/template/check.ts'\n${lines.join('\n')}\n`
}

let checks = 0
function checkLine(template: string, row: string, keys: string): string {
  const name = `C${checks++}`
  const checked = `Check<${JSON.stringify(template)}, Row_${row}, { keys: ${keys} }>`
  return `type ${name} = ${checked}; export const c${name}: [${name}] extends [never] ? 1 : ${name} = 1`
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return `(${[...new Set(value.map(typeOf))].join(' | ') || 'never'})[]`
  if (value === null) return 'null'
  if (typeof value !== 'object') return typeof value
  return `{ ${Object.entries(value)
    .map(([key, each]) => `${JSON.stringify(key)}: ${typeOf(each)}`)
    .join('; ')} }`
}

/** A dataset of so many columns: a quarter categories, a quarter structured, half texts; prompts of 14 tags. */
function largeSource(count: number, form: 'steps' | 'groups'): string {
  const columns = Array.from({ length: count }, (_, index) => [`c${index}`, kindAt(index, form)] as const)
  const size = form === 'steps' ? 1 : 10
  const steps = Array.from({ length: Math.ceil(count / size) }, (_, at) => {
    const group = columns.slice(at * size, (at + 1) * size)
    if (form === 'steps') return group.map(([name, kind]) => `\n  .column('${name}', ${kind})`).join('')
    return `\n  .columns({ ${group.map(([name, kind]) => `${name}: ${kind}`).join(', ')} })`
  })
  const start = `export const d = dataset({ models: { writer: 'openai/x' } }).column('base', category(['a', 'b']))`
  return `${imports}${start}${steps.join('')}\nexport type R = typeof d.Row\n`
}

function kindAt(index: number, form: 'steps' | 'groups'): string {
  const known = form === 'steps' ? index : Math.floor(index / 10) * 10
  const tag = (at: number): string => (known === 0 ? '{{ base }}' : `{{ c${at % known} }}`)
  const prompt = Array.from({ length: 14 }, (_, at) => `Word ${at} ${tag(at * 7)} and so on.`).join(' ')
  if (index % 4 === 0) return `category(['a${index}', 'b${index}'])`
  if (index % 4 === 1)
    return `llmStructured({ model: 'writer', prompt: '${prompt}', schema: z.object({ a${index}: z.string(), n: z.int() }) })`
  return `llmText({ model: 'writer', prompt: '${prompt}' })`
}

const files = ['accepted', 'groups', 'more', 'six-datasets'].map((name) => `test/typed/template/${name}.ts`)

/** Everything, in one compiler: what is wrong. */
async function problemsIn(compiler: Compiler): Promise<string[]> {
  const good = {
    ...Object.fromEntries(files.map((file) => [file.replaceAll('/', '-'), read(file)])),
    ...docSources('docs/typescript.md'),
    ...docSources('README.md'),
    ...(await convertedSources()),
  }
  const problems: string[] = []
  const sources = { ...good, 'refused.ts': refusedSource, 'corpus.ts': corpusSource() }
  const compiled = await compile(compiler, sources, 'all')
  problems.push(...refusedProblems(compiled))
  const alarms = compiled.complaints.filter(({ file }) => file.endsWith('corpus.ts'))
  if (alarms.length > knownAlarms) problems.push(...alarms.map(({ message }) => `Jinja template: ${message}`))
  const others = compiled.complaints.filter(({ file }) => !/(refused|corpus)\.ts$/.test(file))
  problems.push(...others.map(({ file, line, message }) => `${file}:${line}: ${message}`))
  const base = await compile(compiler, { 'base.ts': largeSource(0, 'steps') })
  for (const [count, form, most] of [
    [20, 'steps', 200_000],
    [60, 'groups', 1_000_000],
    [200, 'groups', 3_000_000],
  ] as const) {
    const large = await compile(compiler, { 'large.ts': largeSource(count, form) })
    const instantiations = large.instantiations - base.instantiations
    console.log(`${compiler}: ${count} columns in ${form}: ${instantiations} instantiations, at most ${most}`)
    if (instantiations > most) problems.push(`${count} columns in ${form}: ${instantiations} instantiations`)
    problems.push(...large.complaints.map(({ message }) => `${count} columns in ${form}: ${message}`))
  }
  return problems
}

if (process.argv[1] === import.meta.filename) {
  const given = process.argv.slice(2) as Compiler[]
  for (const compiler of given.length > 0 ? given : compilers) {
    const problems = await problemsIn(compiler)
    console.log(
      `${compiler}: ${problems.length === 0 ? 'everything is as it should be' : problems.join('\n  ')}`,
    )
    if (problems.length > 0) process.exitCode = 1
  }
}
