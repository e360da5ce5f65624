import type { Behaviour } from './behaviour.ts'

export const progressOnDisk: Readonly<Record<string, Behaviour>> = {
  E1: { says: 'not said yet', later: 'this index' },
  E2: { says: 'not said yet', later: 'this index' },
  E3: { says: 'not said yet', later: 'this index' },
  E4: { says: 'not said yet', later: 'this index' },
  E5: { says: 'not said yet', later: 'this index' },
  E6: { says: 'not said yet', later: 'this index' },
  E7: { says: 'not said yet', later: 'this index' },
  E8: { says: 'not said yet', later: 'this index' },
  E9: { says: 'not said yet', later: 'this index' },
  E10: { says: 'not said yet', later: 'this index' },
  E11: { says: 'not said yet', later: 'this index' },
  E12: { says: 'not said yet', later: 'this index' },
  E13: { says: 'not said yet', later: 'this index' },
  E14: { says: 'not said yet', later: 'this index' },
  E15: { says: 'not said yet', later: 'this index' },
  E16: { says: 'not said yet', later: 'this index' },
  E17: { says: 'not said yet', later: 'this index' },
  E18: { says: 'not said yet', later: 'this index' },
}
