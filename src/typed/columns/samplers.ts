/** Columns that are drawn: one function per sampler, with the options of docs/samplers.md in camel case. */
import { withoutUndefined } from '../../base/values/without-undefined.ts'
import type { personLocales } from '../../config/schema/samplers.ts'
import type { Json } from '../values/cells.ts'
import { type AnyColumn, type Column, columnOf, type Scope } from './scope.ts'

/** What every sampler takes in addition to its parameters. `when` has other parameters where a condition about sampled columns holds. */
export interface SamplerOptions<Params, Drop extends boolean = boolean> {
  /** The column is made and can be read by others, but is not in the rows. */
  readonly drop?: Drop | undefined
  /** @example { 'age >= 60': { values: ['tea'] } } */
  readonly when?: Readonly<Record<string, Params>> | undefined
}

type Converted = 'int' | 'float' | 'str'
type As<T, Otherwise> = T extends 'str' ? string : T extends 'int' | 'float' ? number : Otherwise

function sampler(type: string, params: object, { when, drop, as }: Shared = {}): never {
  const conditional = when === undefined ? undefined : mapMembers(when, given)
  const options = { conditional_params: conditional, convert_to: as, drop }
  return columnOf('sampler', { sampler_type: type, params: given(params), ...options })
}

/** The same where the parameters stand among the other options. */
function samplerOf(type: string, { when, drop, as, ...params }: Shared): never {
  return sampler(type, params, { when, drop, as })
}

interface Shared {
  readonly when?: Readonly<Record<string, object>> | undefined
  readonly drop?: boolean | undefined
  readonly as?: string | undefined
}

/** Parameters as a config names them, without those that are undefined. */
function given(params: object): object {
  const members = Object.entries(withoutUndefined(params))
  return Object.fromEntries(members.map(([name, value]) => [snake[name] ?? name, value]))
}

/** What a config calls a parameter that is spelled otherwise here. */
export const snake: Readonly<Record<string, string>> = {
  decimals: 'decimal_places',
  distribution: 'dist_name',
  parameters: 'dist_params',
  short: 'short_form',
  min: 'dt_min',
  max: 'dt_max',
  after: 'reference_column_name',
  ageRange: 'age_range',
  withPersonas: 'with_synthetic_personas',
  where: 'select_field_values',
}

function mapMembers<T, R>(object: Readonly<Record<string, T>>, change: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]))
}

/** Texts and numbers together are texts. */
type Unified<V extends string | number> = [V] extends [number] ? V : `${V}`

export interface CategoryParams<V extends string | number> {
  readonly values: readonly V[]
  readonly weights?: readonly number[] | undefined
}

/** As many numbers as there are values; what is wrong, where there are not. */
type Weights<V extends readonly unknown[], W extends readonly number[]> = number extends
  | V['length']
  | W['length']
  ? W
  : W['length'] extends V['length']
    ? W
    : `There are ${V['length']} values and ${W['length']} weights.`

/** One of these values, equally likely unless `weights` say otherwise. @example category(['tea', 'rope'], { weights: [1, 3] }) */
export function category<
  S extends Scope,
  const V extends readonly (string | number)[],
  const W extends readonly number[] = readonly number[],
  const C extends string | number = never,
  T extends Converted | 'as they are' = 'as they are',
  D extends boolean = false,
>(
  values: V,
  options: SamplerOptions<CategoryParams<C>, D> & {
    readonly weights?: Weights<V, W> | undefined
    readonly as?: T | undefined
  } = {},
): Column<S, As<T, Unified<V[number] | C>>, unknown, D> {
  const { weights, ...shared } = options
  return sampler('category', { values, weights }, shared)
}

/** One value of the list that belongs to the value of another category. @example subcategory('kind', { tea: ['green'], rope: ['hemp'] }) */
export function subcategory<
  S extends Scope,
  const K extends AnyColumn<S>,
  const V extends { readonly [C in `${S['row'][K] & (string | number)}`]: readonly (string | number)[] },
  D extends boolean = false,
>(
  of: K,
  values: V,
  options: { readonly drop?: D | undefined; readonly as?: Converted | undefined } = {},
): Column<
  S,
  V[keyof V] extends readonly (infer I extends string | number)[] ? Unified<I> : never,
  unknown,
  D
> {
  return sampler('subcategory', { category: of, values }, options)
}

interface Decimals {
  readonly decimals?: number | undefined
}
type NumberColumn<S extends Scope, T, D extends boolean> = Column<S, As<T, number>, unknown, D>
type NumberOptions<Params, T, D extends boolean> = Params &
  SamplerOptions<Params, D> & { readonly as?: T | undefined }

export interface UniformParams extends Decimals {
  readonly low: number
  readonly high: number
}
/** A number between two. @example uniform({ low: 1, high: 5, as: 'int' }) */
export function uniform<S extends Scope, T extends Converted = 'float', D extends boolean = false>(
  options: NumberOptions<UniformParams, T, D>,
): NumberColumn<S, T, D> {
  return samplerOf('uniform', options)
}

interface GaussianParams extends Decimals {
  readonly mean: number
  readonly stddev: number
}
export function gaussian<S extends Scope, T extends Converted = 'float', D extends boolean = false>(
  options: NumberOptions<GaussianParams, T, D>,
): NumberColumn<S, T, D> {
  return samplerOf('gaussian', options)
}

/** 1 with probability `p`, else 0. */
export function bernoulli<S extends Scope, T extends Converted = 'int', D extends boolean = false>(
  options: NumberOptions<{ readonly p: number }, T, D>,
): NumberColumn<S, T, D> {
  return samplerOf('bernoulli', options)
}

interface DistributionParams {
  /** A distribution of docs/samplers.md. */
  readonly distribution: string
  readonly parameters: Readonly<Record<string, number>>
}
/** A draw of a distribution with probability `p`, else 0. */
export function bernoulliMixture<S extends Scope, T extends Converted = 'float', D extends boolean = false>(
  options: NumberOptions<DistributionParams & { readonly p: number }, T, D>,
): NumberColumn<S, T, D> {
  return samplerOf('bernoulli_mixture', options)
}

export function binomial<S extends Scope, T extends Converted = 'int', D extends boolean = false>(
  options: NumberOptions<{ readonly n: number; readonly p: number }, T, D>,
): NumberColumn<S, T, D> {
  return samplerOf('binomial', options)
}

export function poisson<S extends Scope, T extends Converted = 'int', D extends boolean = false>(
  options: NumberOptions<{ readonly mean: number }, T, D>,
): NumberColumn<S, T, D> {
  return samplerOf('poisson', options)
}

/** A draw of any distribution of docs/samplers.md. @example scipy({ distribution: 'lognorm', parameters: { s: 0.6, scale: 20 } }) */
export function scipy<S extends Scope, T extends Converted = 'float', D extends boolean = false>(
  options: NumberOptions<DistributionParams & Decimals, T, D>,
): NumberColumn<S, T, D> {
  return samplerOf('scipy', options)
}

interface UuidParams {
  readonly prefix?: string | undefined
  /** Eight characters. @default false */
  readonly short?: boolean | undefined
  readonly uppercase?: boolean | undefined
}
export function uuid<S extends Scope, D extends boolean = false>(
  options: UuidParams & SamplerOptions<UuidParams, D> = {},
): Column<S, string, unknown, D> {
  return samplerOf('uuid', options)
}

interface DatetimeParams {
  /** ISO text. */
  readonly start: string
  readonly end: string
  /** What is drawn in whole ones. @default 'D' */
  readonly unit?: 'Y' | 'M' | 'D' | 'h' | 'm' | 's' | undefined
}
/** A time between two, as ISO text, or as `as` says in the manner of strftime. @example datetime({ start: '2025-01-01', end: '2026-01-01', as: '%d %b %Y' }) */
export function datetime<S extends Scope, D extends boolean = false>(
  options: DatetimeParams & SamplerOptions<DatetimeParams, D> & { readonly as?: string | undefined },
): Column<S, string, unknown, D> {
  return samplerOf('datetime', options)
}

interface TimedeltaParams<K extends string = string> {
  /** The column with the time that it begins with. */
  readonly after: K
  /** From this many units, included. */
  readonly min: number
  /** To this many, not included. */
  readonly max: number
  /** @default 'D' */
  readonly unit?: 'D' | 'h' | 'm' | 's' | undefined
}
/** A time after that of another column. @example timedelta({ after: 'ordered', min: 1, max: 10 }) */
export function timedelta<S extends Scope, const K extends AnyColumn<S>, D extends boolean = false>(
  options: TimedeltaParams<K> & SamplerOptions<TimedeltaParams, D> & { readonly as?: string | undefined },
): Column<S, string, unknown, D> {
  return samplerOf('timedelta', options)
}

interface PersonParams {
  /** @default 'en_US' */
  readonly locale?: string | undefined
  readonly sex?: 'Male' | 'Female' | undefined
  readonly city?: string | readonly string[] | undefined
  /** @default [18, 114] */
  readonly ageRange?: readonly [number, number] | undefined
}

/** A person who does not exist: docs/samplers.md says what each field is. */
export interface Person {
  uuid: string
  locale: string
  first_name: string
  last_name: string
  middle_name: string | null
  sex: 'Male' | 'Female'
  street_number: string
  street_name: string
  city: string
  state: string | null
  postcode: string | null
  age: number
  birth_date: string
  country: string
  marital_status: string
  education_level: string
  unit: string
  occupation: string
  phone_number: string | null
  bachelors_field: string
  email_address: string | null
}

/** A person of the sampler `person_from_faker`. @example person({ locale: 'en_GB', ageRange: [18, 70], drop: true }) */
export function person<S extends Scope, D extends boolean = false>(
  options: PersonParams & SamplerOptions<PersonParams, D> = {},
): Column<S, Person, unknown, D> {
  return samplerOf('person_from_faker', options)
}

export interface DatasetPersonParams extends Omit<PersonParams, 'locale'> {
  /** @default 'en_US' */
  readonly locale?: (typeof personLocales)[number] | undefined
  /** Values of fields that a person may have. */
  readonly where?: Readonly<Record<string, readonly string[]>> | undefined
  readonly withPersonas?: boolean | undefined
}

/** A person of a person dataset, the sampler `person`: which fields there are is decided by the dataset. */
export function personFromDataset<S extends Scope, D extends boolean = false>(
  options: DatasetPersonParams & SamplerOptions<DatasetPersonParams, D> = {},
): Column<S, { age: number; first_name: string; [field: string]: Json }, unknown, D> {
  return samplerOf('person', options)
}
