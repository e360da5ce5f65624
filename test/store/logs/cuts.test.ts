import { expect, it } from 'vitest'
import { Log } from '../../../src/journal/log.ts'
import { journalSegments } from '../../../src/journal/replay.ts'
import { effectKey, formatRecord } from '../../../src/run/effects/journal-records.ts'
import { countFencedRecords, type ReplayState, replayRecords } from '../../../src/run/effects/replay-state.ts'
import { readCommitLogs } from '../../../src/store/logs/commits.ts'
import { cutBody, cutIn, shortest } from '../../../src/store/logs/cuts.ts'
import { Publisher } from '../../../src/store/publishing/publish.ts'
import { emptyDataset, held, layout, on } from '../dataset.ts'

const key = effectKey(0, 'text', 'a'.repeat(64), 0)
const rules = { wanted: () => true, counted: () => true }

function intent(): string {
  return formatRecord({ kind: 'intent', group: 0, key, model: 'p/m', most: { input: 1, output: 1 } })
}

function reply(content: string): string {
  const usage = { prompt_tokens: 1, completion_tokens: 1 }
  const body = JSON.stringify({ choices: [{ message: { content }, finish_reason: 'stop' }], usage })
  return formatRecord({ kind: 'reply', group: 0, key, model: 'p/m', time: { at: 0, ms: 1 }, body })
}

it('reads the cut that it wrote, and of several the shortest', () => {
  const body = cutBody([{ name: '1-00000.log', bytes: 4096 }])
  expect(body).toBe('{"kind":"cut","segments":[["1-00000.log",4096]]}')
  expect(cutIn(body)).toStrictEqual(new Map([['1-00000.log', 4096]]))
  expect(cutIn('{"kind":"writer","boot":null}')).toBeUndefined()
  const both = shortest([
    new Map([['a', 2]]),
    new Map([
      ['a', 1],
      ['b', 3],
    ]),
  ])
  expect(both).toStrictEqual(
    new Map([
      ['a', 1],
      ['b', 3],
    ]),
  )
})

it('keeps the answer that the owner used when one who was taken over from appends another, and bills both', async () => {
  const disk = emptyDataset()
  await disk.makeDirectory(layout.journal)
  const kept = async (): Promise<ReplayState> => {
    const { cuts } = await readCommitLogs(on(disk))
    const groups = new Map<number, ReplayState>()
    for await (const { records: frames, fenced: late } of journalSegments(disk, layout.journal, cuts)) {
      replayRecords(groups, frames, rules)
      countFencedRecords(groups, late, rules)
    }
    return groups.get(0)!
  }
  const first = await Log.create(disk, `${layout.journal}/1-00000.log`, 'journal/1-00000.log')
  await first.append(intent())
  const read = []
  for await (const segment of journalSegments(disk, layout.journal, new Map())) read.push(segment)
  const publisher = await Publisher.open({ directory: on(disk), epoch: 2, check: held })
  await publisher.writes('boot', read)
  const owner = await Log.create(disk, `${layout.journal}/2-00000.log`, 'journal/2-00000.log')
  await owner.append(intent())
  await owner.append(reply('of the owner'))
  await first.append(reply('too late'))

  const { answers: replies, ledger, records: frames } = await kept()
  expect(replies.get(key)).toContain('of the owner')
  expect(frames.join('')).not.toContain('too late')
  expect([...ledger.values()]).toMatchObject([{ requests: 2 }])
})
