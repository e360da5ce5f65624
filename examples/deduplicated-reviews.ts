/**
 * Reviews that are processed once they are all there: equal ones leave, by SQL, and a function of your own numbers the rest.
 *
 *     npx rowsmith create examples/deduplicated-reviews.ts -n 40 -d deduplicated
 *     npx rowsmith head artifacts/deduplicated --raw          # the rows as they were generated
 *
 * It runs on the built-in simulator; for real, name another provider and model. Change a processor and give the command again: the
 * rows are processed again, and nothing is requested again. `-n 60` makes twenty more rows, and processes all sixty.
 */
import { defineConfig, type RowsFunction } from 'rowsmith'

/** Gets the rows that are left, in order, and may drop, change or add some. */
const numbered: RowsFunction = async function* (rows) {
  let place = 0n
  for await (const row of rows) yield { ...row, place: ++place }
}

export default defineConfig({
  model_configs: [{ alias: 'writer', provider: 'simulator', model: 'writer' }],
  columns: [
    {
      name: 'product',
      column_type: 'sampler',
      sampler_type: 'category',
      params: { values: ['kettle', 'tent', 'lamp'] },
    },
    { name: 'stars', column_type: 'sampler', sampler_type: 'category', params: { values: [1, 2, 3, 4, 5] } },
    {
      name: 'review',
      column_type: 'llm-text',
      model_alias: 'writer',
      prompt: 'Write a {{ stars }}-star review of a {{ product }}.',
    },
  ],
  processors: [
    {
      name: 'one-of-each',
      processor_type: 'sql',
      sql: 'SELECT * EXCLUDE (_row) FROM dataset QUALIFY row_number() OVER (PARTITION BY product, stars ORDER BY _row) = 1 ORDER BY _row',
      outputs: {
        'per-product': 'SELECT product, count(*) AS reviews FROM dataset GROUP BY product ORDER BY product',
      },
    },
    {
      name: 'numbered',
      processor_type: 'function',
      function: numbered,
      new_columns: { place: 'int' },
    },
  ],
})
