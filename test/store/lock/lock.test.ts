import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Clock } from '../../../src/base/work/clock.ts'
import type { Disk } from '../../../src/disk/disk.ts'
import type { ProcessIdentity } from '../../../src/disk/process-identity.ts'
import {
  acquireLock,
  HEARTBEAT_MS,
  type Lock,
  type LockOptions,
  lockFacts,
  SILENCE_MS,
} from '../../../src/store/lock/lock.ts'
import { over } from '../../../src/testing/disks/over.ts'
import type { SimulatedDisk } from '../../../src/testing/disks/simulated-disk.ts'
import { emptyDataset, layout, on, putFile } from '../dataset.ts'

/** A clock that jumps to the next sleeper as soon as nothing else is left to do. */
class JumpingClock implements Clock {
  time = 0
  readonly #sleepers = new Set<{ until: number; wake: () => void }>()
  now = (): number => this.time
  monotonic = (): number => this.time
  sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const sleeper = { until: this.time + ms, wake: resolve }
      this.#sleepers.add(sleeper)
      signal?.addEventListener('abort', () => {
        this.#sleepers.delete(sleeper)
        reject(signal.reason)
      })
    })
  /** Lets time pass, sleepers waking in order, each with time to finish what it does. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms
    for (;;) {
      await settled()
      const [next] = [...this.#sleepers].sort((a, b) => a.until - b.until)
      if (next === undefined || next.until > end) break
      this.time = Math.max(this.time, next.until)
      this.#sleepers.delete(next)
      next.wake()
    }
    this.time = end
  }
}

/** A clock that moves only when it is told to, as a stopped process sees it: no sleeper wakes. */
class StoppableClock implements Clock {
  wall = 1_000_000
  steady = 0
  now = (): number => this.wall
  monotonic = (): number => this.steady
  sleep = (_: number, signal?: AbortSignal): Promise<void> =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason))
    })
  jump(ms: number): void {
    this.wall += ms
    this.steady += ms
  }
}

/** Until everything that needs no time has happened: the modelled disk answers in microtasks. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

const here: ProcessIdentity = { pid: 100, start: '5000', boot: 'boot-1', namespace: '40', host: 'mill' }
const elsewhere: ProcessIdentity = { pid: 7, start: '1', boot: 'boot-2', namespace: '40', host: 'barn' }

/** A disk that also tells which processes live. */
function withProcesses(disk: Disk, alive: Record<number, string>, state = 'S'): Disk {
  return over(disk, {
    readFile: async (path) => {
      const pid = /^\/proc\/(\d+)\/stat$/.exec(path)?.[1]
      if (pid === undefined) return disk.readFile(path)
      const start = alive[Number(pid)]
      if (start === undefined) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' })
      return Buffer.from(`${pid} (a (strange) name) ${state} ${Array(18).fill('0').join(' ')} ${start} 0`)
    },
  })
}

function options(disk: Disk, more: Partial<LockOptions> = {}): LockOptions {
  return { directory: on(disk), clock: new JumpingClock(), self: here, nonce: 'mine', waitMs: 0, ...more }
}

/** Takes a lock, to be let go at the end of the test. */
async function take(disk: Disk, more: Partial<LockOptions> = {}): Promise<Lock> {
  const lock = await acquireLock(options(disk, more))
  onTestFinished(() => lock.release().catch(() => {}))
  return lock
}

const lockNames = async (disk: Disk) =>
  (await disk.list(layout.own)).filter((name) => name.startsWith('lock'))

/** The lock that a run of `holder` left behind when it was killed. */
async function leftBy(holder: ProcessIdentity, more: object = {}): Promise<SimulatedDisk> {
  const disk = emptyDataset()
  const state = { ...holder, nonce: 'theirs', heartbeat: 3, released: false, ...more }
  await putFile(disk, layout.lock(4), JSON.stringify(state))
  return disk
}

it('takes the first lock of a dataset with number 1, durable before it counts', async () => {
  const disk = emptyDataset()
  const lock = await take(disk)
  expect(lock.epoch).toBe(1)
  expect(await lockNames(disk)).toStrictEqual(['lock.1'])
  expect(await lockNames(disk.afterPowerLoss(() => 'lost'))).toContain('lock.1')
})

it('takes a released lock at once, with the next number, and deletes it', async () => {
  const disk = emptyDataset()
  await (await take(disk)).release()
  const lock = await take(disk, { nonce: 'next', self: elsewhere })
  expect(lock.epoch).toBe(2)
  expect(await lockNames(disk)).toStrictEqual(['lock.2'])
})

it.each<[string, ProcessIdentity, object, Record<number, string>, string, 'taken' | 'in use']>([
  ['is gone', here, {}, {}, 'S', 'taken'],
  ['lives', here, {}, { 100: '5000' }, 'S', 'in use'],
  ['is stopped by a signal', here, {}, { 100: '5000' }, 'T', 'in use'],
  ['ended and was not waited for', here, {}, { 100: '5000' }, 'Z', 'taken'],
  ['is gone, its number given to another', here, {}, { 100: '9999' }, 'S', 'taken'],
  ['let go', elsewhere, { released: true }, {}, 'S', 'taken'],
  ['is of another boot', elsewhere, {}, {}, 'S', 'in use'],
  ['is of another pid namespace', { ...here, namespace: '41' }, {}, {}, 'S', 'in use'],
  [
    'is of a system that tells nothing',
    { ...here, start: null, boot: null, namespace: null },
    {},
    {},
    'S',
    'in use',
  ],
])('does not wait for a holder that %s', async (_, holder, more, alive, state, outcome) => {
  const disk = withProcesses(await leftBy(holder, more), alive, state)
  const taking = take(disk)
  if (outcome === 'taken') await expect(taking).resolves.toMatchObject({ epoch: 5 })
  else {
    await expect(taking).rejects.toMatchObject({
      code: 'dataset_in_use',
      facts: { pid: holder.pid, host: holder.host, holder: `process ${holder.pid} on host ${holder.host}` },
    })
    expect(await lockNames(disk)).toStrictEqual(['lock.4'])
  }
})

it('takes a silent lock of another boot after 30 seconds, counting down until then', async () => {
  const disk = await leftBy(elsewhere)
  const clock = new JumpingClock()
  const remaining: number[] = []
  let epoch: number | undefined
  const taking = take(disk, {
    clock,
    waitMs: 60_000,
    onWait: (waiting) => {
      expect(waiting.holder).toBe('process 7 on host barn')
      remaining.push(waiting.remainingMs)
    },
  }).then((lock) => {
    epoch = lock.epoch
  })
  await clock.pass(SILENCE_MS - 1)
  expect(epoch).toBeUndefined()
  await clock.pass(1)
  await taking
  expect(epoch).toBe(5)
  expect(remaining).toStrictEqual(Array.from({ length: 30 }, (_, second) => 60_000 - second * 1_000))
})

it('never takes a lock of another boot whose heartbeat goes on, and gives up in time', async () => {
  const disk = emptyDataset()
  const clock = new JumpingClock()
  await take(disk, { clock, self: elsewhere, nonce: 'theirs' })
  const taking = take(disk, { clock, waitMs: 100_000 })
  const refused = expect(taking).rejects.toMatchObject({ code: 'dataset_in_use' })
  await clock.pass(101_000)
  await refused
  expect(await lockNames(disk)).toStrictEqual(['lock.1'])
})

it('refuses at once for a holder that surely lives when only doubtful ones are waited for', async () => {
  const disk = withProcesses(await leftBy(here), { 100: '5000' })
  const taking = take(disk, { waitMs: 60_000, waitForLivingMs: 0 })
  await expect(taking).rejects.toMatchObject({ code: 'dataset_in_use' })
})

it('takes a lock that its holder lets go while it waits', async () => {
  const disk = withProcesses(emptyDataset(), { 100: '5000' })
  const clock = new JumpingClock()
  const first = await take(disk, { clock, nonce: 'first' })
  const taking = take(disk, { clock, waitMs: 60_000 })
  await clock.pass(2_500)
  await first.release()
  await clock.pass(1_000)
  expect((await taking).epoch).toBe(2)
})

it('stops waiting when it is told to', async () => {
  const clock = new JumpingClock()
  const stop = new AbortController()
  const taking = take(await leftBy(elsewhere), { clock, waitMs: 60_000, signal: stop.signal })
  const stopped = expect(taking).rejects.toThrow('enough')
  await clock.pass(3_000)
  stop.abort(new Error('enough'))
  await stopped
})

it('takes another run of the same process for a stranger', async () => {
  const disk = withProcesses(emptyDataset(), { 100: '5000' })
  await take(disk, { nonce: 'first run' })
  await expect(take(disk, { nonce: 'second run' })).rejects.toMatchObject({ code: 'dataset_in_use' })
})

it('waits 30 seconds for a lock that cannot be read as one', async () => {
  const disk = emptyDataset()
  await putFile(disk, layout.lock(1), '{"pid": 1')
  const clock = new JumpingClock()
  const taking = take(disk, { clock, waitMs: 60_000 })
  await clock.pass(SILENCE_MS)
  expect((await taking).epoch).toBe(2)
})

describe('a holder that asks before it sends', () => {
  /** Holds a lock, and counts what the disk is asked. */
  async function holding() {
    const disk = emptyDataset()
    const clock = new StoppableClock()
    const lock = await take(disk, { clock })
    return { disk, clock, lock }
  }

  it('waits for nothing while its last heartbeat is recent', async () => {
    const { clock, lock } = await holding()
    clock.jump(11_000)
    expect(lock.confirm()).toBeUndefined()
  })

  it('shows that it lives after it was stopped, and goes on when nobody took over', async () => {
    const { disk, clock, lock } = await holding()
    const before = await disk.readFile(layout.lock(1))
    clock.jump(60_000)
    await lock.confirm()
    expect(Buffer.from(await disk.readFile(layout.lock(1)))).not.toStrictEqual(Buffer.from(before))
    expect(lock.confirm()).toBeUndefined()
  })

  it('has lost when another process took over while it was stopped', async () => {
    const { disk, clock, lock } = await holding()
    await putFile(
      disk,
      layout.lock(2),
      JSON.stringify({ ...elsewhere, nonce: 'theirs', heartbeat: 0, released: false }),
    )
    clock.jump(60_000)
    await expect(lock.confirm()).rejects.toMatchObject({ code: 'lock_lost' })
    await expect(lock.confirm()).rejects.toMatchObject({ code: 'lock_lost' })
  })

  it.each([60_000, -60_000])(
    'looks again when only the wall clock moved by %i ms, as after a sleep of the machine',
    async (ms) => {
      const { disk, clock, lock } = await holding()
      clock.wall += ms
      const operations = disk.operations.length
      await lock.confirm()
      expect(disk.operations.length).toBeGreaterThan(operations)
    },
  )

  it('shows it once however many ask at the same time', async () => {
    const { disk, clock, lock } = await holding()
    clock.jump(60_000)
    const before = disk.operations.filter(({ name }) => name === 'rename').length
    await Promise.all([lock.confirm(), lock.confirm(), lock.confirm()])
    expect(disk.operations.filter(({ name }) => name === 'rename').length).toBe(before + 1)
  })
})

it('tells of a lost lock, whatever failed because of it', async () => {
  const disk = emptyDataset()
  const lock = await take(disk)
  const failure = new Error('a file that is gone')
  expect(await lock.failure(failure)).toBe(failure)
  await putFile(
    disk,
    layout.lock(2),
    JSON.stringify({ ...elsewhere, nonce: 'theirs', heartbeat: 0, released: false }),
  )
  expect(await lock.failure(failure)).toMatchObject({ code: 'lock_lost' })
})

it('uses no number again after somebody deleted the locks by hand', async () => {
  const disk = emptyDataset()
  await putFile(disk, layout.commits(3), '')
  await disk.makeDirectory(layout.journal)
  await putFile(disk, `${layout.journal}/12-00001.log`, '')
  expect((await take(disk)).epoch).toBe(13)
})

it('lets exactly one of twenty takers win, whoever is fast', async () => {
  for (let seed = 0; seed < 25; seed++) {
    let random = seed
    const disk = emptyDataset({
      speed: async () => {
        random = (random * 1103515245 + 12345) & 0x7fffffff
        for (let turns = random % 7; turns > 0; turns--) await Promise.resolve()
      },
    })
    const racing = withProcesses(disk, { 100: '5000' })
    await putFile(
      disk,
      layout.lock(8),
      JSON.stringify({ ...elsewhere, nonce: 'old', heartbeat: 1, released: true }),
    )
    const attempts = Array.from({ length: 20 }, (_, taker) => take(racing, { nonce: `taker ${taker}` }))
    const outcomes = await Promise.allSettled(attempts)
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled')
    expect(won.map((outcome) => outcome.value.epoch)).toStrictEqual([9])
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'dataset_in_use' })
    }
    expect(await lockNames(disk)).toStrictEqual(['lock.9'])
  }
})

it('gives way when a later holder came and went while it took a deleted number', async () => {
  const disk = emptyDataset()
  const next = JSON.stringify({ ...elsewhere, nonce: 'next', heartbeat: 0, released: true })
  await putFile(disk, layout.lock(1), next)
  let overtaken = false
  const slow = over(disk, {
    link: async (from, to) => {
      if (!overtaken) {
        overtaken = true
        await putFile(disk, layout.lock(3), next)
        await disk.remove(layout.lock(1))
      }
      return disk.link(from, to)
    },
  })
  expect((await take(slow)).epoch).toBe(4)
  expect(await lockNames(disk)).toStrictEqual(['lock.4'])
})

it('shows a sign of life every five seconds', async () => {
  const disk = emptyDataset()
  const clock = new JumpingClock()
  await take(disk, { clock })
  const text = async () => Buffer.from(await disk.readFile(layout.lock(1))).toString()
  const seen = new Set([await text()])
  for (let beat = 0; beat < 3; beat++) {
    await clock.pass(HEARTBEAT_MS)
    seen.add(await text())
  }
  expect(seen.size).toBe(4)
})

it('notices that it was taken over, tells so once, and leaves the new lock alone', async () => {
  const disk = emptyDataset()
  const clock = new JumpingClock()
  const lost: string[] = []
  const old = await take(disk, { clock, onLost: (error) => lost.push(error.code) })
  const taker = JSON.stringify({ ...elsewhere, nonce: 'taker', heartbeat: 0, released: false })
  await putFile(disk, layout.lock(2), taker)
  await disk.remove(layout.lock(1))
  await clock.pass(3 * HEARTBEAT_MS)
  expect(lost).toStrictEqual(['lock_lost'])
  await expect(old.check()).rejects.toMatchObject({ code: 'lock_lost' })
  await old.release()
  expect(await lockNames(disk)).toStrictEqual(['lock.2'])
  expect(Buffer.from(await disk.readFile(layout.lock(2))).toString()).toBe(taker)
})

it('notices a takeover at the next check, without waiting for a heartbeat', async () => {
  const disk = emptyDataset()
  const old = await take(disk)
  await expect(old.check()).resolves.toBeUndefined()
  await putFile(
    disk,
    layout.lock(2),
    JSON.stringify({ ...elsewhere, nonce: 'taker', heartbeat: 0, released: false }),
  )
  await expect(old.check()).rejects.toMatchObject({ code: 'lock_lost' })
})

it('gives up when it cannot show signs of life for twenty seconds', async () => {
  let broken = false
  const disk = emptyDataset({ interrupt: ({ name }) => (broken && name === 'create' ? 'EIO' : undefined) })
  const clock = new JumpingClock()
  const lost: string[] = []
  await take(disk, { clock, onLost: (error) => lost.push(error.code) })
  broken = true
  await clock.pass(15_000)
  expect(lost).toStrictEqual([])
  await clock.pass(5_000)
  expect(lost).toStrictEqual(['lock_lost'])
})

it('tells who holds the lock, and counts as free what only waiting can tell', async () => {
  const facts = async (holder: ProcessIdentity, alive: Record<number, string>, nonce?: string) =>
    lockFacts(on(withProcesses(await leftBy(holder), alive)), here, nonce)
  expect(await lockFacts(on(emptyDataset()), here)).toStrictEqual({ kind: 'free' })
  expect(await facts(here, { 100: '5000' })).toStrictEqual({
    kind: 'held',
    holder: 'process 100 on host mill',
  })
  expect(await facts(here, { 100: '5000' }, 'theirs')).toStrictEqual({ kind: 'free' })
  expect(await facts(here, {})).toStrictEqual({ kind: 'free' })
  expect(await facts(elsewhere, {})).toStrictEqual({ kind: 'free' })
})

it('lets exactly one of two real processes win, twenty times', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rowsmith-lock-'))
  const rounds = Array.from({ length: 20 }, (_, round) => String(round))
  for (const round of rounds) mkdirSync(join(folder, round))
  const racers = [racer(folder), racer(folder)]
  onTestFinished(async () => {
    for (const { child } of racers) child.stdin?.end()
    await Promise.all(racers.map(({ exited }) => exited))
    rmSync(folder, { recursive: true })
  })
  for (const round of rounds) {
    for (const { child } of racers) child.stdin?.write(`${round}\n`)
    const answers = await Promise.all(racers.map(async ({ lines }) => (await lines.next()).value))
    expect(answers.sort()).toStrictEqual([`${round} dataset_in_use`, `${round} got 1`])
    expect(readdirSync(join(folder, round, '.rowsmith'))).toStrictEqual(['lock.1'])
  }
})

function racer(folder: string): {
  child: ChildProcess
  lines: AsyncIterator<string>
  exited: Promise<unknown>
} {
  const script = join(import.meta.dirname, 'lock-racer.ts')
  const child = spawn(process.execPath, [script, folder], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  return { child, lines: createInterface(child.stdout!)[Symbol.asyncIterator](), exited }
}
