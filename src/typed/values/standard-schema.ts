/**
 * Schemas of libraries: what they let in as JSON Schema, and their refinements as a check of answers.
 *
 * Rules:
 *   1. The JSON Schema is the library's own: `~standard.jsonSchema` of the schema. Where it cannot say one, that is an error here,
 *      not a guess.
 *   2. What a JSON Schema can say is checked by it. A check is declared only where there may be more: in schemas of zod, refinements
 *      are looked for; other libraries do not show them, so theirs are always called.
 *   3. The check sees the answer as JSON. Transforms may run in it, and what they return is not used.
 */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'
import { RowsmithError } from '../../base/errors/errors.ts'
import { thrownWords } from '../../base/errors/thrown-words.ts'
import { withAnswerCheck } from '../../code/answer-checks.ts'
import { toPlain } from '../../models/schema/schema-walk.ts'

/** The JSON Schema that goes into a config. @throws RowsmithError usage for a schema that says none */
export function jsonSchemaOf(schema: unknown): unknown {
  const standard = standardOf(schema)
  if (standard === undefined) return schema
  const { $schema: _, ...own } = toJsonSchema(standard)
  if (standard.validate === undefined) return own
  const refinements = functionsOf(schema as object)
  if (standard.vendor === 'zod' && refinements.length === 0) return own
  const source = JSON.stringify([own, refinements.map(String)])
  return withAnswerCheck(own, { source, check: (answer) => problemsOf(standard, toPlain(answer)) })
}

type Standard = Partial<StandardSchemaV1.Props> &
  Partial<StandardJSONSchemaV1.Props> & { readonly vendor: string }

function standardOf(schema: unknown): Standard | undefined {
  const isObject = (typeof schema === 'object' && schema !== null) || typeof schema === 'function'
  if (!isObject || !('~standard' in schema)) return undefined
  return schema['~standard'] as Standard
}

function toJsonSchema({ jsonSchema, vendor }: Standard): Record<string, unknown> {
  if (jsonSchema === undefined) {
    throw new RowsmithError('usage', `The schema of ${vendor} does not say its JSON Schema`, {
      facts: { vendor },
      nextStep: nextStepFor(vendor),
    })
  }
  try {
    return jsonSchema.input({ target: 'draft-2020-12' })
  } catch (error) {
    throw new RowsmithError('usage', `A schema of ${vendor} is no JSON Schema: ${thrownWords(error)}`, {
      facts: { vendor },
      nextStep: 'Use types that JSON has: text in place of a date, for example. Or give a JSON Schema.',
      cause: error,
    })
  }
}

function nextStepFor(vendor: string): string {
  if (vendor === 'valibot') return "Wrap it: toStandardJsonSchema(schema), of '@valibot/to-json-schema'."
  if (vendor === 'effect') return 'Wrap it: Schema.toStandardJSONSchemaV1(schema).'
  return `Use a version of ${vendor} that has Standard JSON Schema, or give a JSON Schema.`
}

/** Every problem with its place, in one sentence. */
function problemsOf(standard: Standard, answer: unknown): string | null | Promise<string | null> {
  const result = standard.validate?.(answer)
  return result instanceof Promise ? result.then(sentence) : sentence(result)
}

function sentence(result: StandardSchemaV1.Result<unknown> | undefined): string | null {
  const issues = result?.issues ?? []
  if (issues.length === 0) return null
  return issues.map(({ message, path = [] }) => `${placeOf(path)}${message}`).join('; ')
}

function placeOf(path: readonly (PropertyKey | StandardSchemaV1.PathSegment)[]): string {
  const keys = path.map((step) => String(typeof step === 'object' ? step.key : step))
  return keys.length === 0 ? '' : `/${keys.join('/')}: `
}

/** The functions in the definition of a schema of zod: its refinements and transforms. */
function functionsOf(schema: object): readonly unknown[] {
  const seen = new Set<object>()
  const found: unknown[] = []
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return
    seen.add(value)
    for (const [key, member] of Object.entries(zodDefinition(value) ?? value)) {
      if (libraryKeys.has(key)) continue
      if (typeof member === 'function') found.push(member)
      else walk(member)
    }
  }
  walk(zodDefinition(schema))
  return found
}

/** Functions that decide nothing of what is let in. */
const libraryKeys: ReadonlySet<string> = new Set(['error', 'when', 'getter'])

/** What zod knows of a schema, or of a check of one. */
function zodDefinition(value: object): object | undefined {
  if (!('_zod' in value)) return undefined
  const { def } = value._zod as { readonly def?: object }
  return def
}
