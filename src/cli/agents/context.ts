/**
 * What a program that begins to work with Rowsmith has to know, in one page.
 *
 * Rule: under 4 kB, whatever lies in the folder: it stands in every conversation.
 */
import { readdirSync } from 'node:fs'
import { packageVersion } from '../project/package-files.ts'
import { templates } from '../project/templates.ts'
import { configTypes, type Family } from './types.ts'

export interface AgentContext {
  readonly version: string
  readonly types: Readonly<Partial<Record<Family, readonly string[]>>>
  /** Names of variables whose keys are set; never a key. */
  readonly keys_set: readonly string[]
  /** Files of the working folder that may be configs. */
  readonly configs: readonly string[]
  /** Datasets below artifacts/. */
  readonly datasets: readonly string[]
  readonly templates: readonly string[]
  readonly commands: Readonly<Record<string, string>>
  readonly rules: readonly string[]
}

const shownMax = 20

export function agentContext(env: Readonly<Record<string, string | undefined>>): AgentContext {
  const types: Partial<Record<Family, string[]>> = {}
  for (const { family, name } of configTypes()) {
    const names = types[family] ?? []
    names.push(name)
    types[family] = names
  }
  const short = (names: readonly string[]): string[] =>
    names.map((name) => name.slice(0, 60)).slice(0, shownMax)
  return {
    version: packageVersion(),
    types,
    keys_set: short(Object.keys(env).filter((name) => /^[A-Z0-9_]+_API_KEY$/.test(name) && env[name])),
    configs: short(
      namesIn('.', 'file').filter(
        (name) => /\.(ya?ml|json|[cm]?[jt]s)$/.test(name) && !notConfigs.test(name),
      ),
    ),
    datasets: short(namesIn('artifacts', 'folder').map((name) => `artifacts/${name}`)),
    templates: templates.map(({ name }) => name),
    commands: {
      'rowsmith types NAME --json': 'the fields of a type, with descriptions',
      'rowsmith schema config': 'the JSON Schema of configs',
      'rowsmith init TEMPLATE --folder DIR': 'a config that runs at once, without a key',
      'rowsmith validate CONFIG --json': 'what is wrong, with line and next step; sends nothing',
      'rowsmith preview CONFIG -n 3 --json':
        'the first rows; sends requests unless the provider is simulator',
      'rowsmith create CONFIG -n N --dry-run --json': 'an estimate; sends nothing',
      'rowsmith create CONFIG -n N --max-cost X --json':
        'the dataset; the same command continues after any stop',
      'rowsmith status DIR --json': 'how far it is',
      'rowsmith inspect DIR --row N --json': 'prompts, answers and failures of a row',
      'rowsmith convert CONFIG --to typescript': 'another form of a config',
    },
    rules: [
      'A model is named by provider and model; provider simulator needs no key and costs nothing.',
      'Templates are Jinja: {{ column }} reads a column; misspelt names are refused.',
      'Requests to real models cost money: use --max-cost, --max-tokens or --max-requests.',
      'Never delete a dataset directory: answers that were paid for are stored there.',
    ],
  }
}

const notConfigs = /^(package(-lock)?|tsconfig.*|biome|knip)\.json$|\.(config|test|d)\.[cm]?[jt]s$/

/** Nothing where the folder is not there or not readable. */
function namesIn(folder: string, kind: 'file' | 'folder'): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true })
    return entries
      .filter(
        (entry) => (kind === 'file' ? entry.isFile() : entry.isDirectory()) && !entry.name.startsWith('.'),
      )
      .map(({ name }) => name)
      .sort()
  } catch {
    return []
  }
}
