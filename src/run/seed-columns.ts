import type { Value } from '../base/value.ts'
import type { Config } from '../config/schema.ts'
import type { SeedDataset } from '../seed/dataset.ts'
import { seedOrder } from '../seed/order.ts'
import type { EngineParts } from './engine.ts'

/** The seed's part of consecutive rows: each row of the plan has its own, whatever was made before. */
export function seedColumnsOf(
  seed: SeedDataset | null,
  { seed_config: config }: Config,
  runSeed: bigint,
): EngineParts['seedColumns'] {
  if (seed === null || config === null) return async () => new Map()
  const indexOf = seedOrder(config.sampling_strategy, seed.selection, runSeed)
  return async (firstRow, rows) => {
    const found = await seed.rows(Array.from({ length: rows }, (_, row) => indexOf(firstRow + row)))
    return new Map(
      seed.columns.map(({ name }, index): [string, Value[]] => [name, found.map((row) => row[index]!)]),
    )
  }
}
