/**
 * Rule P9, for every refusal there is: a refused run changes no byte and sends no request. The directories are real,
 * the requests would go to a server over HTTP, which counts them.
 */

import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Clock } from '../../../src/base/work/clock.ts'
import { nodeDisk } from '../../../src/disk/node-disk.ts'
import { currentProcess } from '../../../src/disk/process-identity.ts'
import { configFromValue } from '../../../src/entries/config.ts'
import { type Simulator, startSimulator } from '../../../src/entries/simulator.ts'
import {
  type Config,
  type CreateOptions,
  create,
  type ErrorCode,
  errorCodes,
  loadConfig,
  type ProviderConfig,
} from '../../../src/index.ts'
import { DatasetDirectory } from '../../../src/store/files/dataset-directory.ts'
import { acquireLock } from '../../../src/store/lock/lock.ts'
import { everyByte } from '../../support/every-byte.ts'
import { failureOf, smallConfig } from '../../support/small-runs.ts'

let simulator: Simulator
let folder: string
/** Four rows in two groups, complete. */
let finished: string

beforeAll(async () => {
  simulator = await startSimulator()
  folder = mkdtempSync(join(tmpdir(), 'rowsmith-refused-'))
  finished = (await create(smallConfig(), { ...options(join(folder, 'finished')), numRecords: 4 })).path
  expect(simulator.stats().requests).toBe(4)
})
afterAll(async () => {
  await simulator.close()
  rmSync(folder, { recursive: true })
})

function providers(changes: Partial<ProviderConfig> = {}): ProviderConfig[] {
  const endpoint = `${simulator.url}/v1`
  const none = { extra_body: null, extra_headers: null }
  return [{ name: 'simulator', provider_type: 'openai', endpoint, api_key: 'SOME_KEY', ...none, ...changes }]
}

function options(artifactPath: string) {
  return {
    artifactPath,
    providers: providers(),
    env: { SOME_KEY: 'secret' },
    runConfig: { buffer_size: 2 },
  } satisfies CreateOptions
}

interface Case {
  /** What `if_possible` makes of it: the same refusal, or a new dataset here or beside; then the old one is left as it was. */
  readonly ifPossible: 'refused' | 'begins anew'
  /** Where the dataset comes from. @default a finished one of ours */
  readonly from?: 'nothing' | `fixture ${string}`
  readonly arrange?: (dataset: string) => unknown
  readonly config?: Config
  readonly asked?: Partial<CreateOptions>
  /** The refusal is not the first of those that hold. */
  readonly among?: true
}

const write = (name: string, text: string) => (dataset: string) => writeFileSync(join(dataset, name), text)
const edit = (name: string, change: (fields: Record<string, unknown>) => object) => (dataset: string) => {
  const path = join(dataset, name)
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')))))
}
const batch = (dataset: string, number: number) =>
  join(dataset, 'parquet-files', `batch_0000${number}.parquet`)
const withAllowResize = (config: Config): Config => ({
  ...config,
  columns: config.columns.map((column) => ({ ...column, allow_resize: true })),
})

/** Holds the lock as another run would, without a sign of life that would touch it again. */
async function hold(dataset: string): Promise<void> {
  const clock: Clock = {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sleep: () => new Promise(() => {}),
  }
  const self = await currentProcess(nodeDisk)
  const directory = new DatasetDirectory(nodeDisk, dataset)
  await acquireLock({ directory, clock, self, nonce: 'another run', waitMs: 0 })
}

const refused = {
  nothing_to_resume: { ifPossible: 'begins anew', from: 'nothing' },
  config_differs: { ifPossible: 'begins anew', config: smallConfig('Another prompt about {{ topic }}') },
  dropped_columns_policy_differs: {
    ifPossible: 'begins anew',
    asked: { runConfig: { preserve_dropped_columns: false } },
  },
  allow_resize_not_resumable: {
    ifPossible: 'begins anew',
    config: withAllowResize(smallConfig()),
    among: true,
  },
  no_stored_identity: {
    ifPossible: 'begins anew',
    arrange: (dataset) => {
      for (const name of ['.rowsmith', 'metadata.json', 'builder_config.json'])
        rmSync(join(dataset, name), { recursive: true })
    },
  },
  metadata_corrupt: { ifPossible: 'refused', arrange: write('metadata.json', '{"buffer_size": 2,') },
  metadata_incomplete: {
    ifPossible: 'refused',
    arrange: edit('metadata.json', ({ target_num_records: _, ...rest }) => rest),
  },
  run_json_damaged: { ifPossible: 'refused', arrange: write('.rowsmith/run.json', '{}') },
  format_unsupported: {
    ifPossible: 'refused',
    arrange: edit('.rowsmith/run.json', (run) => ({ ...run, format: 99 })),
  },
  journal_damaged: {
    ifPossible: 'refused',
    arrange: (dataset) => {
      const path = join(dataset, '.rowsmith', 'commits-1.log')
      const bytes = readFileSync(path)
      bytes[200]! ^= 1
      writeFileSync(path, bytes)
    },
  },
  answers_lost: {
    ifPossible: 'refused',
    arrange: (dataset) => {
      rmSync(batch(dataset, 1))
      writeFileSync(join(dataset, '.rowsmith/replies/batch_00001.jsonl.zst'), 'no replies')
    },
  },
  foreign_batch_files: {
    ifPossible: 'refused',
    arrange: (dataset) => cpSync(batch(dataset, 0), batch(dataset, 7)),
  },
  metadata_missing: {
    ifPossible: 'refused',
    from: 'fixture complete',
    arrange: (dataset) => rmSync(join(dataset, 'metadata.json')),
    asked: { numRecords: 25 },
  },
  post_generation_started: { ifPossible: 'refused', from: 'fixture post-started', asked: { numRecords: 20 } },
  post_generation_complete: {
    ifPossible: 'refused',
    from: 'fixture post-started',
    arrange: edit('metadata.json', (fields) => ({ ...fields, post_generation_state: 'complete' })),
    asked: { numRecords: 30 },
  },
  holes_in_sequential: {
    ifPossible: 'refused',
    arrange: (dataset) => rmSync(batch(dataset, 0)),
    asked: { runConfig: { engine: 'sequential' } },
  },
  fewer_than_on_disk: { ifPossible: 'refused', asked: { numRecords: 3 } },
  fewer_than_target: {
    ifPossible: 'refused',
    arrange: (dataset) => rmSync(batch(dataset, 1)),
    asked: { numRecords: 3 },
  },
  buffer_size_differs: { ifPossible: 'refused', asked: { runConfig: { buffer_size: 3 } } },
  seed_differs: { ifPossible: 'refused', asked: { seed: 1n } },
  dataset_in_use: { ifPossible: 'refused', arrange: hold },
} as const satisfies Partial<Record<ErrorCode, Case>>

const withPerson = configFromValue(
  {
    model_configs: [],
    columns: [{ name: 'person', column_type: 'sampler', sampler_type: 'person', params: {} }],
  },
  'test',
)

const withSeed = (path: string): Config => ({
  ...smallConfig(),
  seed_config: configFromValue(
    {
      model_configs: [],
      columns: [{ name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} }],
      seed_config: { source: { seed_type: 'local', path }, sampling_strategy: 'ordered' },
    },
    'test',
  ).seed_config,
})

/** What cannot be begun at all, whatever lies there. */
const impossible: Readonly<Partial<Record<ErrorCode, Pick<Case, 'config' | 'asked'>>>> = {
  persons_not_found: { config: withPerson, asked: { managedAssets: '/no/such/assets' } },
  unknown_model_alias: { config: { ...smallConfig(), model_configs: [] } },
  unknown_provider: { asked: { models: [{ alias: 'writer', provider: 'nobody', model: 'm' }] } },
  seed_not_found: { config: withSeed('/no/such/seed.csv') },
  usage: { asked: { numRecords: 0 } },
  path_escapes: { asked: { datasetName: '../elsewhere' } },
  dataset_not_found: { asked: { reuse: { directory: 'nowhere' } } },
}

let number = 0

/** A folder with one dataset as the case has it, and what a run of it is asked for: two more rows, if nothing else. */
async function arranged(
  one: Case,
): Promise<{ artifacts: string; dataset: string; config: Config; asked: CreateOptions }> {
  const artifacts = join(folder, String(++number))
  const dataset = join(artifacts, 'dataset')
  mkdirSync(artifacts)
  const fixture = one.from?.startsWith('fixture') ? one.from.slice('fixture '.length) : undefined
  const place = join(import.meta.dirname, '../../fixtures/data-designer', fixture ?? '')
  if (one.from !== 'nothing') {
    const from = fixture === undefined ? finished : join(place, 'dataset')
    cpSync(from, dataset, { recursive: true, preserveTimestamps: true })
  }
  await one.arrange?.(dataset)
  const config =
    one.config ?? (fixture === undefined ? smallConfig() : await loadConfig(join(place, 'config.yaml')))
  const { runConfig: _, ...rest } = options(artifacts)
  return { artifacts, dataset, config, asked: { ...rest, numRecords: 6, ...one.asked } }
}

const elsewhere: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(['workflow_record_damaged', 'types_differ'] as const),
  ...(['shards_differ', 'worker_differs', 'first_shard_missing'] as const),
])

test('every refusal there is stands in the table', () => {
  const codes = (Object.keys(errorCodes) as ErrorCode[]).filter(
    // That of a workflow is refused before any of its datasets: test/workflow has it; adopted-types.test.ts has files of other types.
    // execute-blocks.test.ts those of shards.
    (code) => errorCodes[code].class === 'refused' && !elsewhere.has(code),
  )
  expect(Object.keys(refused).sort()).toEqual([...codes, 'dataset_in_use'].sort())
})

describe.each(Object.entries(refused) as [ErrorCode, Case][])('a run refused with %s', (code, one) => {
  test('always: changes no byte and sends no request', async () => {
    const { artifacts, config, asked } = await arranged(one)
    const [bytes, { requests }] = [everyByte(artifacts), simulator.stats()]
    const error = await failureOf(create(config, { ...asked, resume: 'always' }))
    if (one.among) expect(error.facts.refusals).toContain(code)
    else expect(error.code).toBe(code)
    expect(everyByte(artifacts)).toEqual(bytes)
    expect(simulator.stats().requests).toBe(requests)
  })

  const outcome =
    one.ifPossible === 'refused' ? 'the same' : 'begins a new dataset, and leaves the old one as it was'
  test(`if_possible: ${outcome}`, async () => {
    const { artifacts, dataset, config, asked } = await arranged(one)
    const { requests } = simulator.stats()
    if (one.ifPossible === 'refused') {
      const bytes = everyByte(artifacts)
      expect(await failureOf(create(config, asked))).toMatchObject({ code })
      expect(everyByte(artifacts)).toEqual(bytes)
      expect(simulator.stats().requests).toBe(requests)
      return
    }
    const bytes = existsSync(dataset) ? everyByte(dataset) : null
    const ended = await create(config, asked).catch((error: unknown) => error)
    if (code !== 'allow_resize_not_resumable') expect(ended).toMatchObject({ summary: { rows_written: 6 } })
    if (bytes !== null) expect(everyByte(dataset)).toEqual(bytes)
  })
})

describe.each(Object.entries(impossible) as [ErrorCode, Case][])(
  'a run that cannot begin (%s)',
  (code, one) => {
    test.each(['nothing', undefined] as const)(
      'changes no byte and sends no request, whatever is there',
      async (from) => {
        const { artifacts, config, asked } = await arranged({
          ...one,
          ...(from === undefined ? {} : { from }),
        })
        const [bytes, { requests }] = [everyByte(artifacts), simulator.stats()]
        for (const resume of ['always', 'if_possible', 'never'] as const) {
          const error = await failureOf(create(config, { ...asked, resume }))
          if (resume === 'never') expect(error.code).toBe(code)
          expect(everyByte(artifacts)).toEqual(bytes)
        }
        expect(simulator.stats().requests).toBe(requests)
      },
    )
  },
)
