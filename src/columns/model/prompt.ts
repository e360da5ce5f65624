/**
 * Prompts: templates over a row, and the media that go along with them.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import type { ColumnOf } from '../../config/schema/schema.ts'
import type { ChatMessage, CommonStart } from '../../models/contract/contract.ts'
import { compileTemplate, templateContext } from '../../template/rendering/template.ts'
import { fixedStartOf, formOfTemplate } from '../../template/syntax/form.ts'
import type { ModelCell } from '../column/column.ts'
import { mediaContext } from './context.ts'

/** The fields of a column that calls a chat model. */
export type PromptedConfig = ColumnOf<'llm-text' | 'llm-code' | 'llm-structured' | 'llm-judge'>

export interface Prompt {
  /** The columns its template reads. */
  readonly reads: readonly string[]
  /** @throws RowsmithError template_failed, also for a prompt that renders to nothing */
  render(cell: Pick<ModelCell, 'row' | 'random'>): string
}

/** @param field what messages call it */
export function compilePrompt(source: string, field: string): Prompt {
  const template = compileTemplate(source)
  return {
    reads: template.reads,
    render: ({ row, random }) => {
      const text = template.render(templateContext(row, template.reads), random)
      if (text.trim() !== '') return text
      throw new RowsmithError('template_failed', `The ${field} rendered to nothing.`, { facts: { field } })
    },
  }
}

export interface Prompts {
  /** The columns its templates read, and those that hold media. */
  readonly reads: readonly string[]
  readonly common: CommonStart
  /**
   * The messages for one cell, from its row and its random stream. Media stand before the text.
   *
   * @param finish what is done to the rendered user prompt
   * @throws RowsmithError template_failed, media_unusable
   */
  messages(cell: ModelCell, finish?: (prompt: string) => string): Promise<readonly ChatMessage[]>
}

/** Compiles the prompt and the system prompt; one that is blank in the config is none. */
export function compilePrompts(config: PromptedConfig): Prompts {
  const prompt = compilePrompt(config.prompt, 'prompt')
  const { system_prompt: source } = config
  const system = source === null || source.trim() === '' ? undefined : compilePrompt(source, 'system_prompt')
  const context = mediaContext(config.multi_modal_context)
  const hasOneSystem = source === null || source.trim() === '' || formOfTemplate(source).kind === 'constant'
  const hasMedia = context.reads.length > 0
  return {
    common: {
      system: hasOneSystem,
      characters: hasOneSystem && !hasMedia ? fixedStartOf(config.prompt).length : 0,
    },
    reads: [...new Set([...prompt.reads, ...(system?.reads ?? []), ...context.reads])],
    messages: async (cell, finish = (text) => text) => {
      const text = finish(prompt.render(cell))
      const before: ChatMessage[] =
        system === undefined ? [] : [{ role: 'system', content: system.render(cell) }]
      const parts = context.reads.length === 0 ? [] : await context.parts(cell)
      const content = parts.length === 0 ? text : [...parts, { type: 'text', text } as const]
      return [...before, { role: 'user', content }]
    },
  }
}
