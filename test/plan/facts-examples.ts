import type { Value } from '../../src/base/values/value.ts'
import { configFromValue } from '../../src/config/form/load.ts'
import { dumpConfig } from '../../src/config/form/save.ts'
import { configHash } from '../../src/config/identity/fingerprint.ts'
import type { DatasetFacts, MetadataFacts, Request, RunFacts } from '../../src/plan/facts.ts'
import { planRanges } from '../../src/plan/row-groups.ts'

/** A config with one uuid column of that name. */
function configOf(name: string): Value {
  return {
    columns: [{ name, column_type: 'sampler', sampler_type: 'uuid', params: {} }],
    model_configs: [],
  }
}

function identityOf(name: string): Request['identity'] {
  const config = configFromValue(configOf(name), 'config')
  const { config_hash, config_hash_version } = configHash(config)
  return {
    config_hash,
    config_hash_version,
    config: dumpConfig(config),
    rows_identity: { hash: `rows of ${name}`, document: { config: dumpConfig(config) } },
    stage_identity: 'no stage',
  }
}

const identity = identityOf('id')
export const otherIdentity = identityOf('key')

/** Ten rows, no settings given, the concurrent engine. */
export function request(changes: Partial<Request> = {}): Request {
  return {
    mode: 'always',
    numRecords: 10,
    bufferSize: null,
    seed: null,
    identity,
    preserveDroppedColumns: true,
    allowResize: false,
    engine: 'concurrent',
    isPostProcessed: false,
    acceptLoss: false,
    ...changes,
  }
}

/** Ten rows in groups of two. */
export function run(changes: Partial<RunFacts> = {}): RunFacts {
  return {
    run_seed: 7n,
    rows_identity: identity.rows_identity,
    stage_identity: identity.stage_identity,
    preserve_dropped_columns: true,
    segments: planRanges(10, 2),
    ...changes,
  }
}

export function metadata(changes: Partial<MetadataFacts> = {}): MetadataFacts {
  return {
    config_hash: identity.config_hash,
    config_hash_version: identity.config_hash_version,
    preserve_dropped_columns: true,
    buffer_size: 2,
    target_num_records: 10,
    original_target_num_records: 10,
    post_generation_state: null,
    ...changes,
  }
}

/** A dataset of ours: three of its five groups are there, nobody is writing. */
export function ours(changes: Partial<DatasetFacts> = {}): DatasetFacts {
  return {
    kind: 'dataset',
    lock: { kind: 'free' },
    run: { kind: 'read', contents: run() },
    metadata: { kind: 'read', contents: metadata() },
    builderConfig: { kind: 'read', contents: configOf('id') },
    groups: { complete: 3, rows: 6, highest: 2, holes: [] },
    foreignBatchFiles: [],
    lostAnswers: null,
    journalDamage: [],
    damagedFiles: [],
    notWhole: [],
    postProcessing: 'none',
    tableRows: null,
    ...changes,
  }
}

/** The same, begun by Data Designer. */
export function foreign(changes: Partial<DatasetFacts> = {}): DatasetFacts {
  return ours({ run: { kind: 'absent' }, ...changes })
}

export const complete = { complete: 5, rows: 10, highest: 4, holes: [] }
export const held = { kind: 'held', holder: 'process 4711 on host mill' } as const
