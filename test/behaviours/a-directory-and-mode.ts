import type { Behaviour } from './behaviour.ts'

export const directoryAndMode: Readonly<Record<string, Behaviour>> = {
  A1: { says: 'not said yet', later: 'this index' },
  A2: { says: 'not said yet', later: 'this index' },
  A3: { says: 'not said yet', later: 'this index' },
  A4: { says: 'not said yet', later: 'this index' },
  A5: { says: 'not said yet', later: 'this index' },
  A6: { says: 'not said yet', later: 'this index' },
  A7: { says: 'not said yet', later: 'this index' },
  A8: { says: 'not said yet', later: 'this index' },
  A9: { says: 'not said yet', later: 'this index' },
  A10: { says: 'not said yet', later: 'this index' },
  A11: { says: 'not said yet', later: 'this index' },
  A12: { says: 'not said yet', later: 'this index' },
  A13: { says: 'not said yet', later: 'this index' },
  A14: { says: 'not said yet', later: 'this index' },
  A15: { says: 'not said yet', later: 'this index' },
  A16: { says: 'not said yet', later: 'this index' },
  A17: { says: 'not said yet', later: 'this index' },
  A18: { says: 'not said yet', later: 'this index' },
}
