import type { Behaviour } from './behaviour.ts'

export const sideArtefacts: Readonly<Record<string, Behaviour>> = {
  H1: { says: 'not said yet', later: 'this index' },
  H2: { says: 'not said yet', later: 'this index' },
  H3: { says: 'not said yet', later: 'this index' },
  H4: { says: 'not said yet', later: 'this index' },
  H5: { says: 'not said yet', later: 'this index' },
  H6: { says: 'not said yet', later: 'this index' },
  H7: { says: 'not said yet', later: 'this index' },
  H8: { says: 'not said yet', later: 'this index' },
  H9: { says: 'not said yet', later: 'this index' },
  H10: { says: 'not said yet', later: 'this index' },
  H11: { says: 'not said yet', later: 'this index' },
  H12: { says: 'not said yet', later: 'this index' },
  H13: { says: 'not said yet', later: 'this index' },
  H14: { says: 'not said yet', later: 'this index' },
  H15: { says: 'not said yet', later: 'this index' },
  H16: { says: 'not said yet', later: 'this index' },
}
