/**
 * From a sealed row group to the files of its commit.
 *
 * Owns: which files a group has and what stands in them. Never: where drafts lie, or the order of publishing.
 * The same rows give the same bytes: nothing here depends on time, host, attempts or the order of answers,
 * except the replies file, which is a record of what happened and no data.
 */
import type { Encodes } from '../store/encoder.ts'
import { groupFooterKeys } from '../store/footer.ts'
import { groupFileName } from '../store/layout.ts'
import type { PublishedFile } from '../store/publish.ts'
import type { KeptGroup } from './kept.ts'
import type { OpenGroup } from './open-group.ts'

/** What every file of a dataset says about it in its footer. */
interface DatasetMarks {
  readonly configHash: string
  readonly rowsIdentity: string
  readonly runSeed: bigint
}

export interface SealSettings {
  readonly marks: DatasetMarks
  /** Column names in config order. */
  readonly columns: readonly string[]
  /** Whether dropped columns get files of their own. */
  readonly preserveDroppedColumns: boolean
}

/** Encodes a group's files, companions before the main one. */
export async function sealGroup(
  encoder: Encodes,
  settings: SealSettings,
  group: OpenGroup,
  kept: KeptGroup,
): Promise<PublishedFile[]> {
  const name = groupFileName(group.group)
  const files: PublishedFile[] = []
  const dropped = parquetJob(settings, group, true)
  if (settings.preserveDroppedColumns && dropped.columns.length > 0) {
    const path = `dropped-columns-parquet-files/${name}`
    files.push({ role: 'companion', path, ...(await encoder.encode(dropped)) })
  }
  if (kept.frames.length > 0) {
    const path = repliesPath(group.group)
    const lines = new TextEncoder().encode(`${kept.frames.join('\n')}\n`)
    files.push({ role: 'companion', path, ...(await encoder.compress(lines)) })
  }
  const main = parquetJob(settings, group, false)
  files.push({ role: 'main', path: `parquet-files/${name}`, ...(await encoder.encode(main)) })
  return files
}

/** Where a published group's replies lie, relative to the dataset. */
export function repliesPath(group: number): string {
  return `.rowsmith/replies/${groupFileName(group).replace('.parquet', '.jsonl.zst')}`
}

function parquetJob(
  settings: SealSettings,
  group: OpenGroup,
  dropped: boolean,
): Parameters<Encodes['encode']>[0] {
  const positions = new Map(group.order.columns.map((column, position) => [column.name, position]))
  const columns = settings.columns
    .map((name) => positions.get(name)!)
    .filter((position) => group.order.columns[position]!.drop === dropped)
    .map((position) => ({
      name: group.order.columns[position]!.name,
      type: group.order.columns[position]!.type,
      values: group.survivors(position),
    }))
  const { marks } = settings
  return {
    columns,
    rowCount: group.rowCount - group.rowsDropped,
    footer: groupFooterKeys({
      configHash: marks.configHash,
      identity: marks.rowsIdentity,
      runSeed: marks.runSeed,
      group: group.group,
      firstRow: group.firstRow,
      plannedRows: group.rowCount,
      dropped: group.verdicts().map(({ row, column, code }) => [row, column, code]),
    }),
  }
}
