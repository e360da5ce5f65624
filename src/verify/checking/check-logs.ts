/**
 * What is wrong with the journal and the commit logs.
 *
 * Rules:
 *   1. Bytes that were acknowledged once and belong to no whole frame are damage (J4). At the end of a log of a process that
 *      died they may be what it was writing; where they look like a frame, it is unknown.
 *   2. A log bears its own name in its first frame: under another name it is damage.
 *   3. A segment goes only when all row groups it mentions are published (J7), and the commits say what it mentions. So one
 *      that is missing, or holds nothing, while a group needs it, was lost.
 *   4. What was lost with a damaged piece is what can still be read of it: an answer's key stands at the head of its frame.
 */

import { type EffectKey, parseRecord, placeOfKey, rowOfKey } from '../../run/effects/journal-records.ts'
import { type Cost, noCost } from '../../run/usage/cost.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import { lostSegments, segmentPath } from '../../store/logs/lost-segments.ts'
import { lostMedia } from '../../store/view/lost-media.ts'
import type { LogFile, Logs } from '../found/logs.ts'
import { asNothing, type Problem, problem, type RepairAction } from '../found/problem.ts'

export interface LogChecking {
  readonly logs: Logs
  /** The epoch of the writer now: its logs are left alone. */
  readonly living: number | undefined
  /** Groups whose files are there: the journal is not needed for them. */
  readonly isPublished: (group: number) => boolean
  /** What making these groups would cost now. */
  readonly costOf: (groups: readonly number[]) => Promise<Cost | null>
}

export async function checkLogs(checking: LogChecking): Promise<Problem[]> {
  const problems: Problem[] = []
  for (const log of checking.logs.files) {
    if (log.epoch !== checking.living) problems.push(...(await problemsOf(log, checking)))
  }
  const present = new Set(checking.logs.files.map(({ name }) => name))
  for (const [segment, groups] of lostSegments({ ...checking, ...checking.logs, present })) {
    const path = segmentPath(segment)
    const what = `missing, although row group${groups.length > 1 ? 's' : ''} ${listed(groups)} had answers in it`
    const repair = 'its loss is noted; the next resume requests again what it held'
    const action: RepairAction = { kind: 'empty segment', path }
    problems.push(
      problem('missing', path, what, repair, action, { cost: await costIfKnown(checking, groups) }),
    )
  }
  return problems
}

/** Images that answers of open row groups name, and that are missing or damaged; published ones are found by their commits. */
export async function checkMedia(directory: DatasetDirectory, checking: LogChecking): Promise<Problem[]> {
  const lost = await lostMedia(directory, answersIn(checking.logs), checking.logs, checking.isPublished)
  const received = [...lost].filter(([path]) => !path.startsWith('images/'))
  return Promise.all(
    received.map(async ([path, groups]) => {
      const what = `missing or damaged, although row group${groups.length > 1 ? 's' : ''} ${listed(groups)} had answers that name it`
      const repair = 'nothing: the next resume requires consent, and requests it again'
      return problem('missing', path, what, repair, asNothing, { cost: await costIfKnown(checking, groups) })
    }),
  )
}

async function* answersIn({ files, cuts }: Logs): AsyncGenerator<{ epoch: number; records: string[] }> {
  for (const { kind, name, epoch, records } of files) {
    const cut = cuts.get(name) ?? Number.POSITIVE_INFINITY
    const counting = records.filter(({ end }) => end <= cut)
    if (kind === 'journal') yield { epoch, records: counting.map(({ body }) => body) }
  }
}

async function problemsOf(log: LogFile, checking: LogChecking): Promise<Problem[]> {
  const { path, fileId, records, bad, size } = log
  const bodies = records.map(({ body }) => body)
  const action: RepairAction = { kind: 'rewrite log', log, bodies }
  const problems: Problem[] = []
  if (checking.logs.unreadable.has(path)) {
    const what = 'holds frames that this Rowsmith does not know'
    const repair = 'nothing: use the version that wrote it, or a newer one'
    problems.push(problem('suspicious', path, what, repair, asNothing))
  }
  const claims = fileId === undefined ? undefined : nameIn(fileId)
  if (claims !== undefined && claims !== expectedName(log)) {
    const repair = 'every log is put under its own name again'
    return [problem('damaged', path, `holds the log ${claims}`, repair, action)]
  }
  const mentioned = neededGroups(log, checking)
  if (fileId === undefined && records.length === 0) {
    if (mentioned.length === 0 && size <= 128) {
      const what = 'empty: its process died as it began'
      return [problem('leftover', path, what, 'nothing', asNothing)]
    }
    const repair = 'the file goes to quarantine; the next resume requests again what it held'
    const cost = await costIfKnown(checking, mentioned)
    return [
      problem('damaged', path, `${whatIsLeft(size)} of its frames can be read`, repair, action, { cost }),
    ]
  }
  const first = bad[0]
  const acknowledged = first !== undefined && (fileId === undefined || first.start < log.synced)
  const cut = cutShort(log, checking.logs)
  if (first === undefined && cut === undefined) return problems
  const wellFormed = bad.some((range) => range.wellFormed)
  const severity =
    acknowledged || cut?.certain ? 'damaged' : wellFormed || cut !== undefined ? 'suspicious' : 'leftover'
  const what = [
    ...(first === undefined ? [] : [badBytes(log, first.start)]),
    ...(cut === undefined ? [] : [cut.what]),
    ...(severity === 'leftover' ? ['its process was writing them when it died'] : []),
    ...(severity === 'suspicious' && cut === undefined
      ? ['damage, or what its process was writing when it died']
      : []),
  ].join('; ')
  if (severity === 'leftover')
    return [...problems, problem(severity, path, what, 'nothing: it is passed over', asNothing)]
  const repair = `the ${records.length} whole records are written again, the old file goes to quarantine`
  const cost = costOfLosses(log, checking)
  problems.push(problem(severity, path, what, repair, action, { cost }))
  return problems
}

function badBytes({ bad }: LogFile, first: number): string {
  const bytes = bad.reduce((sum, { start, end }) => sum + end - start, 0)
  return `${bytes} bytes from byte ${first} on belong to no whole frame`
}

/** Whether a log must have had an end that it has not. */
function cutShort(
  log: LogFile,
  logs: Logs,
): { readonly what: string; readonly certain: boolean } | undefined {
  if (log.ended) return undefined
  if (log.name !== lastSegment(logs, log)) {
    return { what: 'its end is missing: a later segment of its process is there', certain: true }
  }
  if (log.kind === 'commits' || !endedWell(logs, log.epoch)) return undefined
  return { what: 'its end is missing, although its process closed its logs in good order', certain: false }
}

function whatIsLeft(size: number): string {
  return size === 0 ? 'it is empty, none' : 'none'
}

/** `commits-3`, or the last part of `<nonce>/3-00000.log`. */
export function nameIn(fileId: string): string {
  return fileId.slice(fileId.lastIndexOf('/') + 1)
}

/** What the first frame of a log calls it, at its end. */
export function expectedName({ kind, name }: Pick<LogFile, 'kind' | 'name'>): string {
  return kind === 'commits' ? name.replace(/\.log$/, '') : name
}

function lastSegment({ files }: Logs, { kind, epoch }: LogFile): string | undefined {
  return files.findLast((file) => file.kind === kind && file.epoch === epoch)?.name
}

function endedWell({ files }: Logs, epoch: number): boolean {
  return files.some((file) => file.kind === 'commits' && file.epoch === epoch && file.ended)
}

/** Groups that need a segment that mentions them, by the commits' word. */
function neededGroups({ kind, name }: LogFile, { logs, isPublished }: LogChecking): number[] {
  if (kind !== 'journal') return []
  const groups = logs.mentions.filter(({ segment }) => segment === name).map(({ group }) => group)
  return [...new Set(groups)].filter((group) => !isPublished(group)).sort((a, b) => a - b)
}

/** What may never have existed cannot be called lost. */
async function costIfKnown({ costOf }: LogChecking, groups: readonly number[]): Promise<Cost | null> {
  if (groups.length === 0) return noCost
  const cost = await costOf(groups)
  if (cost === null) return null
  const columns = cost.columns.map((column) => ({ ...column, requests: 0 }))
  return { requests: 0, at_most: cost.at_most, columns }
}

const answerHeads = /"t":"(?:reply|reused)","g":(\d+),"k":"([^"\\]{1,2000})"/g

/**
 * What was lost with the damaged pieces of a log: answers to cells of open groups that are stored nowhere else. Whatever else
 * is stored of their rows may hang on them, and requests without an outcome may have had theirs in what cannot be read.
 */
function costOfLosses(log: LogFile, { logs, isPublished }: LogChecking): Cost {
  if (log.kind !== 'journal') return noCost
  const stored = new Set<EffectKey>()
  for (const [group, texts] of logs.effects) {
    if (isPublished(group)) continue
    for (const record of texts.map(parseRecord)) {
      if (record.kind === 'reply' || record.kind === 'reused') stored.add(record.key)
    }
  }
  const lost = new Set<EffectKey>()
  for (const text of log.badText) {
    for (const [, group, key] of text.matchAll(answerHeads)) {
      if (key !== undefined && !stored.has(key) && !isPublished(Number(group))) lost.add(key)
    }
  }
  const rows = new Set([...lost].map(rowOfKey))
  const hanging = [...stored].filter((key) => rows.has(rowOfKey(key)))
  const unanswered = unansweredIn(log, logs, isPublished).filter((key) => !stored.has(key) && !lost.has(key))
  const requests = perColumn(lost)
  const atMost = perColumn([...lost, ...hanging, ...unanswered])
  return {
    requests: lost.size,
    at_most: lost.size + hanging.length + unanswered.length,
    columns: [...atMost].map(([column, most]) => ({
      column,
      requests: requests.get(column) ?? 0,
      at_most: most,
    })),
  }
}

function unansweredIn(log: LogFile, logs: Logs, isPublished: (group: number) => boolean): EffectKey[] {
  const open = new Set<EffectKey>()
  if (logs.unreadable.has(log.path)) return []
  for (const record of log.records.map(({ body }) => parseRecord(body))) {
    if (record.kind === 'intent' && !isPublished(record.group)) open.add(record.key)
    else if (record.kind === 'failed') open.delete(record.key)
  }
  return [...open]
}

function perColumn(keys: Iterable<EffectKey>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) {
    const { column } = placeOfKey(key)
    counts.set(column, (counts.get(column) ?? 0) + 1)
  }
  return counts
}

function listed(groups: readonly number[]): string {
  const shown = groups.slice(0, 5).join(', ')
  return groups.length > 5 ? `${shown} and ${groups.length - 5} more` : shown
}
