import { expect, it } from 'vitest'
import { Log } from '../../../src/journal/log.ts'
import { journalSegments } from '../../../src/journal/replay.ts'
import { effectKey, formatRecord, type JournalRecord } from '../../../src/run/effects/journal-records.ts'
import { emptyReplayState, replayRecords } from '../../../src/run/effects/replay-state.ts'
import { StoredEffects } from '../../../src/run/effects/stored-effects.ts'
import { over } from '../../../src/testing/disks/over.ts'
import { SimulatedDisk } from '../../../src/testing/disks/simulated-disk.ts'

const folder = '/d/journal'
const model = 'simulator/writer'
const all = { wanted: () => true, counted: () => true }

const keyOf = (row: number) => effectKey(row, 'text', 'h'.repeat(64), 0)
const intent = (group: number, row: number): JournalRecord => ({
  ...{ kind: 'intent', group, key: keyOf(row), model, most: { input: 10, output: 20 } },
})
const reply = (group: number, row: number, says: string): JournalRecord => ({
  ...{ kind: 'reply', group, key: keyOf(row), model },
  body: `{"choices":[{"message":{"content":"${says}"}}],"usage":{"prompt_tokens":3,"completion_tokens":4}}`,
})

/** Two segments, in which records of row groups 0 and 1 alternate; row 1 is answered twice, row 11 never. */
const first = [intent(0, 0), intent(1, 10), reply(0, 0, 'a'), reply(1, 10, 'b'), intent(0, 1)]
const second = [reply(0, 1, 'c'), intent(1, 11), reply(0, 1, 'd'), reply(1, 12, 'e')]

async function stored(retries: ConstructorParameters<typeof StoredEffects>[1] = () => []) {
  const disk = new SimulatedDisk({ directories: ['/d', folder] })
  for (const [number, records] of [first, second].entries()) {
    const log = await Log.create(disk, `${folder}/1-0000${number}.log`, `journal/1-0000${number}.log`)
    for (const record of records) await log.append(formatRecord(record))
    await log.close()
  }
  const reads: string[] = []
  const watched = over(disk, {
    readRange: (path: string, offset: number, length: number) => {
      reads.push(path)
      return disk.readRange(path, offset, length)
    },
  })
  const effects = new StoredEffects(watched, retries)
  const mentioned = []
  for await (const segment of journalSegments(disk, folder, new Map()))
    mentioned.push([...effects.note(segment, all)])
  return { effects, mentioned, reads }
}

it('reads of a row group what replaying everything at once gives of it', async () => {
  const { effects, mentioned } = await stored()
  const whole = new Map([0, 1].map((group) => [group, emptyReplayState()]))
  replayRecords(whole, [...first, ...second].map(formatRecord), all)
  for (const group of [0, 1]) {
    const { answers, records, ledger } = await effects.read(group)
    expect({ answers, records, ledger }).toMatchObject({
      answers: whole.get(group)!.answers,
      records: whole.get(group)!.records,
      ledger: whole.get(group)!.ledger,
    })
  }
  expect(mentioned).toEqual([
    [0, 1],
    [0, 1],
  ])
})

it('counts the usage of all, and reads no answer, before a row group is wanted', async () => {
  const { effects, reads } = await stored()
  const usage = [...effects.ledgers()].map(([group, ledger]) => [group, ledger.get(model)?.requests])
  expect(usage).toEqual([
    [0, 3],
    [1, 3],
  ])
  expect(reads).toEqual([])
  await effects.read(1)
  expect(reads.length).toBeGreaterThan(0)
})

it('gives nothing of a row group that it has handed on, until that is given back', async () => {
  const { effects } = await stored()
  const state = await effects.read(0)
  effects.drop(0)
  expect((await effects.read(0)).answers.size).toBe(0)
  expect([...effects.ledgers()].map(([group]) => group)).toEqual([1])
  effects.giveBack(0, state)
  expect(await effects.read(0)).toBe(state)
  expect([...effects.ledgers()].map(([group]) => group)).toEqual([1, 0])
})

it('says among its records which of its cells a retry names', async () => {
  const cells = { number: 1, cells: new Map([['text', [0]]]), written: [] }
  const { effects } = await stored((group) => (group === 0 ? [cells] : []))
  const [ofFirst, ofSecond] = [await effects.read(0), await effects.read(1)]
  expect(ofFirst.records.at(-1)).toBe(formatRecord({ kind: 'retry', group: 0, ...cells }))
  expect(ofFirst.retryNumbers.ofRow(0)).toBe(1)
  expect(ofSecond.records.some((text) => text.includes('"retry"'))).toBe(false)
})
