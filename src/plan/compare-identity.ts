/**
 * Whether a directory holds the dataset that is requested.
 *
 * Owns: the comparison of identities, and the sentences that show what differs.
 * Rules:
 *   1. In a directory of our own, run.json decides: what its rows were made from, without what cannot change a row.
 *   2. In Data Designer's, the config hash of metadata.json decides when it has the version we make; else the config
 *      in builder_config.json is read and hashed again.
 *   3. A damaged file says nothing: it is refused for its damage, and what it would have said stays unknown.
 */
import { RowsmithError } from '../base/errors/errors.ts'
import type { Value } from '../base/values/value.ts'
import { configFromSaved } from '../config/form/load.ts'
import { dumpConfig } from '../config/form/save.ts'
import { configHash } from '../config/identity/fingerprint.ts'
import { differences } from '../config/identity/identity.ts'
import type { DatasetFacts, Request } from './facts.ts'
import type { Refusal } from './refusal.ts'

export interface IdentityComparison {
  readonly identity: 'same' | 'different' | 'unknown'
  /** Empty unless the identity differs or cannot be had. */
  readonly refusals: readonly Refusal[]
}

/** Compares what is stored with what is requested: config first, then the policy for dropped columns. */
export function compareIdentity(facts: DatasetFacts, request: Request): IdentityComparison {
  const config = compareConfig(facts, request)
  const stored = storedPolicy(facts)
  const requested = request.preserveDroppedColumns
  if (stored === undefined || stored === requested) return config
  const policy: Refusal = {
    code: 'dropped_columns_policy_differs',
    message: `preserve_dropped_columns is ${requested}, but the dataset was created with ${stored}.`,
    facts: { asked_preserve_dropped_columns: requested, stored_preserve_dropped_columns: stored },
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
  const stored = facts.builderConfig.kind === 'read' ? readStored(facts.builderConfig.contents) : undefined
  const changes = stored === undefined ? [] : differences(stored.document, identity.config)
  if (facts.metadata.kind === 'read') {
    const { config_hash, config_hash_version } = facts.metadata.contents
    if (config_hash !== null && String(config_hash_version) === String(identity.config_hash_version)) {
      return config_hash === identity.config_hash
        ? same
        : different(changes, config_hash, identity.config_hash)
    }
  }
  if (stored !== undefined) {
    return stored.hash === identity.config_hash ? same : different(changes, stored.hash, identity.config_hash)
  }
  // A damaged metadata.json may hold the hash: it is refused for the damage, which can be fixed.
  return facts.metadata.kind === 'defect' ? unknown : { identity: 'different', refusals: [noStoredIdentity] }
}

/** A stored config as this version reads it; undefined when it is none it can read. */
function readStored(stored: Value): { hash: string; document: Value } | undefined {
  try {
    const config = configFromSaved(stored, 'builder_config.json')
    return { hash: configHash(config).config_hash, document: dumpConfig(config) }
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
        message: `The config is not the one the dataset was created with: ${what}.`,
        facts: { differences: list.slice(0, KEPT), stored_hash: before, asked_hash: now },
      },
    ],
  }
}
