import type { Behaviour } from './behaviour.ts'

export const targets: Readonly<Record<string, Behaviour>> = {
  D1: { says: 'not said yet', later: 'this index' },
  D2: { says: 'not said yet', later: 'this index' },
  D3: { says: 'not said yet', later: 'this index' },
  D4: { says: 'not said yet', later: 'this index' },
  D5: {
    says: 'An ask below the rows on disk is refused with both numbers.',
    tests: [
      ['test/plan/decide.table.test.ts', 'fewer rows asked for than there are > always: fewer_than_on_disk'],
    ],
  },
  D6: { says: 'not said yet', later: 'this index' },
  D7: { says: 'not said yet', later: 'this index' },
  D8: { says: 'not said yet', later: 'this index' },
  D9: { says: 'not said yet', later: 'this index' },
  D10: { says: 'not said yet', later: 'this index' },
  D11: { says: 'not said yet', later: 'this index' },
  D12: { says: 'not said yet', later: 'this index' },
  D13: { says: 'not said yet', later: 'this index' },
  D14: { says: 'not said yet', later: 'this index' },
}
