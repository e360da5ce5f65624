/** The expressions of templates, read word by word up to the first problem. */
import type { Digit, Global, Keyword, Known, Word } from './names.ts'
import type { Fuel, Space, Trim, TrimLeft } from './text.ts'

type Operator =
  | '('
  | ')'
  | '['
  | ']'
  | '{'
  | '}'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '~'
  | '='
  | '!'
  | '<'
  | '>'
  | ','
  | ':'
  | '|'
  | Space
type HasOperator<X extends string> = X extends `${string}${Operator | '"' | "'"}${string}` ? true : false

/** Most expressions are one path, or one path and filters: they are not taken to words. Arguments of such filters are not looked at. */
export type Expression<X extends string, Row, Names extends Known, B> = X extends `${string}\\${string}`
  ? never
  : HasOperator<X> extends false
    ? Word<X, Row, Names, B>
    : X extends `${infer Path}|${infer Filters}`
      ? HasOperator<Trim<Path>> extends false
        ? TrimLeft<Filters> extends `default${string}` | `d(${string}`
          ? never
          : Word<Trim<Path>, Row, Names, B>
        : Words<X, Row, Names, B>
      : Words<X, Row, Names, B>

/** Word after word. `C`: the word so far. `M`: what may come, 'n' a name, 'f' a filter or a test. At most 300 steps. */
type Words<
  X extends string,
  Row,
  Names extends Known,
  B,
  C extends string = '',
  M extends 'n' | 'f' = 'n',
  N extends Fuel = [],
> = N['length'] extends 300
  ? never
  : [C, M] extends ['', 'n']
    ? Plain<X> extends [infer A extends string, infer R extends string]
      ? A extends 'is'
        ? Words<AfterIs<TrimLeft<R>>, Row, Names, B, '', 'f', [...N, 0]>
        : [Use<A, R, M, Row, Names, B>] extends [never]
          ? Words<TrimLeft<R>, Row, Names, B, '', 'n', [...N, 0]>
          : Use<A, R, M, Row, Names, B>
      : Letters<X, Row, Names, B, C, M, N>
    : Letters<X, Row, Names, B, C, M, N>

/** A word between spaces, taken whole. */
type Plain<X extends string> = X extends `${infer A} ${infer R}`
  ? HasOperator<A> extends false
    ? [A, R]
    : null
  : null

type Letters<
  X extends string,
  Row,
  Names extends Known,
  B,
  C extends string,
  M extends 'n' | 'f',
  N extends Fuel,
> = X extends `${infer H}${infer R}`
  ? H extends '"'
    ? R extends `${string}"${infer After}`
      ? Words<AfterBracket<After>, Row, Names, B, '', M, [...N, 0]>
      : never
    : H extends "'"
      ? R extends `${string}'${infer After}`
        ? Words<AfterBracket<After>, Row, Names, B, '', M, [...N, 0]>
        : never
      : H extends Operator
        ? C extends ''
          ? Step<H, R, Row, Names, B, '', M, N>
          : [Use<C, X, M, Row, Names, B>] extends [never]
            ? Step<H, R, Row, Names, B, C, M, N>
            : Use<C, X, M, Row, Names, B>
        : Words<R, Row, Names, B, `${C}${H}`, M, [...N, 0]>
  : Use<C, '', M, Row, Names, B>

type Step<
  H extends string,
  R extends string,
  Row,
  Names extends Known,
  B,
  C extends string,
  M extends 'n' | 'f',
  N extends Fuel,
> = H extends '|'
  ? Words<TrimLeft<R>, Row, Names, B, '', 'f', [...N, 0]>
  : H extends '[' | '('
    ? Words<R, Row, Names, B, '', 'n', [...N, 0]>
    : H extends ']' | ')' | '}'
      ? Words<AfterBracket<R>, Row, Names, B, '', 'n', [...N, 0]>
      : C extends 'is'
        ? Words<AfterIs<TrimLeft<R>>, Row, Names, B, '', 'f', [...N, 0]>
        : Words<R, Row, Names, B, '', C extends '' ? M : 'n', [...N, 0]>

type AfterIs<R extends string> = R extends `not ${infer T}` ? TrimLeft<T> : R

/** `a[0].b`, `f(x).y`: what follows a bracket is not looked up. */
type AfterBracket<R extends string> = R extends `.${infer T}` ? DropWord<T> : R
type DropWord<R extends string> = R extends `${infer H}${infer T}`
  ? H extends Operator
    ? R
    : DropWord<T>
  : ''

/** `x is defined`, `x | default(..)` ask whether there is a value; `name=` inside a call is an argument. */
type Use<C extends string, After extends string, M, Row, Names extends Known, B> = C extends ''
  ? never
  : M extends 'f'
    ? never
    : C extends Keyword | Global
      ? never
      : C extends `${Digit}${string}`
        ? never
        : IsOptional<TrimLeft<After>> extends true
          ? never
          : Word<C, Row, Names, B>
type IsOptional<A extends string> = A extends `=${infer N}${string}`
  ? N extends '='
    ? false
    : true
  : A extends
        | `is defined${string}`
        | `is not defined${string}`
        | `is undefined${string}`
        | `is none${string}`
        | `is not none${string}`
    ? true
    : A extends `|${infer F}`
      ? TrimLeft<F> extends `default${string}` | `d(${string}`
        ? true
        : false
      : false
