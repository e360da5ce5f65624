// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code as text.
/** What must not compile, and what the compiler says: a snapshot of the messages that users read. */

/** What every case begins with: `d` is the dataset that it adds to. */
export const before = `
const Insight = z.object({ topic: z.enum(['price', 'use']), tags: z.array(z.object({ label: z.string() })) })
const d = dataset({ models: { writer: 'openai/gpt-4.1-mini' }, tools: { shop: { providers: ['shop'] } } })
  .column('product', category(['kettle', 'tent']))
  .column('topics', category(['a', 'b']))
  .column('stars', uniform({ low: 1, high: 5, as: 'int' }))
  .column('insight', llmStructured({ model: 'writer', prompt: 'x {{ product }}', schema: Insight }))
const lean = d.drop('stars')
const text = (prompt: string) => prompt
`

export interface Refused {
  readonly name: string
  /** One line. */
  readonly written: string
  /** What stands in the message of each compiler. */
  readonly says: string
}

const ask = (prompt: string): string => `d.column('a', llmText({ model: 'writer', prompt: ${prompt} }))`

export const refused: readonly Refused[] = [
  {
    name: 'an unknown column',
    written: ask("'Write about {{ produkt }}'"),
    says: "'produkt' is no column before this one. Did you mean 'product'?",
  },
  {
    name: 'an unknown column that is like no other',
    written: ask("'Write about {{ zebra }}'"),
    says: "'zebra' is no column before this one. There are: ",
  },
  {
    name: 'an unknown field',
    written: ask("'Write about {{ insight.topik }}'"),
    says: "'insight' has no field 'topik'. Did you mean 'topic'?",
  },
  {
    name: 'an unknown field of an item of a loop',
    written: ask("'{% for t in insight.tags %}{{ t.name }}{% endfor %}'"),
    says: "'t' has no field 'name'. It has: label",
  },
  {
    name: 'a field of a text',
    written: ask("'Write about {{ product.size }}'"),
    says: "'product' is text and has no field 'size'.",
  },
  {
    name: 'single braces',
    written: ask("'Write about {product}'"),
    says: "'{product}' is sent as it stands. To put the column in, write '{{ product }}'.",
  },
  {
    name: 'a tag without an end',
    written: ask("'Write about {{ product'"),
    says: 'A {{ has no end, }} is missing.',
  },
  {
    name: 'a statement without an end',
    written: ask("'{% if product'"),
    says: 'A {% has no end, %} is missing.',
  },
  {
    name: 'a column that reads itself',
    written: ask("'{{ a }}'"),
    says: "'a' is no column before this one.",
  },
  {
    name: 'the first of several problems in one prompt',
    written: ask("'{{ nope }} {{ insight.zzz }} {% if starz %}x{% endif %}'"),
    says: "'nope' is no column before this one.",
  },
  {
    name: 'an unknown column in a prompt with a hole',
    written: ask("`${text('x')} {{ nope }}` as `${string} {{ nope }}`"),
    says: "'nope' is no column before this one.",
  },
  {
    name: 'an unknown model',
    written: "d.column('a', llmText({ model: 'writr', prompt: 'x' }))",
    says: '\'"writr"\' is not assignable to type \'"writer"\'',
  },
  {
    name: 'an unknown tool',
    written: "d.column('a', llmText({ model: 'writer', prompt: 'x', tools: 'shopp' }))",
    says: '"shopp"',
  },
  {
    name: 'a name that is there already',
    written: "d.column('stars', llmText({ model: 'writer', prompt: 'x' }))",
    says: "There is a column 'stars' already.",
  },
  {
    name: 'a name in a group that is there already',
    written: "d.columns({ stars: llmText({ model: 'writer', prompt: 'x' }) })",
    says: "There is a column 'stars' already.",
  },
  {
    name: 'an unknown column in an expression',
    written: "d.column('a', expr('{{ starz * 2 }}', { as: 'int' }))",
    says: "'starz' is no column before this one. Did you mean 'stars'?",
  },
  {
    name: 'an unknown column in a condition',
    written: "d.column('a', llmText({ model: 'writer', prompt: 'x', skip: { when: '{{ starz < 2 }}' } }))",
    says: "'starz' is no column before this one. Did you mean 'stars'?",
  },
  {
    name: 'an unknown column in a system prompt',
    written: "d.column('a', llmText({ model: 'writer', prompt: 'x', system: '{{ starz }}' }))",
    says: "'starz' is no column before this one. Did you mean 'stars'?",
  },
  {
    name: 'an unknown column in a table of a processor',
    written: "d.processor('chat', schemaTransform({ messages: [{ content: '{{ starz }}' }] }))",
    says: "'starz' is no column before this one. Did you mean 'stars'?",
  },
  {
    name: 'a function that reads an unknown column',
    written: "d.column('a', compute({ reads: ['nope'] }, () => 1))",
    says: '"nope"',
  },
  {
    name: 'a function that uses what it does not read',
    written: "d.column('a', compute({ reads: ['product'] }, (row) => row.stars))",
    says: "Property 'stars' does not exist on type",
  },
  {
    name: 'a subcategory without one of the values',
    written: "d.column('a', subcategory('product', { kettle: ['lid'] }))",
    says: "Property 'tent' is missing in type",
  },
  {
    name: 'weights of another length',
    written: "d.column('a', category(['x', 'y'], { weights: [1, 2, 3] }))",
    says: 'There are 2 values and 3 weights.',
  },
  {
    name: 'a misspelt option',
    written: "d.column('a', llmText({ model: 'writer', prompt: 'x', tempratur: 1 }))",
    says: "'tempratur' does not exist in type",
  },
  {
    name: 'no prompt',
    written: "d.column('a', llmText({ model: 'writer' }))",
    says: "Property 'prompt' is missing in type",
  },
  {
    name: 'code of an unknown column',
    written: "d.column('a', codeCheck('prodct', 'python'))",
    says: '"prodct"',
  },
  {
    name: 'a vector of an unknown column',
    written: "d.column('a', embedding({ model: 'writer', target: 'zzz' }))",
    says: '"zzz"',
  },
  {
    name: 'a judge without options',
    written: "d.column('a', llmJudge({ model: 'writer', prompt: 'x', scores: { q: { description: 'x' } } }))",
    says: "Property 'options' is missing in type",
  },
  {
    name: 'a row with a column that is left out',
    written: 'lean.Row.stars',
    says: "Property 'stars' does not exist on type",
  },
  {
    name: 'a reference that is taken for a value',
    written:
      "d.column('a', (c) => llmText({ model: 'writer', prompt: `${c.product === 'kettle' ? 'x' : 'y'}` }))",
    says: 'have no overlap',
  },
  {
    name: 'a reference to an unknown column',
    written: "d.column('a', (c) => llmText({ model: 'writer', prompt: `${c.produkt}` }))",
    says: "Property 'produkt' does not exist on type",
  },
  {
    name: 'a column to drop that is not there',
    written: "d.drop('starz')",
    says: '"starz"',
  },
  {
    name: 'a constraint of an unknown column',
    written: "d.constrain('starz', '<', 2)",
    says: '"starz"',
  },
]
