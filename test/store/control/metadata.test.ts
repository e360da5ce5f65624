import { expect, it } from 'vitest'
import { type Metadata, MetadataFile, readMetadata } from '../../../src/store/control/metadata.ts'
import { changesDisk } from '../../../src/testing/disks/simulated-disk.ts'
import { emptyDataset, layout, on, putFile } from '../dataset.ts'

type Written = [ReturnType<typeof on>, Metadata, { pid: number; nonce: string }]
const writeMetadata = (...[directory, contents, owner]: Written): Promise<void> =>
  new MetadataFile(directory, owner).write(contents)

const writer = { pid: 12, nonce: 'nonce' }

const metadata: Metadata = {
  config_hash: 'sha256:ab',
  config_hash_algo: 'sha256',
  config_hash_version: 2,
  preserve_dropped_columns: true,
  buffer_size: 10,
  target_num_records: 25,
  original_target_num_records: 20,
  actual_num_records: 19,
  num_completed_batches: 2,
  total_num_batches: 3,
  dataset_name: 'größe',
  file_paths: { 'parquet-files': ['parquet-files/batch_00000.parquet'] },
}

const facts = {
  config_hash: 'sha256:ab',
  config_hash_version: 2,
  preserve_dropped_columns: true,
  buffer_size: 10,
  target_num_records: 25,
  original_target_num_records: 20,
  post_generation_state: null,
}

async function reading(contents: string | Uint8Array) {
  const disk = emptyDataset()
  await putFile(disk, layout.metadata, contents)
  return readMetadata(on(disk))
}

it('writes sorted keys, two spaces and ASCII, and reads them back', async () => {
  const disk = emptyDataset()
  await writeMetadata(on(disk), metadata, writer)
  expect(Buffer.from(await disk.readFile(layout.metadata)).toString()).toBe(`{
  "actual_num_records": 19,
  "buffer_size": 10,
  "config_hash": "sha256:ab",
  "config_hash_algo": "sha256",
  "config_hash_version": 2,
  "dataset_name": "gr\\u00f6\\u00dfe",
  "file_paths": {
    "parquet-files": [
      "parquet-files/batch_00000.parquet"
    ]
  },
  "num_completed_batches": 2,
  "original_target_num_records": 20,
  "preserve_dropped_columns": true,
  "target_num_records": 25,
  "total_num_batches": 3
}`)
  expect(await readMetadata(on(disk))).toStrictEqual({ kind: 'read', contents: facts })
})

it('keeps what others put there, and statistics while they are of as many rows', async () => {
  const disk = emptyDataset()
  const statistics = [{ column_name: 'stars', num_records: 19, distribution: { mean: 2.0 } }]
  const others = { tags: { team: 'reviews' }, huge: 2 ** 60, schema: { a: 'int64' } }
  await putFile(
    disk,
    layout.metadata,
    JSON.stringify({
      ...metadata,
      ...others,
      column_statistics: statistics,
      post_generation_state: 'complete',
    })
      .replace('"mean":2', '"mean":2.0')
      .replace(String(2 ** 60), '1152921504606846977'),
  )
  const written = async (contents: Metadata): Promise<string> => {
    await writeMetadata(on(disk), contents, writer)
    return Buffer.from(await disk.readFile(layout.metadata)).toString()
  }
  const same = await written(metadata)
  expect(JSON.parse(same)).toStrictEqual({
    ...metadata,
    ...others,
    column_statistics: statistics,
  })
  expect(same).toContain('"huge": 1152921504606846977')
  expect(same).toContain('"mean": 2.0')
  const grown = { ...metadata, actual_num_records: 25 }
  expect(JSON.parse(await written(grown))).toStrictEqual({ ...grown, ...others })
})

it.each(['', '{"half', '[1]'])('writes over a file that holds %j', async (contents) => {
  const disk = emptyDataset()
  await putFile(disk, layout.metadata, contents)
  await writeMetadata(on(disk), metadata, writer)
  expect(await readMetadata(on(disk))).toStrictEqual({ kind: 'read', contents: facts })
})

it('replaces the file whole: a power loss at any moment leaves the old or the new one', async () => {
  const newer = { ...metadata, actual_num_records: 25 }
  const whole = async (contents: Metadata) => {
    const disk = emptyDataset()
    await writeMetadata(on(disk), contents, writer)
    return { text: Buffer.from(await disk.readFile(layout.metadata)).toString(), disk }
  }
  const [before, after] = [(await whole(metadata)).text, (await whole(newer)).text]
  const count = (await whole(metadata)).disk.operations.length
  for (let number = 1; number <= count; number++) {
    const { disk: start } = await whole(metadata)
    const disk = start.afterPowerLoss(() => 'lost', {
      interrupt: (operation) => (operation.number === number ? 'stop-after' : undefined),
    })
    await writeMetadata(on(disk), newer, writer).catch(() => {})
    for (const fate of ['lost', 'survives'] as const) {
      const later = disk.afterPowerLoss(() => fate)
      expect([before, after]).toContain(Buffer.from(await later.readFile(layout.metadata)).toString())
    }
  }
})

it('leaves the old file and no temporary one when the disk is full', async () => {
  let full = false
  const disk = emptyDataset({ interrupt: ({ name }) => (full && name === 'append' ? 'ENOSPC' : undefined) })
  await writeMetadata(on(disk), metadata, writer)
  full = true
  const writing = writeMetadata(on(disk), { ...metadata, actual_num_records: 25 }, writer)
  await expect(writing).rejects.toMatchObject({ code: 'disk_full' })
  expect(await disk.list(layout.directory)).toStrictEqual(['.rowsmith', 'metadata.json'])
  expect(await readMetadata(on(disk))).toStrictEqual({ kind: 'read', contents: facts })
})

it('finds no file without calling that a defect', async () => {
  expect(await readMetadata(on(emptyDataset()))).toStrictEqual({ kind: 'absent' })
})

const stored = { ...metadata, surplus: { of: 'a user' } }
const without = (field: string) => JSON.stringify({ ...stored, [field]: undefined })
const having = (fields: object) => JSON.stringify({ ...stored, ...fields })

it.each<[string, string | Uint8Array, string, RegExp]>([
  ['is empty', '', 'metadata_corrupt', /metadata\.json is empty/],
  ['is cut in half', having({}).slice(0, 100), 'metadata_corrupt', /metadata\.json is not JSON/],
  ['is not UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), 'metadata_corrupt', /metadata\.json is not UTF-8/],
  ['holds a list', '[1]', 'metadata_corrupt', /holds a list where an object is due/],
  ['holds null', 'null', 'metadata_corrupt', /holds null/],
  ['holds text', '"text"', 'metadata_corrupt', /holds the text "text"/],
  ['lacks the target', without('target_num_records'), 'metadata_incomplete', /target_num_records is missing/],
  ['lacks the buffer size', without('buffer_size'), 'metadata_incomplete', /buffer_size is missing/],
  [
    'has a target of text',
    having({ target_num_records: '25' }),
    'metadata_incomplete',
    /target_num_records holds the text "25"; it must be an integer/,
  ],
  [
    'has a target of 2.5',
    having({ target_num_records: 2.5 }),
    'metadata_incomplete',
    /target_num_records holds 2\.5/,
  ],
  [
    'has a target of 0',
    having({ target_num_records: 0 }),
    'metadata_incomplete',
    /target_num_records holds 0; it must be an integer of at least 1/,
  ],
  [
    'has a target of true',
    having({ target_num_records: true }),
    'metadata_incomplete',
    /target_num_records holds true/,
  ],
  [
    'has a buffer size of null',
    having({ buffer_size: null }),
    'metadata_incomplete',
    /buffer_size holds null/,
  ],
  [
    'has an original target of null',
    having({ original_target_num_records: null }),
    'metadata_incomplete',
    /original_target_num_records holds null/,
  ],
  [
    'has an original target above the target',
    having({ original_target_num_records: 26 }),
    'metadata_incomplete',
    /original_target_num_records holds 26; it must be at most target_num_records, which is 25/,
  ],
  ['has a number for a hash', having({ config_hash: 7 }), 'metadata_incomplete', /config_hash holds 7/],
  [
    'has a list for a hash version',
    having({ config_hash_version: [] }),
    'metadata_incomplete',
    /config_hash_version holds a list/,
  ],
  [
    'has text for the policy',
    having({ preserve_dropped_columns: 'yes' }),
    'metadata_incomplete',
    /preserve_dropped_columns holds the text "yes"; it must be true or false/,
  ],
  [
    'has an unknown state',
    having({ post_generation_state: 'halfway' }),
    'metadata_incomplete',
    /post_generation_state holds the text "halfway"; it must be "started" or "complete"/,
  ],
])('names what is wrong when it %s', async (_, contents, code, message) => {
  expect(await reading(contents)).toMatchObject({
    kind: 'defect',
    defect: { code, message: expect.stringMatching(message) },
  })
})

it('cannot be read when it is a folder', async () => {
  const disk = emptyDataset()
  await disk.makeDirectory(layout.metadata)
  expect(await readMetadata(on(disk))).toMatchObject({
    kind: 'defect',
    defect: { code: 'metadata_corrupt', message: 'metadata.json cannot be read (EISDIR).' },
  })
})

it('is not called damaged when the disk fails to read it', async () => {
  const disk = emptyDataset({ interrupt: ({ name }) => (name === 'readFile' ? 'EIO' : undefined) })
  await putFile(disk, layout.metadata, '{}')
  await expect(readMetadata(on(disk))).rejects.toMatchObject({ code: 'io_error' })
})

it.each<[string, string, object]>([
  [
    'the original target is the target',
    without('original_target_num_records'),
    { original_target_num_records: 25 },
  ],
  ['dropped columns are preserved', without('preserve_dropped_columns'), { preserve_dropped_columns: true }],
  ['there is no hash', without('config_hash'), { config_hash: null }],
  ['there is no hash version', without('config_hash_version'), { config_hash_version: null }],
])('settles an absent field: %s', async (_, contents, expected) => {
  expect(await reading(contents)).toMatchObject({ kind: 'read', contents: expected })
})

it.each([
  [{ post_generation_state: 'started' }, 'started'],
  [{ post_generation_state: 'complete', post_generation_processed: true }, 'complete'],
  [{ post_generation_processed: true }, 'complete'],
  [{ post_generation_processed: false }, null],
])('reads the stage of %j as %s', async (fields, state) => {
  expect(await reading(having(fields))).toMatchObject({ contents: { post_generation_state: state } })
})

it('does not look at the algorithm of the hash, nor at counters', async () => {
  const others = { config_hash_algo: 'md5', actual_num_records: 'many', num_completed_batches: -1 }
  expect(await reading(having(others))).toStrictEqual({ kind: 'read', contents: facts })
})

it('changes nothing while it reads', async () => {
  const disk = emptyDataset()
  await putFile(disk, layout.metadata, '{')
  const before = disk.operations.length
  await readMetadata(on(disk))
  expect(disk.operations.slice(before).filter(({ name }) => changesDisk(name))).toStrictEqual([])
})
