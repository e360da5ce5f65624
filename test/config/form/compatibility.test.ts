/** docs/compatibility.md names every field that a config can have, and no section of it is out of date. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { RowsmithError } from '../../../src/base/errors/errors.ts'
import { parseRunConfig } from '../../../src/config/files/run-config.ts'
import { settingsWithoutEffect } from '../../../src/config/files/without-effect.ts'
import { parseConfig } from '../../../src/config/form/load.ts'
import { badValues } from './bad-values.table.ts'

const page = readFileSync(`${import.meta.dirname}/../../../docs/compatibility.md`, 'utf8')
const sections = new Map(page.split(/^## /m).map((text) => [text.slice(0, text.indexOf('\n')), text]))

/** The fields that a schema takes, as its complaint about an unknown one lists them. */
function fieldsOf(read: () => unknown): string[] {
  try {
    read()
  } catch (error) {
    if (!RowsmithError.isInstance(error)) throw error
    const lines = error.facts.issues as string[]
    const listed = lines.map((line) => /unknown_field: unknown key; allowed (.*)$/.exec(line)?.[1])
    return listed.find((found) => found !== undefined)?.split(', ') ?? []
  }
  return []
}

function fieldsIn(of: string): string[] {
  const group = badValues.find((each) => each.of === of)!
  return fieldsOf(() => parseConfig(JSON.stringify(group.config({ unknown_field: 1 })), 'c.yaml'))
}

/** The fields of Data Designer's RunConfig. */
const runConfigOfTheReference = [
  'disable_early_shutdown',
  'shutdown_error_rate',
  'shutdown_error_window',
  'buffer_size',
  'max_concurrent_row_groups',
  'max_in_flight_tasks',
  'non_inference_max_parallel_workers',
  'max_conversation_restarts',
  'max_conversation_correction_steps',
  'async_trace',
  'write_scheduler_events',
  'display_tui',
  'progress_interval',
  'otel_metrics_port',
  'preserve_dropped_columns',
  'jinja_rendering_engine',
  'request_admission',
]

const everyColumn = ['name', 'drop', 'column_type', 'skip', 'propagate_skip', 'allow_resize']
const prompted = fieldsIn('an llm-text column')

/** Section, what its group of bad values is called, and fields that other sections have. */
const schemas: readonly [section: string, group: string, elsewhere: readonly string[]][] = [
  ['config', 'a config', []],
  ['sampler', 'a sampler column', everyColumn],
  ['llm-text', 'an llm-text column', everyColumn],
  ['llm-code', 'an llm-code column', prompted],
  ['llm-structured', 'an llm-structured column', prompted],
  ['llm-judge', 'an llm-judge column', prompted],
  ['expression', 'an expression', everyColumn],
  ['validation', 'a validation column', everyColumn],
  ['embedding', 'an embedding column', everyColumn],
  ['image', 'an image column', everyColumn],
  ['custom', 'a custom column', everyColumn],
  ['constraint', 'a constraint', []],
  ['seed config', 'a seed config', []],
  ['model config', 'a model', []],
  ['tool config', 'a tool config', []],
]

/** What the section's table names in its first two cells, in code. */
function named(section: string): string[] {
  const rows = (sections.get(section) ?? '').split('\n').filter((line) => line.startsWith('| '))
  return rows.flatMap((row) => {
    const [first = '', second = ''] = row.split('|').slice(1)
    const cells = /^ (works|differs|no effect|not supported) $/.test(second) ? first : `${first}${second}`
    return [...cells.matchAll(/`([a-z_-]+)`/g)].map(([, name]) => name!)
  })
}

describe('the page names every field', () => {
  it.each(schemas)('%s', (section, group, elsewhere) => {
    const fields = fieldsIn(group).filter((field) => !elsewhere.includes(field))
    expect(fields.length).toBeGreaterThan(0)
    expect(named(section).sort()).toEqual(fields.sort())
  })

  it('every column', () => {
    expect(named('every column').sort()).toEqual([...everyColumn].sort())
  })

  it('samplers', () => {
    const types = badValues.map(({ of }) => of).filter((of) => named('samplers').includes(of))
    expect(types).toHaveLength(14)
    for (const type of types) {
      const row = sections
        .get('samplers')!
        .split('\n')
        .find((line) => line.startsWith(`| \`${type}\``))!
      const inRow = [...row.split('|')[2]!.matchAll(/`([a-z_]+)`/g)].map(([, name]) => name)
      const fields = fieldsIn(type)
      // A sampler without a group that takes an unknown field is named by its fields alone.
      expect([...inRow, 'sampler_type'].sort(), type).toEqual(fields.sort())
    }
  })

  it('inference parameters', () => {
    const all = ['chat-completion', 'embedding', 'image'].flatMap((type) =>
      fieldsOf(() => {
        const model = { alias: 'm', model: 'x', provider: 'p' }
        const given = { generation_type: type, unknown_field: 1 }
        parseConfig(
          JSON.stringify({ columns: [], model_configs: [{ ...model, inference_parameters: given }] }),
          'c.yaml',
        )
      }),
    )
    expect(named('inference parameters').sort()).toEqual([...new Set(all)].sort())
  })

  it('run config', () => {
    const own = ['engine', 'salvage', 'prices']
    const fields = fieldsOf(() => parseRunConfig('unknown_field: 1', 'run.yaml'))
    const missing = named('run config').filter((field) => !fields.includes(field))
    expect(missing).toEqual([])
    expect(named('run config').sort()).toEqual([...runConfigOfTheReference].sort())
    for (const field of own) expect(fields).toContain(field)
  })

  it('settings without effect are the ones that a run tells of', () => {
    const rows = sections
      .get('run config')!
      .split('\n')
      .filter((row) => row.includes('| no effect |'))
    const said = rows.map((row) => /`([a-z_]+)`/.exec(row)![1])
    // Rendering is one engine's, whose text is the same for either setting: nothing to be told.
    expect(said.filter((field) => field !== 'jinja_rendering_engine').sort()).toEqual(
      Object.keys(settingsWithoutEffect).sort(),
    )
  })
})
