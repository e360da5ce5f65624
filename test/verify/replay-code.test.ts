/** Datasets whose config is code, derived again: their functions are called once more, if they are what they were. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { nodeDisk } from '../../src/disk/node-disk.ts'
import { create, loadConfig, open } from '../../src/index.ts'
import { readLaunchFile, writeLaunchFile } from '../../src/store/control/launch-file.ts'
import { DatasetDirectory } from '../../src/store/files/dataset-directory.ts'
import { contentsOf } from '../../src/store/files/read-file.ts'
import { failureOf, quick, smallOptions } from '../support/small-runs.ts'
import { components, reply, scratchFolder } from './datasets.ts'

const scratch = scratchFolder()
// allow_resize is deprecated, and says so.
vi.spyOn(process, 'emitWarning').mockImplementation(() => {})

/** A module, and the dataset it makes. */
async function made(name: string, module: string) {
  const folder = join(scratch.path, name)
  const file = join(folder, 'dataset.ts')
  mkdirSync(folder)
  writeFileSync(file, module)
  const { path } = await create(
    await loadConfig(file),
    { ...smallOptions(folder, 8), seed: 7n },
    quick(reply).components,
  )
  return { file, path }
}

const moduleOf = (columns: string, more = '') => `
import { customColumn, fullColumn } from 'rowsmith'
const topic = { name: 'topic', column_type: 'sampler', sampler_type: 'category', params: { values: ['tea', 'rain', 'iron'] } }
const model_configs = [{ alias: 'writer', provider: 'simulator', model: 'm' }]
const text = { name: 'text', column_type: 'llm-text', model_alias: 'writer', prompt: 'On {{ topic }}' }
export default { model_configs, columns: [topic, ${columns}]${more} }
`
const shout = `{
  name: 'loud', column_type: 'custom',
  generator_function: customColumn({ name: 'shout', requiredColumns: ['text'], type: 'str' }, ({ text }) => String(text).toUpperCase()),
}`
const cell = moduleOf(`text, ${shout}`)

const replay = (path: string, options = {}) => open(path, components).verify({ replay: true, ...options })

describe('functions are called again', () => {
  it.each([
    ['one that makes cells', cell],
    [
      'one that makes a whole column, and asks a model for it',
      moduleOf(`text, {
        name: 'place', column_type: 'custom', generation_strategy: 'full_column',
        generator_function: fullColumn(
          { name: 'rank', requiredColumns: ['text'], modelAliases: ['writer'], type: 'json' },
          async (rows, { models }) => {
            const said = await Promise.all(rows.map(({ text }) => models.writer.generate('Rank ' + text)))
            return said.map(({ content }) => content)
          },
        ),
      }`),
    ],
    [
      'one that makes several rows of one, with models before it and after it',
      moduleOf(`{ ...text, name: 'sketch' }, {
        name: 'part', column_type: 'custom', allow_resize: true,
        generator_function: customColumn({ name: 'halves', requiredColumns: ['topic', 'sketch'], type: 'str' },
          ({ topic, sketch }) => topic === 'iron' ? [] : [sketch + ' a', sketch + ' b']),
      }, { ...text, prompt: 'More of {{ part }}' }`),
    ],
    [
      'one of the after-generation stage is not needed for the rows themselves',
      moduleOf(
        'text',
        `, processors: [{
          name: 'few', processor_type: 'function',
          function: async function* (rows) { for await (const row of rows) if (row.topic !== 'tea') yield row },
        }]`,
      ),
    ],
  ])('%s', async (name, module) => {
    const { file, path } = await made(name, module)
    const { equal, differing, not_replayed: not, groups } = (await replay(path)).replay!
    expect(groups).toEqual([])
    expect({ differing, not }).toEqual({ differing: 0, not: 0 })
    expect(equal).toBeGreaterThan(0)
    // Given, it serves as well.
    expect(await replay(path, { config: await loadConfig(file) })).toMatchObject({ whole: true })
  })
})

describe('functions that are not those of the dataset are not called', () => {
  it('the module is told when it was changed, and what changed where the changed one is given', async () => {
    const { file, path } = await made('edited', cell)
    writeFileSync(
      file,
      cell
        .replace('On {{ topic }}', 'About {{ topic }}')
        .replace('export default', 'globalThis.wasRun = true\nexport default'),
    )
    const without = await failureOf(replay(path))
    expect(without).toMatchObject({ code: 'function_missing', facts: { config_file: file } })
    expect(without.message).toContain('is not what it was')
    expect(globalThis).not.toHaveProperty('wasRun')
    const given = await failureOf(replay(path, { config: await loadConfig(file) }))
    expect(given).toMatchObject({ code: 'config_differs' })
    expect(given.message).toContain('columns[1].prompt: "On {{ topic }}" -> "About {{ topic }}"')
    expect(given.message).toContain('the functions of the config changed, or what they import')
  })

  it('the module is gone, and another place is told of', async () => {
    const { file, path } = await made('moved', cell)
    const other = join(scratch.path, 'elsewhere', 'dataset.ts')
    mkdirSync(dirname(other))
    writeFileSync(other, cell)
    rmSync(file)
    expect(await failureOf(replay(path))).toMatchObject({ code: 'function_missing' })
    // Where the folder lies does not count.
    expect(await replay(path, { config: await loadConfig(other) })).toMatchObject({ whole: true })
    // Nothing else needs them.
    expect(await open(path, components).verify()).toMatchObject({ whole: true })
  })

  it('a module that lies inside the dataset is not run by itself', async () => {
    const { path } = await made('inside', cell)
    const inside = join(path, 'dataset.ts')
    writeFileSync(inside, cell)
    const directory = new DatasetDirectory(nodeDisk, path)
    const launch = contentsOf(await readLaunchFile(directory))!
    const writer = { pid: process.pid, nonce: 'test' }
    await writeLaunchFile(directory, { ...launch, config_file: inside }, writer)
    expect((await failureOf(replay(path))).message).toContain('lies in the dataset itself')
  })

  it('a config without functions has to be the one it was', async () => {
    const plain = moduleOf('text')
    const { file, path } = await made('plain', plain)
    expect(await replay(path, { config: await loadConfig(file) })).toMatchObject({ whole: true })
    writeFileSync(file, plain.replace('On {{', 'Of {{'))
    expect(await failureOf(replay(path, { config: await loadConfig(file) }))).toMatchObject({
      code: 'config_differs',
    })
  })
})
