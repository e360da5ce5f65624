/**
 * Code columns: a model writes code of one language, in a fenced block.
 *
 *   1. The last block of the language counts; where none says its language, the last block.
 *   2. A block of another language alone is no answer, and neither is code without a block.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import type { ColumnOf } from '../../config/schema/schema.ts'
import { readText } from '../../models/answer/answer-text.ts'
import { type FencedBlock, fencedBlocks } from '../../models/answer/fences.ts'
import { exceptThoughts } from '../../models/body/thoughts.ts'
import type { ModelReply } from '../../models/contract/contract.ts'
import type { BuildColumn } from '../column/build.ts'
import { chatColumn } from './chat-column.ts'

type CodeLanguage = ColumnOf<'llm-code'>['code_lang']

/** A column a model fills with code. */
export const buildCodeColumn: BuildColumn<'llm-code'> = (config, runConfig) => {
  const language = baseLanguage(config.code_lang)
  return chatColumn(config, runConfig, {
    type: { kind: 'string' },
    finish: (prompt) => codePrompt(prompt, config.code_lang),
    read: (reply) => readCode(reply, language),
    again: 'all',
  })
}

/** `sql:postgres` is written in a block of `sql`. */
function baseLanguage(language: CodeLanguage): string {
  return present(language.split(':', 1)[0], 'parts')
}

function codePrompt(prompt: string, language: CodeLanguage): string {
  const base = baseLanguage(language)
  const dialect = language.includes(':') ? ` The dialect is ${language.slice(base.length + 1)}.` : ''
  return `${prompt}

Put the code in a single code block that opens with \`\`\`${base} and closes with \`\`\`.${dialect}
Write the whole of it: what stands outside the block is not read.`
}

/** Other words that models put behind a fence. */
const synonyms: ReadonlyMap<string, string> = new Map([
  ['py', 'python'],
  ['python3', 'python'],
  ['js', 'javascript'],
  ['ts', 'typescript'],
  ['sh', 'bash'],
  ['shell', 'bash'],
  ['zsh', 'bash'],
  ['c++', 'cpp'],
  ['cs', 'csharp'],
  ['c#', 'csharp'],
  ['golang', 'go'],
  ['kt', 'kotlin'],
  ['rb', 'ruby'],
  ['rs', 'rust'],
  ['sqlite', 'sql'],
  ['postgres', 'sql'],
  ['postgresql', 'sql'],
  ['mysql', 'sql'],
  ['tsql', 'sql'],
  ['bigquery', 'sql'],
])

/**
 * The code of an answer, without empty lines around it.
 *
 * @throws RowsmithError `parse_failed`; what `readText` throws
 */
function readCode(reply: ModelReply, language: string): string {
  const blocks = fencedBlocks(exceptThoughts(readText(reply)))
  const block = blocks.findLast(({ tag }) => (synonyms.get(tag) ?? tag) === language) ?? untagged(blocks)
  if (block === undefined) throw new RowsmithError('parse_failed', whyNone(blocks, language))
  const code = block.text.replace(/^(?:[ \t]*\n)+/, '').trimEnd()
  if (code !== '') return code
  throw new RowsmithError('parse_failed', `The ${language} code block of the answer is empty.`)
}

function untagged(blocks: readonly FencedBlock[]): FencedBlock | undefined {
  const last = blocks.at(-1)
  return last?.tag === '' ? last : undefined
}

function whyNone(blocks: readonly FencedBlock[], language: string): string {
  const last = blocks.at(-1)
  if (last === undefined) return `The answer has no \`\`\`${language} code block.`
  return `The code block of the answer is tagged ${JSON.stringify(last.tag.slice(0, 20))}, not "${language}".`
}
