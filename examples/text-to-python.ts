/** text-to-python.yaml, in TypeScript. */
import { dataset } from 'rowsmith'
import { category, codeCheck, llmCode, llmText, uuid } from 'rowsmith/columns'

const coder = {
  provider: 'simulator',
  model: 'simulated-coder',
  temperature: 0.7,
  maxParallelRequests: 16,
}

export default dataset({ models: { coder } })
  .columns({
    exercise_id: uuid({ prefix: 'ex-', short: true }),
    topic: category(['strings', 'lists', 'dictionaries', 'dates', 'files']),
    level: category(['a beginner', 'a student', 'a professional'], { weights: [0.4, 0.4, 0.2] }),
  })
  .column(
    'task',
    llmText({
      model: 'coder',
      prompt: `Exercise {{ exercise_id }}. In two sentences, set {{ level }} a task about {{ topic }} in Python that one function solves.
`,
    }),
  )
  // A model that forgets its fence, or writes another language, gets the request again.
  .column(
    'solution',
    llmCode({
      model: 'coder',
      language: 'python',
      prompt: `{{ task }}

Write the function, with type hints and a docstring.
`,
    }),
  )
  .column('lint', codeCheck('solution', 'python'))
