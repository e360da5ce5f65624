/**
 * The few file operations Rowsmith relies on, and what it assumes of them.
 *
 * Owns: the contract. `node-disk.ts` is the real one (the only file that imports `node:fs`);
 * `testing/` has one that crashes on cue.
 * Assumptions, which the modelled disk takes away one by one:
 *   D1. Data is durable only after `sync` of its file. Before that, a power loss may keep all of it, none, or a part.
 *   D2. A name (created, renamed, linked, removed) is durable only after `syncDirectory` of the folder that holds it.
 *   D3. Unsynced effects reach the disk in any order.
 *   D4. `rename` and `link` are atomic: before or after, never between.
 *   D5. `makeDirectory` and `link` fail with EEXIST when the name exists; exactly one of several racers wins.
 *   D6. A failed `sync` says nothing about what is durable, and a second one succeeding says nothing either.
 * Errors are the system's own, with their errno `code` (ENOSPC, EIO, ENOENT, EEXIST); the caller gives them a meaning.
 */
export interface Disk {
  /** Creates a file that must not exist, for appending. Neither its data nor its name is durable yet. */
  create(path: string): Promise<DiskFile>
  /** The whole file. ENOENT when there is none. */
  readFile(path: string): Promise<Uint8Array>
  /** `length` bytes from `offset` (fewer at the end of the file), in memory that is the caller's own. */
  readRange(path: string, offset: number, length: number): Promise<Uint8Array>
  /** Names in a folder, sorted; an empty list when there is no such folder. */
  list(directory: string): Promise<string[]>
  /** What is at the path, or undefined. Follows no symbolic link out of the way: a link counts as what it points at. */
  stat(path: string): Promise<DiskEntry | undefined>
  /** The path of what is there, without symbolic links. ENOENT when nothing is. */
  realPath(path: string): Promise<string>
  /** Creates one folder. EEXIST when the name exists, ENOENT when its parent does not. */
  makeDirectory(path: string): Promise<void>
  /** Atomic; replaces what is at `to`. */
  rename(from: string, to: string): Promise<void>
  /** A second name for a file. EEXIST when `to` exists. */
  link(from: string, to: string): Promise<void>
  /** Removes a file. ENOENT when there is none. */
  remove(path: string): Promise<void>
  /** Removes an empty folder. */
  removeDirectory(path: string): Promise<void>
  /** Makes a closed file's data durable (D1). */
  syncFile(path: string): Promise<void>
  /** Makes the names in a folder durable (D2). */
  syncDirectory(path: string): Promise<void>
}

export interface DiskEntry {
  /** `other` is a device, a pipe, a socket. */
  readonly kind: 'file' | 'directory' | 'other'
  /** Bytes; 0 for a folder. */
  readonly size: number
  /** Milliseconds since the epoch. */
  readonly modified: number
  /** The file system's own number for it, where there is one. */
  readonly inode?: number
}

/** A file being appended to by the one who created it. */
export interface DiskFile {
  /** Appends all of `bytes`, or fails having appended some prefix. */
  append(bytes: Uint8Array): Promise<void>
  /** Makes everything appended so far durable (D1); not the file's name. */
  sync(): Promise<void>
  close(): Promise<void>
}
