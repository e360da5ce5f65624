/** Whether a directory of Data Designer's holds the dataset that is asked for: what is compared, and when nothing can be. */
import { describe, expect, test } from 'vitest'
import { type Decision, decide } from '../../src/plan/decide.ts'
import type { DatasetFacts, MetadataFacts, Request } from '../../src/plan/facts.ts'
import { complete, foreign, metadata, otherIdentity, request } from './facts-examples.ts'

const found = (changes: Partial<MetadataFacts>, facts: Partial<DatasetFacts> = {}): DatasetFacts =>
  foreign({ metadata: { kind: 'read', contents: metadata(changes) }, groups: complete, ...facts })

const damaged = {
  kind: 'defect',
  defect: { code: 'no_stored_identity', message: 'builder_config.json is not JSON.' },
} as const
const noHash = { config_hash: null, config_hash_version: null }

/** By what the dataset is told from another one: the same config goes on, another one does not. */
function judged(facts: DatasetFacts): { same: string; another: string } {
  const outcome = (asked: Partial<Request>): string => {
    const decision: Decision = decide(facts, request(asked))
    return decision.kind === 'refuse' ? decision.refusals[0]!.code : decision.kind
  }
  return { same: outcome({}), another: outcome({ identity: otherIdentity }) }
}

const told = { same: 'already_complete', another: 'config_differs' }
const untold = { same: 'no_stored_identity', another: 'no_stored_identity' }

describe('the config is told', () => {
  test.each<[string, DatasetFacts]>([
    ['by the hash, when it has the version we make', found({})],
    ['by the hash alone, when builder_config.json is gone', found({}, { builderConfig: { kind: 'absent' } })],
    ['by the hash alone, when builder_config.json is damaged', found({}, { builderConfig: damaged })],
    ['by builder_config.json, when there is no hash', found(noHash)],
    [
      'by builder_config.json, when the hash is of version 1',
      found({ config_hash: 'sha256:old', config_hash_version: 1 }),
    ],
    [
      'by builder_config.json, when the hash has no version',
      found({ config_hash: 'sha256:old', config_hash_version: null }),
    ],
    [
      'by builder_config.json, when the hash is of a later version',
      found({ config_hash: 'sha256:new', config_hash_version: 3 }),
    ],
    ['by the hash, when its version is a text', found({ config_hash_version: '2' })],
  ])('%s', (_, facts) => {
    expect(judged(facts)).toEqual(told)
  })

  test('by builder_config.json, when there is no metadata.json: another config is never taken for the same', () => {
    const facts = foreign({ metadata: { kind: 'absent' } })
    expect(judged(facts).same).not.toBe('config_differs')
    expect(judged(facts).another).toBe('config_differs')
  })
})

describe('the config cannot be told, so nothing is taken for the same', () => {
  test.each<[string, DatasetFacts]>([
    ['without a hash and a builder_config.json', found(noHash, { builderConfig: { kind: 'absent' } })],
    ['without a hash, when builder_config.json is damaged', found(noHash, { builderConfig: damaged })],
    [
      'without a hash, when builder_config.json holds no config that can be read',
      found(noHash, {
        builderConfig: { kind: 'read', contents: { columns: [{ column_type: 'from the future' }] } },
      }),
    ],
  ])('%s', (_, facts) => {
    expect(judged(facts)).toEqual(untold)
    expect(decide(facts, request({ mode: 'if_possible' })).kind).toBe('fresh_beside')
  })
})
