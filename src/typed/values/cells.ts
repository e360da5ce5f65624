/** Types of cells: what JSON can hold. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** A value as it comes back from the store: absent members are null, dates text, integers numbers. */
export type Stored<T> = unknown extends T
  ? unknown
  : T extends undefined
    ? null
    : T extends string | number | boolean | null
      ? T
      : T extends bigint
        ? number
        : T extends Date
          ? string
          : T extends readonly (infer I)[]
            ? Stored<I>[]
            : T extends object
              ? StoredMembers<T>
              : never
type StoredMembers<T> = {
  -readonly [K in keyof T]-?: Stored<T[K]> | (undefined extends T[K] ? null : never)
} extends infer O
  ? { [K in keyof O]: Exclude<O[K], undefined> }
  : never

/** One plain object type in place of an intersection: what editors show. */
export type Simplify<T> = { [K in keyof T]: T[K] } & {}

/** The members of a row but for those whose name is in `Names`, which may be patterns: `internal_${string}`. Index signatures stay. */
export type Without<Row, Names> = { [K in keyof Row as K extends Names ? never : K]: Row[K] }

/** A row with its integers as they were chosen. */
export type WithIntegers<Row, I> = string extends keyof Row
  ? Row
  : {
      [K in keyof Row]: Row[K] extends number | null
        ? Row[K] | (I extends 'bigint' ? bigint : string)
        : Row[K]
    }
