/**
 * Judge columns: a model scores what it is shown, each score with its reasoning.
 *
 *   1. A cell is an object of scores, each `{reasoning, score}`, in the order of the config.
 *   2. Scores are integers where every option of one is spelled as an integer, else texts: the config alone decides. Files hold
 *      them as text, as the reference does for a config that it reads from a file.
 *   3. An option is recognised by what it means: white space and case do not count, `4.0` and `"4"` are 4. `true` is none of 1.
 *   4. What the model adds is left out; a score that is missing, or not an option, is reported to it.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import type { ColumnType } from '../../base/values/column-type.ts'
import { isValueObject, memberOf, objectOf, type Value, type ValueObject } from '../../base/values/value.ts'
import type { ColumnOf } from '../../config/schema/schema.ts'
import { readText } from '../../models/answer/answer-text.ts'
import { readJsonAnswer } from '../../models/answer/json-answer.ts'
import { structuredPrompt } from '../../models/answer/structured.ts'
import type { BuildColumn } from '../column/build.ts'
import { chatColumn } from './chat-column.ts'

type Score = ColumnOf<'llm-judge'>['scores'][number]

/** A column of judgements. */
export const buildJudgeColumn: BuildColumn<'llm-judge'> = (config, runConfig) => {
  const scores = config.scores.map((score) => new ScoreReader(score))
  const schema = judgeSchema(scores)
  return chatColumn(config, runConfig, {
    type: { kind: 'struct', fields: scores.map(({ name, type }) => ({ name, type })) },
    stored: { kind: 'struct', fields: scores.map(({ name }) => ({ name, type: scoreType('string') })) },
    finish: (prompt, mode) => structuredPrompt(prompt, schema, mode),
    schema,
    read: (reply) => readJsonAnswer(readText(reply), (value) => readJudgement(value, scores)),
    again: 'all',
  })
}

function scoreType(kind: 'int' | 'string'): ColumnType {
  const fields = [
    { name: 'reasoning', type: { kind: 'string' } },
    { name: 'score', type: { kind } },
  ] as const
  return { kind: 'struct', fields }
}

/** One score of a judge: what may be answered, and what an answer means. */
class ScoreReader {
  readonly name: string
  readonly type: ColumnType
  readonly schema: ValueObject
  /** Options by what they are recognised by. */
  readonly #options: ReadonlyMap<string, Value>

  constructor({ name, description, options }: Score) {
    const keys = Object.keys(options)
    const integers = keys.every((key) => /^(?:0|-?[1-9]\d{0,17})$/.test(key))
    const values = keys.map((key): Value => (integers ? BigInt(key) : key))
    this.name = name
    this.type = scoreType(integers ? 'int' : 'string')
    const meanings = keys.map((key) => `${key}: ${options[key]}`).join('\n')
    this.schema = {
      type: 'object',
      description,
      properties: {
        reasoning: { type: 'string', description: 'Why this score, in a few sentences.' },
        score: { enum: values, description: meanings },
      },
      required: ['reasoning', 'score'],
      additionalProperties: false,
    }
    this.#options = new Map(values.map((value) => [present(recognised(value), 'options of a score'), value]))
  }

  read(answer: Value | undefined): ValueObject {
    if (!isValueObject(answer)) throw new RowsmithError('schema_failed', `There is no score ${this.#quoted}.`)
    const { reasoning, score } = answer
    if (typeof reasoning !== 'string') {
      throw new RowsmithError('schema_failed', `Score ${this.#quoted} has no "reasoning" that is a text.`)
    }
    const key = score === undefined ? undefined : recognised(score)
    const option = key === undefined ? undefined : this.#options.get(key)
    if (option !== undefined) return { reasoning, score: option }
    const allowed = [...this.#options.values()].map(String).join(', ')
    throw new RowsmithError('schema_failed', `Score ${this.#quoted} is none of ${allowed}.`)
  }

  get #quoted(): string {
    return JSON.stringify(this.name)
  }
}

/** Rule 3. Undefined for what cannot be an option. */
function recognised(value: Value): string | undefined {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined
  if (typeof value !== 'string') return undefined
  const text = value.trim().toLowerCase()
  return /^[+-]?\d+(?:\.0*)?$/.test(text)
    ? String(BigInt(text.replace(/\.0*$/, '').replace(/^\+/, '')))
    : text
}

function judgeSchema(scores: readonly ScoreReader[]): ValueObject {
  const properties = objectOf(scores.map(({ name, schema }) => [name, schema]))
  const required = scores.map(({ name }) => name)
  return { type: 'object', properties, required, additionalProperties: false }
}

function readJudgement(answer: Value, scores: readonly ScoreReader[]): ValueObject {
  if (!isValueObject(answer))
    throw new RowsmithError('schema_failed', 'The answer is not an object of scores.')
  return objectOf(scores.map((score) => [score.name, score.read(memberOf(answer, score.name))]))
}
