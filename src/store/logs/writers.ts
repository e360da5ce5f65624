/**
 * Which processes sent requests, and what a power loss may have taken from their records.
 *
 * Every process that sends requests says first, in its commit log, in which boot of the machine it runs. A kill loses nothing that was
 * written; a power loss what was not synced. So a log without an end is exact where the next process ran in the same boot, and
 * where it did not, as many requests may be unrecorded as a log leaves unsynced at once (rule L4 of `journal/log.ts`).
 */
import { present } from '../../base/errors/present.ts'
import { formatJson, parseJson } from '../../base/values/json.ts'
import type { ValueObject } from '../../base/values/value.ts'
import { MAX_UNSYNCED_NOTES } from '../../journal/log.ts'
import { Fields } from '../files/read-file.ts'

/** A process that sent requests, or might have. */
export interface RecordedWriter {
  /** Of the machine; null where the system does not report it. */
  readonly boot: string | null
  readonly epoch: number
  /** Whether its log was closed in good order. */
  readonly ended: boolean
}

/** The frame by which a process begins to ask. */
export function writerBody(boot: string | null): string {
  return formatJson({ kind: 'writer', boot })
}

/** Reads what `writerBody` wrote; undefined for a frame of another kind. @throws RowsmithError journal_damaged */
export function writerIn(body: string, path: string): Pick<RecordedWriter, 'boot'> | undefined {
  if (!body.startsWith('{"kind":"writer"')) return undefined
  const record = new Fields(parseJson(body) as ValueObject, path, 'journal_damaged')
  return { boot: record.stringOrNull('boot') }
}

/** The frame that carries over what blocks may lack, when their own logs go. @param firstGroup where the blocks began: says which they were */
export function blocksBody(firstGroup: number, unrecorded: number): string {
  return formatJson({
    kind: 'blocks',
    first_group: BigInt(firstGroup),
    unrecorded_at_most: BigInt(unrecorded),
  })
}

/** Of a frame that `blocksBody` wrote. @throws RowsmithError journal_damaged */
export function blocksIn(body: string, path: string): readonly [firstGroup: number, unrecorded: number] {
  const record = new Fields(parseJson(body) as ValueObject, path, 'journal_damaged')
  return [record.count('first_group'), record.count('unrecorded_at_most')]
}

/**
 * How many requests may be missing in the accounting, at most: taken by power losses, or with the end of a journal that is torn.
 *
 * @param writers in the order in which they wrote
 * @param torn names of segments
 * @param boot of the machine now; where the system does not report boots, power losses cannot be distinguished from kills, and count nothing
 */
export function unrecordedMax(
  writers: readonly RecordedWriter[],
  boot: string | null,
  torn: ReadonlySet<string>,
): number {
  const tornEpochs = new Set([...torn].map((name) => Number(name.split('-')[0])))
  const losses = writers.filter((writer, index) => {
    const next = index + 1 < writers.length ? present(writers[index + 1], 'writers').boot : boot
    const lostPower = !writer.ended && writer.boot !== null && next !== null && writer.boot !== next
    return lostPower || tornEpochs.has(writer.epoch)
  })
  return losses.length * MAX_UNSYNCED_NOTES
}
