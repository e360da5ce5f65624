import type { Behaviour } from './behaviour.ts'

export const metadata: Readonly<Record<string, Behaviour>> = {
  B1: { says: 'not said yet', later: 'this index' },
  B2: { says: 'not said yet', later: 'this index' },
  B3: { says: 'not said yet', later: 'this index' },
  B4: { says: 'not said yet', later: 'this index' },
  B5: { says: 'not said yet', later: 'this index' },
  B6: { says: 'not said yet', later: 'this index' },
  B7: { says: 'not said yet', later: 'this index' },
  B8: { says: 'not said yet', later: 'this index' },
  B9: { says: 'not said yet', later: 'this index' },
  B10: { says: 'not said yet', later: 'this index' },
  B11: { says: 'not said yet', later: 'this index' },
  B12: { says: 'not said yet', later: 'this index' },
  B13: { says: 'not said yet', later: 'this index' },
  B14: { says: 'not said yet', later: 'this index' },
  B15: { says: 'not said yet', later: 'this index' },
  B16: { says: 'not said yet', later: 'this index' },
  B17: { says: 'not said yet', later: 'this index' },
  B18: { says: 'not said yet', later: 'this index' },
  B19: { says: 'not said yet', later: 'this index' },
  B20: { says: 'not said yet', later: 'this index' },
}
