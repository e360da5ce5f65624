/** A dataset directory of odd rows, and its exports in every format of a trainer. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ColumnType } from '../../src/base/values/column-type.ts'
import { toValue } from '../../src/base/values/value.ts'
import { type ExportOptions, open, type TrainingFormat } from '../../src/index.ts'
import { encodeParquet } from '../../src/store/parquet/parquet-encode.ts'

const text: ColumnType = { kind: 'string' }
const json: ColumnType = { kind: 'json' }
const columns: Readonly<Record<string, ColumnType>> = {
  id: { kind: 'int' },
  topic: text,
  question: text,
  answer: text,
  worse: text,
  good: { kind: 'bool' },
  better_score: { kind: 'int' },
  worse_score: { kind: 'float' },
  messages: json,
  tools: json,
}

const odd = [
  'plain',
  'ünï "q"\n',
  '日本 😀',
  '\u0000\u2028',
  '{"a": 1}',
  '[]',
  ' lead',
  'null',
  '<think>x</think>y',
]

function toolsOf(index: number): unknown {
  const properties =
    index % 2 === 0 ? { city: { type: 'string' } } : { days: { type: 'integer', minimum: 1 } }
  const parameters = { type: 'object', properties, required: Object.keys(properties) }
  return [{ type: 'function', function: { name: `tool_${index % 2}`, description: 'A tool.', parameters } }]
}

function chatOf(index: number, content: string): unknown[] {
  const system = index % 3 === 0 ? [{ role: 'system', content: `Be brief. ${content}` }] : []
  const start = [...system, { role: 'user', content: `Q ${content}` }]
  if (index % 4 === 3) return [...start, { role: 'assistant', content }]
  const given = index % 2 === 0 ? { city: content } : { days: index }
  const call = {
    id: `call_${index}`,
    type: 'function',
    function: { name: `tool_${index % 2}`, arguments: JSON.stringify(given) },
  }
  return [
    ...start,
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: call.id, content: `{"found": ${index}}` },
    { role: 'assistant', content: `A ${content}` },
    { role: 'user', content: 'Thanks.' },
    { role: 'assistant', content: 'Welcome.' },
  ]
}

function rowOf(index: number): Record<string, unknown> {
  const content = odd[index % odd.length]!
  return {
    id: index,
    topic: index % 5 === 0 ? null : `t${index % 5}`,
    question: `Q ${content}`,
    answer: index === 7 ? '' : `A ${content}`,
    worse: index === 9 ? `A ${content}` : `B ${content}`,
    good: index % 2 === 0,
    better_score: 5,
    worse_score: index === 11 ? 5 : index / 10,
    messages: chatOf(index, content),
    tools: toolsOf(index),
  }
}

const rowCount = 36

/** Writes the directory. */
export function oddDataset(directory: string): void {
  mkdirSync(join(directory, 'parquet-files'), { recursive: true })
  const rows = Array.from({ length: rowCount }, (_, index) => rowOf(index))
  const config = { data_designer: { columns: Object.keys(columns).map((name) => ({ name })) } }
  writeFileSync(join(directory, 'builder_config.json'), JSON.stringify(config))
  const { bytes } = encodeParquet({
    columns: Object.entries(columns).map(([name, type]) => ({
      name,
      type,
      values: rows.map((row) => (type.kind === 'float' ? (row[name] as number) : toValue(row[name]))),
    })),
    rowCount,
    footer: {},
  })
  writeFileSync(join(directory, 'parquet-files', 'batch_00000.parquet'), bytes)
}

interface Wanted extends ExportOptions {
  readonly name: string
  readonly format: TrainingFormat
}

const pair = { prompt: 'question', chosen: 'answer', rejected: 'worse' }
const scores = { score_chosen: 'better_score', score_rejected: 'worse_score' }
const wanted: readonly Wanted[] = [
  { name: 'chat', format: 'openai-chat', map: { prompt: 'question', completion: 'answer' } },
  { name: 'chat with tools', format: 'openai-chat', map: { messages: 'messages' }, columns: ['id', 'topic'] },
  { name: 'sharegpt', format: 'sharegpt', map: { prompt: 'question', completion: 'answer' } },
  { name: 'sharegpt with tools', format: 'sharegpt', map: { messages: 'messages' } },
  { name: 'alpaca', format: 'alpaca', map: { instruction: 'question', output: 'answer', input: 'topic' } },
  { name: 'prompt-completion', format: 'prompt-completion', map: { messages: 'messages' } },
  {
    name: 'prompt-completion with text',
    format: 'prompt-completion',
    map: { messages: 'messages' },
    toolsAs: 'text',
  },
  { name: 'dpo', format: 'dpo', map: { ...pair, ...scores, tools: 'tools' }, columns: ['id'] },
  {
    name: 'kto',
    format: 'kto',
    map: { prompt: 'question', completion: 'answer', label: 'good', tools: 'tools' },
  },
]

export interface MadeExport {
  readonly name: string
  readonly format: TrainingFormat
  readonly path: string
  readonly rows: number
}

/** Splits in a folder of each kind of file. */
export async function madeSplits(directory: string, folder: string): Promise<void> {
  for (const ending of ['jsonl', 'parquet']) {
    const data = join(folder, `splits-${ending}`)
    mkdirSync(data)
    const split = { shares: { train: 0.7, validation: 0.2, test: 0.1 }, by: ['id'] }
    await open(directory).export({ output: join(data, `{split}.${ending}`), split })
  }
}

/** Each as JSON Lines and as Parquet. */
export async function madeExports(directory: string, folder: string): Promise<MadeExport[]> {
  const made: MadeExport[] = []
  for (const { name, ...options } of wanted) {
    for (const ending of ['jsonl', 'parquet']) {
      const output = join(folder, `${name}.${ending}`)
      const { rows } = await open(directory).export({ ...options, output })
      made.push({ name: `${name}, ${ending}`, format: options.format, path: output, rows })
    }
  }
  return made
}
