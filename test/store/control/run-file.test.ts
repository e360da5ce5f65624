import { expect, it } from 'vitest'
import { formatJson, parseJson } from '../../../src/base/values/json.ts'
import type { Value } from '../../../src/base/values/value.ts'
import { type LaunchFile, readLaunchFile, writeLaunchFile } from '../../../src/store/control/launch-file.ts'
import { parseRunFile, readRunFile, runFileText, writeRunFile } from '../../../src/store/control/run-file.ts'
import { emptyDataset, layout, on, putFile } from '../dataset.ts'
import { run } from './run-example.ts'

const writer = { pid: 12, nonce: 'nonce' }

it('gives back every field as it was, integers and floats apart', async () => {
  const disk = emptyDataset()
  await writeRunFile(on(disk), run, writer)
  expect(await readRunFile(on(disk.afterPowerLoss(() => 'lost')))).toStrictEqual({
    kind: 'read',
    contents: run,
  })
})

it('gives back the sources of answers', () => {
  const sources = [{ path: '../dataset', rows: 25 }]
  expect(parseRunFile(runFileText({ ...run, reuse_sources: sources })).reuse_sources).toEqual(sources)
})

const changed = (change: (fields: Record<string, Value>) => void): string => {
  const fields = parseJson(runFileText(run)) as Record<string, Value>
  change(fields)
  return formatJson(fields)
}

it.each<[string, string, string, RegExp]>([
  ['is not JSON', '{"format": 1', 'run_json_damaged', /run\.json is not JSON/],
  ['holds a list', '[]', 'run_json_damaged', /run\.json holds/],
  [
    'has a newer format',
    changed((fields) => {
      fields.format = 2n
    }),
    'format_unsupported',
    /format 2/,
  ],
  [
    'lacks the seed',
    changed((fields) => {
      delete fields.run_seed
    }),
    'run_json_damaged',
    /run_seed is missing/,
  ],
  [
    'has a float for a seed',
    changed((fields) => {
      fields.run_seed = 1
    }),
    'run_json_damaged',
    /run_seed holds 1\.0; it must be an integer/,
  ],
  [
    'has no segment',
    changed((fields) => {
      fields.segments = []
    }),
    'run_json_damaged',
    /segments holds a list; it must be at least one segment/,
  ],
  [
    'has a gap in the plan',
    changed((fields) => {
      ;(fields.segments as { first_row: Value }[])[1]!.first_row = 24n
    }),
    'run_json_damaged',
    /without a gap/,
  ],
  [
    'has an empty segment',
    changed((fields) => {
      ;(fields.segments as { rows: Value }[])[1]!.rows = 0n
    }),
    'run_json_damaged',
    /segments\[1\]: the field rows holds 0/,
  ],
  [
    'has an unknown engine',
    changed((fields) => {
      fields.engine = 'steam'
    }),
    'run_json_damaged',
    /engine holds the text "steam"; it must be "concurrent" or "sequential"/,
  ],
  [
    'has an identity without a hash',
    changed((fields) => {
      fields.rows_identity = {}
    }),
    'run_json_damaged',
    /rows_identity: the field hash is missing/,
  ],
])('names what is wrong when it %s', async (_, text, code, message) => {
  expect(() => parseRunFile(text)).toThrowError(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  )
  const disk = emptyDataset()
  await putFile(disk, layout.run, text)
  expect(await readRunFile(on(disk))).toMatchObject({
    kind: 'defect',
    defect: { code, message: expect.stringMatching(message) },
  })
})

it('keeps how the dataset was last started', async () => {
  const launch: LaunchFile = {
    config_file: '/home/ana/reviews.yaml',
    config_args: ['--topic', 'tea'],
    seed_folder: '/home/ana',
    managed_assets: '/home/ana/managed-assets',
    person_files: [{ path: '/p', stamp: '1 2 3', sha256: 'ab' }],
    prices: { 'openai/gpt-4.1-mini': { input: 0.4 } },
    settings: { mcp_providers_file: '/home/ana/mcp_providers.yaml', max_requests: 100n, max_cost: 2.5 },
  }
  const disk = emptyDataset()
  expect(await readLaunchFile(on(disk))).toStrictEqual({ kind: 'absent' })
  await writeLaunchFile(on(disk), launch, writer)
  expect(await readLaunchFile(on(disk))).toStrictEqual({ kind: 'read', contents: launch })
  await writeLaunchFile(on(disk), { ...launch, settings: { max_requests: null } }, writer)
  expect(await readLaunchFile(on(disk))).toMatchObject({ contents: { settings: { max_requests: null } } })
})
