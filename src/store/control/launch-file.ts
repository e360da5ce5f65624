/**
 * `.rowsmith/launch.json`: how the dataset was last started, so that `resume DIRECTORY` needs nothing more.
 * Never a key, and nothing that decides what a row is: that is run.json.
 */

import { formatJson } from '../../base/values/json.ts'
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import type { Disk } from '../../disk/disk.ts'
import type { Found } from '../../plan/facts.ts'
import { replaceFile, type Writer } from '../files/atomic-file.ts'
import { requireChecksum, withChecksum } from '../files/checksum.ts'
import type { DatasetLayout } from '../files/layout.ts'
import { Fields, readJsonFile } from '../files/read-file.ts'

export interface LaunchFile {
  /** Absolute paths; null when not given. */
  readonly config_file: string | null
  /** What the function that the config file exports was called with. */
  readonly config_args: readonly string[]
  readonly providers_file: string | null
  readonly env_file: string | null
  readonly mcp_providers_file: string | null
  /** The folder in which a seed dataset with a relative path was found. */
  readonly seed_folder: string | null
  /** The managed assets folder in which person datasets were found. */
  readonly managed_assets: string | null
  /** The person datasets as they were read: what tells that a file did not change, and its SHA-256. */
  readonly person_files: readonly { readonly path: string; readonly stamp: string; readonly sha256: string }[]
  /** The run settings that were given, by their own names. */
  readonly run_config: ValueObject
  readonly models: readonly { readonly alias: string; readonly provider: string; readonly model: string }[]
  readonly max_parallel_requests: number | null
  /** What may be spent on the dataset; null for no limit. */
  readonly max_cost: number | null
  readonly max_tokens: number | null
  readonly max_requests: number | null
  /** What its models cost, by `provider/model`: for those who look at the dataset. */
  readonly prices: ValueObject
}

const NAME = '.rowsmith/launch.json'

/** Replaces the file, atomically and durably. */
export async function writeLaunchFile(
  disk: Disk,
  layout: DatasetLayout,
  launch: LaunchFile,
  writer: Writer,
): Promise<void> {
  const whole = (count: number | null): bigint | null => (count === null ? null : BigInt(count))
  const value: ValueObject = {
    ...launch,
    config_args: [...launch.config_args],
    person_files: launch.person_files.map((file) => ({ ...file })),
    models: launch.models.map((model) => ({ ...model })),
    max_parallel_requests: whole(launch.max_parallel_requests),
    max_tokens: whole(launch.max_tokens),
    max_requests: whole(launch.max_requests),
  }
  await replaceFile(disk, layout.launch, `${formatJson(withChecksum(value), { indent: 2 })}\n`, writer)
}

/** Never throws for what is wrong with the file. */
export function readLaunchFile(disk: Disk, layout: DatasetLayout): Promise<Found<LaunchFile>> {
  return readJsonFile(disk, layout.launch, NAME, 'run_json_damaged', (object) => {
    requireChecksum(object, NAME, 'run_json_damaged')
    const fields = new Fields(object, NAME, 'run_json_damaged')
    const optional = <T>(field: string, read: () => T): T | null =>
      fields.any(field) === null ? null : read()
    const settings = fields.any('run_config')
    // Fields that an earlier Rowsmith did not write are not given.
    const count = (field: string): number | null =>
      fields.has(field) ? optional(field, () => fields.count(field, 1)) : null
    const cost = fields.has('max_cost') ? fields.any('max_cost') : null
    const prices = fields.has('prices') ? fields.any('prices') : {}
    return {
      config_file: fields.stringOrNull('config_file'),
      config_args: fields.has('config_args') ? stringsOf(fields.any('config_args')) : [],
      providers_file: fields.stringOrNull('providers_file'),
      env_file: fields.stringOrNull('env_file'),
      mcp_providers_file: fields.has('mcp_providers_file') ? fields.stringOrNull('mcp_providers_file') : null,
      seed_folder: fields.has('seed_folder') ? fields.stringOrNull('seed_folder') : null,
      managed_assets: fields.has('managed_assets') ? fields.stringOrNull('managed_assets') : null,
      person_files: fields.has('person_files')
        ? fields.objects('person_files').map((file) => ({
            path: file.string('path'),
            stamp: file.string('stamp'),
            sha256: file.string('sha256'),
          }))
        : [],
      run_config: isValueObject(settings) ? settings : fields.wrong('run_config', 'an object'),
      models: fields.objects('models').map((model) => ({
        alias: model.string('alias'),
        provider: model.string('provider'),
        model: model.string('model'),
      })),
      max_parallel_requests: optional('max_parallel_requests', () =>
        fields.count('max_parallel_requests', 1),
      ),
      max_cost: typeof cost === 'number' || typeof cost === 'bigint' ? Number(cost) : null,
      max_tokens: count('max_tokens'),
      max_requests: count('max_requests'),
      prices: isValueObject(prices) ? prices : {},
    }
  })
}

function stringsOf(value: Value): string[] {
  return Array.isArray(value) ? value.map(String) : []
}
