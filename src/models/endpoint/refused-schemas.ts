/**
 * Schemas that a provider refused to enforce: from then on they are enforced less, first as a wish instead of strictly, then by the
 * prompt alone, which holds them anyway. No row is lost to a schema that is fine but for the provider.
 */
import type { Value, ValueObject } from '../../base/values/value.ts'
import type { Attempt, ModelRequest } from '../contract/contract.ts'
import type { Enforcement, WireRequest } from '../wire/wire.ts'

/** What the provider says when it is the schema that it does not like. */
const aboutSchema = /schema|response_?format|output_config|structured[ _]output|\bstrict\b|grammar|guided/i

const next: { readonly [Enforced in Exclude<Enforcement, 'none'>]: Enforcement } = {
  strict: 'schema',
  schema: 'none',
}

const now: { readonly [Enforced in Enforcement]: string } = {
  strict: 'enforced strictly',
  schema: 'requested without "strict"',
  none: 'requested by the prompt alone',
}

export class RefusedSchemas {
  readonly #enforcement = new WeakMap<ValueObject, Enforcement>()

  /** How far the schema of a request may be enforced. */
  enforcementOf(request: ModelRequest): Enforcement {
    const schema = schemaOf(request)
    return (schema && this.#enforcement.get(schema)) ?? 'strict'
  }

  /** The attempt; one that failed for its schema is to be made again with less of it. */
  judge(request: ModelRequest, { enforced }: WireRequest, attempt: Attempt): Attempt {
    const schema = schemaOf(request)
    if (attempt.kind === 'reply' || schema === undefined || enforced === undefined) return attempt
    const { failure } = attempt
    const refuses = (failure.status === 400 || failure.status === 422) && failure.action === 'drop'
    if (!refuses || failure.code === 'content_filtered' || !aboutSchema.test(failure.message)) return attempt
    const less = next[enforced]
    const isFirst = order(this.enforcementOf(request)) < order(less)
    if (isFirst) this.#enforcement.set(schema, less)
    const amended = isFirst
      ? `the schema is ${now[less]} from now on, since the provider refused it: ${failure.message}`
      : ''
    return { kind: 'failed', failure: { ...failure, action: 'retry', amended } }
  }
}

function schemaOf(request: ModelRequest): ValueObject | undefined {
  const schema: Value | undefined = request.kind === 'chat' ? request.responseSchema : undefined
  return schema
}

function order(enforcement: Enforcement): number {
  return ['strict', 'schema', 'none'].indexOf(enforcement)
}
