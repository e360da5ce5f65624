import type { Disk } from '../../disk/disk.ts'

/** A disk that does some things its own way and leaves the rest to another. */
export function over(disk: Disk, changes: Partial<Disk>): Disk {
  return {
    create: (path) => disk.create(path),
    readFile: (path) => disk.readFile(path),
    readRange: (path, offset, length) => disk.readRange(path, offset, length),
    list: (directory) => disk.list(directory),
    stat: (path) => disk.stat(path),
    realPath: (path) => disk.realPath(path),
    makeDirectory: (path) => disk.makeDirectory(path),
    rename: (from, to) => disk.rename(from, to),
    link: (from, to) => disk.link(from, to),
    remove: (path) => disk.remove(path),
    removeDirectory: (path) => disk.removeDirectory(path),
    syncFile: (path) => disk.syncFile(path),
    syncDirectory: (path) => disk.syncDirectory(path),
    ...changes,
  }
}
