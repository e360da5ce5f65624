/** text-to-sql.yaml, in TypeScript. */
import { dataset } from 'rowsmith'
import { category, codeCheck, expr, llmStructured, llmText, uuid } from 'rowsmith/columns'

const analyst = {
  provider: 'simulator',
  model: 'simulated-analyst',
  temperature: 0.8,
  maxParallelRequests: 16,
}

export default dataset({ models: { analyst } })
  .columns({
    // In the prompt, so that no two requests are alike.
    request_id: uuid({ prefix: 'req-', short: true }),
    level: category(['a total', 'a total per group', 'the largest groups']),
    schema: expr(
      'CREATE TABLE orders (id INTEGER PRIMARY KEY, city TEXT, product TEXT, amount DECIMAL(10, 2), placed DATE)',
    ),
  })
  // The parts of a query, each of a closed list: no part can be made up.
  .column(
    'parts',
    llmStructured({
      model: 'analyst',
      prompt: `Request {{ request_id }}. A table holds the orders of a shop:

{{ schema }}

Pick the parts of a query that asks for {{ level }}, and word the question it answers.
`,
      schema: {
        type: 'object',
        properties: {
          question: { type: 'string' },
          measure: { type: 'string', enum: ['COUNT(*)', 'SUM(amount)', 'AVG(amount)'] },
          per: { type: 'string', enum: ['city', 'product', 'placed'] },
          filter: {
            type: 'string',
            enum: ['amount > 100', "placed >= '2025-01-01'", 'city IS NOT NULL'],
          },
        },
        required: ['question', 'measure', 'per', 'filter'],
      },
    }),
  )
  .columns({
    query: expr(`SELECT {% if level != 'a total' %}{{ parts.per }}, {% endif %}{{ parts.measure }} AS answer \
FROM orders WHERE {{ parts.filter }} \
{%- if level != 'a total' %} GROUP BY {{ parts.per }}{% endif %} \
{%- if level == 'the largest groups' %} ORDER BY answer DESC LIMIT 5{% endif %}`),
    // The same as a model would write it, freely.
    free_query: llmText({
      model: 'analyst',
      prompt: `{{ schema }}

Write the SQL for SQLite that answers: {{ parts.question }} Nothing but the SQL.
`,
    }),
  })
  .columns({
    verdict: codeCheck('query', 'sql:sqlite'),
    free_verdict: codeCheck(['free_query', 'schema'], 'sql:sqlite'),
  })
