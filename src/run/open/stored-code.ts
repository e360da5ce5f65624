/**
 * The functions of a dataset that a config made which is code: a dataset holds their names, and a hash of what they depend on.
 *
 * Owns: which file may bring them. Rules:
 *   1. A config that is given is the user's own word. Without one, the file that the dataset was last made from is run, if it
 *      is there, lies outside of the dataset directory, and is what it was: its source is hashed before it is run.
 *   2. Functions count only with the hash that run.json has; else what changed is reported, and none of them is called.
 */

import { resolve } from 'node:path'
import { RowsmithError } from '../../base/errors/errors.ts'
import { isValueObject, type Value } from '../../base/values/value.ts'
import { isCodePath, loadCodeConfig } from '../../code/load-code.ts'
import { sourceHash } from '../../code/source-hash.ts'
import { codeHash, codeVersion, differences } from '../../config/identity/identity.ts'
import { rememberSource, sourceOf } from '../../config/reading/source.ts'
import type { Config } from '../../config/schema/schema.ts'
import { isBelow } from '../../disk/below.ts'
import type { Disk } from '../../disk/disk.ts'
import type { LaunchFile } from '../../store/control/launch-file.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'

/** What the functions are looked for with. */
export interface CodeSearch {
  readonly directory: DatasetDirectory
  readonly run: RunFile
  readonly launch: LaunchFile | undefined
  /** The config that was given; undefined when none was. */
  readonly given: Config | undefined
  /** The identity that a config gives its rows, for the sentence that says what changed. */
  readonly identityOf: (config: Config) => Value
}

/**
 * The stored config, together with its functions.
 *
 * @throws RowsmithError function_missing when they are nowhere; config_differs for others
 */
export async function withStoredCode(stored: Config, search: CodeSearch): Promise<Config> {
  const { run, given } = search
  const hash = codeHashOf(run.rows_identity.document)
  const isEarlier = hash !== undefined && !recordedNow(run.rows_identity.document)
  const config = given ?? (hash === undefined ? undefined : await loadStored(search, hash, isEarlier))
  if (config === undefined) return stored
  const { code } = sourceOf(config)
  const file = codeFileOf(config)
  const withCode = (): Config => {
    if (code === undefined) return stored
    const from = { ...code, ...(file === null ? {} : { file }) }
    return rememberSource({ ...stored }, { ...sourceOf(stored), code: from })
  }
  if (hash !== undefined && code?.hash === hash && !isEarlier) return withCode()
  const changes = changesOf(stored, config, search)
  // Functions of processors have no part in the rows: the stage says whether they are what they were.
  if (hash === undefined && changes?.length === 0) return withCode()
  const what =
    changes === undefined || changes.length === 0
      ? 'its functions are others'
      : changes.slice(0, 5).join('; ')
  throw new RowsmithError(
    'config_differs',
    `${sourceOf(config).name} is not the config that the dataset was made from: ${what}`,
    {
      facts: { differences: changes ?? [], stored_hash: hash ?? null, asked_hash: code?.hash ?? null },
      nextStep:
        'Run the same command with --config FILE, the original config. Or run `rowsmith create FILE` with the config of today to start a new dataset next to this one.',
    },
  )
}

/** Where a config came from, when that is a file which is code: what `launch.json` keeps. */
export function codeFileOf(config: Config): string | null {
  const { name, code } = sourceOf(config)
  if (code === undefined) return null
  return code.file ?? (isCodePath(name) ? resolve(name) : null)
}

/** What that file's function was called with. */
export function codeArgsOf(config: Config): readonly string[] {
  return sourceOf(config).code?.args ?? []
}

/** Rule 1. */
async function loadStored(
  { directory, launch }: CodeSearch,
  hash: string,
  isEarlier: boolean,
): Promise<Config> {
  const { disk } = directory
  const file = launch?.config_file ?? null
  const missing = (why: string): RowsmithError =>
    new RowsmithError('function_missing', `The functions of the dataset are not here: ${why}`, {
      facts: { config_file: file },
      nextStep:
        'Run the same command with --config FILE, the original module. Or run `rowsmith create FILE` with the module of today to start a new dataset next to this one.',
    })
  if (isEarlier) {
    const message =
      'An earlier Rowsmith recorded the functions of the dataset, and did not see every edit of them'
    throw new RowsmithError('function_missing', message, {
      facts: { config_file: file },
      nextStep:
        'Run `rowsmith create` with the module. A new dataset next to this one reuses the answers of models, and the functions run again.',
    })
  }
  if (file === null) throw missing('it is unknown which file they are in')
  if (isBelow(await realOf(disk, directory.path), await realOf(disk, file))) {
    throw missing(`${file} lies in the dataset itself, where no file is run`)
  }
  let found: string
  try {
    found = await sourceHash(disk, file)
  } catch (error) {
    throw missing(`${file} cannot be read (${error instanceof Error ? error.message.split('\n')[0] : error})`)
  }
  if (found !== hash) throw missing(`${file}, or what it imports, is not what it was`)
  return loadCodeConfig(file, hash, launch?.config_args)
}

/** Without symbolic links, where it is there. */
function realOf(disk: Disk, path: string): Promise<string> {
  return disk.realPath(resolve(path)).catch(() => resolve(path))
}

/** What differs in sentences; undefined when the config cannot be made ready at all. */
function changesOf(stored: Config, config: Config, { run, identityOf }: CodeSearch): string[] | undefined {
  const models = config.model_configs.length === 0 ? stored.model_configs : config.model_configs
  try {
    const now = identityOf(rememberSource({ ...config, model_configs: models }, sourceOf(config)))
    return differences(run.rows_identity.document, now)
  } catch {
    return undefined
  }
}

/** Whether a dataset's rows are made by functions. */
export function hasCode(run: RunFile): boolean {
  return codeHashOf(run.rows_identity.document) !== undefined
}

function codeHashOf(document: Value): string | undefined {
  const hash = isValueObject(document) ? document[codeHash] : undefined
  return typeof hash === 'string' ? hash : undefined
}

/** Whether the functions were recorded by the rules of today (`compiled-config.ts`). */
function recordedNow(document: Value): boolean {
  return isValueObject(document) && document[codeVersion] === 2n
}
