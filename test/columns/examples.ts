import { keyedRandom } from '../../src/base/numbers/random.ts'
import type { Value, ValueObject } from '../../src/base/values/value.ts'
import type { Column, ModelCell, ModelColumn, RowView } from '../../src/columns/column/column.ts'
import { compileColumns } from '../../src/columns/compile.ts'
import { defaultRunConfig, type RunConfig } from '../../src/config/files/run-config.ts'
import { configFromValue } from '../../src/config/form/load.ts'
import type { ChatPrompt, ModelReply } from '../../src/models/contract/contract.ts'

const models = [{ alias: 'writer', model: 'words', provider: 'simulator' }]

/** Compiles a config of these columns. */
export function compile(
  columns: readonly ValueObject[],
  runConfig: Partial<RunConfig> = {},
  more: ValueObject = {},
): ReturnType<typeof compileColumns> {
  const config = configFromValue({ columns, model_configs: models, ...more }, 'config')
  return compileColumns(config, { ...defaultRunConfig, ...runConfig })
}

/** The one column of a config. */
export function compileOne(column: ValueObject, runConfig: Partial<RunConfig> = {}): Column {
  const { columns, notBuilt } = compile([column], runConfig)
  if (columns.length !== 1) throw new Error(`not built: ${JSON.stringify(notBuilt)}`)
  return columns[0]!
}

export function reply(content: string, finishReason: string | null = 'stop'): ModelReply {
  return {
    content,
    reasoning: null,
    finishReason,
    usage: { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, reasoningTokens: 0 },
  }
}

/** What a cell that only asks a chat model never does. */
export const silent: Pick<
  ModelCell,
  'index' | 'file' | 'embed' | 'image' | 'structuredMode' | 'perform' | 'call' | 'tools'
> = {
  index: 0,
  file: () => Promise.reject(new Error('read a file')),
  embed: () => Promise.reject(new Error('asked for embeddings')),
  image: () => Promise.reject(new Error('asked for images')),
  structuredMode: () => 'prompt',
  tools: () => {
    throw new Error('asked for tools')
  },
  perform: () => Promise.reject(new Error('performed an effect')),
  call: () => Promise.reject(new Error('called a function of the user')),
}

/** Makes one cell from answers in order; also returns what was asked. */
export async function makeCell(
  column: Column,
  row: RowView,
  answers: readonly ModelReply[],
): Promise<{ value: Value | undefined; error: unknown; asked: ChatPrompt[] }> {
  const asked: ChatPrompt[] = []
  const ask = async (prompt: ChatPrompt): Promise<ModelReply> => {
    const answer = answers[asked.length]
    asked.push(prompt)
    if (answer === undefined) throw new Error('asked more often than expected')
    return answer
  }
  const { run: make } = column as ModelColumn
  try {
    const { value } = await make({ ...silent, row, random: keyedRandom(1n, column.name, 0), request: ask })
    return { value, error: undefined, asked }
  } catch (error) {
    return { value: undefined, error, asked }
  }
}
