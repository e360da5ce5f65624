/**
 * Checks a Jinja template against the columns before it, at compile time.
 *
 * Rules:
 *   1. No false alarm. What is not understood (macros, calls, a text that is no literal, too many tags) is not checked here; the
 *      check at run time has the last word.
 *   2. Never TS2589 for a template that a person would write: one recursion per tag, not per character; expressions are read word
 *      by word; the check ends after 24 names that it binds.
 *   3. The result is `never` for a template in which nothing is wrong, else one sentence that says what is.
 *
 * Example: `Check<'{{ produkt }}', { product: string }, { keys: 'product' }>` is
 * `"'produkt' is no column before this one. Did you mean 'product'?"`.
 */
import type { Expression } from './expressions.ts'
import type { Known, Lookup, Present } from './names.ts'
import type { Fuel, Trim } from './text.ts'

/**
 * @template S the template
 * @template Row the columns before it, with their types
 * @template B names that the template has bound so far, with their types
 * @template F how many tags were looked at: 250 at most
 * @template L how many names were bound
 */
export type Check<
  S extends string,
  Row,
  Names extends Known,
  B = unknown,
  F extends Fuel = [],
  L extends Fuel = [],
> = string extends S | Names['keys']
  ? never
  : [F['length'], L['length']] extends [250, number] | [number, 24]
    ? never
    : NextTag<S> extends [infer Kind, infer R extends string, infer Text extends string]
      ? [SingleBraces<Text, Names>] extends [never]
        ? Tag<Kind, R, Row, Names, B, F, L>
        : SingleBraces<Text, Names>
      : SingleBraces<S, Names>

type Tag<
  Kind,
  R extends string,
  Row,
  Names extends Known,
  B,
  F extends Fuel,
  L extends Fuel,
> = Kind extends 'comment'
  ? R extends `${string}#}${infer Rest}`
    ? Check<Rest, Row, Names, B, [...F, 0], L>
    : 'A comment {# has no end, #} is missing.'
  : Kind extends 'output'
    ? R extends `${infer X}}}${infer Rest}`
      ? Next<Expression<Inner<X>, Row, Names, B>, Rest, Row, Names, B, F, L>
      : 'A {{ has no end, }} is missing.'
    : R extends `${infer X}%}${infer Rest}`
      ? Statement<Inner<X>, Rest, Row, Names, B, F, L>
      : 'A {% has no end, %} is missing.'

/** The next tag: its kind, what follows its opening, what stands before it. Found by TypeScript's own text search. */
type NextTag<S extends string> = S extends `${infer A}{{${infer R}`
  ? A extends `${string}{${'%' | '#'}${string}`
    ? Earlier<S>
    : ['output', R, A]
  : Earlier<S>
type Earlier<S extends string> = S extends `${infer A}{%${infer R}`
  ? A extends `${string}{#${string}`
    ? Comment<S>
    : ['statement', R, A]
  : Comment<S>
type Comment<S extends string> = S extends `${infer A}{#${infer R}` ? ['comment', R, A] : ['end']

/** Whitespace control: `{{- x -}}`, `{%+ ... %}`. */
type Inner<S extends string> = S extends `-${infer R}`
  ? InnerEnd<R>
  : S extends `+${infer R}`
    ? InnerEnd<R>
    : InnerEnd<S>
type InnerEnd<S extends string> = S extends `${infer R}-` ? Trim<R> : Trim<S>

/** `{topic}` of a column: the habit of Python's f-strings, sent to the model as it is. */
type SingleBraces<T extends string, Names extends Known> = T extends `${string}{${string}`
  ? T extends `${string}{${infer K extends Names['keys']}}${string}`
    ? `'{${K}}' is sent as it stands. To put the column in, write '{{ ${K} }}'.`
    : never
  : never

type Statement<
  X extends string,
  Rest extends string,
  Row,
  Names extends Known,
  B,
  F extends Fuel,
  L extends Fuel,
> = X extends 'raw'
  ? Rest extends `${string}endraw${string}%}${infer After}`
    ? Check<After, Row, Names, B, [...F, 0], L>
    : never
  : X extends `for ${infer T} in ${infer E}`
    ? Next<
        Expression<Trim<E>, Row, Names, B & { loop: unknown } & Loose<T>>,
        Rest,
        Row,
        Names,
        Omit<B, Targets<T>> & ForBinding<Trim<T>, WithoutTail<Trim<E>>, Row, B>,
        F,
        [...L, 0]
      >
    : X extends `set ${infer T}=${infer E}`
      ? Next<
          Expression<Trim<E>, Row, Names, B>,
          Rest,
          Row,
          Names,
          Omit<B, Targets<T>> & SetBinding<Trim<T>, Trim<E>, Row, B>,
          F,
          [...L, 0]
        >
      : X extends `set ${infer T}`
        ? Check<Rest, Row, Names, B & Loose<T>, [...F, 0], [...L, 0]>
        : X extends `${'if' | 'elif'} ${infer E}`
          ? Next<Expression<Trim<E>, Row, Names, B>, Rest, Row, Names, B, F, L>
          : X extends 'else' | `end${string}`
            ? Check<Rest, Row, Names, B, [...F, 0], L>
            : never // with, macro, call, filter: the rest is left to the check at run time
type Next<E, Rest extends string, Row, Names extends Known, B, F extends Fuel, L extends Fuel> = [E] extends [
  never,
]
  ? Check<Rest, Row, Names, B, [...F, 0], L>
  : E

/** `for x in items recursive`, `for x in items if x.ok`: what is walked. */
type WithoutTail<E extends string> = E extends `${infer A} if ${string}`
  ? A
  : E extends `${infer A} recursive`
    ? A
    : E
type Targets<T extends string> = T extends `${infer A}${',' | '(' | ')' | '|'}${infer R}`
  ? Trim<A> | Targets<R>
  : Trim<T>
type Loose<T extends string> = { [K in Targets<T>]: unknown }
type Item<T> = T extends readonly (infer I)[]
  ? I
  : T extends string
    ? string
    : T extends object
      ? keyof T
      : unknown
type ForBinding<T extends string, E extends string, Row, B> = {
  loop: unknown
} & (T extends `${string},${string}` ? Loose<T> : { [K in T]: Item<Present<Lookup<E, Row, B>>> })
type SetBinding<T extends string, E extends string, Row, B> = T extends `${string}.${string}`
  ? unknown
  : T extends `${string},${string}`
    ? Loose<T>
    : { [K in T]: Lookup<E, Row, B> }

/**
 * The columns that a template reads, of those that are known: a test of membership per known name, no parsing. It may name one too
 * many: `stars` of `{{ stars_given }}`.
 */
export type ReadsOf<S extends string, K extends string> = string extends S
  ? never
  : K extends string
    ? S extends `${string}${'{{' | '{%'}${string}${K}${string}`
      ? K
      : never
    : never
