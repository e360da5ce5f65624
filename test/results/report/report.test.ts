/** Reports: one file, the same for the same dataset, in which no value is markup. */
import { expect, test } from 'vitest'
import { configFromValue } from '../../../src/entries/config.ts'
import { create, type Dataset, open } from '../../../src/index.ts'
import { answer, failure } from '../../support/scripted-transport.ts'
import { artifactFolder, failureOf, quick, rowOf, smallOptions } from '../../support/small-runs.ts'

const folder = artifactFolder()

const hostile = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '</details></main><iframe src="https://example.com">',
  "' onmouseover='alert(1)",
  '<style>*{display:none}</style><!--',
  'a | b |\n| --- |\n[x](javascript:alert(1)) ![i](https://example.com/i.png) `code` https://example.com www.example.com',
  'turn\u202eedoc\u0000 \u001b[31mred \ud800 &lt;b&gt;',
  `${'🙂'.repeat(12_000)}`,
]

const config = configFromValue(
  {
    model_configs: [{ alias: 'writer', provider: 'simulator', model: 'm' }],
    columns: [
      {
        name: 'topic <b>',
        column_type: 'sampler',
        sampler_type: 'category',
        params: { values: ['<i>tea</i>', 'x&y'] },
      },
      { name: 'text', column_type: 'llm-text', model_alias: 'writer', prompt: 'Write <u>one</u>' },
    ],
  } as never,
  'test',
)

async function made(): Promise<Dataset> {
  const { components } = quick((asked) => {
    const row = rowOf(asked)
    return row === 8 ? failure(400) : answer(hostile[row]!)
  })
  const { path } = await create(config, { ...smallOptions(folder.path, 9), seed: 3n }, components)
  return open(path)
}

const options = { nearDuplicates: true, diversity: true } as const
/** What a report itself has; a value's tag would be one more. */
const ownTags =
  /<\/?(?:!doctype|html|head|meta|link|title|style|body|header|h[1-4]|dl|dt|dd|div|nav|a|main|section|article|small|p|table|thead|tbody|tr|th|td|svg|rect|details|summary|span|b|code|pre)(?=[ >])[^<>]*>/g

test('values, names and the config are text in HTML, whatever they hold; equal datasets give equal bytes', async () => {
  const dataset = await made()
  const html = await dataset.report('html', options)
  const [, body = ''] = html.split('</style>')
  expect(body.replace(ownTags, '')).not.toMatch(/[<>]/)
  expect(body).not.toMatch(/<b>(?!)|<[^>]* on\w+=|<(?:script|iframe|img)/i)
  expect(body).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  expect(body).toContain('turn⟨U+202E⟩edoc⟨U+0000⟩ ⟨U+001B⟩[31mred ⟨U+FFFD⟩'.replace('⟨U+FFFD⟩', '\ufffd'))
  expect(body).toContain('and 4,000 more characters')
  expect(html).toContain("default-src 'none'")
  expect(html).not.toMatch(/(?:src|href|action)="(?!#|data:,")/)
  // The machine's folders are nobody's business.
  expect(html).not.toContain(folder.path)
  expect(await open(dataset.path).report('html', options)).toBe(html)
})

test('values are no markup in Markdown either, and stay in their cell', async () => {
  const dataset = await made()
  const markdown = await dataset.report('markdown', options)
  expect(markdown).not.toMatch(/[<>`]|\]\(|https:\/\/|www\./)
  const rows = markdown
    .slice(markdown.indexOf('## Rows'))
    .split('\n')
    .filter((line) => line.startsWith('|'))
  expect(rows.map((line) => line.split('|').length)).toEqual(Array.from({ length: 10 }, () => 5))
  expect(await dataset.report('markdown', options)).toBe(markdown)
})

test('rows are the first ones, or those of a condition; bad options are refused', async () => {
  const dataset = await made()
  const report = await dataset.report('json', { rows: 2, where: "text LIKE '%script%'" })
  expect(report).toMatchObject({
    rows_written: 8,
    rows_dropped: 1,
    rows_found: 2,
    where: "text LIKE '%script%'",
  })
  expect(report.rows.map(({ row }) => row)).toEqual([0, 5])
  expect((await dataset.report('json', { rows: 0 })).rows).toEqual([])
  expect(report.failures).toMatchObject([{ column: 'text', rows: 1, example: { row: 8 } }])
  const refused = [
    await failureOf(dataset.report('html', { rows: -1 })),
    await failureOf(dataset.report('html', { rows: 5001 })),
    await failureOf(dataset.report('html', { where: 'nope >' })),
    await failureOf(open(`${dataset.path}/nowhere`).report('html')),
  ]
  expect(refused.map(({ code }) => code)).toEqual(['usage', 'usage', 'where_invalid', 'dataset_not_found'])
})
