import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { zstdDecompressSync } from 'node:zlib'
import { expect, it, onTestFinished } from 'vitest'
import { sha256 } from '../../../src/base/numbers/hash.ts'
import { Encoder } from '../../../src/store/parquet/encoder.ts'
import { encodeParquet } from '../../../src/store/parquet/parquet-encode.ts'
import { longTable, table } from './sample-table.ts'

function started(script?: URL): Encoder {
  const encoder = Encoder.start(script)
  onTestFinished(() => encoder.close())
  return encoder
}

it('makes in its thread the bytes that the pure function makes, in every thread', async () => {
  const expected = encodeParquet(table)
  for (const encoder of [started(), started()]) {
    const encoded = await encoder.encode(table)
    expect(encoded.sha256).toBe(expected.sha256)
    expect(sha256(encoded.bytes)).toBe(expected.sha256)
  }
})

it('answers every job of many with its own file', async () => {
  const encoder = started()
  const sizes = [0, 1, 500, 20]
  const encoded = await Promise.all(sizes.map((size) => encoder.encode(longTable(size))))
  expect(encoded.map(({ sha256 }) => sha256)).toStrictEqual(
    sizes.map((size) => encodeParquet(longTable(size)).sha256),
  )
})

it('compresses what can be read back', async () => {
  const bytes = Buffer.from('reply\n'.repeat(10_000))
  const { bytes: compressed } = await started().compress(bytes)
  expect(compressed.byteLength).toBeLessThan(200)
  expect(zstdDecompressSync(compressed)).toStrictEqual(bytes)
})

it('passes on what is wrong with a value, and goes on', async () => {
  const encoder = started()
  const job = {
    columns: [{ name: 'n', type: { kind: 'int' }, values: [1.5] }],
    rowCount: 1,
    footer: {},
  } as const
  await expect(encoder.encode(job)).rejects.toMatchObject({
    code: 'value_unfit',
    facts: { column: 'n', row: 0 },
  })
  await expect(encoder.encode(table)).resolves.toBeDefined()
})

it('rejects the jobs of a thread that crashes, and later ones', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rowsmith-encoder-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const script = join(folder, 'crash.mjs')
  const source = `import { parentPort } from 'node:worker_threads'
parentPort.on('message', () => { throw new Error('out of luck') })`
  writeFileSync(script, source)
  const encoder = started(pathToFileURL(script))
  await expect(encoder.encode(table)).rejects.toMatchObject({ code: 'internal' })
  await expect(encoder.encode(table)).rejects.toMatchObject({ code: 'internal' })
})

it('rejects jobs once it is closed', async () => {
  const encoder = started()
  const under = encoder.encode(longTable(3_000))
  const rejected = expect(under).rejects.toMatchObject({ code: 'internal' })
  await encoder.close()
  await rejected
  await expect(encoder.compress(new Uint8Array(1))).rejects.toMatchObject({ code: 'internal' })
})
