import { expect } from 'vitest'
import type { Example } from './example.ts'

export const example: Example = {
  rows: 20,
  columns: ['sku', 'product', 'price', 'launched', 'tone', 'blurb'],
  /** Each of the ten products comes once before any comes again. */
  check(rows) {
    const products = rows.map(({ sku }) => String(sku))
    expect(new Set(products.slice(0, 10)).size).toBe(10)
    expect(products.slice(10).sort()).toEqual(products.slice(0, 10).sort())
    expect(rows.every(({ blurb }) => String(blurb).length > 0)).toBe(true)
  },
}
