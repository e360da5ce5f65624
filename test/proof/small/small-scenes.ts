/** What the first process of a small run finds, and what it is asked for: the beginnings that fault sweeps visit. */

import { builderConfigJson } from '../../../src/config/form/save.ts'
import { configHash } from '../../../src/config/identity/fingerprint.ts'
import { ParquetParts } from '../../../src/store/parquet/parquet-encode.ts'
import {
  brokenFiles,
  generatedFiles,
  rowsThere,
  tableFiles,
} from '../../../src/testing/crash/independent-reader.ts'
import { SimulatedDisk } from '../../../src/testing/disks/simulated-disk.ts'
import type { ProviderBook } from './provider-book.ts'
import {
  type EngineName,
  type SmallProcess,
  smallConfig,
  smallDirectory,
  smallDisk,
  smallProvider,
  smallRows,
  smallRun,
  smallSource,
} from './small-run.ts'

/**
 * `begin`: nothing. `extend`: a finished dataset of ours. `import`: what Data Designer left, not all of it whole. `retry`: a
 * finished dataset with a dropped row, which is asked for again. `reuse`: nothing, and half of the answers in another
 * dataset. `budget`: nothing, and leave for so few requests that the first process stops at its
 * limit; later ones go on within it first. `shutdown`: nothing, and a provider that answers nobody well until it has stopped a process
 * early. `tools`: nothing, and a
 * column calls tools, one of which never runs twice. `functions`: nothing, and functions make a cell with a model's answer, and a whole
 * column. `shards`: nothing, and two workers at once; of those after them, every other one makes the dataset alone. With a stage:
 * `stage` begins, `extend-staged` asks a finished dataset for more rows, `reprocess` has a stage for a finished dataset that
 * had none, `retry-staged` retries the dropped row of a finished one, and so has its table made again.
 */
export type SceneName =
  | (
      | 'begin'
      | 'extend'
      | 'import'
      | 'retry'
      | 'reuse'
      | 'budget'
      | 'shutdown'
      | 'tools'
      | 'functions'
      | 'shards'
    )
  | ('stage' | 'extend-staged' | 'reprocess' | 'retry-staged')

export interface SmallScene {
  readonly name: SceneName
  readonly disk: SimulatedDisk
  readonly provider: ProviderBook
  /** How many rows are asked for. */
  readonly rows: number
  /** Files that were broken before anybody began. */
  readonly broken: readonly string[]
  /** How a process is run, by its number: the first one is 1. */
  readonly process: (
    start: number,
  ) => Pick<SmallProcess, 'command' | 'reuse' | 'maxRequests' | 'staged' | 'world'>
  /** Of a run with a stage: the table that readers may find before it has made its own, and the row groups that it was made of. */
  readonly earlier?: { readonly table: FileBytes; readonly raw: FileBytes }
  /** Rows that are there, as JSON: none may go (P6). */
  readonly there: readonly string[]
}

/** Files by their paths. */
type FileBytes = ReadonlyMap<string, Uint8Array>

/** Requests that processes of `budget` may send in all, before it is raised. */
export const smallBudget = 5

/** @param scheduler makes what is there before, where that is ours */
export async function smallScene(name: SceneName, scheduler: EngineName): Promise<SmallScene> {
  const provider = smallProvider()
  const plain = { name, provider, rows: smallRows, broken: [], process: () => ({}), there: [] }
  if (name === 'import') {
    const disk = await leftByDataDesigner()
    return { ...plain, disk, rows: 9, broken: await brokenFiles(disk, smallDirectory) }
  }
  const disk = smallDisk()
  switch (name) {
    case 'begin':
      return { ...plain, disk }
    case 'shards':
      return {
        ...plain,
        disk,
        process: (start) => ({ command: start % 2 === 1 ? 'two shards' : 'create' }),
      }
    case 'tools':
    case 'functions':
      return { ...plain, disk, process: () => ({ world: name }) }
    case 'stage':
      return {
        ...plain,
        disk,
        earlier: { table: new Map(), raw: new Map() },
        process: () => ({ staged: true }),
      }
    case 'extend-staged':
    case 'reprocess':
    case 'retry-staged': {
      await smallRun(disk, provider, {
        start: 0,
        seed: 101n,
        engine: scheduler,
        staged: name !== 'reprocess',
      })
      const rows = name === 'extend-staged' ? smallRows + 3 : smallRows
      const earlier = {
        table: await tableFiles(disk, smallDirectory),
        raw: await generatedFiles(disk, smallDirectory),
      }
      if (name !== 'retry-staged') return { ...plain, disk, rows, earlier, process: () => ({ staged: true }) }
      const process = (start: number) => ({ staged: true, ...retries(start) })
      return { ...plain, disk, rows, earlier, process, there: await rowsThere(disk, smallDirectory) }
    }
    case 'budget':
      return {
        ...plain,
        disk,
        process: (start) => ({
          maxRequests: smallBudget,
          command: start === 1 ? 'create' : 'within budget first',
        }),
      }
    case 'shutdown': {
      const broken = smallProvider('none')
      broken.isBroken = true
      return { ...plain, disk, provider: broken, process: () => ({ command: 'shut down first' }) }
    }
    case 'reuse':
      // Another provider: what it was asked is on the bill of the other dataset.
      await smallRun(disk, smallProvider(), {
        start: 0,
        seed: 101n,
        engine: scheduler,
        name: smallSource,
        rows: 3,
      })
      return { ...plain, disk, process: () => ({ reuse: true }) }
    default:
      await smallRun(disk, provider, { start: 0, seed: 101n, engine: scheduler })
  }
  if (name === 'extend') return { ...plain, disk, rows: smallRows + 3 }
  const there = await rowsThere(disk, smallDirectory)
  return { ...plain, disk, there, process: retries }
}

/** One process retries, the next goes on by itself first. */
function retries(start: number): Pick<SmallProcess, 'command'> {
  return { command: start % 2 === 1 ? 'retry' : 'resume and retry' }
}

/** Three groups of three rows were planned: the first is whole, the second missing, the third has a bad page. */
async function leftByDataDesigner(): Promise<SimulatedDisk> {
  const folders = ['parquet-files', 'dropped-columns-parquet-files'].map(
    (name) => `${smallDirectory}/${name}`,
  )
  const disk = new SimulatedDisk({ directories: [...folders] })
  const put = async (path: string, bytes: Uint8Array): Promise<void> => {
    const file = await disk.create(`${smallDirectory}/${path}`)
    await file.append(bytes)
    await file.sync()
    await file.close()
  }
  const text = new TextEncoder()
  await put('builder_config.json', text.encode(builderConfigJson(smallConfig)))
  const plan = { buffer_size: 3, target_num_records: 9, original_target_num_records: 9 }
  await put('metadata.json', text.encode(JSON.stringify({ ...configHash(smallConfig), ...plan })))
  for (const group of [0, 2]) {
    const name = `batch_0000${group}.parquet`
    const values = [0, 1, 2].map((row) => `${group * 3 + row}`)
    await put(`dropped-columns-parquet-files/${name}`, table([['sketch', values]]))
    const main = table([
      ['text', values],
      ['topic', values],
    ])
    if (group === 2) main.fill(0xff, 4, 60)
    await put(`parquet-files/${name}`, main)
  }
  for (const folder of [smallDirectory, ...folders]) await disk.syncDirectory(folder)
  return disk
}

/** Text columns as another tool writes them: no footer keys of ours. */
function table(columns: readonly (readonly [name: string, values: readonly string[]])[]): Uint8Array {
  const file = new ParquetParts(columns.map(([name]) => ({ name, type: { kind: 'string' } })))
  file.write(
    columns.map(([, values]) => values),
    3,
  )
  file.finish({})
  return file.take()
}
