/** A dataset whose weights Pythons divide differently: any Data Designer goes on with it, and ours after it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { configFromValue } from '../../../src/entries/config.ts'
import { create, open } from '../../../src/index.ts'
import { artifactFolder, quick, rowsOf, smallOptions } from '../../support/small-runs.ts'

const folder = artifactFolder()
const params = { values: ['a', 'b', 'c'], weights: [0.7, 0.2, 0.1] }
const config = configFromValue(
  { columns: [{ name: 'c', column_type: 'sampler', sampler_type: 'category', params }] } as never,
  'test',
)
/** What Data Designer makes of the weights on Python 3.11. */
const older = [0.7000000000000001, 0.2, 0.1]
const olderHash = 'sha256:9b40a567d370ac372fdd7bc76b37c3df93bea7c090167f6432af7b05280f54d0'

const path = (name: string) => join(folder.path, 'dataset', name)
const read = (name: string) => JSON.parse(readFileSync(path(name), 'utf8'))
const savedWeights = () => read('builder_config.json').data_designer.columns[0].params.weights
const make = (rows: number) => create(config, smallOptions(folder.path, rows), quick().components)

/** As Data Designer leaves both files when it has gone on. */
function takenOver(): void {
  const saved = read('builder_config.json')
  saved.data_designer.columns[0].params.weights = older
  writeFileSync(path('builder_config.json'), JSON.stringify(saved))
  const hashes = { config_hash: olderHash, config_hash_algo: 'sha256', config_hash_version: 2 }
  writeFileSync(path('metadata.json'), JSON.stringify({ ...read('metadata.json'), ...hashes }))
}

describe('a dataset that Rowsmith began with them', () => {
  it('has no hash in metadata.json, and the weights as they were given in builder_config.json', async () => {
    await make(4)
    expect(Object.keys(read('metadata.json')).filter((key) => key.startsWith('config_hash'))).toEqual([])
    expect(savedWeights()).toEqual(params.weights)
    expect(read('.rowsmith/run.json').older_python_hash).toBe(olderHash)
  })

  it('goes on after a Data Designer of Python 3.11, whose hash stays', async () => {
    await make(4)
    takenOver()
    expect((await open(path('')).verify()).findings).toEqual([])
    const first = readFileSync(path('parquet-files/batch_00000.parquet'))
    expect(await rowsOf(await make(10))).toHaveLength(10)
    expect(readFileSync(path('parquet-files/batch_00000.parquet'))).toEqual(first)
    expect(read('metadata.json').config_hash).toBe(olderHash)
    expect(savedWeights()).toEqual(params.weights)
  })

  it('has its hash as ever where all Pythons agree', async () => {
    const whole = { ...params, weights: [7, 2, 1] }
    const agreed = configFromValue(
      { columns: [{ name: 'c', column_type: 'sampler', sampler_type: 'category', params: whole }] } as never,
      'test',
    )
    await create(agreed, smallOptions(folder.path, 4), quick().components)
    expect(read('metadata.json').config_hash).toBe(read('.rowsmith/run.json').config_hash)
  })
})
