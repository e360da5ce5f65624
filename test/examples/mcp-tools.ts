import { join } from 'node:path'
import { expect } from 'vitest'
import { loadMcpProviders } from '../../src/entries/config.ts'
import type { Example } from './example.ts'

interface Conversation {
  readonly role: string
  readonly content: readonly { readonly text: string }[]
  readonly tool_calls: readonly { readonly function: { readonly name: string } }[] | null
}

const file = join(import.meta.dirname, '../../examples/mcp-tools/mcp_providers.yaml')

export const example: Example = {
  rows: 6,
  columns: ['order', 'answer', 'answer__trace'],
  options: async () => ({ mcpProviders: await loadMcpProviders(file) }),
  check: (rows, { summary }) => {
    for (const { answer__trace: trace } of rows) {
      const said = trace as unknown as readonly Conversation[]
      expect(said.map(({ role }) => role)).toEqual([
        'system',
        'user',
        'assistant',
        'tool',
        'tool',
        'assistant',
      ])
      expect(said[2]!.tool_calls!.map((call) => call.function.name)).toEqual(['find_order', 'add_up'])
      expect(said[3]!.content[0]!.text).toMatch(/^\w+: \d+\.\d\d/)
      expect(said[4]!.content[0]!.text).toMatch(/^-?\d+\.\d\d$/)
    }
    expect(summary.total?.effects).toMatchObject([
      { effect: 'tool:add_up', results: 6 },
      { effect: 'tool:find_order', results: 6 },
    ])
  },
}
