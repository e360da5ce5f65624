import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/form/load.ts'
import { configHash } from '../../../src/config/identity/fingerprint.ts'
import { configFormats, convertConfig } from '../../../src/entries/config.ts'
import { loadConfig } from '../../../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'rowsmith-convert-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function put(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const ending = { yaml: 'yaml', json: 'json', typescript: 'mts' }
const hashOf = async (path: string) => configHash(await loadConfig(path)).config_hash
const sampler = (values: string) =>
  `columns: [{name: a, column_type: sampler, sampler_type: category, params: {values: ${values}}}]`

describe('a config in another form', () => {
  const examples = join(import.meta.dirname, '../../../examples')
  const saved = join(import.meta.dirname, '../../fixtures/data-designer')
  const configs = [
    ...['product-qa.yaml', 'text-to-sql.yaml', 'judged-answers.yaml'].map((name) => join(examples, name)),
    ...readdirSync(saved).map((name) => join(saved, name, 'builder_config.json')),
  ]
  it.each(configs)('has the same hash, and back again: %s', async (path) => {
    const hash = await hashOf(path)
    for (const format of configFormats) {
      const there = put(`there.${ending[format]}`, await convertConfig(path, format))
      expect(await hashOf(there)).toBe(hash)
      const back = put('back.yaml', await convertConfig(there, 'yaml'))
      expect(await hashOf(back)).toBe(hash)
    }
  })

  it('is as it was written where a person wrote it, and without defaults where a tool did', async () => {
    const person = put(
      'person.yaml',
      'columns:\n  - {name: a, column_type: expression, expr: "{{ 1 }}", drop: false}\n',
    )
    expect(await convertConfig(person, 'yaml')).toBe(
      'columns:\n  - name: a\n    column_type: expression\n    expr: "{{ 1 }}"\n    drop: false\n',
    )
    const tool = put(
      'tool.yaml',
      `library_version: 0.9.7\ndata_designer:\n  ${readFileSync(person, 'utf8').replaceAll('\n', '\n  ')}`,
    )
    expect(await convertConfig(tool, 'yaml')).not.toContain('drop')
  })

  it.each([
    [
      'texts that YAML 1.1 takes for something else',
      '["yes", "no", "12:30", "1e3", "0x1F", "null", "~", "2024-01-01", "=", "<<", "1_000", "- a", "a: b", "#"]',
    ],
    [
      'texts of odd characters',
      '["", " a ", "a\\tb", "a\\nb\\n", "\\n", "  a\\nb", "a\\u2028b", "é", "`\\u0024{x}`", "\'", "\\\\n"]',
    ],
    ['floats and integers', '[1.0, 2, 1.0e+21, 1.5e-9, -0.0, 12345678901234567890]'],
  ])('keeps %s', async (_what, values) => {
    const path = put('odd.yaml', sampler(values))
    const meant = parseConfig(sampler(values), 'odd').columns
    for (const format of ['yaml', 'json'] as const) {
      const there = put(`odd-there.${format}`, await convertConfig(path, format))
      expect((await loadConfig(there)).columns).toEqual(meant)
    }
  })

  it('keeps odd texts in TypeScript, too', async () => {
    const values = '["a\\nb `\\u0024{x}` \\\\n", "it\'s", "\\"", "\\u0007", "</script>"]'
    const path = put('texts.yaml', sampler(values))
    const there = put('texts-there.mts', await convertConfig(path, 'typescript'))
    expect((await loadConfig(there)).columns).toEqual(parseConfig(sampler(values), 'texts').columns)
  })

  it('is refused where the form has no word for a value, and where functions are no data', async () => {
    const floats = put('floats.yaml', sampler('[1.0, 2.0]'))
    await expect(convertConfig(floats, 'typescript')).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('columns[0].params.values[0]: 1.0 -> 1'),
    })
    const code = put(
      'functions.mjs',
      "const up = (row) => row\nexport default { columns: [{ name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} }, { name: 'x', column_type: 'custom', generator_function: up }] }",
    )
    await expect(convertConfig(code, 'yaml')).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/has functions, which are code: up/),
    })
  })
})
