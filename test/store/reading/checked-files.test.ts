/** Readers of data files: what was written, or an error that names the file and what mends it. */
import { parquetWriteBuffer } from 'hyparquet-writer'
import { expect, test } from 'vitest'
import { exportRows } from '../../../src/results/export/export.ts'
import { DatasetResults } from '../../../src/results/rows/dataset-results.ts'
import { readStatus } from '../../../src/results/status/status.ts'
import type { SimulatedDisk } from '../../../src/testing/disks/simulated-disk.ts'
import { smallDirectory, smallDisk, smallProvider, smallRun } from '../../proof/small/small-run.ts'

const main = `${smallDirectory}/parquet-files/batch_00001.parquet`

async function finished(): Promise<SimulatedDisk> {
  const disk = smallDisk()
  await smallRun(disk, smallProvider(), { start: 1, seed: 1n })
  return disk
}

async function put(disk: SimulatedDisk, path: string, bytes: Uint8Array): Promise<void> {
  await disk.remove(path)
  const file = await disk.create(path)
  await file.append(bytes)
  await file.close()
}

async function all(disk: SimulatedDisk): Promise<number> {
  let rows = 0
  for await (const _ of new DatasetResults(disk, smallDirectory).rows()) rows++
  return rows
}

const damaged = {
  code: 'file_damaged',
  message: expect.stringContaining(main),
  nextStep: `Repair it with \`rowsmith verify ${smallDirectory} --repair\`.`,
}

test('every flipped byte of a main file is an error, also where the rows would read well', async () => {
  const disk = await finished()
  const whole = await disk.readFile(main)
  const rows = await all(disk)
  for (let at = 0; at < whole.length; at += 13) {
    const bytes = Uint8Array.from(whole)
    bytes[at]! ^= 1
    await put(disk, main, bytes)
    await expect(all(disk)).rejects.toMatchObject(damaged)
  }
  await put(disk, main, whole)
  expect(await all(disk)).toBe(rows)
})

test('a file beside the rows is damaged too when a flipped bit hides what its footer says of its writer', async () => {
  const disk = await finished()
  const name = 'dropped-columns-parquet-files/batch_00001.parquet'
  const whole = await disk.readFile(`${smallDirectory}/${name}`)
  const footer = whole.length - 8 - Buffer.from(whole).readUInt32LE(whole.length - 8)
  const unseen: string[] = []
  for (let bit = 8 * footer; bit < 8 * (footer + 100); bit++) {
    const bytes = Uint8Array.from(whole)
    bytes[bit >> 3]! ^= 1 << (bit & 7)
    await put(disk, `${smallDirectory}/${name}`, bytes)
    const { not_whole } = await readStatus(disk, smallDirectory)
    if (!not_whole.some(({ path }) => path === name)) unseen.push(`bit ${bit - 8 * footer} of the footer`)
  }
  expect(unseen).toEqual([])
})

test('an export of a damaged file fails, and takes no row of it', async () => {
  const disk = await finished()
  const bytes = Uint8Array.from(await disk.readFile(main))
  bytes[70]! ^= 1
  await put(disk, main, bytes)
  const sink = async (): Promise<void> => {}
  await expect(exportRows(disk, smallDirectory, { sink, partial: true })).rejects.toMatchObject(damaged)
})

test('without the commits, a copy of the rows alone is held against its own footers', async () => {
  const disk = await finished()
  const first = await disk.readFile(main.replace('00001', '00000'))
  const copy = smallDisk({ directories: ['/copy/parquet-files'] })
  const place = async (name: string, bytes: Uint8Array): Promise<void> => {
    const file = await copy.create(`/copy/parquet-files/${name}`)
    await file.append(bytes)
    await file.close()
  }
  await place('batch_00000.parquet', first)
  const read = async (): Promise<number> => {
    let rows = 0
    for await (const _ of new DatasetResults(copy, '/copy').rows()) rows++
    return rows
  }
  expect(await read()).toBe(3)
  await place('batch_00001.parquet', first)
  await expect(read()).rejects.toMatchObject({
    code: 'file_damaged',
    message: expect.stringContaining('it holds row group 0'),
  })
})

test('a file that another tool put in the place of a deleted one is read; damage makes none of ours one of its', async () => {
  const disk = await finished()
  const rows = await all(disk)
  const theirs = new Uint8Array(
    parquetWriteBuffer({
      columnData: [{ name: 'id', data: ['a', 'b'], type: 'STRING' }],
      kvMetadata: [{ key: 'pandas', value: '{}' }],
    }),
  )
  await put(disk, main, theirs)
  expect(await all(disk)).toBe(rows)
  // Where metadata.json carries another hash, nobody else goes on with the directory.
  const metadata = `${smallDirectory}/metadata.json`
  const text = Buffer.from(await disk.readFile(metadata)).toString()
  await put(disk, metadata, Buffer.from(text.replace(/"sha256:[0-9a-f]{4}/, '"sha256:0000')))
  await expect(all(disk)).rejects.toMatchObject(damaged)
})
