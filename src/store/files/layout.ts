/**
 * Where everything of a dataset lies. Paths only: nothing here touches the disk.
 */
import { join } from 'node:path'

/** Every path of a dataset directory. Functions give the path of one of many. */
export interface DatasetLayout {
  readonly directory: string
  readonly metadata: string
  readonly builderConfig: string
  readonly parquetFiles: string
  readonly droppedColumns: string
  readonly processors: string
  readonly images: string
  /** Our own folder; Data Designer ignores it. */
  readonly own: string
  readonly run: string
  readonly launch: string
  readonly tools: string
  readonly journal: string
  readonly replies: string
  /** Raw row groups of a config with an after-generation processor. */
  readonly generated: string
  /** Tables of a stage that are on their way, or were replaced. */
  readonly postProcessing: string
  readonly media: string
  readonly drafts: string
  /** Requests of batches that are not over. */
  readonly batches: string
  readonly quarantine: string
  readonly events: string
  /** The folders of blocks (`plan/blocks.ts`), each with a lock, a journal and commits of its own. */
  readonly blocks: string
  /** The block whose layout this is; undefined for the dataset itself. */
  readonly block: number | undefined
  lock(number: number): string
  commits(epoch: number): string
  /** What a name of this layout is below the dataset directory: in block 3, `.rowsmith/journal` is `.rowsmith/blocks/3/journal`. */
  named(relative: string): string
  /** A path of a commit frame, `parquet-files/batch_00000.parquet`, as a path of this machine. */
  file(relative: string): string
}

export function datasetLayout(directory: string): DatasetLayout {
  const own = join(directory, '.rowsmith')
  return {
    directory,
    metadata: join(directory, 'metadata.json'),
    builderConfig: join(directory, 'builder_config.json'),
    parquetFiles: join(directory, 'parquet-files'),
    droppedColumns: join(directory, 'dropped-columns-parquet-files'),
    processors: join(directory, 'processors-files'),
    images: join(directory, 'images'),
    own,
    run: join(own, 'run.json'),
    launch: join(own, 'launch.json'),
    tools: join(own, 'tools.json'),
    journal: join(own, 'journal'),
    replies: join(own, 'replies'),
    generated: join(own, 'generated'),
    postProcessing: join(own, 'stage'),
    media: join(own, 'media'),
    drafts: join(own, 'drafts'),
    batches: join(own, 'batches'),
    quarantine: join(own, 'quarantine'),
    events: join(own, 'events.jsonl'),
    blocks: join(own, 'blocks'),
    block: undefined,
    lock: (number) => join(own, `lock.${number}`),
    commits: (epoch) => join(own, `commits-${epoch}.log`),
    named: (relative) => relative,
    file: (relative) => join(directory, ...relative.split('/')),
  }
}

/** What a block has of its own, below `.rowsmith`. */
const namesOfBlock = /^\.rowsmith\/(?=(journal|media|drafts|commits-\d+\.log)(\/|$))/

/**
 * The same dataset as a writer of one block sees it: what writers do not share lies in the folder of the block.
 *
 * For example: `blockLayout(layout, 3).file('.rowsmith/journal')` is `.rowsmith/blocks/3/journal`.
 */
export function blockLayout(dataset: DatasetLayout, block: number): DatasetLayout {
  const own = join(dataset.blocks, String(block))
  const named = (relative: string) => relative.replace(namesOfBlock, `.rowsmith/blocks/${block}/`)
  return {
    ...dataset,
    ...{ own, block },
    journal: join(own, 'journal'),
    media: join(own, 'media'),
    drafts: join(own, 'drafts'),
    lock: (number) => join(own, `lock.${number}`),
    commits: (epoch) => join(own, `commits-${epoch}.log`),
    named,
    file: (relative) => dataset.file(named(relative)),
  }
}

/** `batch_00000.parquet`; more than 99,999 groups outgrow the padding, so never sort names as text. */
export function groupFileName(group: number): string {
  return `batch_${String(group).padStart(5, '0')}.parquet`
}

/** Where row groups are published, relative to the dataset. */
export type RawFolder = 'parquet-files' | '.rowsmith/generated'

/**
 * Where a file of a row group lies, relative to the dataset.
 *
 * @param path where it lies in a dataset without an after-generation stage; one that lies there whatever the raw folder is,
 *   or that was given by this function, stays as it is
 */
export function rawPath(folder: RawFolder, path: string): string {
  if (folder === 'parquet-files') return path
  if (path.startsWith('parquet-files/')) return path.replace('parquet-files', folder)
  return /^(dropped-columns-parquet-files|processors-files)(\/|$)/.test(path) ? `${folder}/${path}` : path
}

/** Whether a file of a row group holds dropped columns. */
export function holdsDroppedColumns(path: string): boolean {
  return path.includes('dropped-columns-parquet-files/')
}

/** The folder of a processor's files, relative to the dataset. */
export function processorFolder(processor: string): string {
  return `processors-files/${processor}`
}

/** The file of a processor for a group, relative to the dataset. */
export function processorFile(processor: string, group: number): string {
  return `${processorFolder(processor)}/${groupFileName(group)}`
}

/** The number in a group's file name, spelled exactly as `groupFileName` does; undefined for any other name. */
export function parseGroupFileName(name: string): number | undefined {
  const number = numberIn(name, /^batch_(\d+)\.parquet$/)
  return number !== undefined && groupFileName(number) === name ? number : undefined
}

/** Whether a reader that takes `batch_*.parquet` would read this file as data. */
export function looksLikeBatch(name: string): boolean {
  return name.startsWith('batch_') && name.endsWith('.parquet')
}

export function parseLockName(name: string): number | undefined {
  return numberIn(name, /^lock\.(\d+)$/)
}

export function parseCommitsName(name: string): number | undefined {
  return numberIn(name, /^commits-(\d+)\.log$/)
}

/** The epoch of a journal file, `<epoch>-<n>.log`. */
export function parseJournalEpoch(name: string): number | undefined {
  return numberIn(name, /^(\d+)-\d+\.log$/)
}

function numberIn(name: string, pattern: RegExp): number | undefined {
  const digits = pattern.exec(name)?.[1]
  const number = digits === undefined ? undefined : Number(digits)
  return Number.isSafeInteger(number) ? number : undefined
}
