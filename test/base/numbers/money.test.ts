import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Money, money, moneyAsNumber, perToken } from '../../../src/base/numbers/money.ts'

it('a hundred thousand small amounts add up exactly, where floats do not', () => {
  let sum: Money = 0n
  let floats = 0
  for (let line = 0; line < 100_000; line++) {
    sum += perToken(0.15)! + perToken(0.6)!
    floats += 0.15e-6 + 0.6e-6
  }
  expect(moneyAsNumber(sum)).toBe(0.075)
  expect(floats).not.toBe(0.075)
})

it('an amount keeps every digit it was written with', () => {
  fc.assert(
    fc.property(fc.nat(1e6), fc.nat(999_999_999), (whole, fraction) => {
      const written = Number(`${whole}.${String(fraction).padStart(9, '0')}`)
      expect(moneyAsNumber(money(written)!)).toBe(written)
      expect(perToken(written)! * 1_000_000n).toBe(money(written))
    }),
  )
  expect(money(1e21)).toBe(10n ** 36n)
  expect(money(1e-7)).toBe(10n ** 8n)
})

it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1e-16])('%d is no amount', (amount) => {
  expect(money(amount)).toBeUndefined()
})
