import { expect } from 'vitest'
import type { Example } from './example.ts'

export const example: Example = {
  rows: 12,
  columns: ['category', 'product', 'answerable', 'price', 'sheet', 'question', 'answer', 'grounded'],
  /** Products are of their category, sheets follow the schema, and every answer is judged by one of the options. */
  check(rows) {
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
  },
}
