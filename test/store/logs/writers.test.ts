import { expect, it } from 'vitest'
import { MAX_UNSYNCED_NOTES } from '../../../src/journal/log.ts'
import { type RecordedWriter, unrecordedMax } from '../../../src/store/logs/writers.ts'

const dead = (boot: string | null): RecordedWriter => ({ boot, ended: false, epoch: 1 })
const closed = (boot: string | null): RecordedWriter => ({ boot, ended: true, epoch: 1 })

it.each<[string, RecordedWriter[], string | null, losses: number]>([
  ['nobody asked', [], 'b', 0],
  ['everybody ended well', [closed('a'), closed('b')], 'c', 0],
  ['one was killed, and the next ran in the same boot', [dead('a'), closed('a')], 'a', 0],
  ['one was killed, and nobody asked since, in the same boot', [dead('a')], 'a', 0],
  ['the machine was started anew after one that did not end', [dead('a')], 'b', 1],
  ['the same, and a later one ended well', [dead('a'), closed('b')], 'b', 1],
  ['it happened twice', [dead('a'), dead('b'), closed('c')], 'c', 2],
  ['it ended well before the machine was started anew', [closed('a'), dead('b')], 'b', 0],
  ['the system does not tell boots', [dead(null), dead(null)], null, 0],
])('when %s, power losses took nothing, or at most so many requests for each', (_, writers, boot, losses) => {
  expect(unrecordedMax(writers, boot, new Set())).toBe(losses * MAX_UNSYNCED_NOTES)
})

it('a segment that is not whole to its end counts as a loss of its process, once', () => {
  const writers = [dead('a'), { ...dead('a'), epoch: 2 }]
  const torn = new Set(['2-00000.log', '2-00001.log'])
  expect(unrecordedMax(writers, 'a', torn)).toBe(MAX_UNSYNCED_NOTES)
})
