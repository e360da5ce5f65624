/** `create dataset.mjs -- words`: what a config that is code is called with. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { create, loadConfig, resume } from '../../src/index.ts'
import { artifactFolder, quick, rowsOf, smallOptions } from '../support/small-runs.ts'

const folder = artifactFolder()

function put(name: string, text: string): string {
  writeFileSync(join(folder.path, name), text)
  return join(folder.path, name)
}

const withFunction = `
export default ([topic = 'none']) => ({
  columns: [
    { name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} },
    { name: 'topic', column_type: 'custom', generator_function: function topicOf() { return topic } },
    { name: 'said', column_type: 'expression', expr: topic + ' {{ id }}' },
  ],
})`

describe('arguments of a config that is code', () => {
  it('reach the function that the module exports', async () => {
    const { columns } = await loadConfig(put('topics.mjs', withFunction), ['tea'])
    expect(columns[2]).toMatchObject({ expr: 'tea {{ id }}' })
  })

  it.each([
    ['a module that exports no function', 'plain.mjs', 'export default { columns: [] }'],
    ['YAML', 'plain.yaml', 'columns: []'],
  ])('are refused by %s', async (_what, name, text) => {
    await expect(loadConfig(put(name, text), ['tea'])).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('takes no arguments'),
    })
  })

  it('are kept with the dataset, so that it goes on without them being given', async () => {
    const config = await loadConfig(put('topics.mjs', withFunction), ['tea'])
    const { path } = await create(config, smallOptions(folder.path, 4), quick().components)
    expect(JSON.parse(readFileSync(join(path, '.rowsmith/launch.json'), 'utf8')).config_args).toEqual(['tea'])
    const grown = await resume(path, { numRecords: 6 }, quick().components)
    expect((await rowsOf(grown)).map(({ topic }) => topic)).toEqual(Array(6).fill('tea'))
  })
})
