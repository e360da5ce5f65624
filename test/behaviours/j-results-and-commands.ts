import type { Behaviour } from './behaviour.ts'

export const resultsAndCommands: Readonly<Record<string, Behaviour>> = {
  J1: { says: 'not said yet', later: 'this index' },
  J2: { says: 'not said yet', later: 'this index' },
  J3: { says: 'not said yet', later: 'this index' },
  J4: { says: 'not said yet', later: 'this index' },
  J5: { says: 'not said yet', later: 'this index' },
  J6: { says: 'not said yet', later: 'this index' },
  J7: { says: 'not said yet', later: 'this index' },
  J8: { says: 'not said yet', later: 'this index' },
}
