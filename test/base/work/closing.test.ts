import { expect, test } from 'vitest'
import { closingAfter } from '../../../src/base/work/closing.ts'

test('closingAfter() closes what was opened, last first, and gives the result', async () => {
  const closed: number[] = []
  const result = await closingAfter(async (closing) => {
    closing.defer(() => closed.push(1))
    closing.defer(async () => closed.push(2))
    return 'done'
  })
  expect({ result, closed }).toEqual({ result: 'done', closed: [2, 1] })
})

test('closingAfter() closes everything after a failure too, and throws the first one', async () => {
  const closed: number[] = []
  const ended = closingAfter(async (closing) => {
    closing.defer(() => closed.push(1))
    closing.defer(() => {
      throw new Error('while closing')
    })
    throw new Error('while working')
  })
  await expect(ended).rejects.toThrow('while working')
  expect(closed).toEqual([1])
})

test('closingAfter() throws what failed while closing when the work went well', async () => {
  const ended = closingAfter(async (closing) => {
    closing.defer(() => Promise.reject(new Error('while closing')))
  })
  await expect(ended).rejects.toThrow('while closing')
})
