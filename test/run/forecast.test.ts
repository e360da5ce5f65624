/** What cells will take is told from cells that were made. */
import { describe, expect, it } from 'vitest'
import { expectationOf, type SeenCell } from '../../src/run/forecast.ts'

const cell = (output: number, drawn: Record<string, string>): SeenCell => ({
  drawn: new Map(Object.entries(drawn)),
  taken: { requests: 1, input: 10, cached: 0, output },
})

describe('the mean of cells', () => {
  it('is one of each value of the sampled column that explains most of their length', () => {
    const cells = [100, 110, 120, 10, 12, 14].map((output, index) =>
      cell(output, { row: `${index}`, coin: `${index % 2}`, size: index < 3 ? 'long' : 'short' }),
    )
    const expectation = expectationOf(cells)!
    expect(expectation.by).toBe('size')
    expect(expectation.of('long').output).toBeCloseTo(110)
    expect(expectation.of('short').output).toBeCloseTo(12)
    expect(expectation.of('never seen').output).toBeCloseTo(61)
    expect(expectation.of(undefined).output).toBeCloseTo(61)
  })

  it('is the same for all where no column explains more than chance, or a value was seen twice only', () => {
    const level = [1, 2, 3, 1, 2, 3].map((output, index) => cell(output, { coin: index < 3 ? 'a' : 'b' }))
    expect(expectationOf(level)!.by).toBeNull()
    const rare = [1, 1, 1, 9, 9].map((output, index) => cell(output, { size: index < 3 ? 'a' : 'b' }))
    expect(expectationOf(rare)!.by).toBeNull()
  })

  it('counts cells that asked nothing, and those that asked twice', () => {
    const skipped = { ...cell(0, {}), taken: { requests: 0, input: 0, cached: 0, output: 0 } }
    const twice = { ...cell(0, {}), taken: { requests: 2, input: 40, cached: 4, output: 8 } }
    const expectation = expectationOf([skipped, twice])!
    expect(expectation).toMatchObject({ asked: 0.5, cells: 2 })
    expect(expectation.of(undefined)).toEqual({ requests: 1, input: 20, cached: 2, output: 4 })
    expect(expectationOf([])).toBeUndefined()
  })
})
