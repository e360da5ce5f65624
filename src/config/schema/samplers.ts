/**
 * The parameters of the fourteen samplers. Fields stand in the order in which Data Designer writes them.
 */
import { z } from 'zod'
import { readMoment } from '../../base/values/moments.ts'
import { byName, filledText, flag, float, freeMap, int, scalar, strict, text } from '../reading/lax.ts'
import { weights, weightsFit, weightsMisfit } from '../reading/weights.ts'

const probability = float(z.number().min(0).max(1))
const decimalPlaces = int().nullable().default(null)

/** The person datasets of the reference. */
export const personLocales = [
  'de_DE',
  'en_GB',
  'en_US',
  'en_IN',
  'en_SG',
  'fr_FR',
  'hi_Deva_IN',
  'hi_Latn_IN',
  'ja_JP',
  'ko_KR',
  'pt_BR',
] as const

const sex = z.enum(['Male', 'Female']).nullable().default(null)
const city = z
  .union([text, z.array(text)])
  .nullable()
  .default(null)
const ageRange = z
  .array(int(z.int().min(0).max(114)))
  .length(2)
  .refine(([low = 0, high = 0]) => low < high, 'the first age must be below the second')
  .default([18, 114])

const moment = filledText.refine((value) => readMoment(value) !== undefined, 'is not a date')

/** Schemas of `params`, distinguished by `sampler_type`, which the loader copies in from the column. */
export const samplerParams = z.discriminatedUnion('sampler_type', [
  strict({
    values: z.array(scalar).min(1),
    weights,
    sampler_type: z.literal('category'),
  }).refine(weightsFit, weightsMisfit),
  strict({
    category: text,
    values: byName(z.array(scalar)),
    sampler_type: z.literal('subcategory'),
  }),
  strict({
    low: float(),
    high: float(),
    decimal_places: decimalPlaces,
    sampler_type: z.literal('uniform'),
  }),
  strict({
    mean: float(),
    stddev: float(),
    decimal_places: decimalPlaces,
    sampler_type: z.literal('gaussian'),
  }),
  strict({ p: probability, sampler_type: z.literal('bernoulli') }),
  strict({
    p: probability,
    dist_name: text,
    dist_params: freeMap,
    sampler_type: z.literal('bernoulli_mixture'),
  }),
  strict({ n: int(), p: probability, sampler_type: z.literal('binomial') }),
  strict({ mean: float(), sampler_type: z.literal('poisson') }),
  strict({
    dist_name: text,
    dist_params: freeMap,
    decimal_places: decimalPlaces,
    sampler_type: z.literal('scipy'),
  }),
  strict({
    prefix: text.nullable().default(null),
    short_form: flag.default(false),
    uppercase: flag.default(false),
    sampler_type: z.literal('uuid'),
  }),
  strict({
    start: moment,
    end: moment,
    unit: z.enum(['Y', 'M', 'D', 'h', 'm', 's']).default('D'),
    sampler_type: z.literal('datetime'),
  }),
  strict({
    dt_min: int(z.int().min(0)),
    dt_max: int(z.int().min(1)),
    reference_column_name: text,
    unit: z.enum(['D', 'h', 'm', 's']).default('D'),
    sampler_type: z.literal('timedelta'),
  }).refine((params) => params.dt_min < params.dt_max, {
    error: 'dt_max must be above dt_min',
    path: ['dt_max'],
  }),
  strict({
    locale: z.enum(personLocales).default('en_US'),
    sex,
    city,
    age_range: ageRange,
    select_field_values: byName(z.array(text)).nullable().default(null),
    with_synthetic_personas: flag.default(false),
    sampler_type: z.literal('person'),
  }),
  strict({
    locale: text.default('en_US'),
    sex,
    city,
    age_range: ageRange,
    sampler_type: z.literal('person_from_faker'),
  }),
])

export const samplerTypes = [
  'category',
  'subcategory',
  'uniform',
  'gaussian',
  'bernoulli',
  'bernoulli_mixture',
  'binomial',
  'poisson',
  'scipy',
  'uuid',
  'datetime',
  'timedelta',
  'person',
  'person_from_faker',
] as const
