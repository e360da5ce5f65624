/** `node bench/checked-export.ts`: what it costs that an export holds every byte against what was written, as a share of its CPU time. */
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sha256 } from '../src/base/numbers/hash.ts'
import { toValue } from '../src/base/values/value.ts'
import { configFromValue } from '../src/entries/config.ts'
import { create, open } from '../src/index.ts'

/** Identifiers: nothing compresses less, so there are as many bytes to hash as can be for a row. */
const config = configFromValue(
  toValue({
    columns: Array.from({ length: 8 }, (_, index) => ({
      name: `id_${index}`,
      column_type: 'sampler',
      sampler_type: 'uuid',
      params: {},
    })),
  }),
  'bench',
)

/** Each in turn, so that what else the machine does strikes both. */
async function checkedExport(rows: number, rounds = 5) {
  const folder = await mkdtemp(join(tmpdir(), 'rowsmith-bench-'))
  try {
    const { path } = await create(config, {
      artifactPath: folder,
      numRecords: rows,
      runConfig: { buffer_size: 1000 },
    })
    const files = readdirSync(join(path, 'parquet-files')).map((name) => join(path, 'parquet-files', name))
    const bytes = files.map((file) => readFileSync(file))
    let [exporting, hashing] = [0, 0]
    for (let round = 0; round < rounds; round++) {
      let began = process.cpuUsage()
      await open(path).export({ sink: async () => {}, format: 'jsonl' })
      let spent = process.cpuUsage(began)
      exporting += spent.user + spent.system
      began = process.cpuUsage()
      for (const each of bytes) sha256(Uint8Array.from(each))
      spent = process.cpuUsage(began)
      hashing += spent.user + spent.system
    }
    const mb = bytes.reduce((sum, each) => sum + each.byteLength, 0) / 1e6
    return {
      rows,
      mb,
      export_cpu_s: exporting / 1e6,
      hashing_cpu_s: hashing / 1e6,
      share: hashing / exporting,
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

console.log(await checkedExport(20_000))
