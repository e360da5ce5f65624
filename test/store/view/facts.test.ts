import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { nodeDisk } from '../../../src/disk/node-disk.ts'
import { planRanges } from '../../../src/plan/row-groups.ts'
import { writeRunFile } from '../../../src/store/control/run-file.ts'
import { DatasetView } from '../../../src/store/view/dataset-view.ts'
import { factsOf } from '../../../src/store/view/facts.ts'
import { over } from '../../../src/testing/disks/over.ts'
import { changesDisk, SimulatedDisk } from '../../../src/testing/disks/simulated-disk.ts'
import { run } from '../control/run-example.ts'
import { emptyDataset, IDENTITY, layout, on, publication, publish, putFile } from '../dataset.ts'

const writer = { pid: 12, nonce: 'nonce' }
const ofThisRun = { ...run, rows_identity: { hash: IDENTITY, document: null }, segments: planRanges(30, 3) }
const main = (group: number) => layout.file(`parquet-files/batch_0000${group}.parquet`)

async function dataset(groups: readonly number[]): Promise<SimulatedDisk> {
  const disk = emptyDataset()
  await writeRunFile(on(disk), ofThisRun, writer)
  await publish(
    disk,
    1,
    groups.map((group) => publication(group)),
  )
  return disk
}

const read = (disk: SimulatedDisk) => factsOf(DatasetView.at(disk, layout.directory))

it('finds nothing where there is nothing', async () => {
  expect(await read(new SimulatedDisk({ directories: ['/artifacts'] }))).toStrictEqual({ kind: 'nothing' })
})

it('takes a folder for empty in which nobody has begun', async () => {
  const bare = new SimulatedDisk({ directories: [layout.directory] })
  expect(await read(bare)).toStrictEqual({ kind: 'empty', lock: { kind: 'free' } })
  const locked = emptyDataset()
  await putFile(locked, layout.lock(1), '{}')
  await putFile(locked, layout.file('notes.txt'), 'not ours')
  expect(await read(locked)).toStrictEqual({ kind: 'empty', lock: { kind: 'free' } })
})

it('refuses a file where a folder is due', async () => {
  const disk = new SimulatedDisk({ directories: ['/artifacts'] })
  await putFile(disk, layout.directory, 'a file')
  await expect(read(disk)).rejects.toMatchObject({ code: 'dataset_not_found' })
})

it('counts published groups, their rows, and the holes between them', async () => {
  expect(await read(await dataset([0, 1, 4, 7]))).toMatchObject({
    kind: 'dataset',
    run: { kind: 'read', contents: ofThisRun },
    metadata: { kind: 'absent' },
    builderConfig: { kind: 'absent' },
    groups: { complete: 4, rows: 8, holes: [2, 3, 5, 6] },
    foreignBatchFiles: [],
    journalDamage: [],
  })
})

it('counts a committed group whose files still wait for their names', async () => {
  const disk = emptyDataset({
    interrupt: ({ name, path }) => (name === 'link' && path.includes('columns') ? 'stop-before' : undefined),
  })
  await writeRunFile(on(disk), ofThisRun, writer)
  await publish(disk, 1, [publication(0)]).catch(() => {})
  expect(await read(disk.afterKill())).toMatchObject({ groups: { complete: 1, rows: 2, holes: [] } })
})

it('does not count a group whose file is gone or cut', async () => {
  const disk = await dataset([0, 1, 2])
  await disk.remove(main(0))
  await disk.remove(main(1))
  await putFile(disk, main(1), 'cut')
  expect(await read(disk)).toMatchObject({
    groups: { complete: 1, rows: 2, holes: [0, 1] },
    foreignBatchFiles: [],
  })
})

it('names foreign batch files', async () => {
  const disk = await dataset([0])
  await putFile(disk, main(5), publication(5, { identity: 'another run' }).files[0]!.bytes)
  expect(await read(disk)).toMatchObject({ foreignBatchFiles: ['batch_00005.parquet'] })
})

it('lists damage of the commits with file and offset, and goes on reading', async () => {
  const disk = await dataset([0, 1])
  const bytes = (await disk.readFile(layout.commits(1))).slice()
  bytes[200]! ^= 1
  await disk.remove(layout.commits(1))
  await putFile(disk, layout.commits(1), bytes)
  expect(await read(disk)).toMatchObject({
    groups: { complete: 2 },
    journalDamage: [
      { code: 'journal_damaged', message: expect.stringMatching(/commits-1\.log is damaged at byte \d+/) },
    ],
  })
})

it('never takes a journal without a run.json for a folder to begin in', async () => {
  const disk = await dataset([])
  await disk.remove(layout.run)
  expect(await read(disk)).toMatchObject({
    kind: 'dataset',
    run: { kind: 'defect', defect: { code: 'run_json_damaged' } },
  })
})

it('reads the config that builder_config.json holds, and says what is wrong with it', async () => {
  const disk = await dataset([])
  await putFile(disk, layout.builderConfig, '{"data_designer": {"columns": []}, "library_version": "1"}')
  expect(await read(disk)).toMatchObject({ builderConfig: { kind: 'read', contents: { columns: [] } } })
  await disk.remove(layout.builderConfig)
  await putFile(disk, layout.builderConfig, '{"columns": []}')
  expect(await read(disk)).toMatchObject({
    builderConfig: {
      kind: 'defect',
      defect: { message: 'builder_config.json: the field data_designer is missing.' },
    },
  })
})

it('changes nothing', async () => {
  const disk = await dataset([0, 2])
  await disk.remove(main(2))
  const before = disk.operations.length
  await read(disk)
  expect(disk.operations.slice(before).filter(({ name }) => changesDisk(name))).toStrictEqual([])
})

it.each([
  ['complete', { complete: 3, rows: 25, holes: [] }, null],
  ['hole', { complete: 2, rows: 20, holes: [1] }, null],
  ['post-started', { complete: 2, rows: 20, holes: [] }, 'started'],
])("reads Data Designer's directory: %s", async (name, groups, state) => {
  const folder = mkdtempSync(join(tmpdir(), 'rowsmith-facts-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  cpSync(join(import.meta.dirname, '../../fixtures/data-designer', name, 'dataset'), folder, {
    recursive: true,
  })
  expect(await factsOf(DatasetView.at(nodeDisk, folder))).toMatchObject({
    kind: 'dataset',
    lock: { kind: 'free' },
    run: { kind: 'absent' },
    metadata: {
      kind: 'read',
      contents: { config_hash_version: 2, buffer_size: 10, post_generation_state: state },
    },
    builderConfig: { kind: 'read' },
    groups,
    foreignBatchFiles: [],
  })
})

it('reads each footer of a dataset of Data Designer once', async () => {
  const reads: string[] = []
  const counting = over(nodeDisk, {
    readRange: (path, offset, length) => {
      reads.push(`${basename(path)} from ${offset}`)
      return nodeDisk.readRange(path, offset, length)
    },
  })
  const folder = join(import.meta.dirname, '../../fixtures/data-designer/complete/dataset')
  expect(await factsOf(DatasetView.at(counting, folder))).toMatchObject({ notWhole: [] })
  expect(new Set(reads).size).toBeGreaterThanOrEqual(3)
  expect(reads).toHaveLength(new Set(reads).size)
})

it('reads published groups without opening one of them', async () => {
  const disk = emptyDataset()
  await writeRunFile(on(disk), { ...ofThisRun, segments: planRanges(900, 3) }, writer)
  await publish(
    disk,
    1,
    Array.from({ length: 300 }, (_, group) => publication(group)),
  )
  const before = disk.operations.length
  expect(await read(disk)).toMatchObject({ groups: { complete: 300, rows: 600 } })
  const opened = disk.operations
    .slice(before)
    .filter(({ name, path }) => /^read/.test(name) && path.includes('batch_'))
  expect(opened).toStrictEqual([])
})
