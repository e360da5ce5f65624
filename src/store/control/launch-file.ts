/**
 * `.rowsmith/launch.json`: how the dataset was last started, so that `resume DIRECTORY` needs nothing more.
 * Never a key, and nothing that decides what a row is: that is run.json.
 */

import { formatJson } from '../../base/values/json.ts'
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import type { Found } from '../../plan/facts.ts'
import type { FileOwner } from '../files/atomic-file.ts'
import { requireChecksum, withChecksum } from '../files/checksum.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'
import { Fields, readJsonFile } from '../files/read-file.ts'

export interface LaunchFile {
  /** The config that is code: absolute path; null when it is none. */
  readonly config_file: string | null
  /** What the function that the config file exports was called with. */
  readonly config_args: readonly string[]
  /** The folder in which a seed dataset with a relative path was found. */
  readonly seed_folder: string | null
  /** The managed assets folder in which person datasets were found. */
  readonly managed_assets: string | null
  /** The person datasets as they were read: what shows that a file did not change, and its SHA-256. */
  readonly person_files: readonly { readonly path: string; readonly stamp: string; readonly sha256: string }[]
  /** What its models cost, by `provider/model`: for those who look at the dataset. */
  readonly prices: ValueObject
  /** The settings that were given, by the names they have in the file: `run/request/remembered-settings.ts` reads and writes them. */
  readonly settings: ValueObject
}

const NAME = '.rowsmith/launch.json'

/** The order in which files have listed their members since 0.1; newer ones stand behind. */
const members = [
  'config_file',
  'config_args',
  'providers_file',
  'env_file',
  'mcp_providers_file',
  'seed_folder',
  'managed_assets',
  'person_files',
  'run_config',
  'models',
  'max_parallel_requests',
  'max_cost',
  'max_tokens',
  'max_requests',
  'prices',
]

/** Members that are no settings. */
const own = new Set([
  'config_file',
  'config_args',
  'seed_folder',
  'managed_assets',
  'person_files',
  'prices',
  'sha256',
])

/** Replaces the file, atomically and durably. */
export async function writeLaunchFile(
  directory: DatasetDirectory,
  { settings, ...launch }: LaunchFile,
  writer: FileOwner,
): Promise<void> {
  const value: ValueObject = {
    ...settings,
    ...launch,
    config_args: [...launch.config_args],
    person_files: launch.person_files.map((file) => ({ ...file })),
  }
  const inOrder = [...new Set([...members, ...Object.keys(value)])].flatMap((member) => {
    const stored = value[member]
    // A newer member that says nothing is left out, so that files stay as they were.
    const isNothing = stored === undefined || (stored === null && !members.includes(member))
    return isNothing ? [] : [[member, stored] as const]
  })
  const text = formatJson(withChecksum(Object.fromEntries(inOrder)), { indent: 2 })
  await directory.replace(directory.layout.launch, `${text}\n`, writer)
}

/** Never throws for what is wrong with the file. Members that an earlier Rowsmith did not write are not given. */
export function readLaunchFile(directory: DatasetDirectory): Promise<Found<LaunchFile>> {
  return readJsonFile(directory.disk, directory.layout.launch, NAME, 'run_json_damaged', (object) => {
    requireChecksum(object, NAME, 'run_json_damaged')
    const fields = new Fields(object, NAME, 'run_json_damaged')
    const text = (field: string): string | null => (fields.has(field) ? fields.stringOrNull(field) : null)
    const prices = fields.has('prices') ? fields.any('prices') : {}
    return {
      config_file: fields.stringOrNull('config_file'),
      config_args: fields.has('config_args') ? stringsOf(fields.any('config_args')) : [],
      seed_folder: text('seed_folder'),
      managed_assets: text('managed_assets'),
      person_files: fields.has('person_files')
        ? fields.objects('person_files').map((file) => ({
            path: file.string('path'),
            stamp: file.string('stamp'),
            sha256: file.string('sha256'),
          }))
        : [],
      prices: isValueObject(prices) ? prices : {},
      settings: Object.fromEntries(Object.entries(object).filter(([name]) => !own.has(name))),
    }
  })
}

function stringsOf(value: Value): string[] {
  return Array.isArray(value) ? value.map(String) : []
}
