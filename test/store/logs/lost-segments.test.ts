import { describe, expect, test } from 'vitest'
import { lostSegments } from '../../../src/store/logs/lost-segments.ts'

const segment = '1-00000.log'
const use = {
  mentions: [{ group: 0, segment }],
  commits: [],
  writers: [{ epoch: 1 }],
  cuts: new Map<string, number>(),
  present: new Set<string>(),
  accepted: new Map<string, number>(),
  isPublished: () => false,
  living: undefined,
}

describe('a segment that a row group is said to have answers in, and that is gone', () => {
  test.each([
    ['was lost', {}, [[segment, [0]]]],
    [
      'was lost where the next writer had read it',
      { writers: [{ epoch: 1 }, { epoch: 2 }], cuts: new Map([[segment, 128]]) },
      [[segment, [0]]],
    ],
    [
      'held nothing where the next writer found nothing of it to read',
      { writers: [{ epoch: 1 }, { epoch: 2 }] },
      [],
    ],
    ['is not needed once the row group is published', { isPublished: () => true }, []],
    [
      'is not told again once its loss was accepted',
      { accepted: new Map([[`.rowsmith/journal/${segment}`, 2]]) },
      [],
    ],
  ] as const)('%s', (_what, change, lost) => {
    expect([...lostSegments({ ...use, ...change })]).toEqual(lost)
  })
})
