/**
 * Whatever is asked for, in whatever order: real runs on a modelled disk, against a plan kept as a plain list.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { configFromValue } from '../../../src/entries/config.ts'
import { create, open, RowsmithError } from '../../../src/index.ts'
import { datasetLayout, groupFileName } from '../../../src/store/files/layout.ts'
import { readFooter } from '../../../src/store/publishing/footer.ts'
import { inThread } from '../../../src/testing/datasets/in-thread.ts'
import { SimulatedDisk } from '../../../src/testing/disks/simulated-disk.ts'
import { asProcess } from '../../../src/testing/disks/simulated-process.ts'
import { answer } from '../../support/scripted-transport.ts'
import { rowOf, scripted, smallOptions } from '../../support/small-runs.ts'

interface Group {
  readonly firstRow: number
  readonly rows: number
}

type Step =
  /** `stopAfter` requests the run is stopped. */
  | { readonly ask: number; readonly bufferSize: number | null; readonly stopAfter: number | null }
  /** The file of one of the groups that are there is deleted. */
  | { readonly lose: number }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        ask: fc.integer({ min: 1, max: 14 }),
        bufferSize: fc.option(fc.integer({ min: 1, max: 5 })),
        stopAfter: fc.option(fc.integer({ min: 1, max: 6 })),
      }),
    },
    { weight: 1, arbitrary: fc.record({ lose: fc.nat(20) }) },
  ),
  { minLength: 1, maxLength: 7 },
)

const config = configFromValue(
  {
    model_configs: [{ alias: 'writer', provider: 'simulator', model: 'm' }],
    columns: [
      { name: 'number', column_type: 'llm-text', model_alias: 'writer', prompt: 'Which row is this?' },
    ],
  },
  'test',
)

const layout = datasetLayout('/out/set')
const fileOf = (group: number): string => layout.file(`parquet-files/${groupFileName(group)}`)

/** What is expected of a dataset, and the dataset. */
class Dataset {
  readonly disk = new SimulatedDisk({ directories: ['/out'] })
  readonly provider
  #stop: { readonly after: number; readonly controller: AbortController } | null = null
  #requests = 0
  #processes = 0
  /** The plan. */
  readonly groups: Group[] = []
  #bufferSize = 0
  /** Bytes of every group that was ever seen. */
  readonly #bytes = new Map<number, string>()

  constructor() {
    this.provider = scripted((asked) => {
      if (++this.#requests === this.#stop?.after) this.#stop.controller.abort()
      return answer(`row ${rowOf(asked)}`)
    })
  }

  get target(): number {
    return this.groups.reduce((sum, { rows }) => sum + rows, 0)
  }

  async there(): Promise<number[]> {
    const found = await Promise.all(this.groups.map((_, group) => this.disk.stat(fileOf(group))))
    return found.flatMap((entry, group) => (entry === undefined ? [] : [group]))
  }

  async lose(choice: number): Promise<void> {
    const there = await this.there()
    if (there.length > 0) await this.disk.remove(fileOf(there[choice % there.length]!))
  }

  async ask({ ask, bufferSize, stopAfter }: Extract<Step, { ask: number }>): Promise<void> {
    const rowsThere = (await this.there()).reduce((sum, group) => sum + this.groups[group]!.rows, 0)
    const begun = this.groups.length > 0
    const refusals = [
      ask < rowsThere ? 'fewer_than_on_disk' : ask < this.target ? 'fewer_than_target' : undefined,
      begun && bufferSize !== null && bufferSize !== this.#bufferSize ? 'buffer_size_differs' : undefined,
    ].filter((code) => code !== undefined)
    this.#requests = 0
    const controller = new AbortController()
    this.#stop = stopAfter === null ? null : { after: stopAfter, controller }
    const ended = await create(
      config,
      {
        ...smallOptions('/out', ask),
        datasetName: 'set',
        runConfig: bufferSize === null ? {} : { buffer_size: bufferSize },
        signal: controller.signal,
      },
      {
        ...this.provider.components,
        disk: asProcess(this.disk, ++this.#processes),
        drawSeed: () => 7n,
        encoder: () => inThread,
      },
    ).catch((error: unknown) => error)
    if (refusals.length > 0) {
      expect(ended).toMatchObject({ code: refusals[0], facts: { refusals } })
      expect(this.#requests).toBe(0)
      return
    }
    if (!begun) this.#bufferSize = bufferSize ?? 1000
    for (let row = this.target; row < ask; row = this.target) {
      this.groups.push({ firstRow: row, rows: Math.min(this.#bufferSize, ask - row) })
    }
    if (RowsmithError.isInstance(ended)) {
      expect(ended.code).toBe('aborted')
      expect(this.#requests).toBeGreaterThanOrEqual(stopAfter!)
    } else {
      expect(ended).toMatchObject({ summary: { rows_planned: ask, rows_written: ask, rows_open: 0 } })
      expect(await this.there()).toEqual(this.groups.map((_, group) => group))
    }
  }

  /** Every file is the group of the plan, as it was before; the rows are in order; every answer was bought once. */
  async check(): Promise<void> {
    const there = await this.there()
    expect(await this.disk.list(layout.parquetFiles).catch(() => [])).toEqual(there.map(groupFileName))
    for (const group of there) {
      const bytes = await this.disk.readFile(fileOf(group))
      const footer = await readFooter(this.disk, fileOf(group), bytes.length)
      const { firstRow, rows } = this.groups[group]!
      expect(footer).toMatchObject({ rows, group: { group, firstRow, plannedRows: rows } })
      const text = Buffer.from(bytes).toString('hex')
      expect(text).toBe(this.#bytes.get(group) ?? text)
      this.#bytes.set(group, text)
    }
    const read: unknown[] = []
    if (there.length > 0) {
      for await (const { number } of open('/out/set', { disk: this.disk }).rows({
        integers: 'bigint',
      }))
        read.push(number)
    }
    const expected = there.flatMap((group) => {
      const { firstRow, rows } = this.groups[group]!
      return Array.from({ length: rows }, (_, row) => `row ${firstRow + row}`)
    })
    expect(read).toEqual(expected)
    const keys = this.provider.asked.map(({ key }) => key)
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys.map((key) => Number(key.split('/')[0])).filter((row) => row >= this.target)).toEqual([])
  }
}

test('random targets, extensions, buffer sizes, stops and holes give the groups of a plain list, each row once', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (taken) => {
      const dataset = new Dataset()
      for (const step of taken) {
        if ('lose' in step) await dataset.lose(step.lose)
        else await dataset.ask(step)
        await dataset.check()
      }
    }),
    { numRuns: 150 },
  )
})
