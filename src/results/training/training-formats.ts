/**
 * The formats that trainers read: which fields each takes from the dataset, and which columns its records have.
 *
 * Rules:
 *   1. A format needs all fields of one of its choices. Example: openai-chat needs `messages`, or `prompt` and `completion`.
 *   2. A field that no mapping names is looked for under its usual column names, the first of which is its own.
 */

import type { ColumnType } from '../../base/values/column-type.ts'
import type { DatasetColumn } from '../rows/columns.ts'

export const trainingFormats = [
  'openai-chat',
  'sharegpt',
  'alpaca',
  'prompt-completion',
  'dpo',
  'kto',
] as const
export type TrainingFormat = (typeof trainingFormats)[number]

/** What a field takes: decides which column types can hold it. */
export type FieldKind = 'text' | 'text or messages' | 'messages' | 'tools' | 'score' | 'label' | 'history'

/** What a format takes from the dataset. */
export const fieldKinds = {
  messages: 'messages',
  prompt: 'text or messages',
  completion: 'text or messages',
  system: 'text',
  tools: 'tools',
  instruction: 'text',
  input: 'text',
  output: 'text',
  history: 'history',
  chosen: 'text or messages',
  rejected: 'text or messages',
  score_chosen: 'score',
  score_rejected: 'score',
  label: 'label',
} as const satisfies Readonly<Record<string, FieldKind>>
export type Field = keyof typeof fieldKinds

const questions = ['prompt', 'question', 'instruction', 'query']
const answers = ['completion', 'answer', 'response', 'output']

const usualNames: Readonly<Partial<Record<Field, readonly string[]>>> = {
  messages: ['messages', 'conversation', 'conversations', 'chat'],
  prompt: questions,
  instruction: questions,
  completion: answers,
  output: answers,
  system: ['system', 'system_prompt'],
}

/** Column names under which a field is looked for (rule 2). */
export function usualNamesOf(field: Field): readonly string[] {
  return usualNames[field] ?? [field]
}

interface FormatFields {
  /** One of these is complete (rule 1). */
  readonly choices: readonly (readonly Field[])[]
  readonly optional: readonly Field[]
}

const conversation: FormatFields = {
  choices: [['messages'], ['prompt', 'completion']],
  optional: ['system', 'tools'],
}

export const formatFields: Readonly<Record<TrainingFormat, FormatFields>> = {
  'openai-chat': conversation,
  sharegpt: conversation,
  'prompt-completion': conversation,
  alpaca: {
    choices: [['instruction', 'output'], ['messages']],
    optional: ['input', 'system', 'history'],
  },
  dpo: {
    choices: [['prompt', 'chosen', 'rejected']],
    optional: ['system', 'tools', 'score_chosen', 'score_rejected'],
  },
  kto: { choices: [['prompt', 'completion', 'label']], optional: ['system', 'tools'] },
}

/** How tools are written: as lists of objects, or as their JSON text. */
export type ToolsAs = 'json' | 'text'

const json: ColumnType = { kind: 'json' }
const text: ColumnType = { kind: 'string' }

/** The columns of the records. @param mapped the fields that the dataset gives */
export function recordColumns(
  format: TrainingFormat,
  mapped: ReadonlySet<Field>,
  toolsAs: ToolsAs,
): readonly DatasetColumn[] {
  const optional = (field: Field, type: ColumnType): DatasetColumn[] =>
    mapped.has(field) ? [{ name: field, type }] : []
  const tools = optional('tools', format === 'sharegpt' || toolsAs === 'text' ? text : json)
  const named = (type: ColumnType, ...names: readonly string[]): DatasetColumn[] =>
    names.map((name) => ({ name, type }))
  switch (format) {
    case 'openai-chat':
      return [...named(json, 'messages'), ...tools]
    case 'sharegpt':
      return [...named(json, 'conversations'), ...tools]
    case 'alpaca': {
      const whole = mapped.has('messages')
      return [
        ...named(text, 'instruction', 'input', 'output'),
        ...(whole ? named(text, 'system') : optional('system', text)),
        ...(whole ? named(json, 'history') : optional('history', json)),
      ]
    }
    case 'prompt-completion':
      return [...named(json, 'prompt', 'completion'), ...tools]
    case 'dpo':
      return [
        ...named(json, 'prompt', 'chosen', 'rejected'),
        ...optional('score_chosen', { kind: 'float' }),
        ...optional('score_rejected', { kind: 'float' }),
        ...tools,
      ]
    case 'kto':
      return [...named(json, 'prompt', 'completion'), ...named({ kind: 'bool' }, 'label'), ...tools]
  }
}
