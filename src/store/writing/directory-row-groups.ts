/**
 * The row groups of a dataset directory, as its writer makes them: answers in one journal, media in files of their own, data files by
 * commits.
 *
 * Owns: that a row group that is published needs no segment of the journal, and no medium, any more.
 */
import { Journal } from '../../journal/journal.ts'
import { MediaStore } from '../publishing/media.ts'
import type { Publication, Publisher } from '../publishing/publish.ts'
import type { DatasetWriter, FormerJournal, RowGroupWriter } from './dataset-store.ts'

export class DirectoryRowGroups implements RowGroupWriter {
  readonly lost: AbortSignal
  readonly media: MediaStore
  readonly #writer: DatasetWriter
  readonly #commits: Publisher
  readonly #journal: Journal

  private constructor(writer: DatasetWriter, commits: Publisher, journal: Journal) {
    this.lost = writer.lost
    this.media = new MediaStore(writer.directory, writer.epoch)
    this.#writer = writer
    this.#commits = commits
    this.#journal = journal
  }

  /** @param numbers those of the writer's segments @throws RowsmithError of class storage; lock_lost */
  static async open(
    writer: DatasetWriter,
    commits: Publisher,
    numbers: { next: number },
    earlier: FormerJournal['segments'],
  ): Promise<DirectoryRowGroups> {
    const { disk, layout } = writer.directory
    const journal = await Journal.create({
      disk,
      directory: layout.journal,
      epoch: writer.epoch,
      name: writer.nonce,
      earlier,
      numbers,
      onMention: (group, segment) => commits.mention({ group, segment }),
    })
    return new DirectoryRowGroups(writer, commits, journal)
  }

  confirm(): Promise<void> | undefined {
    return this.#writer.confirm()
  }

  append(group: number, record: string): Promise<void> {
    return this.#journal.append(group, record)
  }

  note(group: number, record: string): Promise<void> {
    return this.#journal.note(group, record)
  }

  async commit(publication: Publication): Promise<void> {
    await this.#commits.publish(publication)
    const media = (publication.media ?? []).map(({ sha256 }) => sha256)
    await this.media.release(publication.group, media)
  }

  release(group: number): Promise<void> {
    return this.#journal.published(group)
  }

  close(): Promise<void> {
    return this.#journal.close()
  }
}
