/** Hashing of files of every size, against Node's own; and what it takes of a disk. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { nodeDisk } from '../../../src/disk/node-disk.ts'
import { FileHasher } from '../../../src/store/reading/file-hasher.ts'
import { over } from '../../../src/testing/disks/over.ts'

const folder = mkdtempSync(join(tmpdir(), 'rowsmith-hash-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const sizes = [0, 1, 2 ** 20, 2 ** 20 + 1, 5 * 2 ** 20 + 7]

it('gives the SHA-256 of files of every size, several at once', async () => {
  const hasher = new FileHasher(nodeDisk)
  const hashes = sizes.map(async (size) => {
    const bytes = randomBytes(size)
    const path = join(folder, `${size}`)
    writeFileSync(path, bytes)
    let read = 0
    const found = await hasher.hash(path, size, (more) => {
      read += more
    })
    expect(found).toBe(createHash('sha256').update(bytes).digest('hex'))
    expect(read).toBe(size)
  })
  await Promise.all(hashes)
  await hasher.close()
})

it('reads a large file in pieces of at most 1 MiB, and leaves memory that others share alone', async () => {
  const bytes = randomBytes(3 * 2 ** 20)
  const path = join(folder, 'shared')
  writeFileSync(path, bytes)
  const lengths: number[] = []
  const disk = over(nodeDisk, {
    readRange: async (_, offset, length) => {
      lengths.push(length)
      return bytes.subarray(offset, offset + length)
    },
  })
  const hasher = new FileHasher(disk)
  expect(await hasher.hash(path, bytes.byteLength)).toBe(createHash('sha256').update(bytes).digest('hex'))
  await hasher.close()
  expect(bytes.byteLength).toBe(3 * 2 ** 20)
  expect(Math.max(...lengths)).toBe(2 ** 20)
})

it('a file that the disk cannot read is told so', async () => {
  const hasher = new FileHasher(nodeDisk)
  await expect(hasher.hash(join(folder, 'nowhere'), 2 ** 22)).rejects.toMatchObject({ code: 'io_error' })
  await hasher.close()
})
