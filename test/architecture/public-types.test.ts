/** The public types are reviewed like code: what changes in them shows in `public-types.txt`. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { publicTypes, publicTypesFile } from '../../scripts/public-types.ts'
import * as frontDoor from '../../src/index.ts'

describe('public types', () => {
  test('are those that were reviewed; `npm run public-types` writes them anew', () => {
    expect(publicTypes()).toBe(readFileSync(publicTypesFile, 'utf8'))
  })

  test('the core is small enough to be learned: at most fifteen values', () => {
    expect(Object.keys(frontDoor).length).toBeLessThanOrEqual(15)
  })
})
