/** Templates, groups, processors, seeds and schemas that compile, with the rows that come out: more of what users write. */
import { dataset } from 'rowsmith'
import {
  category,
  check,
  compute,
  configColumn,
  dropColumns,
  expr,
  llmStructured,
  llmText,
  mapRows,
  schemaTransform,
  sql,
  subcategory,
  uniform,
  uuid,
} from 'rowsmith/columns'
import { z } from 'zod'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <T extends true>(_?: T) => {}
const d = dataset({ models: { writer: 'openai/x' } })
  .column('product', category(['kettle', 'tent']))
  .column('stars', uniform({ low: 1, high: 5, as: 'int' }))
  .column(
    'insight',
    llmStructured({
      model: 'writer',
      prompt: 'p',
      schema: z.object({
        topic: z.string(),
        opt: z.object({ a: z.string() }).optional(),
        tags: z.array(z.object({ label: z.string() })),
        map: z.record(z.string(), z.number()),
        u: z.union([
          z.object({ k: z.literal('a'), x: z.string() }),
          z.object({ k: z.literal('b'), y: z.number() }),
        ]),
      }),
    }),
  )
const text = (prompt: string) => prompt
d.column(
  'a',
  llmText({ model: 'writer', prompt: '{% if insight.opt is not none and insight.opt.a %}x{% endif %}' }),
)
d.column('a', llmText({ model: 'writer', prompt: '{{ insight.tags | tojson(indent=2) }}' }))
d.column(
  'a',
  llmText({ model: 'writer', prompt: '{% for k, v in insight.map.items() %}{{ k }}: {{ v }}{% endfor %}' }),
)
d.column('a', llmText({ model: 'writer', prompt: '{{ "%s of %d" | format(product, stars) }}' }))
d.column(
  'a',
  llmText({ model: 'writer', prompt: '{{ insight["topic"] }} {{ insight.u.x }} {{ insight.u.y }}' }),
)
d.column('a', llmText({ model: 'writer', prompt: "{{ 'x' if stars > 3 else product }} {{ stars|int + 1 }}" }))
d.column(
  'a',
  llmText({
    model: 'writer',
    prompt: '{% for i in range(stars) %}{{ loop.index0 }}{{ i }}{{ loop.last }}{% endfor %}',
  }),
)
d.column(
  'a',
  llmText({
    model: 'writer',
    prompt: '{{ insight.tags[-1].label }} {{ (insight.tags | first).label }} {{ insight.tags | length }}',
  }),
)
d.column(
  'a',
  llmText({
    model: 'writer',
    prompt: "{{ product in ['kettle', 'x'] }} {{ not stars }} {{ stars == 3 and product != 'x' }}",
  }),
)
d.column(
  'a',
  llmText({ model: 'writer', prompt: '{% set ns = namespace(x=0) %}{% set ns.x = stars %}{{ ns.x }}' }),
)
d.column(
  'a',
  llmText({ model: 'writer', prompt: '{"a": {{ stars }}, "b": {"c": "{{ product }}"}} {} { x }' }),
)
d.column(
  'a',
  llmText({
    model: 'writer',
    prompt: '{{ product ~ " and " ~ stars }} {{ product.upper() }} {{ product | replace("a", "b") | trim }}',
  }),
)
d.column(
  'a',
  llmText({
    model: 'writer',
    prompt:
      '{% for g in insight.tags | groupby("label") %}{{ g.grouper }} {% for t in g.list %}{{ t.label }}{% endfor %}{% endfor %}',
  }),
)
d.column('a', llmText({ model: 'writer', prompt: '{% set x %}block {{ stars }}{% endset %}{{ x }}' }))
d.column(
  'a',
  llmText({
    model: 'writer',
    prompt: '{% if stars > 3 -%} a {%- elif stars is divisibleby 2 %} b {% else %} c {% endif %}',
  }),
)
d.column(
  'a',
  llmText({
    model: 'writer',
    prompt:
      '{{ insight.tags | selectattr("label", "equalto", product) | list }} {{ [1, 2, stars] | sum }} {{ {"a": stars}.a }}',
  }),
)
d.column('a', llmText({ model: 'writer', prompt: text('anything {{ nope }}') }))
d.column(
  'a',
  llmText({
    model: 'writer',
    prompt:
      '{{ 1.5 * stars }} {{ -stars }} {{ stars // 2 }} {{ stars ** 2 }} {{ stars % 2 }} {{ none }} {{ True }}',
  }),
)
const g = d.columns({
  x: uuid({ drop: true }),
  y: llmText({
    model: 'writer',
    prompt: '{{ product }}',
    trace: 'all_messages',
    skip: { when: '{{ stars > 2 }}' },
  }),
  w: compute({ reads: ['stars'], also: { n: 'int' } }, ({ stars }) => ({ value: String(stars), n: stars })),
})
same<Equal<'x' extends keyof typeof g.Row ? 1 : 0, 0>>()
same<Equal<(typeof g.Row)['y'], string | null>>()
same<Equal<(typeof g.Row)['n'], number>>()
same<Equal<(typeof g.Row)['w'], string>>()
g.Row.y__trace[0]?.role
const h = g
  .column('z', expr('{{ x }} {{ y }} {{ n }} {{ y__trace }}'))
  .processor('p', dropColumns(['y*']))
  .processor('q', schemaTransform({ a: '{{ z }}', b: [1, true, null] }))
same<Equal<(typeof h.Row)['z'], string | null>>()
same<Equal<'y' extends keyof typeof h.Row ? 1 : 0, 0>>()
same<Equal<'y__trace' extends keyof typeof h.Row ? 1 : 0, 0>>()
const m = h.processor(
  'm',
  mapRows(async function* (rows) {
    for await (const r of rows) yield { only: r.stars }
  }),
)
same<Equal<typeof m.Row, { only: number }>>()
const s2 = h.processor('s', sql<{ n: number }>('SELECT 1 AS n'))
same<Equal<typeof s2.Row, { n: number }>>()
const seeded = dataset({ models: { writer: 'openai/x' }, seed: 'a.csv' })
  .column('t', llmText({ model: 'writer', prompt: '{{ anything }} {{ t2.x }}' }))
  .column(
    'u',
    compute({ reads: ['anything', 't'] }, ({ t }) => t.length),
  )
same<Equal<(typeof seeded.Row)['t'], string>>()
const from = dataset({ models: { writer: 'openai/x' }, seed: { rowsOf: d } }).column(
  't',
  llmText({ model: 'writer', prompt: '{{ product }} {{ insight.topic }}' }),
)
same<Equal<(typeof from.Row)['product'], 'kettle' | 'tent'>>()
const rowSchema = dataset({
  seed: { path: 'a.csv', columns: z.object({ id: z.int(), name: z.string().optional() }) },
})
same<Equal<typeof rowSchema.Row, { id: number; name: string | null }>>()
const cfg = d.column('raw', configColumn<number>({ column_type: 'expression', expr: '1', dtype: 'int' }))
same<Equal<(typeof cfg.Row)['raw'], number>>()
const nums = dataset()
  .column('n', category([1, 2]))
  .column('s', subcategory('n', { 1: ['a'], 2: ['b'] }))
  .column('mix', category(['a', 1]))
same<Equal<typeof nums.Row, { n: 1 | 2; s: 'a' | 'b'; mix: 'a' | '1' }>>()
const judged = d.column(
  'v',
  check(['product'], async ({ product }) => ({ is_valid: product === 'tent', why: 'x' })),
)
same<Equal<(typeof judged.Row)['v'], { is_valid: boolean; why: string }>>()
const js = d.column(
  'j',
  llmStructured({
    model: 'writer',
    prompt: 'p',
    schema: {
      type: 'object',
      properties: {
        a: { type: ['string', 'null'] },
        b: { anyOf: [{ type: 'integer' }, { type: 'boolean' }] },
        c: { $ref: '#/$defs/C' },
      },
      required: ['a', 'b', 'c'],
      $defs: { C: { type: 'array', items: { const: 'k' } } },
    },
  }),
)
same<Equal<(typeof js.Row)['j'], { a: string | null; b: number | boolean; c: 'k'[] }>>()
