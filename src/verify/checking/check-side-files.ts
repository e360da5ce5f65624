/** What is wrong with the small files of a dataset, and what lies about in its folders. */

import { builderConfigJson } from '../../config/form/save.ts'
import { metadataDefect, type Progress } from '../../run/execute/dataset-metadata.ts'
import { startDefects, storyDefect } from '../../run/open/small-files.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import { looksLikeBatch } from '../../store/files/layout.ts'
import { temporaryFile } from '../../store/publishing/collect-garbage.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import { asNothing, type Problem, problem } from '../found/problem.ts'

/**
 * @param progress what the row groups amount to: now, and when none of them was damaged or missing; either will do
 * @param isStarted whether a process came further than writing it
 */
export async function checkMetadata(
  view: DatasetView,
  run: RunFile,
  progress: readonly Progress[],
  isStarted: boolean,
): Promise<Problem[]> {
  const found = await metadataDefect(view, run, progress, isStarted)
  if (found === undefined) return []
  const repair = 'written again from run.json and the row groups'
  return [problem(found.severity, 'metadata.json', found.what, repair, { kind: 'write metadata' })]
}

/** builder_config.json, launch.json and tools.json. @param isStarted whether a process came further than writing them */
export async function checkStart(view: DatasetView, run: RunFile, isStarted: boolean): Promise<Problem[]> {
  const defects = await startDefects(view, run, isStarted)
  return defects.map(({ path, severity, what, config }) => {
    if (path === 'builder_config.json') {
      return config === null || config === undefined
        ? problem(severity, path, what, 'nothing: give the `create` command again', asNothing)
        : problem(severity, path, what, 'written again from run.json', {
            kind: 'write builder config',
            text: builderConfigJson(config),
          })
    }
    if (path === '.rowsmith/launch.json') {
      const repair =
        'written again without settings: give run settings, providers and limits with the next resume'
      return problem(severity, path, what, repair, { kind: 'write launch file' })
    }
    const repair = 'nothing: put it back; or remove it, and tools are listed again'
    return problem(severity, path, what, repair, asNothing)
  })
}

/** The story of the dataset. @param isStarted whether a process came as to record its start */
export async function checkHistory(view: DatasetView, isStarted: boolean): Promise<Problem[]> {
  const found = await storyDefect(view, isStarted)
  if (found === undefined) return []
  const { path, severity, what, events } = found
  const repair =
    events.length === 0
      ? 'the history before is lost, and a new one records that: no row depends on it'
      : `the ${events.length} lines that can be read are written again, the old file goes to quarantine: no row depends on it`
  return [problem(severity, path, what, repair, { kind: 'rewrite history', events })]
}

/** @param known every file of a row group, or its bare name for all folders; and every draft that is still to be put in place */
export async function checkLeftovers(
  { directory }: DatasetView,
  known: { readonly files: ReadonlySet<string>; readonly drafts: ReadonlySet<string> },
): Promise<Problem[]> {
  const { files } = directory
  const leftovers: Problem[] = []
  const add = (path: string, what: string, repair: string): void => {
    leftovers.push(problem('leftover', path, what, repair, asNothing))
  }
  const swept = 'nothing: the next run removes it'
  for (const folder of ['', '.rowsmith/']) {
    for (const name of await files.list(folder)) {
      if (temporaryFile.test(name)) add(`${folder}${name}`, 'what a process was writing when it died', swept)
    }
  }
  for (const name of await files.list('.rowsmith/drafts')) {
    if (!known.drafts.has(name)) add(`.rowsmith/drafts/${name}`, 'a draft that no commit needs', swept)
  }
  for (const name of await files.list('.rowsmith/stage')) {
    add(`.rowsmith/stage/${name}`, 'a table that was replaced, or never finished', swept)
  }
  for (const name of await files.list('.rowsmith/quarantine')) {
    add(`.rowsmith/quarantine/${name}`, 'set aside earlier', 'nothing: it may be deleted')
  }
  const processors = (await files.list('processors-files')).map((name) => `processors-files/${name}`)
  for (const folder of ['dropped-columns-parquet-files', ...processors, '.rowsmith/replies']) {
    for (const name of await files.list(folder)) {
      const path = `${folder}/${name}`
      const isOwn = looksLikeBatch(name) || folder === '.rowsmith/replies'
      if (isOwn && !known.files.has(path) && !known.files.has(name)) {
        add(path, 'belongs to no published row group', 'nothing: it is never read')
      }
    }
  }
  return leftovers
}
