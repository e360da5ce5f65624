/**
 * What is wrong with the small files of a dataset: for code that shows it, and for code that repairs it.
 *
 * None of them decides about a row. What a run writes again anyway, as builder_config.json, is wrong until then.
 */
import type { ValueObject } from '../../base/values/value.ts'
import type { Config } from '../../config/schema/schema.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import { storedConfig } from './stored-config.ts'

/** A small file that is missing, or is not what was written. */
export interface SideDefect {
  /** Below the dataset directory. */
  readonly path: string
  readonly severity: 'damaged' | 'missing'
  readonly what: string
  /** Of builder_config.json: what it should hold; null when nothing shows. */
  readonly config?: Config | null
}

/**
 * Of builder_config.json, launch.json and tools.json.
 *
 * @param started whether a process came further than writing them
 * @throws RowsmithError io_error
 */
export async function startDefects(view: DatasetView, run: RunFile, started: boolean): Promise<SideDefect[]> {
  const defects: SideDefect[] = []
  const { config, defect } = await storedConfig(view, run)
  if (defect !== null && (started || defect !== 'missing')) {
    const severity = defect === 'missing' ? 'missing' : 'damaged'
    defects.push({ path: 'builder_config.json', severity, what: defect, config })
  }
  const launch = await view.launch()
  const path = '.rowsmith/launch.json'
  if (launch.kind === 'defect') defects.push({ path, severity: 'damaged', what: launch.defect.message })
  if (launch.kind === 'absent' && started) defects.push({ path, severity: 'missing', what: 'missing' })
  const tools = await toolsDefect(view)
  return tools === undefined ? defects : [...defects, tools]
}

/** Of the tools that models are offered. @throws RowsmithError io_error */
export async function toolsDefect(view: DatasetView): Promise<SideDefect | undefined> {
  const tools = await view.tools()
  if (tools.kind !== 'defect') return undefined
  return { path: '.rowsmith/tools.json', severity: 'damaged', what: tools.defect.message }
}

/**
 * Of the story of the dataset: damage to it is damage to history, and to nothing else.
 *
 * @param started whether a process came as to record its start
 * @returns with the lines that can be read
 * @throws RowsmithError io_error
 */
export async function storyDefect(
  view: DatasetView,
  started: boolean,
): Promise<(SideDefect & { readonly events: readonly ValueObject[] }) | undefined> {
  const path = '.rowsmith/events.jsonl'
  const found = await view.history()
  if (found === undefined)
    return started ? { path, severity: 'missing', what: 'missing', events: [] } : undefined
  const { lines, events, gaps, isCut } = found
  const unreadable = lines - events.length
  const what = [
    ...(unreadable > 0
      ? [`${unreadable} of its ${lines} lines cannot be read, or are not what was written`]
      : []),
    ...(gaps > 0 ? [`lines are missing in ${gaps} ${gaps === 1 ? 'place' : 'places'}`] : []),
    ...(isCut ? [lines === 0 ? 'empty' : 'its end is missing'] : []),
  ]
  return what.length === 0 ? undefined : { path, severity: 'damaged', what: what.join('; '), events }
}
