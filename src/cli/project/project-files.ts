/**
 * The files of a new project.
 *
 * Rules:
 *   1. What is written runs at once, on the simulator, without a key and without an installation.
 *   2. A dataset that is there is never replaced, and nothing is written then. Files that a project may have already, such as its
 *      package.json, are left as they are.
 */
import { packageFile, packageVersion } from './package-files.ts'
import type { Language, Template } from './templates.ts'

export interface ProjectFile {
  /** Within the project's folder. */
  readonly name: string
  readonly text: string
  /** Rule 2: left as it is where it is there. */
  readonly isShared: boolean
}

export function projectFiles(template: Template, language: Language): readonly ProjectFile[] {
  const own =
    language === 'yaml'
      ? { 'dataset.yaml': yamlText(template) }
      : { 'dataset.ts': codeText(template), 'dataset.test.ts': testText }
  const data = template.files.map((file) => [file, packageFile(`examples/${file}`)] as const)
  const shared = {
    'package.json': packageJson(language),
    ...(language === 'typescript' ? { 'tsconfig.json': tsconfig } : {}),
    '.gitignore': 'node_modules/\nartifacts/\n.rowsmith-previews/\n.env\n',
    '.env.example':
      '# Copy this file to .env, and set the keys of the providers that you use.\nOPENAI_API_KEY=\n',
    'AGENTS.md': agentsText(datasetFile(language)),
  }
  return [
    ...[...Object.entries(own), ...data].map(([name, text]) => ({ name, text, isShared: false })),
    ...Object.entries(shared).map(([name, text]) => ({ name, text, isShared: true })),
  ]
}

export function datasetFile(language: Language): string {
  return language === 'yaml' ? 'dataset.yaml' : 'dataset.ts'
}

function yamlText({ example }: Template): string {
  return packageFile(`examples/${example}.yaml`)
    .replace('$schema=../schemas/', '$schema=./node_modules/rowsmith/schemas/')
    .replaceAll(`examples/${example}.yaml`, 'dataset.yaml')
}

function codeText({ example, summary }: Template): string {
  const text = packageFile(`examples/${example}.ts`).replace(/^\/\*\*[\s\S]*?\*\/\n/, '')
  return `/**
 * A dataset: ${summary}.
 *
 *     npx rowsmith create dataset.ts -n 50
 *
 * runs on the built-in simulator: no key, no network. For real answers, write a real provider and model below.
 */
${text}`
}

const testText = `/** npm test: no request is sent, and no key is needed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { promptsOf } from 'rowsmith/testing'
import dataset from './dataset.ts'

test('no prompt has an empty place', async () => {
  const prompts = await promptsOf(dataset, { rows: 3 })
  assert.doesNotMatch(prompts, /undefined|\\bNone\\b/)
})
`

interface PackageJson {
  readonly devDependencies: Readonly<Record<string, string>>
}

function packageJson(language: Language): string {
  const { devDependencies }: PackageJson = JSON.parse(packageFile('package.json'))
  const file = datasetFile(language)
  const scripts = { preview: `rowsmith preview ${file} -n 3`, validate: `rowsmith validate ${file}` }
  const typed = {
    scripts: { ...scripts, test: 'node --test', types: 'tsc' },
    devDependencies: {
      '@types/node': devDependencies['@types/node'],
      typescript: devDependencies.typescript,
    },
  }
  const project = {
    private: true,
    type: 'module',
    engines: { node: '>=22.18' },
    scripts,
    dependencies: { rowsmith: `^${packageVersion()}` },
    ...(language === 'typescript' ? typed : {}),
  }
  return `${JSON.stringify(project, null, 2)}\n`
}

const tsconfig = `${JSON.stringify(
  {
    compilerOptions: {
      target: 'es2024',
      module: 'nodenext',
      types: ['node'],
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      erasableSyntaxOnly: true,
      verbatimModuleSyntax: true,
    },
  },
  null,
  2,
)}\n`

function agentsText(file: string): string {
  return `# For coding agents

This folder declares a synthetic dataset for Rowsmith in \`${file}\`. Rowsmith makes Parquet from it.

| command | what it does |
|---|---|
| \`npx rowsmith context\` | what there is: commands, types, keys that are set, files of this folder |
| \`npx rowsmith types [name] --json\` | the fields of a type: required, default, description |
| \`npx rowsmith validate ${file} --json\` | what is wrong, with line and next step; sends nothing |
| \`npx rowsmith preview ${file} -n 3 --json\` | three rows |
| \`npx rowsmith create ${file} -n 100 --dry-run --json\` | an estimate of requests, tokens and cost; sends nothing |
| \`npx rowsmith create ${file} -n 100 --max-cost 5 --json\` | the dataset; give the same command again after any stop |

- Requests to a real model cost money. Set \`--max-cost\`, \`--max-tokens\` or \`--max-requests\`, and ask the user before you raise it.
- The provider \`simulator\` costs nothing and needs no key. Use it until the config is right.
- Keys stand in \`.env\`, never in \`${file}\`.
- Never delete a folder of \`artifacts/\`: answers that were paid for lie there.
`
}
