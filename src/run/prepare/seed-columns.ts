import { dirname } from 'node:path'
import { present } from '../../base/errors/present.ts'
import type { Value } from '../../base/values/value.ts'
import { sourceOf } from '../../config/reading/source.ts'
import type { Config } from '../../config/schema/schema.ts'
import type { SeedContext, SeedDataset } from '../../seed/dataset/dataset.ts'
import { seedOrder } from '../../seed/dataset/order.ts'
import type { ResolvedOptions } from '../request/options.ts'

/** What a run has for its seed, in addition to the config. */
export function seedContext(
  config: Config,
  options: Pick<ResolvedOptions, 'launch' | 'seedRows' | 'env' | 'signal'>,
): SeedContext {
  return {
    folders: seedFolders(sourceOf(config).name, options.launch.seedFolder),
    rows: options.seedRows,
    hub: { env: options.env, signal: options.signal },
  }
}

/**
 * Where a seed's relative path is looked for: where the dataset's last run found it, in the working directory as
 * Data Designer does, next to the config.
 *
 * @param configFile its name
 * @param lastFound null or undefined when no run has found it
 */
export function seedFolders(configFile: string, lastFound: string | null | undefined): string[] {
  return [...(lastFound ? [lastFound] : []), '.', dirname(configFile)]
}

/** Where the media lie that rows name: next to the config. Undefined when no column has any. */
export function mediaFolder(config: Config): string | undefined {
  const some = config.columns.some(
    (column) => 'multi_modal_context' in column && (column.multi_modal_context?.length ?? 0) > 0,
  )
  return some ? dirname(sourceOf(config).name) : undefined
}

/** The seed's part of consecutive rows: each row of the plan has its own, whatever was made before. */
export function seedColumnsOf(
  seed: SeedDataset | null,
  { seed_config: config }: Config,
  runSeed: bigint,
): (firstRow: number, rows: number) => Promise<ReadonlyMap<string, readonly Value[]>> {
  if (seed === null || config === null) return async () => new Map()
  const indexOf = seedOrder(config.sampling_strategy, seed.selection, runSeed)
  return async (firstRow, rows) => {
    const found = await seed.rows(Array.from({ length: rows }, (_, row) => indexOf(firstRow + row)))
    return new Map(
      seed.columns.map(({ name }, index): [string, Value[]] => [
        name,
        found.map((row) => present(row[index], 'row')),
      ]),
    )
  }
}
