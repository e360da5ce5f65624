/** What cells will take is told from cells that were made. */
import { describe, expect, it } from 'vitest'
import { keyedRandom } from '../../src/base/numbers/random.ts'
import { expectationOf, type SeenCell } from '../../src/preflight/forecast.ts'

const cell = (output: number, drawn: Record<string, string>): SeenCell => ({
  drawn: new Map(Object.entries(drawn)),
  usage: { requests: 1, input: 10, cached: 0, output },
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

  it('is the same for all where no column explains more than chance, or most values were seen once', () => {
    const level = [1, 2, 3, 1, 2, 3].map((output, index) => cell(output, { coin: index < 3 ? 'a' : 'b' }))
    expect(expectationOf(level)!.by).toBeNull()
    const single = [1, 3, 9, 27, 9].map((output, index) => cell(output, { size: `"${Math.min(index, 3)}"` }))
    expect(expectationOf(single)!.by).toBeNull()
  })

  it('leans on that of all for a value that was seen once or twice, the less the more values differ', () => {
    const of = (short: readonly number[], long: readonly number[]) =>
      expectationOf([
        ...short.map((output) => cell(output, { size: 'short' })),
        ...long.map((output) => cell(output, { size: 'long' })),
      ])!
    // Far apart: nearly its own.
    const clear = of([9, 10, 11, 10, 12], [200])
    expect(clear.by).toBe('size')
    expect(clear.of('long').output).toBeGreaterThan(190)
    expect(clear.of('long').output).toBeLessThan(200)
    // Within what the others do: nearer to the mean of all, which is 20.
    const unclear = of([5, 10, 20, 40, 10], [35])
    expect(unclear.of('long').output).toBeLessThan(30)
    expect(unclear.of('short').output).toBeCloseTo(unclear.by === null ? 20 : 17)
  })

  it('is one of each range of a number that the prompt asks for', () => {
    const cells = Array.from({ length: 40 }, (_, index) => cell(10 * (index + 1), { words: `${index}.5` }))
    const expectation = expectationOf(cells)!
    expect(expectation.by).toBe('words')
    expect(expectation.of('0.5').output).toBeCloseTo(45)
    expect(expectation.of('-3').output).toBeCloseTo(45)
    expect(expectation.of('39.5').output).toBeCloseTo(365)
    expect(expectation.of('1000').output).toBeCloseTo(365)
  })

  it('counts cells that asked nothing, and those that asked twice', () => {
    const skipped = { ...cell(0, {}), usage: { requests: 0, input: 0, cached: 0, output: 0 } }
    const twice = { ...cell(0, {}), usage: { requests: 2, input: 40, cached: 4, output: 8 } }
    const expectation = expectationOf([skipped, twice])!
    expect(expectation).toMatchObject({ cells: 2 })
    expect(expectation.requestShareOf(undefined)).toBe(0.5)
    expect(expectation.of(undefined)).toEqual({ requests: 1, input: 20, cached: 2, output: 4 })
    expect(expectationOf([])).toBeUndefined()
  })
})

/** The same numbers on every machine: uniform draws between 0 and 1. */
function draws(seed: number): () => number {
  const random = keyedRandom(BigInt(seed), 'forecast', 0)
  return () => random.float()
}

/** A length that is lognormal, and three times as long for each step of the size; six rows in ten are small. */
function drawCell(next: () => number): SeenCell {
  const step = Math.max(0, Math.floor(next() * 5) - 2)
  const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  return cell(Math.round(20 * 3 ** step * Math.exp(0.5 * normal)), {
    size: `"${step}"`,
    coin: `${next() < 0.5}`,
  })
}

describe('the range of a sum', () => {
  /** For many seeds: how often the sum over 4000 cells lies in the range, and how wide that is, as a share of the estimate. */
  function measured(cellsSeen: number): { held: number; near: number; width: number } {
    const seeds = Array.from({ length: 60 }, (_, seed) => seed + 1)
    const all = seeds.map((seed) => {
      const next = draws(1000 * cellsSeen + seed)
      const expectation = expectationOf(Array.from({ length: cellsSeen }, () => drawCell(next)))!
      const due = new Map<string, number>()
      let [told, truth] = [0, 0]
      for (let row = 0; row < 4000; row++) {
        const { drawn, usage: taken } = drawCell(next)
        const value = expectation.by === null ? undefined : drawn.get(expectation.by)
        told += expectation.of(value).output
        truth += taken.output
        const kind = expectation.kindOf(value)
        due.set(kind, (due.get(kind) ?? 0) + 1)
      }
      const [low, high] = expectation.range(due)!.output
      expect(low).toBeLessThan(told)
      expect(high).toBeGreaterThan(told)
      const isNear = Math.abs(told / truth - 1) <= 0.2
      return { held: low <= truth && truth <= high, near: isNear, width: (high - low) / told }
    })
    const count = (of: (each: (typeof all)[number]) => boolean) => all.filter(of).length / all.length
    const width = all.reduce((sum, each) => sum + each.width, 0) / all.length
    return { held: count(({ held }) => held), near: count(({ near }) => near), width }
  }

  it('holds the truth four times in five, and is wide where few cells were seen', () => {
    const [few, some, many] = [measured(20), measured(50), measured(450)]
    for (const { held } of [few, some, many]) {
      expect(held).toBeGreaterThan(0.65)
      expect(held).toBeLessThan(0.95)
    }
    expect(few.width).toBeGreaterThan(1.3 * some.width)
    expect(some.width).toBeGreaterThan(2 * many.width)
    expect(many.near).toBe(1)
  })

  it('is nothing where a single cell was seen, and a point where nothing is due or nothing varies', () => {
    expect(expectationOf([cell(5, {})])!.range(new Map([['', 10]]))).toBeNull()
    const level = expectationOf([cell(5, {}), cell(5, {}), cell(5, {})])!
    expect(level.range(new Map([['', 10]]))!.output).toEqual([50, 50])
    expect(level.range(new Map())!.output).toEqual([0, 0])
  })

  it('is wider for a value that was never seen', () => {
    const cells = [100, 110, 120, 10, 12, 14].map((output, index) =>
      cell(output, { size: index < 3 ? '"a"' : '"b"' }),
    )
    const { range, kindOf } = expectationOf(cells)!
    const width = (kind: string) => {
      const [low, high] = range(new Map([[kind, 100]]))!.output
      return high / low
    }
    expect(width(kindOf('"new"'))).toBeGreaterThan(3 * width(kindOf('"a"')))
  })
})
