/**
 * Seed datasets: rows a dataset starts from. Sources ignore unknown keys, as in the reference. Nothing is read
 * here.
 */
import { z } from 'zod'
import { decoderOf } from './encodings.ts'
import { filledText, flag, int, strict, text } from './lax.ts'

const folder = {
  path: filledText,
  file_pattern: filledText.refine(
    (value) => !/[\\/]/.test(value),
    'must be a file name pattern without slashes',
  ),
  recursive: flag.default(true),
}

const source = z.discriminatedUnion('seed_type', [
  z.object({ seed_type: z.literal('local'), path: filledText }),
  z.object({
    seed_type: z.literal('hf'),
    path: filledText,
    token: text.nullable().default(null),
    endpoint: text.default('https://huggingface.co'),
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
