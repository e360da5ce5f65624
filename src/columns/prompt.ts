/**
 * What the columns that ask a chat model have in common: their prompts, and what of them cannot be made yet.
 */
import { RowsmithError } from '../base/errors.ts'
import type { ColumnOf } from '../config/schema.ts'
import type { ChatMessage } from '../models/contract.ts'
import { compileTemplate, type Template, templateContext } from '../template/template.ts'
import type { AskingCell } from './column.ts'

/** The fields of a column that asks a chat model. */
export type PromptedConfig = ColumnOf<'llm-text' | 'llm-code' | 'llm-structured' | 'llm-judge'>

type Cell = Pick<AskingCell, 'row' | 'random'>

export interface Prompts {
  /** The columns its templates read. */
  readonly reads: readonly string[]
  /**
   * The messages for one cell, from its row and its random stream.
   *
   * @param finish what is done to the rendered user prompt
   * @throws RowsmithError template_failed, also for a prompt that renders to nothing
   */
  messages(cell: Cell, finish?: (prompt: string) => string): readonly ChatMessage[]
}

/** Compiles the prompt and the system prompt; one that is blank in the config is none. */
export function compilePrompts(config: PromptedConfig): Prompts {
  const prompt = compileTemplate(config.prompt)
  const { system_prompt: source } = config
  const system = source === null || source.trim() === '' ? undefined : compileTemplate(source)
  return {
    reads: [...new Set([...prompt.reads, ...(system?.reads ?? [])])],
    messages: (cell, finish = (text) => text) => {
      const user: ChatMessage = { role: 'user', content: finish(rendered(prompt, cell, 'prompt')) }
      if (system === undefined) return [user]
      return [{ role: 'system', content: rendered(system, cell, 'system_prompt') }, user]
    },
  }
}

function rendered(template: Template, { row, random }: Cell, field: string): string {
  const text = template.render(templateContext(row, template.reads), random)
  if (text.trim() !== '') return text
  throw new RowsmithError('template_failed', `The ${field} rendered to nothing.`, { facts: { field } })
}

/** The first field of the column that is set but cannot be honoured yet. */
export function unbuiltField(config: PromptedConfig): string | undefined {
  if (config.tool_alias !== null) return 'tool_alias'
  if (config.multi_modal_context !== null && config.multi_modal_context.length > 0)
    return 'multi_modal_context'
  return undefined
}
