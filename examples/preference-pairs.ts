/** preference-pairs.yaml, in TypeScript. */
import { dataset } from 'rowsmith'
import { category, expr, llmJudge, llmText } from 'rowsmith/columns'

export default dataset({
  models: {
    strong: { provider: 'simulator', model: 'simulated-strong', temperature: 0.7 },
    weak: { provider: 'simulator', model: 'simulated-weak', temperature: 1 },
  },
})
  .columns({
    task: category(['summarise', 'translate', 'explain', 'rewrite']),
    subject: category(['a recipe', 'a train timetable', 'a rental contract', 'a weather report']),
  })
  .column(
    'prompt',
    llmText({
      model: 'strong',
      prompt: 'Write a request in which somebody wants to {{ task }} {{ subject }}. Two sentences.',
    }),
  )
  .columns({
    a: llmText({ model: 'strong', prompt: '{{ prompt }}', drop: true }),
    b: llmText({ model: 'weak', prompt: '{{ prompt }}', drop: true }),
  })
  .column(
    'preference',
    llmJudge({
      model: 'strong',
      prompt: `Request: {{ prompt }}

Answer A: {{ a }}

Answer B: {{ b }}
`,
      scores: {
        better: {
          description: 'Which answer serves the request better.',
          options: { A: 'the first answer', B: 'the second answer' },
        },
      },
    }),
  )
  .columns({
    chosen: expr("{{ a if preference.better.score == 'A' else b }}"),
    rejected: expr("{{ b if preference.better.score == 'A' else a }}"),
  })
