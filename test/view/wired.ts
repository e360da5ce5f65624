/** What a page sees of a type of the server. */
import type { Value } from '../../src/base/values/value.ts'
import type { Wire } from '../../web/types.ts'

/** What comes out of `wireValue`: values of the dataset, and integers, as JSON. */
export type Wired<T> = Value extends T
  ? Wire
  : T extends bigint
    ? number
    : T extends object
      ? { [K in keyof T]: Wired<T[K]> }
      : T
