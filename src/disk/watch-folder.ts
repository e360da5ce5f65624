/** Hears that something in a folder changed, soon and not surely: some file systems tell nobody, so who needs to know looks besides. */
import { watch } from 'node:fs'

/** @returns what ends it */
export function watchFolder(path: string, onChange: () => void): () => void {
  try {
    const watcher = watch(path, { persistent: false }, onChange)
    // The folder went away, or the system has no more watchers to give: looking goes on.
    watcher.on('error', () => watcher.close())
    return () => watcher.close()
  } catch {
    return () => {}
  }
}
