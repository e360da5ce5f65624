import type { Behaviour } from './behaviour.ts'

export const seeds: Readonly<Record<string, Behaviour>> = {
  I1: { says: 'not said yet', later: 'this index' },
  I2: { says: 'not said yet', later: 'this index' },
  I3: { says: 'not said yet', later: 'this index' },
  I4: { says: 'not said yet', later: 'this index' },
  I5: { says: 'not said yet', later: 'this index' },
}
