/** Every block of YAML on a page is read by the reader of its file: a whole file as it stands, a part of one in its place. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { codeBlocks, docsPages } from '../../scripts/shared/pages.ts'
import { parseMcpProviders } from '../../src/config/files/mcp-providers.ts'
import { parseProviders } from '../../src/config/files/providers.ts'
import { parseRunConfig } from '../../src/config/files/run-config.ts'
import { parseScenario } from '../../src/config/files/scenario.ts'
import { parseWorkflow } from '../../src/config/files/workflow.ts'
import { parseConfig } from '../../src/config/form/load.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The blocks of YAML of a page, each with its place. */
function blocksOf(page: string): { at: string; text: string }[] {
  return codeBlocks(readFileSync(join(root, page), 'utf8'))
    .filter(({ language }) => /^ya?ml$/.test(language))
    .map(({ line, text }) => ({ at: `${page}:${line}`, text }))
}

/** The roots that tell a kind of file, and how a block of it is read. The first that fits counts. */
const readers: readonly [fits: RegExp, read: (text: string, name: string) => unknown][] = [
  // One line, for editors.
  [/^# yaml-language-server: \S+\n$/, () => undefined],
  [
    /^(stages|workflow):/m,
    (text, name) => parseWorkflow(text, name, () => Promise.resolve(parseConfig(anyColumn, name))),
  ],
  [/provider_type: (stdio|streamable_http)/, parseMcpProviders],
  [/^providers:/m, parseProviders],
  [/^ +- name: \S+\n +endpoint:/, (text, name) => parseProviders(`providers:\n${text}`, name)],
  [/^(prices|inference):(?![\s\S]*^(faults|latency|limits):)/m, parseRunConfig],
  [/^(faults|latency|limits|replies|batches):/m, parseScenario],
  [/^ *- +(name|target_columns): /, (text, name) => parseConfig(`columns:\n${text}`, name)],
  [
    /^validator_type:/m,
    (text, name) => parseConfig(columnWith('validation', 'target_columns: [code]', text), name),
  ],
  [
    /^multi_modal_context:/m,
    (text, name) => parseConfig(columnWith('llm-text', 'model_alias: m\nprompt: p', text), name),
  ],
  [/^columns:/m, parseConfig],
  [
    /^(model_configs|seed_config|constraints|processors):/m,
    (text, name) => parseConfig(`${text}${anyColumn}`, name),
  ],
]

const anyColumn = '\ncolumns: [{ name: id, column_type: sampler, sampler_type: uuid, params: {} }]\n'

function columnWith(type: string, fields: string, text: string): string {
  const lines = `${fields}\n${text}`.split('\n').map((line) => `    ${line}\n`)
  return `columns:\n  - name: x\n    column_type: ${type}\n${lines.join('')}`
}

test.each(['README.md', 'AGENTS.md', ...docsPages()].flatMap(blocksOf))('$at', async ({ at, text }) => {
  const reader = readers.find(([fits]) => fits.test(text))
  expect(reader, 'no reader knows the block').toBeDefined()
  await reader?.[1](text, at)
})
