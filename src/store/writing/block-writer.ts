/**
 * The writer of one block of a dataset: the process that holds the lock of the block.
 *
 * Owns: that the small files of the dataset stay those of the holder of its own lock: run.json and the others say what all blocks have in
 * common, and metadata.json and the history are about all of them.
 */
import { DirectoryWriter } from './directory-writer.ts'

export class BlockWriter extends DirectoryWriter {
  override async writeMetadata(): Promise<void> {}

  override async writeCard(): Promise<void> {}

  override async writeHistory(): Promise<void> {}
}
