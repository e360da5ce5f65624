/** Datasets of configs that are code: resumed, retried and replayed with the functions that they were made with, and no others. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { create, loadConfig, open, resume, retry } from '../../../src/index.ts'
import { artifactFolder, echo, failureOf, quick, rowsOf, smallOptions } from '../../support/small-runs.ts'

const folder = artifactFolder()
let file = ''

const module = (word: string) => `export default {
  model_configs: [{ alias: 'writer', provider: 'simulator', model: 'm' }],
  columns: [
    { name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} },
    { name: 'text', column_type: 'llm-text', model_alias: 'writer', prompt: 'say {{ id }}' },
    { name: 'made', column_type: 'custom', generator_function: async () => '${word}' },
  ],
}`

beforeEach(() => {
  mkdirSync(join(folder.path, 'src'))
  file = join(folder.path, 'src', 'c.mjs')
  writeFileSync(file, module('one'))
})

async function made(): Promise<string> {
  const { components } = quick()
  const results = await create(await loadConfig(file), smallOptions(folder.path, 4), components)
  return results.path
}

describe('a dataset of a module', () => {
  it('is retried with its functions, from the file that it was made from', async () => {
    const directory = await made()
    const { asked, components } = quick(echo)
    const results = await retry(directory, { rows: [[1, 1]], columns: ['text'] }, components)
    expect(asked).toHaveLength(1)
    expect((await rowsOf(results)).map((row) => row.made)).toEqual(['one', 'one', 'one', 'one'])
  })

  it('is extended by resume with them', async () => {
    const directory = await made()
    const results = await resume(directory, { numRecords: 6, graceMs: 1000 }, quick().components)
    expect((await rowsOf(results)).map((row) => row.made)).toEqual(Array.from({ length: 6 }, () => 'one'))
  })

  it.each(['resume', 'retry'] as const)(
    'is gone on with again and again after a %s, without its file',
    async (how) => {
      const directory = await made()
      const { components } = quick(echo)
      const again = async (numRecords: number) => {
        if (how === 'resume') return resume(directory, { numRecords }, components)
        return retry(directory, { rows: [[0, 0]], columns: ['text'] }, components)
      }
      for (const numRecords of [5, 6, 7]) await again(numRecords)
      expect((await open(directory).verify({ replay: true })).whole).toBe(true)
    },
  )

  it('remembers where its file is now', async () => {
    const directory = await made()
    const moved = join(folder.path, 'moved.mjs')
    renameSync(file, moved)
    const { components } = quick(echo)
    const filter = { rows: [[0, 0]] as const, columns: ['text'] }
    await retry(directory, { ...filter, config: await loadConfig(moved) }, components)
    await retry(directory, filter, components)
    const results = await resume(directory, { numRecords: 6 }, components)
    expect((await rowsOf(results)).map((row) => row.made)).toEqual(Array.from({ length: 6 }, () => 'one'))
    expect((await open(directory).verify({ replay: true })).whole).toBe(true)
  })

  it('is not touched with others: an edit is told, and nothing is asked', async () => {
    const directory = await made()
    writeFileSync(file, module('two'))
    const { asked, components } = quick()
    const asking = retry(directory, { rows: [[1, 1]], columns: ['text'] }, components)
    expect(await failureOf(asking)).toMatchObject({
      code: 'function_missing',
      message: expect.stringContaining('is not what it was'),
      nextStep: expect.stringContaining('--config FILE'),
    })
    const config = await loadConfig(file)
    const given = retry(directory, { rows: [[1, 1]], columns: ['text'], config }, components)
    expect(await failureOf(given)).toMatchObject({ code: 'config_differs' })
    expect(asked).toHaveLength(0)
  })

  it('takes its config from where that is now', async () => {
    const directory = await made()
    const moved = join(folder.path, 'moved.mjs')
    renameSync(file, moved)
    const { components } = quick()
    const without = resume(directory, { numRecords: 6 }, components)
    expect((await failureOf(without)).code).toBe('function_missing')
    const config = await loadConfig(moved)
    const results = await resume(directory, { numRecords: 6, config }, components)
    expect(await results.countRecords()).toBe(6)
    expect((await open(directory).verify({ replay: true, config })).whole).toBe(true)
    expect(
      (await retry(directory, { rows: [[0, 0]], columns: ['text'], config }, components)).decision,
    ).toBeDefined()
  })
})
