/**
 * The rules of `src/store/writing/dataset-store.ts`, for any store. Another store is one more call of `storeConformance`, with a place of its
 * own. Time passes only for a writer that waits for its turn; one that is stopped gets none until the test says so.
 */
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Clock } from '../../../src/base/work/clock.ts'
import type { ProcessIdentity } from '../../../src/disk/process-identity.ts'
import { planRanges } from '../../../src/plan/row-groups.ts'
import type {
  DatasetStore,
  DatasetWriter,
  FormerJournal,
  OpenOptions,
  RowGroupWriter,
} from '../../../src/store/writing/dataset-store.ts'
import { run } from '../control/run-example.ts'
import { IDENTITY, publication } from '../dataset.ts'

/** A dataset, empty and there, in a place of which several machines see the same. */
export interface Place {
  readonly dataset: string
  /** The place as one machine sees it. */
  store(clock: Clock): DatasetStore
  /** The place after every machine lost its power. */
  afterPowerLoss(): Place
}

/** A machine that waits without effort: any pause of up to a second is over at once. Longer ones, such as between signs of life, never end. */
class WaitingClock implements Clock {
  time = 1_000_000
  now = (): number => this.time
  monotonic = (): number => this.time
  sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    if (ms <= 1_000) {
      this.time += ms
      return Promise.resolve()
    }
    return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  }
}

const names = ['mill', 'barn', 'shed', 'yard'] as const
type Machine = (typeof names)[number]

const identityOf = (host: Machine): ProcessIdentity => ({
  pid: 7,
  start: '1',
  boot: `boot of ${host}`,
  namespace: '40',
  host,
})

const none: FormerJournal = { segments: [], losses: { torn: [], lost: [] } }
const plan = { ...run, rows_identity: { hash: IDENTITY, document: null }, segments: planRanges(30, 3) }
const rows = (word: string, group = 0) => publication(group, { word })

/** One machine with the store, and what it opened: given back at the end of the test. */
function machine(place: Place, host: Machine) {
  const clock = new WaitingClock()
  const store = place.store(clock)
  const open = async (options: Partial<OpenOptions> = {}): Promise<DatasetWriter> => {
    const writer = await store.open(place.dataset, { self: identityOf(host), waitMs: 0, ...options })
    onTestFinished(() => writer.release().catch(() => {}))
    onTestFinished(() => writer.endCommits().catch(() => {}))
    return writer
  }
  /** Opens what a writer left that shows no sign of life. */
  const takeOver = () => open({ waitMs: 60_000 })
  return { clock, open, takeOver }
}

/** Begins to make row groups. */
async function begin(writer: DatasetWriter, former = none): Promise<RowGroupWriter> {
  const groups = await writer.rowGroups(former)
  onTestFinished(() => groups.close().catch(() => {}))
  return groups
}

/** What is stored of row groups, as a new writer finds it. */
async function journalOf(place: Place) {
  const segments: (FormerJournal['segments'][number] & { records: string[]; fenced: string[] })[] = []
  const view = place.store(new WaitingClock()).view(place.dataset)
  for await (const { name, bytes, records, fenced } of view.journal()) {
    segments.push({ name, bytes, records: [...records], fenced: [...fenced], groups: new Set([0]) })
  }
  return {
    former: { segments, losses: none.losses },
    answers: segments.flatMap(({ records }) => records),
    late: segments.flatMap(({ fenced }) => fenced),
  }
}

/** What readers find: by row group, whose commit counts, and whether each of its files holds what the commit says. */
async function publishedIn(place: Place) {
  const view = place.store(new WaitingClock()).view(place.dataset)
  const found: { group: number; epoch: number; files: string[] }[] = []
  for (const { group, epoch, files } of await view.published()) {
    const texts = files.map(async ({ path }) =>
      Buffer.from(await view.directory.read(view.directory.file(path))).toString('latin1'),
    )
    found.push({ group, epoch, files: await Promise.all(texts) })
  }
  return found
}

const textsOf = (word: string, group = 0): string[] =>
  rows(word, group).files.map(({ bytes }) => Buffer.from(bytes).toString('latin1'))

export function storeConformance(kind: string, make: () => Promise<Place>): void {
  describe(`${kind}: a store of datasets`, () => {
    test('gives each writer a higher number, and a released dataset at once (W1, W6)', async () => {
      const place = await make()
      const first = await machine(place, 'mill').open()
      await first.release()
      const second = await machine(place, 'barn').open()
      expect(second.epoch).toBeGreaterThan(first.epoch)
      expect(second.nonce).not.toBe(first.nonce)
    })

    test('opens a dataset for one of those who ask at the same moment (W1)', async () => {
      const place = await make()
      const opened = await Promise.allSettled(names.map((host) => machine(place, host).open()))
      const refused = opened.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []))
      expect(refused).toEqual(['dataset_in_use', 'dataset_in_use', 'dataset_in_use'])
    })

    test('opens a dataset whose writer shows no sign of life after a while, and not before (W1, W6)', async () => {
      const place = await make()
      const dead = await machine(place, 'mill').open()
      const barn = machine(place, 'barn')
      await expect(barn.open({ waitMs: 20_000 })).rejects.toMatchObject({ code: 'dataset_in_use' })
      expect((await barn.takeOver()).epoch).toBeGreaterThan(dead.epoch)
    })

    test('lets a writer confirm without waiting while it was seen to live a moment ago (W2)', async () => {
      const writer = await machine(await make(), 'mill').open()
      expect(writer.confirm()).toBeUndefined()
      expect(writer.lost.aborted).toBe(false)
    })

    test('tells a writer that was stopped for long, and is still the one, that it may go on (W2)', async () => {
      const mill = machine(await make(), 'mill')
      const writer = await mill.open()
      mill.clock.time += 40_000
      await writer.confirm()
      expect(writer.lost.aborted).toBe(false)
    })

    test('tells a writer that was replaced so before it sends a request (W2)', async () => {
      const place = await make()
      const mill = machine(place, 'mill')
      const stopped = await mill.open()
      const groups = await begin(stopped)
      await machine(place, 'barn').takeOver()
      mill.clock.time += 40_000
      await expect(groups.confirm()).rejects.toMatchObject({ code: 'lock_lost' })
      expect(groups.lost.reason).toMatchObject({ code: 'lock_lost' })
      expect(stopped.lost.reason).toBe(groups.lost.reason)
    })

    test('finds every record whose append resolved after a power loss (W3)', async () => {
      const place = await make()
      const groups = await begin(await machine(place, 'mill').open())
      await groups.note(0, '{"noted":1}')
      await groups.append(0, '{"answer":1}')
      const later = place.afterPowerLoss()
      await machine(later, 'barn').takeOver()
      expect((await journalOf(later)).answers).toEqual(['{"noted":1}', '{"answer":1}'])
    })

    test('takes a record that a replaced writer appends late for no answer, and still counts it (W3)', async () => {
      const place = await make()
      const stopped = await begin(await machine(place, 'mill').open())
      await stopped.append(0, '{"answer":"in time"}')
      const next = await machine(place, 'barn').takeOver()
      const groups = await begin(next, (await journalOf(place)).former)
      await groups.append(0, '{"answer":"of the next"}')
      await stopped.append(0, '{"answer":"late"}')
      const { answers, late } = await journalOf(place)
      expect(answers).toEqual(['{"answer":"in time"}', '{"answer":"of the next"}'])
      expect(late).toEqual(['{"answer":"late"}'])
    })

    test('shows all files of a committed row group after a power loss (W4)', async () => {
      const place = await make()
      const writer = await machine(place, 'mill').open()
      await writer.writeRun(plan)
      await (await begin(writer)).commit(rows('whole'))
      const later = place.afterPowerLoss()
      expect(await publishedIn(later)).toEqual([{ group: 0, epoch: writer.epoch, files: textsOf('whole') }])
    })

    test('commits nothing for a writer that was replaced, before or after its successor commits (W4)', async () => {
      const place = await make()
      const first = await machine(place, 'mill').open()
      await first.writeRun(plan)
      const stopped = await begin(first)
      const next = await machine(place, 'barn').takeOver()
      const groups = await begin(next)
      await expect(stopped.commit(rows('before'))).rejects.toMatchObject({ code: 'lock_lost' })
      await groups.commit(rows('of the successor'))
      await expect(stopped.commit(rows('after'))).rejects.toMatchObject({ code: 'lock_lost' })
      expect(await publishedIn(place)).toEqual([
        { group: 0, epoch: next.epoch, files: textsOf('of the successor') },
      ])
    })

    test('commits a row group once, also for one writer (W4)', async () => {
      const place = await make()
      const writer = await machine(place, 'mill').open()
      await writer.writeRun(plan)
      const groups = await begin(writer)
      await groups.commit(rows('first'))
      await expect(groups.commit(rows('second'))).rejects.toMatchObject({ code: 'lock_lost' })
      expect(await publishedIn(place)).toEqual([{ group: 0, epoch: writer.epoch, files: textsOf('first') }])
    })

    test('changes no small file for a writer that was replaced (W4)', async () => {
      const place = await make()
      const stopped = await machine(place, 'mill').open()
      await stopped.writeRun(plan)
      await machine(place, 'barn').takeOver()
      const other = stopped.writeRun({ ...plan, dataset_name: 'other' })
      await expect(other).rejects.toMatchObject({ code: 'lock_lost' })
      const view = place.store(new WaitingClock()).view(place.dataset)
      expect((await view.plannedRun())?.dataset_name).toBe(plan.dataset_name)
    })

    test('keeps no record of a row group that was committed and released (W5)', async () => {
      const place = await make()
      const writer = await machine(place, 'mill').open()
      const groups = await begin(writer)
      await groups.append(0, '{"answer":0}')
      await groups.append(1, '{"answer":1}')
      await groups.commit(rows('a'))
      await groups.release(0)
      expect((await journalOf(place)).answers).toEqual(['{"answer":0}', '{"answer":1}'])
      await groups.commit(rows('b', 1))
      await groups.release(1)
      await groups.close()
      expect((await journalOf(place)).answers).toEqual([])
    })

    test('reads a medium after a power loss, and once its row group is committed (W3)', async () => {
      const place = await make()
      const media = (await begin(await machine(place, 'mill').open())).media
      const hash = await media.store(Buffer.from('a picture'), 0)
      const later = place.afterPowerLoss()
      const writer = await machine(later, 'barn').takeOver()
      const groups = await begin(writer)
      expect(await groups.media.has(hash, 0)).toBe(true)
      const bytes = async (): Promise<Uint8Array> => (await groups.media.read(hash)) ?? Buffer.from('missing')
      const medium = { path: `images/${hash}.png`, role: 'companion', sha256: hash, bytes } as const
      await groups.commit({ ...rows('with a picture'), media: [medium] })
      expect(Buffer.from(await bytes()).toString()).toBe('a picture')
    })
  })
}
