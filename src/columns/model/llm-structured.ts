import { RowsmithError } from '../../base/errors/errors.ts'
import { thrownWords } from '../../base/errors/thrown-words.ts'
import type { Value } from '../../base/values/value.ts'
import type { AnswerCheck } from '../../code/answer-checks.ts'
import { structuredPrompt, structuredReader } from '../../models/answer/structured.ts'
import { storedTypeOfSchema } from '../../models/schema/schema-type.ts'
import type { BuildColumn } from '../column/build.ts'
import { chatColumn } from './chat-column.ts'

/** A column a model fills with objects of one schema. */
export const buildStructuredColumn: BuildColumn<'llm-structured'> = (config, runConfig, { answerChecks }) => {
  const schema = config.output_format
  const check = answerChecks.get(config.name)
  const reader = structuredReader(schema, config.maps === true)
  const stored = reader.type.kind === 'json' ? storedTypeOfSchema(schema) : undefined
  return chatColumn(config, runConfig, {
    type: reader.type,
    ...(stored === undefined ? {} : { stored }),
    finish: (prompt, mode) => structuredPrompt(prompt, schema, mode),
    schema,
    read: (reply) => checkedAnswer(reader.read(reply), check),
    again: 'all',
  })
}

/** The answer, when the refinements of its schema are met; else the model is shown what they say. */
function checkedAnswer(answer: Value, check: AnswerCheck | undefined): Value | Promise<Value> {
  if (check === undefined) return answer
  const decided = (problem: string | null): Value => {
    if (problem === null) return answer
    throw new RowsmithError('schema_failed', `${problem.slice(0, 500)}.`.replace(/\.\.$/, '.'))
  }
  try {
    const problem = check(answer)
    return problem instanceof Promise
      ? problem.then(decided, (error) => decided(broken(error)))
      : decided(problem)
  } catch (error) {
    if (RowsmithError.isInstance(error)) throw error
    return decided(broken(error))
  }
}

/** A refinement that throws is not met. */
function broken(error: unknown): string {
  return `The check of the answer failed: ${thrownWords(error)}`
}
