/** Structured answers: found in a fence, parsed, pruned and validated. */
import { toValue, type ValueObject } from '../src/base/values/value.ts'
import { structuredPrompt, structuredReader } from '../src/models/answer/structured.ts'
import { readReply } from '../src/models/wire/reply.ts'
import { simulatedModel } from '../src/simulate/server/simulated-model.ts'
import { shapes } from './grid-shapes.ts'
import { measured } from './measured.ts'

export async function structuredAnswers(count: number) {
  const column = shapes.find(({ name }) => name === 'structured')?.columns[0] as unknown as {
    output_format: object
  }
  const schema = toValue(column.output_format) as ValueObject
  const reader = structuredReader(schema)
  const model = simulatedModel({ words: 20 })
  const bodies = Array.from({ length: 500 }, (_, index) => {
    const messages = [{ role: 'user', content: structuredPrompt(`Describe ${index}.`, schema) }]
    return model(JSON.stringify({ model: 'm', messages })).body
  })
  const read = (times: number): void => {
    for (let at = 0; at < times; at++) reader.read(readReply(bodies[at % bodies.length]!))
  }
  read(count / 10)
  return measured(count, () => read(count))
}
