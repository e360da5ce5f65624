/**
 * Whether a directory holds the dataset that is asked for.
 *
 * Owns: the comparison of identities, and the sentences that show what differs.
 * Rules:
 *   1. In a directory of our own, run.json decides: what its rows were made from, without what cannot change a row.
 *   2. In Data Designer's, the config hash of metadata.json decides when it has the version we make; else the config
 *      in builder_config.json is read and hashed anew.
 *   3. A damaged file says nothing: it is refused for its damage, and what it would have said stays unknown.
 */
import { RowsmithError } from '../base/errors.ts'
import type { Value } from '../base/value.ts'
import { configHash } from '../config/fingerprint.ts'
import { differences } from '../config/identity.ts'
import { configFromValue } from '../config/load.ts'
import type { DatasetFacts, Request } from './facts.ts'
import type { Refusal } from './refusal.ts'

export interface IdentityComparison {
  readonly identity: 'same' | 'different' | 'unknown'
  /** Empty unless the identity differs or cannot be had. */
  readonly refusals: readonly Refusal[]
}

/** Compares what is stored with what is asked: config first, then the policy for dropped columns. */
export function compareIdentity(facts: DatasetFacts, request: Request): IdentityComparison {
  const config = compareConfig(facts, request)
  const stored = storedPolicy(facts)
  const asked = request.preserveDroppedColumns
  if (stored === undefined || stored === asked) return config
  const policy: Refusal = {
    code: 'dropped_columns_policy_differs',
    message: `preserve_dropped_columns is ${asked}, but the dataset was begun with ${stored}.`,
    facts: { asked_preserve_dropped_columns: asked, stored_preserve_dropped_columns: stored },
  }
  return { identity: 'different', refusals: [...config.refusals, policy] }
}

function compareConfig(facts: DatasetFacts, request: Request): IdentityComparison {
  const { identity } = request
  if (facts.run.kind === 'defect') return unknown
  if (facts.run.kind === 'read') {
    const stored = facts.run.contents.rows_identity
    if (stored.hash === identity.rows_identity.hash) return same
    return different(
      differences(stored.document, identity.rows_identity.document),
      stored.hash,
      identity.rows_identity.hash,
    )
  }
  const builderConfig = facts.builderConfig.kind === 'read' ? facts.builderConfig.contents : undefined
  if (facts.metadata.kind === 'read') {
    const { config_hash, config_hash_version } = facts.metadata.contents
    if (config_hash !== null && String(config_hash_version) === String(identity.config_hash_version)) {
      if (config_hash === identity.config_hash) return same
      const shown = builderConfig === undefined ? [] : differences(builderConfig, identity.config)
      return different(shown, config_hash, identity.config_hash)
    }
  }
  const hash = builderConfig === undefined ? undefined : hashOf(builderConfig)
  if (builderConfig === undefined || hash === undefined) {
    // A damaged metadata.json may hold the hash: it is refused for the damage, which can be mended.
    return facts.metadata.kind === 'defect'
      ? unknown
      : { identity: 'different', refusals: [noStoredIdentity] }
  }
  if (hash === identity.config_hash) return same
  return different(differences(builderConfig, identity.config), hash, identity.config_hash)
}

/** The hash of a stored config; undefined when it is not a config we can read. */
function hashOf(stored: Value): string | undefined {
  try {
    return configHash(configFromValue(stored, 'builder_config.json')).config_hash
  } catch (error) {
    if (RowsmithError.isInstance(error)) return undefined
    throw error
  }
}

function storedPolicy(facts: DatasetFacts): boolean | undefined {
  switch (facts.run.kind) {
    case 'read':
      return facts.run.contents.preserve_dropped_columns
    case 'absent':
      return facts.metadata.kind === 'read' ? facts.metadata.contents.preserve_dropped_columns : undefined
    case 'defect':
      return undefined
  }
}

const same: IdentityComparison = { identity: 'same', refusals: [] }
const unknown: IdentityComparison = { identity: 'unknown', refusals: [] }

const noStoredIdentity: Refusal = {
  code: 'no_stored_identity',
  message: 'The folder is not empty, but holds neither a config hash nor a readable builder_config.json.',
  facts: {},
}

/** How many differences a sentence shows; the facts hold more. */
const SHOWN = 5
const KEPT = 50

function different(list: readonly string[], before: string, now: string): IdentityComparison {
  const shown = list.slice(0, SHOWN).join('; ')
  const more = list.length > SHOWN ? ` and ${list.length - SHOWN} more` : ''
  const what = list.length === 0 ? `its hash is ${before}, now it would be ${now}` : `${shown}${more}`
  return {
    identity: 'different',
    refusals: [
      {
        code: 'config_differs',
        message: `The config is not the one the dataset was begun with: ${what}.`,
        facts: { differences: list.slice(0, KEPT), stored_hash: before, asked_hash: now },
      },
    ],
  }
}
