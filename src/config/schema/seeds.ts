/**
 * Seed datasets: rows a dataset starts from. Sources ignore unknown keys, as in the reference. Nothing is read
 * here.
 */
import { z } from 'zod'
import { byName, filledText, flag, int, read, strict, text } from '../reading/lax.ts'
import { decoderOf } from './encodings.ts'

const folder = {
  path: filledText,
  file_pattern: filledText.refine(
    (value) => !/[\\/]/.test(value),
    'must be a file name pattern without slashes',
  ),
  recursive: flag.default(true),
}

const character = text.refine(
  (value) => value.length === 1 && value >= '\t' && value <= '~' && !/[\r\n]/.test(value),
  'must be one ASCII character',
)

function lineNumber(value: unknown): number | undefined {
  return typeof value === 'bigint' && value >= 1n && value <= 1_000_000n ? Number(value) : undefined
}

/** Types that a user can declare for a column of a seed file. */
const seedTypes = ['text', 'int', 'float', 'bool', 'date', 'timestamp', 'map'] as const
export type SeedType = (typeof seedTypes)[number]
/** Those that a text can be read as. */
export type TextType = Exclude<SeedType, 'map'>

/**
 * How a seed file is written, where the user says so: an addition to the reference's fields. None has a default, so that a config
 * without them is the reference's.
 */
const reading = {
  /** CSV: the character between values. */
  delimiter: character.optional(),
  /** CSV: the character around values; empty for none. */
  quote: z.union([z.literal(''), character], { error: 'must be one ASCII character, or empty' }).optional(),
  /** CSV: the character before a quote within quotes. */
  escape: character.optional(),
  /** CSV: whether there is a header, or the line it is in. */
  header: read(
    z.union([z.boolean(), z.number()]),
    'true, false or the number of a line',
    (value) => (typeof value === 'boolean' ? value : lineNumber(value)),
    (value) => (typeof value === 'boolean' ? value : BigInt(value)),
  ).optional(),
  /** CSV: what separates places from whole numbers, in columns that `types` says are floats. */
  decimal: z.literal(['.', ','], { error: 'must be "." or ","' }).optional(),
  /** CSV: what stands for null in addition to nothing at all, outside quotes. */
  null_values: z.array(text).optional(),
  /** Types of columns, by name. */
  types: byName(z.enum(seedTypes)).optional(),
}

export interface CsvReading {
  readonly delimiter?: string | undefined
  readonly quote?: string | undefined
  readonly escape?: string | undefined
  readonly header?: boolean | number | undefined
  readonly decimal?: '.' | ',' | undefined
  readonly null_values?: readonly string[] | undefined
}

/** What the user says of seed files. */
export interface SeedReading extends CsvReading {
  /** Types that columns are read as. */
  readonly types?: Readonly<Record<string, SeedType>> | undefined
}

/** Members that only CSV files have. */
export const csvOnly = ['delimiter', 'quote', 'escape', 'header', 'decimal', 'null_values'] as const

/** Whether a source has members that the reference does not know. */
export function saysHowToRead(source: object): boolean {
  return Object.keys(reading).some((key) => key in source)
}

const source = z.discriminatedUnion('seed_type', [
  z.object({ seed_type: z.literal('local'), path: filledText, ...reading }),
  z.object({
    seed_type: z.literal('hf'),
    path: filledText,
    token: text.nullable().default(null),
    endpoint: text.default('https://huggingface.co'),
    ...reading,
  }),
  z.object({ seed_type: z.literal('df') }),
  z.object({
    seed_type: z.literal('directory'),
    ...folder,
    file_pattern: folder.file_pattern.default('*'),
  }),
  z.object({
    seed_type: z.literal('file_contents'),
    ...folder,
    file_pattern: folder.file_pattern.default('*'),
    encoding: text
      .refine((name) => decoderOf(name) !== undefined, 'must be a known encoding, such as utf-8')
      .default('utf-8'),
  }),
  z
    .object({
      seed_type: z.literal('agent_rollout'),
      path: filledText.nullable().default(null),
      file_pattern: folder.file_pattern.nullable().default(null),
      recursive: flag.default(true),
      format: z.enum(['atif', 'claude_code', 'codex', 'hermes_agent', 'pi_coding_agent']),
    })
    .refine((given) => given.format !== 'atif' || given.path !== null, {
      error: 'is required when format is atif',
      path: ['path'],
    }),
])

const range = strict({ start: int(z.int().min(0)), end: int(z.int().min(0)) }).refine(
  ({ start, end }) => start <= end,
  { error: 'end must not be below start', path: ['end'] },
)

const partition = strict({
  index: int(z.int().min(0)).default(0),
  num_partitions: int(z.int().min(1)).default(1),
}).refine(({ index, num_partitions }) => index < num_partitions, {
  error: 'index must be below num_partitions',
  path: ['index'],
})

export const selectionStrategy = z.union([range, partition]).nullable().default(null)

export const seedConfig = strict({
  source,
  sampling_strategy: z.enum(['ordered', 'shuffle']).default('ordered'),
  selection_strategy: selectionStrategy,
})
