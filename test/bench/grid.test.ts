import { describe, expect, it } from 'vitest'
import { attainable, cellName, gridOf, recordsFor } from '../../bench/grid-cells.ts'
import { withFunctions } from '../../bench/grid-functions.ts'
import { configOf, shapes, toolProvider } from '../../bench/grid-shapes.ts'
import { tableHead, tableLine } from '../../bench/grid-table.ts'
import { configFromCode } from '../../src/entries/config.ts'
import { validate } from '../../src/index.ts'

describe('the grid beside the reference', () => {
  it.each(shapes.map((shape) => [shape.name, shape] as const))(
    'has a config for %s',
    async (_name, shape) => {
      const config = configFromCode(withFunctions(configOf(shape, 16)), 'bench')
      const tools = {
        name: toolProvider,
        provider_type: 'stdio',
        command: 'node',
        args: [],
        env: {},
      } as const
      expect(await validate(config, { mcpProviders: [tools] })).toMatchObject({ notBuilt: [], warnings: [] })
      expect(shape.columns).toHaveLength(shape.cells)
    },
  )

  it('is latency by limit by shape, or less when less is asked for', () => {
    expect(gridOf({ quick: false, only: '' })).toHaveLength(4 * 5 * shapes.length)
    expect(gridOf({ quick: true, only: '' })).toHaveLength(2 * 2 * shapes.length)
    expect(gridOf({ quick: true, only: 'text, 200 ms' }).map(cellName)).toEqual([
      'text, 200 ms, 4 in flight',
      'text, 200 ms, 256 in flight',
    ])
  })

  it('gives a client as many rows as it makes in the time', () => {
    const [cell] = gridOf({ quick: false, only: 'chain of 4, 200 ms, 64 in flight' })
    expect(recordsFor(cell!, 5, 6000)).toBe(400)
    expect(recordsFor(cell!, 5, 40)).toBe(50)
    expect(recordsFor(cell!, 0.01, 40)).toBe(8)
    const [loop] = gridOf({ quick: false, only: 'tool loop, 200 ms, 64 in flight' })
    expect([attainable(loop!), recordsFor(loop!, 5, 6000)]).toEqual([(64 * 5) / 3, 533])
  })

  it('shows the ratio of one moment, and what each of them lost', () => {
    const [cell] = gridOf({ quick: false, only: 'text, 200 ms, 4 in' })
    const figures = {
      records: 100,
      rows: 100,
      seconds: 5,
      cpu_seconds: 1,
      peak_rss_mb: 90,
      cells_per_second: 20,
      cpu_ms_per_cell: 0.5,
      mean_in_flight: 3.8,
    }
    const line = tableLine({
      cell: cell!,
      rowsmith: figures,
      reference: { ...figures, rows: 97, cells_per_second: 8, mean_in_flight: 2 },
    })
    expect(line).toBe(
      '| text, 200 ms, 4 in flight | 20.0 | 8.00 | 2.50x | 100% | 0.95 | 0.50 | 0.50 | 0.50 | 90 | 90 | 0 | 3 |',
    )
    expect(line.split('|')).toHaveLength(tableHead[0]!.split('|').length)
    expect(tableLine({ cell: cell!, rowsmith: figures, reference: null })).toContain(
      '| 20.0 | - | - | 100% |',
    )
  })
})
