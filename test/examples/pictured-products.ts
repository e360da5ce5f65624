import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Example } from './example.ts'

export const example: Example = {
  rows: 12,
  columns: ['sku', 'product', 'picture', 'description', 'vector'],
  /** Each row has a picture that is there, and a vector of the size that was asked for. */
  check(rows, { path }) {
    for (const [row, { picture, vector }] of rows.entries()) {
      expect(picture).toEqual([`images/picture/${row}-0.png`])
      const bytes = readFileSync(join(path, `images/picture/${row}-0.png`))
      expect(bytes.subarray(1, 4).toString('latin1')).toBe('PNG')
      expect(vector).toMatchObject({ num_embeddings: 1n, dimension: 8n })
    }
  },
}
