/** A damaged metadata.json means the same to every command that reads a dataset, whoever made it; one that is gone means nothing. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { create, open, resume, retry } from '../../../src/index.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  quick,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'
import { unsyncedDisk } from '../../support/unsynced-disk.ts'

const folder = artifactFolder()
const components = { disk: unsyncedDisk }

const commands: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  status: (path) => open(path, components).status(),
  head: (path) => open(path, components).head(2),
  rows: (path) => open(path, components).rows()[Symbol.asyncIterator]().next(),
  export: (path) => open(path, components).export({ output: join(folder.path, 'out.jsonl'), partial: true }),
  inspect: (path) => open(path, components).inspect({ row: 0 }),
  profile: (path) => open(path, components).profile(),
  log: (path) => open(path, components).history(),
  analysis: (path) => open(path, components).loadAnalysis(),
  retry: (path) => retry(path, {}, quick(echo).components),
  resume: (path) => resume(path, {}, quick(echo).components),
}

const damages: readonly (readonly [what: string, code: string, damage: (text: string) => string])[] = [
  ['no JSON', 'metadata_corrupt', (text) => text.slice(0, -20)],
  ['of other JSON', 'metadata_corrupt', () => '[]'],
  ['without a field', 'metadata_incomplete', (text) => text.replace('"buffer_size"', '"buffers"')],
  [
    'with a wrong type',
    'metadata_incomplete',
    (text) => text.replace(/"target_num_records": \d+/, '"target_num_records": "x"'),
  ],
  [
    'that contradicts itself',
    'metadata_incomplete',
    (text) => text.replace(/"target_num_records": \d+/, '"target_num_records": 1'),
  ],
]

async function ours(): Promise<string> {
  return (await create(smallConfig(), smallOptions(folder.path, 4), quick(echo).components)).path
}

function theirs(): string {
  const path = join(folder.path, 'theirs')
  cpSync(fileURLToPath(new URL('../../fixtures/data-designer/complete/dataset', import.meta.url)), path, {
    recursive: true,
  })
  return path
}

describe.each([
  ['ours', ours],
  ['of Data Designer', theirs],
])('a dataset %s', (_, make) => {
  it.each(damages)('with a metadata.json %s is %s to every command', async (_what, code, damage) => {
    const path = await make()
    const file = join(path, 'metadata.json')
    const text = readFileSync(file, 'utf8')
    expect(damage(text)).not.toBe(text)
    writeFileSync(file, damage(text))
    for (const [name, command] of Object.entries(commands))
      expect((await failureOf(command(path))).code, name).toBe(code)
  })
})

it('one that is gone is no damage to a dataset of ours', async () => {
  const path = await ours()
  rmSync(join(path, 'metadata.json'))
  expect((await open(path, components).status()).rows_written).toBe(4)
  expect(await open(path, components).head(2)).toHaveLength(2)
})
