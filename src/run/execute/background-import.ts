/** Row groups that another tool made, in a run of Rowsmith: read through next to the engine, or before there is one (`import-row-groups.ts`, rule A2). */
import { present } from '../../base/errors/present.ts'
import type { RowGroup } from '../../plan/row-groups.ts'
import type { Encodes } from '../../store/parquet/encoder.ts'
import type { Recovered } from '../open/recover.ts'
import { followFiles, type ImportParts, importRowGroups } from '../seal/import-row-groups.ts'
import type { OpenedRun, RunContext } from './run-context.ts'
import type { Totals } from './totals.ts'

/** Reads through what another tool made, without anything to make: where all of it is whole, no model is ever connected. */
export async function readThrough(
  work: RunContext,
  recovered: Recovered,
  totals: Totals,
): Promise<Recovered> {
  const parts = importParts(work, await work.encoder.open(), async () => {})
  const signal = work.options.signal ?? new AbortController().signal
  const lost = await importRowGroups({ ...parts, signal }, recovered.imported)
  const published = new Map(recovered.published)
  for (const { group } of lost) {
    totals.lost(present(published.get(group), 'published'))
    published.delete(group)
  }
  return { ...recovered, published, imported: [] }
}

/**
 * Reads through what another tool made while the engine runs.
 *
 * @param signal ends it early
 * @returns groups that are not whole: they are open again
 * @throws RowsmithError of class storage
 */
export async function importInBackground(
  { work, encoder, totals, release }: BackgroundImportParts,
  recovered: Recovered,
  signal: AbortSignal,
): Promise<readonly RowGroup[]> {
  const groups = await importRowGroups({ ...importParts(work, encoder, release), signal }, recovered.imported)
  for (const { group } of groups) totals.lost(present(recovered.published.get(group), 'published'))
  return groups
}

interface BackgroundImportParts {
  readonly work: OpenedRun
  readonly encoder: Encodes
  readonly totals: Totals
  readonly release: ImportParts['release']
}

function importParts(
  { compiled, dataset, events }: OpenedRun,
  encoder: Encodes,
  release: ImportParts['release'],
): Omit<ImportParts, 'signal'> {
  const { writer, run } = dataset
  return {
    writer,
    encoder,
    release,
    rawFolder: run.raw_folder,
    columns: followFiles(compiled.columns, run),
    ranges: run.segments,
    emit: (event) => events.emit(event),
  }
}
