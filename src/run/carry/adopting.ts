/** Row groups that another tool made, in a run of ours: read through beside the engine, or before there is one (`adopt.ts`, rule A2). */
import type { Journal } from '../../journal/journal.ts'
import type { RowGroup } from '../../plan/row-groups.ts'
import type { Encodes } from '../../store/parquet/encoder.ts'
import type { Publisher } from '../../store/publishing/publish.ts'
import type { Recovered } from '../open/recover.ts'
import { type AdoptParts, adoptGroups, followFiles } from '../seal/adopt.ts'
import type { Carrying, CarryOut } from './carrying.ts'
import type { Totals } from './totals.ts'

/** Reads through what another tool made, without anything to make: where all of it is whole, no model is ever connected. */
export async function readThrough(work: Carrying, recovered: Recovered, totals: Totals): Promise<Recovered> {
  const journal = { published: async () => {} }
  const parts = adoptParts(work, await work.publisher.open(), await work.encoder.open(), journal)
  const signal = work.options.signal ?? new AbortController().signal
  const lost = await adoptGroups({ ...parts, signal }, recovered.adopted)
  const published = new Map(recovered.published)
  for (const { group } of lost) {
    totals.lost(published.get(group)!)
    published.delete(group)
  }
  return { ...recovered, published, adopted: [] }
}

/**
 * Reads through what another tool made while the engine runs.
 *
 * @param signal ends it early
 * @returns groups that are not whole: they are open again
 * @throws RowsmithError of class storage
 */
export async function adoptAlong(
  { work, encoder, publisher, totals }: AdoptingParts,
  journal: Pick<Journal, 'published'>,
  recovered: Recovered,
  signal: AbortSignal,
): Promise<readonly RowGroup[]> {
  const groups = await adoptGroups(
    { ...adoptParts(work, publisher, encoder, journal), signal },
    recovered.adopted,
  )
  for (const { group } of groups) totals.lost(recovered.published.get(group)!)
  return groups
}

interface AdoptingParts {
  readonly work: CarryOut
  readonly encoder: Encodes
  readonly publisher: Publisher
  readonly totals: Totals
}

function adoptParts(
  { blueprint, dataset, events }: CarryOut,
  publisher: Publisher,
  encoder: Encodes,
  journal: AdoptParts['journal'],
): Omit<AdoptParts, 'signal'> {
  const { directory, run } = dataset
  return {
    directory,
    encoder,
    publisher,
    journal,
    rawFolder: run.raw_folder,
    columns: followFiles(blueprint.columns, run),
    segments: run.segments,
    emit: (event) => events.emit(event),
  }
}
