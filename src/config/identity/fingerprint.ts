/**
 * `config_hash`: Data Designer's fingerprint, version 2, bit for bit.
 *
 * Rules:
 *   1. What only says how fast or how patiently to ask is left out; so are profilers and empty lists.
 *   2. Models and tools are sorted by alias; every other order counts.
 *   3. JSON with keys by code point, no spaces, ASCII only.
 *   4. Processors of the after-generation stage decide no row, and are left out: with another stage the rows are the same.
 *   5. Configs whose hash would depend on Python functions, or that Data Designer cannot have (`allow_resize`, code
 *      checked in languages of Rowsmith, how seed files are written), are hashed under a version of our own.
 */
import { present } from '../../base/errors/present.ts'
import { sha256 } from '../../base/numbers/hash.ts'
import { canonicalJson, compareCodePoints } from '../../base/values/json.ts'
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import { dumpConfig } from '../form/save.ts'
import { asOlderPython } from '../reading/weights.ts'
import { isAfterGeneration } from '../schema/processors.ts'
import type { ColumnOf, Config } from '../schema/schema.ts'
import { saysHowToRead } from '../schema/seeds.ts'
import { portableLanguages } from '../schema/validators.ts'

export interface ConfigHash {
  /** `sha256:` and 64 hex digits. */
  readonly config_hash: string
  readonly config_hash_algo: 'sha256'
  /** 2 when Data Designer would give the same hash. */
  readonly config_hash_version: 2 | 'rowsmith-1'
}

/** The fingerprint of a config as it is given; metadata.json holds that of the compiled one. */
export function configHash(config: Config): ConfigHash {
  return {
    config_hash: `sha256:${sha256(canonicalJson(fingerprintPayload(config)))}`,
    config_hash_algo: 'sha256',
    config_hash_version: isPortable(config) ? 2 : 'rowsmith-1',
  }
}

/**
 * What Data Designer makes of a config on Python before 3.12, where it is another hash: it divides weights otherwise. Undefined where there
 * is one hash only, and for seed rows in memory, without which Data Designer cannot read a saved config.
 */
export function olderPythonHash(config: Config): string | undefined {
  const here = configHash(config)
  if (here.config_hash_version !== 2 || config.seed_config?.source.seed_type === 'df') return undefined
  const there = configHash(asOlderPython(config)).config_hash
  return there === here.config_hash ? undefined : there
}

/** The data the fingerprint is taken of. */
export function fingerprintPayload(config: Config): ValueObject {
  const dump = dumpConfig(config)
  const payload: Record<string, Value> = {
    columns: present(dump.columns, 'columns of a config'),
    seed_config: seedPart(present(dump.seed_config, 'seeds of a config')),
  }
  const models = objects(dump.model_configs).map(modelPart).sort(by('alias'))
  const tools = objects(dump.tool_configs).map(toolPart).sort(by('tool_alias'))
  if (models.length > 0) payload.model_configs = models
  if (tools.length > 0) payload.tool_configs = tools
  const processors = objects(dump.processors).filter((each) => !isAfterGeneration(each as never))
  for (const [key, list] of [
    ['constraints', objects(dump.constraints)],
    ['processors', processors],
  ] as const) {
    if (list.length > 0) payload[key] = list
  }
  return payload
}

function modelPart(model: ValueObject): ValueObject {
  const { skip_health_check: _probe, inference_parameters: inference, ...rest } = model
  const { max_parallel_requests: _limit, timeout: _patience, ...parameters } = inference as ValueObject
  return { ...rest, inference_parameters: parameters }
}

function toolPart(tool: ValueObject): ValueObject {
  const { timeout_sec: _patience, max_result_bytes: _bound, allow_tools: allowed, ...rest } = tool
  return Array.isArray(allowed) && allowed.length > 0 ? { ...rest, allow_tools: allowed } : rest
}

function seedPart(seed: Value): Value {
  if (!isValueObject(seed) || !isValueObject(seed.source) || seed.source.seed_type !== 'hf') return seed
  const { token: _secret, endpoint: _host, ...source } = seed.source
  return { ...seed, source }
}

function objects(list: Value | undefined): ValueObject[] {
  return Array.isArray(list) ? (list as ValueObject[]) : []
}

function by(key: string): (a: ValueObject, b: ValueObject) => number {
  return (a, b) => compareCodePoints(String(a[key]), String(b[key]))
}

function isPortable(config: Config): boolean {
  const source = config.seed_config?.source
  if (source !== undefined && saysHowToRead(source)) return false
  return !config.columns.some(
    (column) =>
      column.allow_resize ||
      column.column_type === 'custom' ||
      (column.column_type === 'validation' && !isPortableValidator(column.validator_params)),
  )
}

function isPortableValidator(params: ColumnOf<'validation'>['validator_params']): boolean {
  if (params.validator_type === 'code') return isPortableLanguage(params.code_lang)
  return params.validator_type === 'remote'
}

function isPortableLanguage(language: string): boolean {
  return (portableLanguages as readonly string[]).includes(language)
}
