/** Files that go along with prompts: one that is not there is told before anything is asked, as far as that can be known then. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/form/load.ts'
import { create } from '../../../src/index.ts'
import { pngOf } from '../../support/pngs.ts'
import { type Asked, answer, failure } from '../../support/scripted-transport.ts'
import { artifactFolder, failureOf, quick, rowsOf, smallOptions } from '../../support/small-runs.ts'

const folder = artifactFolder()
const png = pngOf('a')

/** Eight pictures beside the config, which is in a file there. */
function pictures(): string[] {
  const place = join(folder.path, 'config')
  mkdirSync(place)
  const names = Array.from({ length: 8 }, (_, index) => `p${index}.png`)
  for (const name of names) writeFileSync(join(place, name), png)
  return names
}

const vanish = (name: string): void =>
  renameSync(join(folder.path, 'config', name), join(folder.path, `${name}.away`))
const comeBack = (name: string): void =>
  renameSync(join(folder.path, `${name}.away`), join(folder.path, 'config', name))

/** Looks at a picture. */
function config(source: 'seed' | 'category', values: readonly string[], more: object = {}) {
  const seed = { seed_config: { source: { seed_type: 'df' } } }
  const category = { name: 'picture', column_type: 'sampler', sampler_type: 'category', params: { values } }
  return parseConfig(
    JSON.stringify({
      model_configs: [
        {
          alias: 'critic',
          provider: 'simulator',
          model: 'm',
          inference_parameters: { max_parallel_requests: 2 },
        },
      ],
      ...(source === 'seed' ? seed : {}),
      columns: [
        ...(source === 'category' ? [category] : []),
        {
          name: 'seen',
          column_type: 'llm-text',
          model_alias: 'critic',
          prompt: 'What is it?',
          multi_modal_context: [{ modality: 'image', column_name: 'picture' }],
          ...more,
        },
      ],
    }),
    join(folder.path, 'config', 'config.json'),
  )
}

const seedOptions = (names: readonly (string | null)[]) => ({
  ...smallOptions(folder.path, names.length),
  seed: 7n,
  seedRows: names.map((picture) => ({ picture })),
})
const tell = (_: Asked) => answer('A picture.')

describe('a file that a seed row names', () => {
  it('and that vanished between two runs is told before anything is asked; once it is back, nothing is asked again', async () => {
    const names = pictures()
    const first = quick((asked) => (asked.key.startsWith('5/') ? failure(401) : tell(asked)))
    await failureOf(create(config('seed', names), seedOptions(names), first.components))
    vanish('p4.png')
    vanish('p7.png')
    const second = quick(tell)
    const error = await failureOf(create(config('seed', names), seedOptions(names), second.components))
    expect(error).toMatchObject({
      code: 'media_missing',
      facts: { column: 'picture', paths: ['p4.png', 'p7.png'] },
    })
    expect(error.message).toContain('"p4.png" of column "picture" is no file')
    expect(error.message).toContain('and 1 more')
    expect(second.asked).toEqual([])
    comeBack('p4.png')
    comeBack('p7.png')
    const third = quick(tell)
    const { summary } = await create(config('seed', names), seedOptions(names), third.components)
    expect(summary).toMatchObject({ rows_written: 8, rows_dropped: 0 })
    const before = new Set(first.asked.map(({ key }) => key).filter((key) => !key.startsWith('5/')))
    expect(third.asked.filter(({ key }) => before.has(key))).toEqual([])
  })

  it('is not looked for where its row group is published', async () => {
    const names = pictures()
    await create(config('seed', names), seedOptions(names), quick(tell).components)
    vanish('p0.png')
    const { summary } = await create(config('seed', names), seedOptions(names), quick(tell).components)
    expect(summary.decision).toBe('already_complete')
  })

  it('is not looked for where the cell may be skipped: such a row fails alone', async () => {
    const names = [...pictures(), 'never.png']
    const made = config('seed', names, { skip: { when: "{{ picture == 'p0.png' }}" } })
    const { summary } = await create(made, seedOptions(names), quick(tell).components)
    expect(summary).toMatchObject({ rows_written: 8, rows_dropped: 1 })
    expect(summary.failures).toMatchObject([{ code: 'media_unusable' }])
  })

  it('is none where the cell is empty, holds base64 or an address', async () => {
    const held = [null, png.toString('base64'), 'https://x.example/a.png']
    const { summary } = await create(config('seed', []), seedOptions(held), quick(tell).components)
    expect(summary.rows_written).toBe(3)
  })
})

it('a file that a category names is looked for, whichever values are drawn', async () => {
  const names = [...pictures(), '../out.png']
  const { asked, components } = quick(tell)
  const error = await failureOf(
    create(config('category', names), { ...smallOptions(folder.path, 1), seed: 7n }, components),
  )
  expect(error).toMatchObject({ code: 'media_missing', facts: { paths: ['../out.png'] } })
  expect(asked).toEqual([])
  const { components: others } = quick(tell)
  const results = await create(
    config('category', names.slice(0, 8)),
    { ...smallOptions(folder.path, 4), datasetName: 'whole' },
    others,
  )
  expect(await rowsOf(results)).toHaveLength(4)
})
