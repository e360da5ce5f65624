/**
 * What a validation column checks with.
 */
import { z } from 'zod'
import { float, freeMap, int, strict, text } from '../reading/lax.ts'

/** SQL, by dialect. */
export const sqlLanguages = [
  'sql:sqlite',
  'sql:tsql',
  'sql:bigquery',
  'sql:mysql',
  'sql:postgres',
  'sql:ansi',
] as const

/** The languages an llm-code column can be requested. */
export const codeLanguages = [
  'bash',
  'c',
  'cobol',
  'cpp',
  'csharp',
  'go',
  'java',
  'javascript',
  'kotlin',
  'python',
  'ruby',
  'rust',
  'scala',
  'swift',
  'typescript',
  ...sqlLanguages,
] as const

/** Languages with a tree-sitter grammar. */
export const grammarLanguages = ['c', 'cpp', 'csharp', 'java', 'rust', 'swift'] as const

/** What Data Designer's code validator checks. */
export const portableLanguages = ['python', ...sqlLanguages] as const

/** The languages code can be checked in. */
export const checkedLanguages = [
  ...portableLanguages,
  'javascript',
  'typescript',
  'json',
  'bash',
  'go',
  'ruby',
  ...grammarLanguages,
] as const

export const validatorTypes = ['code', 'local_callable', 'remote'] as const

/** Schemas of `validator_params`, distinguished by `validator_type`, which the loader copies in from the column. */
export const validatorParams = z.discriminatedUnion('validator_type', [
  strict({
    code_lang: z.enum(checkedLanguages),
    validator_type: z.literal('code'),
  }),
  strict({
    validation_function: text,
    output_schema: freeMap.nullable().default(null),
    validator_type: z.literal('local_callable'),
  }),
  strict({
    endpoint_url: text.refine(
      (url) => /^https?:\/\/[^/]/.test(url) && URL.canParse(url),
      'must be a URL that begins with http:// or https://',
    ),
    output_schema: freeMap.nullable().default(null),
    timeout: float(z.number().gt(0)).default(30),
    max_retries: int(z.int().min(0)).default(3),
    retry_backoff: float(z.number().gt(1)).default(2),
    max_parallel_requests: int(z.int().min(1)).default(4),
    validator_type: z.literal('remote'),
  }),
])
