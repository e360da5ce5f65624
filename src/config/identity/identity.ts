/**
 * What makes two datasets the same: the rows' identity, the after-generation stage's, and how two identities
 * differ.
 *
 * Rules:
 *   1. What cannot change a row is in no identity: keys, endpoints, time-outs, concurrency, prices, profilers,
 *      aliases without requests.
 *   2. The document is stored next to its hash, so that a difference can be shown field by field; what the seed dataset
 *      holds is in it as a hash, which is not shown.
 */
import { present } from '../../base/errors/present.ts'
import { sha256 } from '../../base/numbers/hash.ts'
import { canonicalJson, formatJson } from '../../base/values/json.ts'
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import { usedAliases } from '../check/aliases.ts'
import { dumpConfig } from '../form/save.ts'
import { formatPath, type Path, sourceOf } from '../reading/source.ts'
import { isAfterGeneration } from '../schema/processors.ts'
import type { Config } from '../schema/schema.ts'
import { fingerprintPayload } from './fingerprint.ts'

/** What the document calls the SHA-256 of the seed dataset's contents. */
export const seedContents = 'seed_contents'
/** What the document calls the SHA-256 of the contents of the person datasets. */
export const personContents = 'person_contents'
/** What the document calls the number of the rules by which records of person datasets are made. */
export const personVersion = 'person_version'
/** What the document calls the hash of what the config's functions depend on. */
export const codeHash = 'code'
/** What the document calls the number of the rules by which that hash was made. */
export const codeVersion = 'code_version'

export interface Identity {
  /** 64 hex digits: SHA-256 of the document's canonical JSON. */
  readonly hash: string
  readonly document: Value
}

/**
 * What the rows of a dataset are made from.
 *
 * @param config compiled
 * @param more what is not in the config: seed contents, functions, run settings that change values, whether a provider is
 *   the simulator
 */
export function rowsIdentity(config: Config, more: ValueObject): Identity {
  const functions = sourceOf(config).code?.functions
  const usedByModels = new Set(usedAliases({ ...config, profilers: [] }, functions).map(({ name }) => name))
  const { model_configs: models, ...payload } = fingerprintPayload(config)
  const used = ((models ?? []) as ValueObject[]).filter((model) => usedByModels.has(String(model.alias)))
  const document = { config: { ...payload, model_configs: used }, ...more }
  return { hash: sha256(canonicalJson(document)), document }
}

/**
 * What is done after generation, as 64 hex digits.
 *
 * @param sources the source texts of the functions among the processors, by processor
 */
export function postProcessingIdentity(
  config: Config,
  sources: Readonly<Record<string, string>> = {},
): string {
  const processors = (dumpConfig(config).processors as ValueObject[] | null) ?? []
  const postProcessors = processors.filter((each) => isAfterGeneration(each as never))
  return sha256(
    canonicalJson(
      postProcessors.map((each) => {
        const source = own(sources as ValueObject, String(each.name))
        return source === undefined ? each : { ...each, source }
      }),
    ),
  )
}

/** The identity of a dataset that is its rows, as they were generated. */
export const noPostProcessing = sha256(canonicalJson([]))

/**
 * How two documents differ, field by field: `columns[2].prompt: "a" -> "b"`. Items of lists that have a name or
 * an alias are compared by it, so a column put in the middle is one difference. Values are cut at 80 characters.
 */
export function differences(before: Value, now: Value): string[] {
  const found: string[] = []
  compare(before, now, [], found)
  // Hashes of two sets of rules say nothing together, and rules without a hash nothing alone.
  const hasCode = (document: Value): boolean => isValueObject(document) && document[codeHash] !== undefined
  const isOther =
    hasCode(before) && hasCode(now) && found.includes(present(hashedParts.get(codeVersion), 'hashed parts'))
  const idle = hashedParts.get(isOther ? codeHash : codeVersion)
  return found.filter((each) => each !== idle)
}

/** What is said of parts that the document holds as hashes. */
const hashedParts = new Map([
  [seedContents, 'the contents of the seed dataset changed'],
  [personContents, 'the contents of a person dataset changed'],
  [personVersion, 'an earlier Rowsmith recorded the persons, which had no locale'],
  [codeHash, 'the functions of the config changed, or what they import'],
  [
    codeVersion,
    'an earlier Rowsmith, which did not see every edit, recorded the functions: they run again, and answers of models are taken over',
  ],
])

function compare(before: Value | undefined, now: Value | undefined, path: Path, found: string[]): void {
  if (isValueObject(before) && isValueObject(now)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
      compare(own(before, key), own(now, key), [...path, key], found)
    }
  } else if (Array.isArray(before) && Array.isArray(now)) {
    compareLists(before, now, path, found)
  } else if (show(before) !== show(now)) {
    const hashed = path.length === 1 ? hashedParts.get(String(path[0])) : undefined
    if (hashed !== undefined) {
      found.push(hashed)
      return
    }
    found.push(`${formatPath(path)}: ${cut(show(before))} -> ${cut(show(now))}`)
  }
}

function compareLists(before: readonly Value[], now: readonly Value[], path: Path, found: string[]): void {
  const earlierNames = namesOf(before)
  const names = namesOf(now)
  if (earlierNames === undefined || names === undefined) {
    for (let index = 0; index < Math.max(before.length, now.length); index++) {
      compare(before[index], now[index], [...path, index], found)
    }
    return
  }
  for (const [index, name] of earlierNames.entries()) {
    if (!names.includes(name)) found.push(`${formatPath([...path, index])}: ${cut(show(name))} is missing`)
  }
  for (const [index, name] of names.entries()) {
    const earlier = earlierNames.indexOf(name)
    if (earlier < 0) found.push(`${formatPath([...path, index])}: ${cut(show(name))} is new`)
    else compare(before[earlier], now[index], [...path, index], found)
  }
  const stored = earlierNames.filter((name) => names.includes(name))
  const earlier = names.filter((name) => earlierNames.includes(name))
  if (stored.join('\n') !== earlier.join('\n')) found.push(`${formatPath(path)}: in another order`)
}

/** What the items of a list are called, when each is and no two alike. */
function namesOf(list: readonly Value[]): string[] | undefined {
  const names = list.map((item) => {
    const name = isValueObject(item) ? (item.name ?? item.alias ?? item.tool_alias) : undefined
    return typeof name === 'string' ? name : undefined
  })
  const given = names.filter((name) => name !== undefined)
  return given.length === list.length && new Set(given).size === list.length ? given : undefined
}

function own(object: ValueObject, key: string): Value | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

function show(value: Value | undefined): string {
  return value === undefined ? 'not there' : formatJson(value, { sortKeys: true })
}

function cut(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
