import type { Behaviour } from './behaviour.ts'

export const afterGeneration: Readonly<Record<string, Behaviour>> = {
  F1: { says: 'not said yet', later: 'this index' },
  F2: { says: 'not said yet', later: 'this index' },
  F3: { says: 'not said yet', later: 'this index' },
  F4: { says: 'not said yet', later: 'this index' },
  F5: { says: 'not said yet', later: 'this index' },
  F6: { says: 'not said yet', later: 'this index' },
  F7: { says: 'not said yet', later: 'this index' },
  F8: { says: 'not said yet', later: 'this index' },
  F9: { says: 'not said yet', later: 'this index' },
  F10: { says: 'not said yet', later: 'this index' },
  F11: { says: 'not said yet', later: 'this index' },
  F12: { says: 'not said yet', later: 'this index' },
  F13: { says: 'not said yet', later: 'this index' },
  F14: { says: 'not said yet', later: 'this index' },
  F15: { says: 'not said yet', later: 'this index' },
  F16: { says: 'not said yet', later: 'this index' },
  F17: { says: 'not said yet', later: 'this index' },
  F18: { says: 'not said yet', later: 'this index' },
  F19: { says: 'not said yet', later: 'this index' },
  F20: { says: 'not said yet', later: 'this index' },
}
