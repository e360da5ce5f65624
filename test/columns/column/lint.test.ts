import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseConfig } from '../../../src/config/form/load.ts'
import { loadConfigOrWorkflow } from '../../../src/entries/commands.ts'
import { validate } from '../../../src/index.ts'

const topic = '{name: t, column_type: sampler, sampler_type: category, params: {values: [a, b]}}'
const schema =
  '{type: object, properties: {topic: {type: string}, inner: {type: object, properties: {x: {type: integer}}}, ' +
  'items: {type: array, items: {$ref: "#/$defs/item"}}, open: {type: object, additionalProperties: true}, ' +
  'maybe: {anyOf: [{type: object, properties: {y: {type: string}}}, {type: "null"}]}}, ' +
  '$defs: {item: {type: object, properties: {name: {type: string}}}}}'
const structured = `{name: s, column_type: llm-structured, model_alias: w, prompt: "{{ t }}", output_format: ${schema}}`
const judge =
  '{name: j, column_type: llm-judge, model_alias: w, prompt: "{{ t }}", scores: [{name: quality, description: q, options: {1: bad, 2: good}}]}'
const person = '{name: p, column_type: sampler, sampler_type: person_from_faker, params: {}}'

const configOf = (columns: readonly string[]) =>
  parseConfig(
    `model_configs: [{alias: w, model: any, provider: simulator}]\ncolumns:\n${columns.map((column) => `  - ${column}\n`).join('')}`,
    'c.yaml',
  )

/** The warnings, or the error, of a config whose last column has this prompt. */
async function lint(prompt: string, more = ''): Promise<readonly string[]> {
  const asked = `{name: q, column_type: llm-text, model_alias: w, prompt: ${JSON.stringify(prompt)}${more}}`
  const { warnings } = await validate(configOf([topic, structured, judge, person, asked]))
  return warnings.map((warning) => warning.replace(/^c\.yaml:\d+: columns\[4\]\.prompt: /, ''))
}

describe('a prompt', () => {
  it.each([
    ['Write about {t}', '{t} stays as it is; a column is read with {{ t }}'],
    ['Write about {t!r:>10}', '{t!r:>10} stays as it is'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: that is what it is about
    ['Write about ${t}', '${t} stays as it is'],
    ['Write about %(t)s', '%(t)s stays as it is'],
    ['{s[topic]} of {{ t }}', '{s[topic]} stays as it is'],
    ['Write a poem', 'reads no column, so every row sends the same request; a column is read with {{ t }}'],
  ])('%s is told of', async (prompt, told) => {
    const warnings = await lint(prompt)
    expect(warnings).toEqual([expect.stringContaining(told)])
  })

  it.each([
    'Write about {{ t }}',
    'A set {{ t }} of {x} and {"t": 1}',
    '{% raw %}{{ t }}{% endraw %} of {{ t }}',
    '{{ ["a", "b"] | random }}',
    '{% for n in range(3) %}{{ t }}{% endfor %}',
  ])('%s is not', async (prompt) => {
    expect(await lint(prompt)).toEqual([])
  })

  it('that is empty is refused, unless there is something else to ask by', async () => {
    for (const prompt of ['', ' \n', '{# nothing #}']) {
      await expect(lint(prompt)).rejects.toMatchObject({
        code: 'config_invalid',
        message: expect.stringContaining('c.yaml:7: columns[4].prompt: is empty'),
      })
    }
    expect(await lint('', ', system_prompt: "About {{ t }}"')).toEqual([expect.stringContaining('is empty')])
    const context = ', multi_modal_context: [{modality: image, column_name: t, data_type: url}]'
    expect(await lint('', context)).toEqual([])
  })
})

describe('a member that no value has', () => {
  it.each([
    ['{{ s.topik }}', 's never has "topik", so nothing stands there; did you mean "topic"?'],
    ['{{ s["topik"] }}', 's never has "topik"'],
    ['{{ s.inner.z }}', 's.inner never has "z", so nothing stands there; it has x'],
    ['{{ s.maybe.z }}', 's.maybe never has "z"'],
    ['{% for i in s["items"] %}{{ i.nam }}{% endfor %}', 'i never has "nam"'],
    ['{% set i = s.inner %}{{ i.z }}', 'i never has "z"'],
    ['{% with i = s.inner %}{{ i.z }}{% endwith %}', 'i never has "z"'],
    ['{{ s["items"][0].nam }}', 'never has "nam"'],
    ['{{ (s["items"] | sort(attribute="name") | first).nam }}', 'never has "nam"'],
    ['{{ s["items"] | map(attribute="nam") | join }}', 's.items[] never has "nam"'],
    ['{{ s["items"] | selectattr("nam") | list }}', 's.items[] never has "nam"'],
    ['{{ j.quality.scor }}', 'j.quality never has "scor"'],
    ['{{ p.fist_name }}', 'p never has "fist_name", so nothing stands there; did you mean "first_name"?'],
    ['{% if s.topik %}x{% endif %}', 's never has "topik"'],
  ])('is told of in %s', async (prompt, told) => {
    expect(await lint(prompt)).toEqual([expect.stringContaining(told)])
  })

  it.each([
    '{{ s.topic }} {{ s.open.anything.deep }} {{ t.anything }}',
    '{{ s.topik | default("x") }}',
    '{% if s.topik is defined %}{{ s.topic }}{% endif %}',
    '{{ s.keys() | list }} {{ s.get("topic") }}',
    '{% for key, value in s.items() %}{{ value.z }}{% endfor %}',
    '{% set s = t %}{{ s.topik }}{{ t }}',
    '{% if t == "a" %}{% set x = s.inner %}{% else %}{% set x = t %}{% endif %}{{ x.z }}',
    '{{ s["items"][0:2][0].name }} {{ s.maybe.y }}',
  ])('is none in %s', async (prompt) => {
    expect(await lint(prompt)).toEqual([])
  })

  it('is refused where an expression is nothing else', async () => {
    const config = (expr: string) =>
      configOf([topic, structured, `{name: e, column_type: expression, expr: "${expr}"}`])
    await expect(validate(config('{{ s.topik }}'))).rejects.toMatchObject({
      message: expect.stringContaining('s never has "topik", so every row fails; did you mean "topic"?'),
    })
    expect((await validate(config('{{ s.topik or 1 }}'))).warnings).toHaveLength(1)
  })

  it('is refused where every row fails on it', async () => {
    await expect(lint('{{ s.topik.deeper }}')).rejects.toMatchObject({
      message: expect.stringContaining('s never has "topik", so every row fails'),
    })
    expect(await lint('{% if t == "a" %}{{ s.topik.deeper }}{% endif %}')).toHaveLength(1)
    expect(await lint('{{ t }}', ', skip: {when: "{{ s.topik == 1 }}"}')).toEqual([
      expect.stringContaining('skip.when: s never has "topik", so every cell is left out'),
    ])
  })
})

describe('a config', () => {
  it('with ends of a range the wrong way round is told of', async () => {
    const uniform = '{name: u, column_type: sampler, sampler_type: uniform, params: {low: 5, high: 1}}'
    const { warnings } = await validate(configOf([uniform]))
    expect(warnings).toEqual([
      'c.yaml:3: columns[0].params.low: 5 is above high, 1; were they meant the other way round?',
    ])
  })

  it.each([
    [
      '{name: q, colum_type: uuid}',
      'columns[0].colum_type: unknown key; allowed column_type; did you mean "column_type"?',
    ],
    [
      '{name: q, type: expression, expr: "1"}',
      'columns[0].type: unknown key; allowed column_type; did you mean',
    ],
    [
      '{name: q, column_type: sampler, sampler_tipe: uuid, params: {}}',
      'columns[0].sampler_tipe: unknown key',
    ],
  ])('with a misspelt key in %s names it', (column, told) => {
    expect(() => configOf([column])).toThrow(told)
  })

  it('is refused for a provider or a key that create would refuse', async () => {
    const asked = '{name: q, column_type: llm-text, model_alias: w, prompt: "{{ t }}"}'
    const of = (provider: string) =>
      parseConfig(
        `model_configs: [{alias: w, model: any, provider: ${provider}}]\ncolumns: [${topic}, ${asked}]`,
        'c.yaml',
      )
    await expect(validate(of('nobody'), { providers: [] })).rejects.toMatchObject({
      code: 'unknown_provider',
    })
    await expect(validate(of('openai'), { providers: [] })).rejects.toMatchObject({ code: 'missing_api_key' })
    const env = { OPENAI_API_KEY: 'x' }
    expect(await validate(of('openai'), { providers: [], env })).toMatchObject({ warnings: [] })
    expect(await validate(of('nobody'))).toMatchObject({ warnings: [] })
  })

  it('that is JSON has the numbers of JSON', () => {
    const text = (p: string) =>
      `{"columns": [{"name": "n", "column_type": "sampler", "sampler_type": "scipy", "params": {"dist_name": "norm", "dist_params": {"scale": ${p}}}}]}`
    const [column] = parseConfig(text('1e-9'), 'c.json').columns
    expect(column).toMatchObject({ params: { dist_params: { scale: 1e-9 } } })
    const [yaml] = parseConfig(text('1e-9').replace('{"columns"', '{columns'), 'c.yaml').columns
    expect(yaml).toMatchObject({ params: { dist_params: { scale: '1e-9' } } })
  })

  it('is read once, so that it may come from a pipe', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rowsmith-pipe-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const pipe = join(folder, 'config')
    execFileSync('mkfifo', [pipe])
    const written = writeFile(pipe, `columns: [${topic}]`)
    expect(await loadConfigOrWorkflow(pipe)).toMatchObject({ config: { columns: [{ name: 't' }] } })
    await written
  })
})
