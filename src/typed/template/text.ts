/** Text of types: what the checker of templates trims, lists and compares. */

export type Space = ' ' | '\n' | '\t' | '\r'
/** How much was looked at: its length counts. */
export type Fuel = readonly unknown[]

export type TrimLeft<S extends string> = S extends `                ${infer R}`
  ? TrimLeft<R>
  : S extends `${Space}${infer R}`
    ? TrimLeft<R>
    : S
type TrimRight<S extends string> = S extends `${infer R}                `
  ? TrimRight<R>
  : S extends `${infer R}${Space}`
    ? TrimRight<R>
    : S
export type Trim<S extends string> = TrimRight<TrimLeft<S>>

/** One member of a union: for messages only, so it does not matter which. */
export type First<U> = (U extends unknown ? (k: () => U) => void : never) extends (k: infer I) => void
  ? I extends () => infer L
    ? L & string
    : never
  : never

/** A union as text, at most 15 of its members. */
export type Listed<U extends string, Acc extends string = '', N extends Fuel = []> = [U] extends [never]
  ? Acc
  : N['length'] extends 15
    ? `${Acc}, ...`
    : First<U> extends infer L extends string
      ? Listed<Exclude<U, L>, Acc extends '' ? L : `${L}, ${Acc}`, [...N, 0]>
      : never

/** The names that begin as a misspelt one does. */
export type Near<Name extends string, K extends string> = Name extends `${infer A}${infer B}${string}`
  ? Extract<K, `${A}${B}${string}`>
  : never
