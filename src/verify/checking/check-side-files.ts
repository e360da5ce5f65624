/** What is wrong with the small files of a dataset, and what lies about in its folders. */

import { formatJson } from '../../base/values/json.ts'
import { isValueObject, toValue, type Value, type ValueObject } from '../../base/values/value.ts'
import { builderConfigJson } from '../../config/form/save.ts'
import { rowCount } from '../../plan/row-groups.ts'
import { metadataOf, type Progress } from '../../run/execute/dataset-metadata.ts'
import { storedConfig } from '../../run/open/stored-config.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import { looksLikeBatch } from '../../store/files/layout.ts'
import { temporaryFile } from '../../store/publishing/collect-garbage.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import { asNothing, type Problem, problem } from '../found/problem.ts'

export interface Places {
  readonly view: DatasetView
}

/** @param progress what the row groups amount to: now, and when none of them was damaged or gone; either will do */
export async function checkMetadata(
  { view }: Places,
  run: RunFile,
  progress: readonly Progress[],
): Promise<Problem[]> {
  const path = 'metadata.json'
  const action = { kind: 'write metadata' } as const
  const repair = 'written anew from run.json and the row groups'
  const typed = await view.metadata()
  const found = await view.storedMetadata()
  if (typed.kind === 'absent' || found.kind === 'absent')
    return [problem('missing', path, 'gone', repair, action)]
  if (typed.kind === 'defect') return [problem('damaged', path, typed.defect.message, repair, action)]
  if (found.kind === 'defect') return [problem('damaged', path, found.defect.message, repair, action)]
  // Another tool raised the target, and counts what it made: our plan follows with the next run.
  if (typed.contents.target_num_records > rowCount(run.segments)) return []
  const wrong = progress.map((each) => {
    const expected = toValue(metadataOf(run, each)) as ValueObject
    const differs = (key: string): boolean =>
      formatJson(found.contents[key] ?? null, sorted) !== formatJson(expected[key]!, sorted)
    const keys = Object.keys(expected).filter(differs)
    return { keys, behind: keys.every((key) => lags(found.contents[key], expected[key]!)) }
  })
  if (wrong.some(({ keys }) => keys.length === 0)) return []
  const behind = wrong.find((each) => each.behind)
  const { keys } = behind ?? wrong[0]!
  const what = `is ${behind ? 'behind' : 'not what'} run.json and the row groups${behind ? '' : ' say'}: ${keys.join(', ')}`
  return [problem(behind ? 'leftover' : 'damaged', path, what, repair, action)]
}

const sorted = { sortKeys: true }

/** Whether a value is one that the file had earlier: it is written now and then, and may be behind. */
function lags(found: Value | undefined, expected: Value): boolean {
  if (typeof found === 'bigint' && typeof expected === 'bigint') return found < expected
  if (Array.isArray(found) && Array.isArray(expected)) {
    return found.length <= expected.length && found.every((item) => expected.includes(item))
  }
  if (found !== undefined && isValueObject(found) && isValueObject(expected)) {
    const keys = Object.keys(found)
    return (
      keys.length === Object.keys(expected).length &&
      keys.every((key) => lags(found[key]!, expected[key] ?? null))
    )
  }
  return false
}

/** builder_config.json, launch.json and tools.json. @param isStarted whether a process came further than writing them */
export async function checkStart({ view }: Places, run: RunFile, isStarted: boolean): Promise<Problem[]> {
  const problems: Problem[] = []
  const { config, defect } = await storedConfig(view, run)
  if (defect !== null) {
    const severity = defect === 'gone' ? 'missing' : 'damaged'
    const path = 'builder_config.json'
    problems.push(
      config === null
        ? problem(severity, path, defect, 'nothing: give the `create` command again', asNothing)
        : problem(severity, path, defect, 'written anew from run.json', {
            kind: 'write builder config',
            text: builderConfigJson(config),
          }),
    )
  }
  const launch = await view.launch()
  if (launch.kind === 'defect' || (launch.kind === 'absent' && isStarted)) {
    const repair =
      'written anew without settings: give run settings, providers and limits with the next resume'
    const what = launch.kind === 'defect' ? launch.defect.message : 'gone'
    const severity = launch.kind === 'defect' ? 'damaged' : 'missing'
    problems.push(problem(severity, '.rowsmith/launch.json', what, repair, { kind: 'write launch file' }))
  }
  const tools = await view.tools()
  if (tools.kind === 'defect') {
    const repair = 'nothing: put it back; or remove it, and tools are listed anew'
    problems.push(problem('damaged', '.rowsmith/tools.json', tools.defect.message, repair, asNothing))
  }
  return problems
}

/**
 * The story of the dataset: damage to it is damage to history, and to nothing else.
 *
 * @param isStarted whether a process came as far as to tell that it began
 */
export async function checkHistory({ view }: Places, isStarted: boolean): Promise<Problem[]> {
  const path = '.rowsmith/events.jsonl'
  const found = await view.history()
  const lost =
    'the story before is lost, and that is told in a new one: it is history only, no row hangs on it'
  if (found === undefined) {
    return isStarted ? [problem('missing', path, 'gone', lost, { kind: 'rewrite history', events: [] })] : []
  }
  const { lines, events, gaps, isCut } = found
  const unreadable = lines - events.length
  const what = [
    ...(unreadable > 0
      ? [`${unreadable} of its ${lines} lines cannot be read, or are not what was written`]
      : []),
    ...(gaps > 0 ? [`lines are missing in ${gaps} ${gaps === 1 ? 'place' : 'places'}`] : []),
    ...(isCut ? [lines === 0 ? 'empty' : 'its end is missing'] : []),
  ]
  if (what.length === 0) return []
  const stored = `the ${events.length} lines that can be read are written anew, the old file goes to quarantine: it is history only, no row hangs on it`
  const action = { kind: 'rewrite history', events } as const
  return [problem('damaged', path, what.join('; '), events.length === 0 ? lost : stored, action)]
}

/** @param known every file of a row group, or its bare name for all folders; and every draft that is still to be put in place */
export async function checkLeftovers(
  { view: { directory } }: Places,
  known: { readonly files: ReadonlySet<string>; readonly drafts: ReadonlySet<string> },
): Promise<Problem[]> {
  const { layout } = directory
  const leftovers: Problem[] = []
  const add = (path: string, what: string, repair: string): void => {
    leftovers.push(problem('leftover', path, what, repair, asNothing))
  }
  const listOf = (folder: string): Promise<string[]> => directory.list(folder)
  const swept = 'nothing: the next run removes it'
  for (const [folder, prefix] of [
    [directory.path, ''],
    [layout.own, '.rowsmith/'],
  ] as const) {
    for (const name of await listOf(folder)) {
      if (temporaryFile.test(name)) add(`${prefix}${name}`, 'what a process was writing when it died', swept)
    }
  }
  for (const name of await listOf(layout.drafts)) {
    if (!known.drafts.has(name)) add(`.rowsmith/drafts/${name}`, 'a draft that no commit needs', swept)
  }
  for (const name of await listOf(layout.postProcessing)) {
    add(`.rowsmith/stage/${name}`, 'a table that was replaced, or never finished', swept)
  }
  for (const name of await listOf(layout.quarantine)) {
    add(`.rowsmith/quarantine/${name}`, 'set aside earlier', 'nothing: it may be deleted')
  }
  const processors = (await listOf(layout.processors)).map((name) => `processors-files/${name}`)
  for (const folder of ['dropped-columns-parquet-files', ...processors, '.rowsmith/replies']) {
    for (const name of await listOf(directory.file(folder))) {
      const path = `${folder}/${name}`
      const isOwn = looksLikeBatch(name) || folder === '.rowsmith/replies'
      if (isOwn && !known.files.has(path) && !known.files.has(name)) {
        add(path, 'belongs to no published row group', 'nothing: nobody reads it')
      }
    }
  }
  return leftovers
}

/** Names of processors that have files of their own, in config order, by the word of run.json. */
export function processorNames(run: RunFile): string[] {
  const { document } = run.rows_identity
  const config = isValueObject(document) ? document.config : undefined
  const list = config !== undefined && isValueObject(config) ? config.processors : undefined
  if (!Array.isArray(list)) return []
  return list.flatMap((item) =>
    isValueObject(item) && item.processor_type === 'schema_transform' ? [String(item.name)] : [],
  )
}
