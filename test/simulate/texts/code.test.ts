import { hash } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { checkedLanguages, codeLanguages } from '../../../src/config/schema/validators.ts'
import { Dice } from '../../../src/simulate/requested/dice.ts'
import { program } from '../../../src/simulate/texts/code.ts'
import { Checker } from '../../../src/validate/checking/checker.ts'

const checker = new Checker()
afterAll(() => checker.close())

describe('simulated code', () => {
  it.each(checkedLanguages.filter((language) => (codeLanguages as readonly string[]).includes(language)))(
    'in %s is valid',
    async (language) => {
      for (const seed of ['a', 'b', 'c']) {
        const text = program(language.split(':')[0]!, new Dice(hash('sha256', seed, 'buffer')))
        expect(await checker.check(language, text), text).toMatchObject({ is_valid: true })
      }
    },
  )
})
