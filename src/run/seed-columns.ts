import { dirname } from 'node:path'
import type { Value } from '../base/value.ts'
import type { Config } from '../config/schema.ts'
import { sourceOf } from '../config/source.ts'
import type { SeedDataset } from '../seed/dataset.ts'
import { seedOrder } from '../seed/order.ts'
import type { EngineParts } from './engine.ts'
import type { LaunchSources } from './options.ts'

/**
 * Where a seed's relative path is looked for: where the dataset's last run found it, in the working directory as
 * Data Designer does, beside the config.
 */
export function seedFolders(config: Config, launch: LaunchSources): string[] {
  return [
    ...(launch.seedFolder === undefined ? [] : [launch.seedFolder]),
    '.',
    dirname(sourceOf(config).name),
  ]
}

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
