import { expect, it } from 'vitest'
import { RowsmithError } from '../../../src/base/errors/errors.ts'
import { readCommits } from '../../../src/store/logs/commits.ts'
import {
  collectDrafts,
  collectTemporaries,
  collectUncommitted,
} from '../../../src/store/publishing/collect-garbage.ts'
import { draftPath } from '../../../src/store/publishing/publish.ts'
import { scanRowGroups } from '../../../src/store/publishing/scan-row-groups.ts'
import type { SimulatedDisk } from '../../../src/testing/disks/simulated-disk.ts'
import {
  emptyDataset,
  filesOf,
  finalFiles,
  IDENTITY,
  layout,
  on,
  publication,
  publish,
  putFile,
  recover,
} from '../dataset.ts'

const main = (group: number) => layout.file(`parquet-files/batch_0000${group}.parquet`)

async function publishedDataset(groups: number): Promise<SimulatedDisk> {
  const disk = emptyDataset()
  const all = Array.from({ length: groups }, (_, group) => publication(group))
  await publish(disk, 1, all)
  return disk
}

/** A dataset whose writer was killed right after its first commit. */
async function committedOnly(): Promise<SimulatedDisk> {
  const disk = emptyDataset({
    interrupt: ({ name, path }) => (name === 'link' && path.includes('columns') ? 'stop-before' : undefined),
  })
  await publish(disk, 1, [publication(0)]).catch(() => {})
  return disk.afterKill()
}

it('finds nothing to do in an empty dataset', async () => {
  expect(await recover(emptyDataset())).toMatchObject({ reopened: [], missing: [], quarantined: [] })
})

it('finds published groups by their sizes, and reads none of their bytes', async () => {
  const disk = await publishedDataset(3)
  const before = disk.operations.length
  const { published, reopened } = await recover(disk)
  expect([...published.keys()]).toStrictEqual([0, 1, 2])
  expect(reopened).toStrictEqual([])
  const read = disk.operations.slice(before).filter(({ name }) => name === 'readFile' || name === 'readRange')
  expect(read.map(({ path }) => path)).toStrictEqual([layout.commits(1)])
})

it('finishes a committed group from its drafts, and then has no draft left', async () => {
  const disk = await committedOnly()
  expect(finalFiles(disk)).toStrictEqual({})
  expect([...(await recover(disk)).published.keys()]).toStrictEqual([0])
  expect(finalFiles(disk)).toStrictEqual(filesOf([publication(0)]))
  expect(await disk.list(layout.drafts)).toStrictEqual([])
})

it('opens a committed group again when a draft of its main file is lost', async () => {
  const disk = await committedOnly()
  await disk.remove(draftPath(layout, '1-1'))
  const { published, reopened } = await recover(disk)
  expect([...published.keys()]).toStrictEqual([])
  expect(reopened).toStrictEqual([0])
})

it('opens a committed group again when a draft is not what was committed', async () => {
  const disk = await committedOnly()
  const draft = draftPath(layout, '1-1')
  const bytes = (await disk.readFile(draft)).slice()
  bytes[20]! ^= 1
  await disk.remove(draft)
  await putFile(disk, draft, bytes)
  expect((await recover(disk)).reopened).toStrictEqual([0])
})

it('puts a broken file of the right size aside when the draft is still there', async () => {
  const disk = await committedOnly()
  await disk.makeDirectory(layout.parquetFiles).catch(() => {})
  await putFile(disk, main(0), new Uint8Array(publication(0).files[0]!.bytes.byteLength))
  const { published, quarantined } = await recover(disk)
  expect([...published.keys()]).toStrictEqual([0])
  expect(quarantined).toStrictEqual(['.rowsmith/quarantine/batch_00000.parquet'])
  expect(finalFiles(disk)).toStrictEqual(filesOf([publication(0)]))
})

it('opens a committed group again when its main file is gone', async () => {
  const disk = await publishedDataset(2)
  await disk.remove(main(1))
  const { published, reopened } = await recover(disk)
  expect([...published.keys()]).toStrictEqual([0])
  expect(reopened).toStrictEqual([1])
})

it('puts a cut main file into quarantine and opens its group again', async () => {
  const disk = await publishedDataset(2)
  const bytes = await disk.readFile(main(0))
  for (const cut of [bytes.subarray(0, bytes.length - 9), new Uint8Array(0), Buffer.from('garbage')]) {
    await disk.remove(main(0))
    await putFile(disk, main(0), cut)
    const { reopened, quarantined } = await recover(disk)
    expect(reopened).toStrictEqual([0])
    expect(Buffer.from(await disk.readFile(layout.file(quarantined[0]!)))).toStrictEqual(Buffer.from(cut))
    expect(await disk.stat(main(0))).toBeUndefined()
    await putFile(disk, main(0), bytes)
  }
  expect(await disk.list(layout.quarantine)).toHaveLength(3)
})

it('keeps a published group whose companion is gone, and names the companion', async () => {
  const disk = await publishedDataset(1)
  await disk.remove(layout.file('.rowsmith/replies/batch_0.zst'))
  const { published, missing, reopened } = await recover(disk)
  expect([...published.keys()]).toStrictEqual([0])
  expect(missing).toStrictEqual(['.rowsmith/replies/batch_0.zst'])
  expect(reopened).toStrictEqual([])
})

it('takes a whole file of this run for published when its commit is lost', async () => {
  const disk = await publishedDataset(1)
  await disk.remove(layout.commits(1))
  const { published } = await recover(disk)
  expect(published.get(0)).toMatchObject({
    group: 0,
    firstRow: 0,
    plannedRows: 3,
    rows: 2,
    dropped: [[2, 'c', 'parse_failed']],
  })
})

it('does not take a file for whole whose body is not what its footer says', async () => {
  const disk = await publishedDataset(1)
  await disk.remove(layout.commits(1))
  const bytes = (await disk.readFile(main(0))).slice()
  bytes[40]! ^= 1
  await disk.remove(main(0))
  await putFile(disk, main(0), bytes)
  expect(await recover(disk)).toMatchObject({
    reopened: [0],
    quarantined: ['.rowsmith/quarantine/batch_00000.parquet'],
  })
})

it('counts the last commit of a group that was made again', async () => {
  const disk = await publishedDataset(1)
  await disk.remove(main(0))
  await recover(disk)
  const again = publication(0, { word: 'made again' })
  await publish(disk, 2, [again])
  const { published } = await recover(disk)
  expect(published.get(0)?.epoch).toBe(2)
  expect(finalFiles(disk)).toStrictEqual(filesOf([again]))
})

it('does nothing the second time', async () => {
  const disk = await committedOnly()
  await recover(disk)
  const files = finalFiles(disk)
  const before = disk.operations.length
  await recover(disk)
  expect(finalFiles(disk)).toStrictEqual(files)
  const changes = disk.operations.slice(before).map(({ name }) => name)
  expect(changes).not.toContain('link')
  expect(changes).not.toContain('rename')
  expect(changes).not.toContain('remove')
})

it('names readable batch files outside the plan or of another identity, and nothing else', async () => {
  const disk = await publishedDataset(1)
  const bytesOf = (group: number, identity?: string) =>
    publication(group, identity === undefined ? {} : { identity }).files[0]!.bytes
  const put = (name: string, contents: string | Uint8Array) =>
    putFile(disk, layout.file(`parquet-files/${name}`), contents)
  await put('batch_00002.parquet', bytesOf(2, 'another run'))
  await put('batch_00003.parquet', bytesOf(1))
  await put('batch_00012.parquet', bytesOf(12))
  await put('batch_x.parquet', bytesOf(4))
  await put('batch_5.parquet', bytesOf(5))
  await put('batch_00006.parquet', 'unreadable, in the plan: quarantine')
  await put('batch_00016.parquet', 'unreadable, outside the plan')
  await put('notes.txt', 'not a batch')
  const found = await scanRowGroups(on(disk), await readCommits(on(disk)), {
    run: { identity: IDENTITY, groups: 10 },
  })
  expect(found.foreign).toStrictEqual([
    'batch_00002.parquet',
    'batch_00003.parquet',
    'batch_00012.parquet',
    'batch_5.parquet',
    'batch_x.parquet',
  ])
  expect([...found.groups].map(([group, { kind }]) => [group, kind])).toStrictEqual([
    [0, 'published'],
    [6, 'open'],
  ])
})

it('takes a readable file of another identity in the place of a committed one for foreign, and leaves it', async () => {
  const disk = await publishedDataset(1)
  const other = publication(0, { identity: 'another run, with a longer name' }).files[0]!.bytes
  await disk.remove(main(0))
  await putFile(disk, main(0), other)
  const run = { identity: IDENTITY, groups: 10 }
  const found = await scanRowGroups(on(disk), await readCommits(on(disk)), { run })
  expect(found.foreign).toStrictEqual(['batch_00000.parquet'])
  await recover(disk)
  expect(Buffer.from(await disk.readFile(main(0)))).toStrictEqual(Buffer.from(other))
})

it('sweeps drafts of earlier writers and temporary files of others, and nothing else', async () => {
  const disk = await publishedDataset(1)
  const self = { pid: 12, nonce: 'mine' }
  const stale = [
    'metadata.json.tmp.99',
    'metadata.json.tmp.99.theirs',
    '.rowsmith/run.json.tmp.99.theirs',
    '.rowsmith/lock.tmp.99.theirs',
    '.rowsmith/drafts/1-9',
  ]
  const kept = [
    'metadata.json',
    'metadata.json.tmp.12.mine',
    '.rowsmith/lock.2.tmp.12.mine',
    '.rowsmith/lock.2',
    '.rowsmith/drafts/2-1',
    'notes.tmp.99',
  ]
  for (const path of [...stale, ...kept]) await putFile(disk, layout.file(path), 'x')
  await collectTemporaries(on(disk), self)
  await collectDrafts(on(disk), 2)
  for (const path of stale) expect(await disk.stat(layout.file(path)), path).toBeUndefined()
  for (const path of kept) expect(await disk.stat(layout.file(path)), path).toBeDefined()
  expect(finalFiles(disk)).toStrictEqual(filesOf([publication(0)]))
})

it('sweeps drafts that no commit names before commits are read, and leaves those of a later writer', async () => {
  const disk = emptyDataset()
  await disk.makeDirectory(layout.drafts)
  for (const draft of ['1-1', '1-2', '2-1', '3-1'])
    await putFile(disk, layout.file(`.rowsmith/drafts/${draft}`), 'x')
  await collectUncommitted(on(disk), 2, new Set(['1-2']))
  expect(await disk.list(layout.drafts)).toStrictEqual(['1-2', '2-1', '3-1'])
})

it('removes no temporary file when it turns out to have lost the lock', async () => {
  const disk = emptyDataset()
  const theirs = layout.file('metadata.json.tmp.99.theirs')
  await putFile(disk, theirs, 'x')
  const lost = new RowsmithError('lock_lost', 'The lock is lost.')
  const self = { pid: 12, nonce: 'mine', check: () => Promise.reject(lost) }
  await expect(collectTemporaries(on(disk), self)).rejects.toBe(lost)
  expect(await disk.stat(theirs)).toBeDefined()
})
