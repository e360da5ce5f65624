import { expect } from 'vitest'
import { open } from '../../src/index.ts'
import type { Example } from './example.ts'

export const example: Example = {
  rows: 12,
  columns: ['category', 'product', 'answerable', 'price', 'sheet', 'question', 'answer', 'grounded'],
  /** Products are of their category, sheets follow the schema, and every answer is judged by one of the options. Its export for a trainer has one chat a row. */
  async check(rows, { path }) {
    const products: Record<string, string[]> = {
      kitchen: ['kettle', 'toaster', 'scale'],
      outdoor: ['tent', 'headlamp', 'stove'],
      office: ['desk lamp', 'chair', 'label printer'],
    }
    for (const { category, product, sheet, grounded } of rows) {
      expect(products[String(category)]).toContain(product)
      const { features, warranty_years: years } = sheet as { features: string[]; warranty_years: bigint }
      expect(features.length).toBeGreaterThanOrEqual(2)
      expect(years).toBeGreaterThanOrEqual(1n)
      expect(grounded).toMatchObject({ groundedness: { score: expect.toBeOneOf(['1', '2', '3']) } })
    }
    const bytes: Uint8Array[] = []
    await open(path).export({
      format: 'openai-chat',
      map: { system: 'sheet', prompt: 'question', completion: 'answer' },
      sink: async (piece) => void bytes.push(piece),
    })
    const lines = Buffer.concat(bytes).toString().trimEnd().split('\n')
    const roles = ['system', 'user', 'assistant'].map((role) => expect.objectContaining({ role }))
    expect(lines.map((line) => JSON.parse(line))).toEqual(rows.map(() => ({ messages: roles })))
  },
}
