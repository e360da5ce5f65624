/**
 * What the columns that call a chat model have in common: one conversation makes the cell, and what comes along with it.
 */
import type { ColumnType, FoundType } from '../../base/values/column-type.ts'
import type { Value, ValueObject } from '../../base/values/value.ts'
import type { RunConfig } from '../../config/files/run-config.ts'
import type { ModelReply, StructuredMode } from '../../models/contract/contract.ts'
import type { Built } from '../column/build.ts'
import { conversationLimits, converse } from './conversation.ts'
import { compilePrompts, type PromptedConfig } from './prompt.ts'
import { ToolTurns } from './tool-turns.ts'
import { sideColumns, sideValues } from './trace.ts'

/** What one type of them requests, and how it reads the answer. */
export interface AnswerForm {
  readonly type: ColumnType
  /** What its files have where the reference stores it otherwise. */
  readonly stored?: FoundType
  /** What is done to the rendered prompt. */
  readonly finish?: (prompt: string, mode: StructuredMode) => string
  /** The JSON Schema that the answer must follow. */
  readonly schema?: ValueObject
  /** @throws RowsmithError of class `row` for an answer that cannot be read */
  readonly read: (reply: ModelReply) => Value | Promise<Value>
  /** Which answers that cannot be read are requested again: all of them, or empty ones. */
  readonly again: 'all' | 'empty'
}

/** A column that calls a chat model. */
export function chatColumn(config: PromptedConfig, runConfig: RunConfig, form: AnswerForm): Built {
  const { name, drop, model_alias: alias, tool_alias: toolAlias } = config
  const prompts = compilePrompts(config)
  const limits = conversationLimits(runConfig, form.again)
  return {
    column: {
      kind: 'model',
      name,
      type: form.type,
      ...(form.stored === undefined ? {} : { stored: form.stored }),
      drop,
      reads: prompts.reads,
      aliases: [alias],
      queue: { kind: 'model', alias },
      batched: toolAlias === null,
      run: async (cell) => {
        const turns = toolAlias === null ? null : new ToolTurns(cell, cell.tools(toolAlias))
        const { finish: finishPrompt } = form
        const finish =
          finishPrompt && ((prompt: string) => finishPrompt.call(form, prompt, cell.structuredMode()))
        const conversation = await converse(await prompts.messages(cell, finish), limits, {
          request: async (text) => {
            const { common } = prompts
            const prompt = {
              ...text,
              common,
              ...(form.schema === undefined ? {} : { responseSchema: form.schema }),
            }
            return turns === null ? { reply: await cell.request(prompt), between: [] } : turns.request(prompt)
          },
          read: form.read,
        })
        return { value: conversation.value, sides: sideValues(config, conversation, turns?.ownName) }
      },
    },
    sides: sideColumns(config),
  }
}
