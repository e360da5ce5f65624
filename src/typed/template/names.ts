/** Names in templates: columns that are there, fields that they have, and what is said of others. */
import type { First, Listed, Near } from './text.ts'

/** What is known of the columns in addition to their types. */
export interface Known {
  /** Their names, as a union. `string` where they are not known: nothing is checked then. */
  keys: string
}

export type Keyword =
  | 'and'
  | 'or'
  | 'not'
  | 'in'
  | 'is'
  | 'if'
  | 'else'
  | 'true'
  | 'false'
  | 'none'
  | 'True'
  | 'False'
  | 'None'
  | 'recursive'
export type Global =
  | 'range'
  | 'dict'
  | 'lipsum'
  | 'cycler'
  | 'joiner'
  | 'namespace'
  | 'loop'
  | 'caller'
  | 'varargs'
  | 'kwargs'
  | 'self'
export type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9'

/** Methods of texts, lists and maps that templates may call. */
type Method =
  | 'upper'
  | 'lower'
  | 'title'
  | 'strip'
  | 'split'
  | 'join'
  | 'replace'
  | 'startswith'
  | 'endswith'
  | 'items'
  | 'keys'
  | 'values'
  | 'get'
  | 'capitalize'
  | 'format'
  | 'count'
  | 'index'
  | 'lstrip'
  | 'rstrip'
  | 'splitlines'
  | 'find'

/** A path: its root must be known, its fields must be there. */
export type Word<C extends string, Row, Names extends Known, B> = C extends '' | Keyword | Global
  ? never
  : C extends `${Digit}${string}`
    ? never
    : C extends `${infer Root}.${infer Rest}`
      ? Root extends Global
        ? never
        : Root extends keyof B
          ? Fields<Rest, B[Root], Root>
          : Root extends Names['keys']
            ? Fields<Rest, Row[Root & keyof Row], Root>
            : Unknown<Root, Row, Names>
      : C extends keyof B
        ? never
        : C extends Names['keys']
          ? never
          : Unknown<C, Row, Names>

type Unknown<Name extends string, Row, Names extends Known> = string extends keyof Row
  ? never
  : `'${Name}' is no column before this one. ${Suggested<Name, Names['keys']>}`
type Suggested<Name extends string, K extends string> = [Near<Name, K>] extends [never]
  ? [K] extends [never]
    ? 'There is none yet.'
    : `There are: ${Listed<K>}`
  : `Did you mean '${First<Near<Name, K>>}'?`

/** A field must be declared; of a union, in one of its members. `any` and `unknown` hold everything. */
type Fields<P extends string, T, Where extends string> =
  IsAny<T> extends true
    ? never
    : unknown extends T
      ? never
      : P extends `${infer H}.${infer R}`
        ? Field<H, Present<T>, Where> extends infer E
          ? [E] extends [never]
            ? Fields<R, Member<Present<T>, H>, `${Where}.${H}`>
            : E
          : never
        : Field<P, Present<T>, Where>
type Field<H extends string, T, Where extends string> = H extends Method
  ? never
  : H extends `${Digit}${string}`
    ? never
    : [T] extends [string | number | boolean | bigint | readonly unknown[]]
      ? `'${Where}' is ${NameOf<T>} and has no field '${H}'.`
      : H extends KeyOfUnion<T>
        ? never
        : string extends KeyOfUnion<T>
          ? never
          : `'${Where}' has no field '${H}'. ${KnownField<H, KeyOfUnion<T> & string>}`
type KnownField<H extends string, K extends string> = [Near<H, K>] extends [never]
  ? `It has: ${Listed<K>}`
  : `Did you mean '${First<Near<H, K>>}'?`

type KeyOfUnion<T> = T extends unknown ? keyof T : never
type Member<T, K extends string> = T extends unknown ? (K extends keyof T ? T[K] : unknown) : never
type NameOf<T> = [T] extends [string]
  ? 'text'
  : [T] extends [number]
    ? 'a number'
    : [T] extends [boolean]
      ? 'true or false'
      : [T] extends [readonly unknown[]]
        ? 'a list'
        : 'a value'
type IsAny<T> = 0 extends 1 & T ? true : false
export type Present<T> = T extends null | undefined ? never : T

/** The type of what a path names; `unknown` where that is not known. */
export type Lookup<C extends string, Row, B> = C extends `${infer Root}.${infer Rest}`
  ? Root extends keyof B
    ? Down<Rest, B[Root]>
    : Root extends keyof Row
      ? Down<Rest, Row[Root]>
      : unknown
  : C extends keyof B
    ? B[C]
    : C extends keyof Row
      ? Row[C]
      : unknown
type Down<P extends string, T> =
  IsAny<T> extends true
    ? unknown
    : P extends `${infer H}.${infer R}`
      ? Down<R, Member<Present<T>, H>>
      : Member<Present<T>, P>
