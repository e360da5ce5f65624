/**
 * Random column graphs on the real engine: the same rows, the same drops and the same calls as a model that knows no
 * engine, whatever is fast, whatever is limited, and wherever a run is stopped.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, onTestFailed, test, vi } from 'vitest'
import type { Value, ValueObject } from '../../../src/base/values/value.ts'
import { create, RowsmithError } from '../../../src/index.ts'
import { datasetLayout, groupFileName } from '../../../src/store/files/layout.ts'
import { readFooter } from '../../../src/store/publishing/footer.ts'
import { inThread } from '../../../src/testing/datasets/in-thread.ts'
import { SimulatedDisk } from '../../../src/testing/disks/simulated-disk.ts'
import { asProcess } from '../../../src/testing/disks/simulated-process.ts'
import type { CheckedLanguage } from '../../../src/validate/common/languages.ts'
import { sampleRows } from '../../columns/sampled/sampling.ts'
import { readRows } from '../../support/read-rows.ts'
import { answer, failure } from '../../support/scripted-transport.ts'
import { rowOf, scripted, smallOptions } from '../../support/small-runs.ts'
import {
  anyGraph,
  configOf,
  type Graph,
  type GraphColumn,
  isAsked,
  made,
  numberOf,
  resizes,
  sampledColumns,
} from './graph.ts'
import { type Expected, expectedOf, needs } from './model.ts'

// A thread takes longer to start than a run to end.
vi.mock('../../../src/validate/checking/checker.ts', async () => {
  const { checkIn } = await import('../../../src/validate/checking/check.ts')
  class Checker {
    async check(language: CheckedLanguage, code: string): Promise<ValueObject> {
      await nextTurn()
      return (await checkIn(language))(code)
    }
    close = async (): Promise<void> => {}
  }
  return { Checker }
})

interface Call {
  readonly row: number
  readonly column: string
  readonly given: string
  answered: boolean
}

/** A graph that runs, and everything that is paid for meanwhile. */
class World {
  readonly calls: Call[] = []
  /** Calls that came before something they need. */
  readonly early: string[] = []
  readonly #graph: Graph
  readonly #expected: Expected
  readonly #rowOfId: ReadonlyMap<Value, number>
  #stop: { after: number; readonly controller: AbortController } | undefined

  constructor(graph: Graph, expected: Expected, sampled: readonly ValueObject[]) {
    this.#graph = graph
    this.#expected = expected
    this.#rowOfId = new Map(sampled.map(({ id }, row) => [id!, row]))
  }

  async run(): Promise<SimulatedDisk> {
    const disk = new SimulatedDisk({ directories: ['/out'] })
    for (const [at, { engine: scheduler, limit, stopAfter }] of this.#graph.processes.entries()) {
      const controller = new AbortController()
      this.#stop = stopAfter === null ? undefined : { after: stopAfter, controller }
      const config = configOf(this.#graph, {
        effect: (column, id, given) => this.#call(column, this.#rowOfId.get(id)!, given),
      })
      const provider = scripted(async (asked) => {
        const column = this.#graph.columns.find(({ name }) => name === asked.prompt.split(';')[0])!
        try {
          return answer(await this.#call(column, rowOf(asked), asked.prompt))
        } catch {
          return failure(400)
        }
      })
      await create(
        config,
        {
          ...smallOptions('/out', this.#graph.rows),
          datasetName: 'set',
          seed: 1n,
          signal: controller.signal,
          maxParallelRequests: limit,
          runConfig: { buffer_size: this.#graph.bufferSize, engine: scheduler, disable_early_shutdown: true },
        },
        {
          ...provider.components,
          disk: asProcess(disk, at + 1),
          encoder: () => inThread,
        },
      ).catch((error: unknown) => {
        if (!RowsmithError.isInstance(error) || error.code !== 'aborted') throw error
      })
    }
    return disk
  }

  /** Something is paid for; the answer takes its time. */
  async #call(column: GraphColumn, row: number, given: string): Promise<string> {
    const call: Call = { row, column: column.name, given, answered: false }
    for (const name of this.#neededCalls(column)) {
      const due = this.#expected.calls.some((each) => each.column === name && each.row === row && !each.fails)
      const there = this.calls.some((each) => each.column === name && each.row === row && each.answered)
      if (due && !there) this.early.push(`${row}/${column.name} before ${row}/${name}`)
    }
    this.calls.push(call)
    if (this.#stop !== undefined && --this.#stop.after === 0) this.#stop.controller.abort()
    for (let turn = numberOf(`${this.#graph.delays} ${row} ${column.name}`) % 5; turn > 0; turn--)
      await nextTurn()
    const value = made(column, given)
    call.answered = true
    return value
  }

  /** Everything paid for that a cell of the column has to wait for in its own row. */
  #neededCalls(column: GraphColumn): Set<string> {
    const found = new Set<string>()
    const visit = (of: GraphColumn): void => {
      for (const name of needs(of)) {
        const source = this.#graph.columns.find((each) => name === each.name || name === `${each.name}_side`)
        if (source === undefined || found.has(source.name)) continue
        if (isAsked(source) && source.kind !== 'whole asking') found.add(source.name)
        visit(source)
      }
    }
    // What a whole column, or a row made of others, had to wait for shows in what it is given.
    if (column.kind !== 'whole asking' && !this.#graph.columns.some(resizes)) visit(column)
    return found
  }
}

/** What lies on the disk: kept and dropped columns together. */
async function foundOn(disk: SimulatedDisk, graph: Graph): Promise<Expected['groups']> {
  const layout = datasetLayout('/out/set')
  const groups: Expected['groups'][number][] = []
  for (let group = 0; group * graph.bufferSize < graph.rows; group++) {
    const file = (folder: string): string => layout.file(`${folder}/${groupFileName(group)}`)
    const rows = await readRows(disk, file('parquet-files'))
    const { size } = (await disk.stat(file('parquet-files')))!
    const footer = await readFooter(disk, file('parquet-files'), size)
    const hidden = graph.columns.some(({ drop }) => drop)
      ? await readRows(disk, file('dropped-columns-parquet-files'))
      : []
    groups.push({
      rows: rows.map((row, at) => ({ ...row, ...hidden[at] })),
      dropped: footer!.group!.dropped.map(([row, column]) => ({ row, column })),
    })
  }
  return groups
}

const spelled = ({ row, column, given }: Pick<Call, 'row' | 'column' | 'given'>): string =>
  `${row}/${column} ${given}`

/** Rows of rows are numbered anew, and numbers of a group that has grown may be those of the next one. */
const unnumbered = (call: Call): Call => ({ ...call, row: 0 })

/** What is looked at now: named when it never ends. */
let underWay: Graph | undefined

async function check(graph: Graph): Promise<void> {
  underWay = graph
  const sampled = sampleRows(sampledColumns, graph.rows)
  const expected = await expectedOf(graph, sampled)
  const world = new World(graph, expected, sampled)
  const found = await foundOn(await world.run(), graph)
  const resizing = graph.columns.some(resizes)
  const drops = (groups: Expected['groups']): string[][] =>
    groups.map(({ dropped }) =>
      dropped.map(({ row, column }) => (resizing ? column : `${row}/${column}`)).sort(),
    )
  expect(found.map(({ rows }) => rows)).toEqual(expected.groups.map(({ rows }) => rows))
  expect(drops(found)).toEqual(drops(expected.groups))
  expect(world.early).toEqual([])

  const listed = (calls: readonly (Call | Expected['calls'][number])[]): string[] =>
    calls.map((call) => spelled(resizing ? unnumbered(call as Call) : call)).sort()
  const answered = listed(world.calls.filter((call) => call.answered))
  const due = listed(expected.calls.filter((call) => !call.fails && call.must))
  const perhaps = listed(expected.calls.filter((call) => !call.fails && !call.must))
  // Each cell once; in rows that failed elsewhere, perhaps not at all.
  const more = without(answered, due)
  expect(without(due, answered)).toEqual([])
  expect(without(more, perhaps)).toEqual([])
  if (graph.processes.every(({ engine: scheduler }) => scheduler === 'sequential')) expect(more).toEqual([])
  const failing = new Set(listed(expected.calls.filter((call) => call.fails)))
  expect(listed(world.calls.filter((call) => !call.answered)).filter((call) => !failing.has(call))).toEqual(
    [],
  )
}

/** A list without what another one has, each as often as it is there. */
function without(list: readonly string[], taken: readonly string[]): string[] {
  const left = [...taken]
  return list.filter((each) => {
    const at = left.indexOf(each)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

test('random graphs make the rows, the drops and the calls of a plain evaluation, each cell once and after what it needs', async () => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFailed(() => console.error('The last graph was', JSON.stringify(underWay)))
  await fc.assert(fc.asyncProperty(anyGraph, check), {
    numRuns: 200,
    // Before the test's own time is over: then the smallest graph so far is told.
    interruptAfterTimeLimit: 500_000,
    markInterruptAsFailure: true,
  })
})
