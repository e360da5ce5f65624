import type { SeedColumn } from '../../seed/dataset/dataset.ts'
import type { Column } from '../column/column.ts'

/** A column of the seed dataset, with the type it has there. */
export function buildSeedColumn({ name, type, stored }: SeedColumn, drop: boolean): Column {
  return { kind: 'seed', name, type, drop, reads: [], ...(stored === undefined ? {} : { stored }) }
}
