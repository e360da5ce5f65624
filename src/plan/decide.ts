/**
 * The resume decision: what a command does with the directory it finds.
 *
 * Owns: the table of docs/resume.md, as one pure function. It never reads a file, never waits and never throws.
 * Rules:
 *   1. Every refusal that holds is listed, always in the order of `refusalsOf`; the first one is the error's code.
 *   2. `if_possible` starts a new dataset next to the old one only when the user requested a different dataset
 *      (`differentDataset`). Where paid rows could go on after a fix, it refuses and names the fix.
 *   3. A live writer outranks everything: what a directory is can change until its writer has ended.
 *   4. A directory created by Data Designer is judged by the same table. Where it left metadata.json, that is its plan;
 *      where it left only its config, nothing was completed.
 */

import type { ErrorCode } from '../base/errors/error-codes.ts'
import { RowsmithError } from '../base/errors/errors.ts'
import { present } from '../base/errors/present.ts'
import { compareIdentity } from './compare-identity.ts'
import type { DatasetFacts, Defect, Facts, MetadataFacts, Request, RunFacts } from './facts.ts'
import type { Refusal } from './refusal.ts'
import { extendRanges, groupCount, groupsIn, type PlanRange, rowCount } from './row-groups.ts'
import { storedPlan } from './stored-plan.ts'

export type Decision =
  /** A new dataset in this very directory. */
  | { readonly kind: 'fresh' }
  /** A new dataset in a sibling. @property reasons why this one does not serve; empty when the user requested a new one */
  | { readonly kind: 'fresh_beside'; readonly reasons: readonly Refusal[] }
  | {
      /** `reprocess`: only what comes after generation differs, so no rows are requested for it. */
      readonly kind: 'resume' | 'reprocess' | 'already_complete'
      /** The plan to go on with: the stored one, extended when more rows are requested. */
      readonly ranges: readonly PlanRange[]
    }
  | {
      readonly kind: 'refuse'
      /** At least one. */
      readonly refusals: readonly Refusal[]
      /** Whether this is the dataset that was requested, as far as its files show. */
      readonly identity: 'same' | 'different' | 'unknown'
    }

/** Refusals that mean: this is another dataset than the one requested. */
const differentDataset: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'no_stored_identity',
  'config_differs',
  'dropped_columns_policy_differs',
  'allow_resize_not_resumable',
])

/** Decides what to do with a directory. Pure: equal facts and requests give equal decisions. */
export function decide(facts: Facts, request: Request): Decision {
  if (facts.kind === 'nothing') {
    return request.mode === 'always' ? nothingToResume('There is no dataset here') : { kind: 'fresh' }
  }
  const live = facts.lock.kind === 'held'
  if (request.mode === 'never') {
    return facts.kind === 'empty' && !live ? { kind: 'fresh' } : { kind: 'fresh_beside', reasons: [] }
  }
  if (facts.kind === 'empty') {
    if (facts.lock.kind === 'held') {
      return { kind: 'refuse', refusals: [inUse(facts.lock.holder)], identity: 'unknown' }
    }
    return request.mode === 'always'
      ? nothingToResume('There is no dataset in the folder')
      : { kind: 'fresh' }
  }
  const { refusals, identity } = refusalsOf(facts, request)
  if (refusals.length === 0) return goOn(facts, request)
  const another = refusals.filter(({ code }) => differentDataset.has(code))
  if (request.mode === 'if_possible' && !live && another.length > 0) {
    return { kind: 'fresh_beside', reasons: another }
  }
  return { kind: 'refuse', refusals, identity }
}

/** The error a refusal ends in: the code of the first reason, the sentences of all. */
export function refusalError(refusals: readonly Refusal[]): RowsmithError {
  const first = refusals[0]
  if (first === undefined) throw new RangeError('A refusal needs a reason')
  const facts = Object.assign({}, ...refusals.map((refusal) => refusal.facts).reverse())
  return new RowsmithError(first.code, refusals.map((refusal) => refusal.message).join(' '), {
    facts: { ...facts, refusals: refusals.map((refusal) => refusal.code) },
    ...(first.nextStep === undefined ? {} : { nextStep: first.nextStep }),
  })
}

/** All that speaks against going on, in the one order: this function is that order. */
function refusalsOf(
  facts: DatasetFacts,
  request: Request,
): { refusals: Refusal[]; identity: 'same' | 'different' | 'unknown' } {
  const run = facts.run.kind === 'read' ? facts.run.contents : undefined
  const metadata = facts.metadata.kind === 'read' ? facts.metadata.contents : undefined
  const foreign = facts.run.kind === 'absent'
  const compared = compareIdentity(facts, request)
  const refusals: Refusal[] = []

  if (facts.lock.kind === 'held') refusals.push(inUse(facts.lock.holder))
  if (facts.metadata.kind === 'defect') refusals.push(plain(facts.metadata.defect))
  if (compared.identity === 'same' && foreign) refusals.push(...withoutMetadata(facts))
  if (facts.run.kind === 'defect') refusals.push(plain(facts.run.defect))
  const { lostAnswers: lost } = facts
  if (lost !== null && !request.acceptLoss) {
    const { message, rows, files } = lost
    refusals.push({ code: 'answers_lost', message, facts: { rows, files: files.slice(0, 20) } })
  }
  refusals.push(...facts.journalDamage.map(plain), ...facts.damagedFiles.map(plain))
  refusals.push(...foreignBatchFiles(facts.foreignBatchFiles))
  refusals.push(...compared.refusals)
  if (foreign && metadata !== undefined) refusals.push(...foreignPostProcessing(metadata, request))
  if (request.allowResize) {
    refusals.push({
      code: 'allow_resize_not_resumable',
      message:
        'A column has allow_resize: how many rows it makes of others is known only once they are made, so nothing can be added to what is there.',
      facts: {},
    })
    // What is there may be any number of rows, whatever was requested.
    return { refusals, identity: compared.identity }
  }
  if (request.engine === 'sequential') refusals.push(...holes(facts.groups.holes))
  const plan = storedPlan(facts)
  refusals.push(...targets(facts, request, run, metadata, rowCount(plan)))
  refusals.push(...anotherBufferSize(request, plan.at(-1)?.buffer_size), ...anotherSeed(request, run))
  const final = foreign && processed(metadata, request)
  if (refusals.length === 0 && plan.length > 0 && !final)
    refusals.push(...beyond(facts, extended(plan, request)))
  return { refusals, identity: compared.identity }
}

function withoutMetadata({ metadata, groups }: DatasetFacts): Refusal[] {
  if (metadata.kind !== 'absent' || groups.complete === 0) return []
  const message = `metadata.json is missing, so the plan of the ${groups.complete} row groups that are there is not known.`
  return [{ code: 'metadata_missing', message, facts: { row_groups: groups.complete } }]
}

function anotherBufferSize({ bufferSize }: Request, stored: number | undefined): Refusal[] {
  if (bufferSize === null || stored === undefined || bufferSize === stored) return []
  const message = `buffer_size is ${bufferSize}, but the dataset was created with ${stored}.`
  const facts = { asked_buffer_size: bufferSize, stored_buffer_size: stored }
  return [{ code: 'buffer_size_differs', message, facts }]
}

function anotherSeed({ seed }: Request, run: RunFacts | undefined): Refusal[] {
  if (seed === null || run === undefined || seed === run.run_seed) return []
  const message = `The seed is ${seed}, but the dataset was created with ${run.run_seed}.`
  const facts = { asked_seed: String(seed), stored_seed: String(run.run_seed) }
  return [{ code: 'seed_differs', message, facts }]
}

function goOn(facts: DatasetFacts, request: Request): Decision {
  const plan = storedPlan(facts)
  // Another tool died before it completed anything: there is nothing to go on with but the folder.
  if (plan.length === 0) return { kind: 'fresh' }
  const ranges = extended(plan, request)
  const { run } = facts
  const metadata = facts.metadata.kind === 'read' ? facts.metadata.contents : undefined
  if (run.kind !== 'read' && processed(metadata, request)) return { kind: 'already_complete', ranges }
  const allThere = !hasPendingCells(facts, ranges)
  // Rows of another tool are processed where they are all there; else they are completed first.
  if (run.kind !== 'read' && request.isPostProcessed)
    return { kind: allThere ? 'reprocess' : 'resume', ranges }
  if (run.kind === 'read' && run.contents.stage_identity !== request.identity.stage_identity) {
    return { kind: 'reprocess', ranges }
  }
  const complete = allThere && facts.retrying !== true && facts.postProcessing !== 'pending'
  return { kind: complete ? 'already_complete' : 'resume', ranges }
}

/** Whether rows of a plan are still to be made: only then may requests be sent. */
export function hasPendingCells(facts: Facts, ranges: readonly PlanRange[]): boolean {
  return facts.kind !== 'dataset' || facts.retrying === true || facts.groups.complete < groupsIn(ranges)
}

/** The plan with as many rows as are requested; new groups are as large as the last ones. */
function extended(plan: readonly PlanRange[], request: Request): readonly PlanRange[] {
  return extendRanges(
    plan,
    Math.max(request.numRecords, rowCount(plan)),
    present(plan.at(-1), 'plan').buffer_size,
  )
}

/** Row groups outside the plan: it is unknown which rows they are. */
function beyond(facts: DatasetFacts, plan: readonly PlanRange[]): Refusal[] {
  const groups = groupCount(plan)
  if (facts.groups.highest < groups) return []
  return [
    {
      code: 'foreign_batch_files',
      message: `Row group ${facts.groups.highest} is there, but ${rowCount(plan)} rows have only ${groups} row groups, 0 to ${groups - 1}.`,
      facts: { highest_group: facts.groups.highest, planned_groups: groups },
    },
  ]
}

/** "started" may be half rewritten; "complete" is final in a directory of Data Designer's, where raw rows are missing. */
function foreignPostProcessing(metadata: MetadataFacts, request: Request): Refusal[] {
  const target = metadata.target_num_records
  if (metadata.post_generation_state === 'started') {
    return [
      {
        code: 'post_generation_started',
        message:
          'metadata.json: post_generation_state is "started": processing after generation began and did not finish, so files may be half rewritten.',
        facts: {},
      },
    ]
  }
  if (metadata.post_generation_state !== 'complete' || request.numRecords <= target) return []
  return [
    {
      code: 'post_generation_complete',
      message: `${request.numRecords} records were requested, but the dataset of ${target} was processed after generation, so more rows would mix raw and processed ones.`,
      facts: { asked_records: request.numRecords, target_records: target },
    },
  ]
}

function holes(missing: readonly number[]): Refusal[] {
  if (missing.length === 0) return []
  return [
    {
      code: 'holes_in_sequential',
      message: `The sequential engine cannot fill holes: row group ${missing.join(', ')} missing below a complete one.`,
      facts: { missing_groups: missing },
    },
  ]
}

function targets(
  facts: DatasetFacts,
  request: Request,
  run: RunFacts | undefined,
  metadata: MetadataFacts | undefined,
  target: number,
): Refusal[] {
  const requested = request.numRecords
  const rows = facts.groups.rows
  // What a foreign stage left has any number of rows: only its target can be compared.
  const processed = run === undefined && metadata?.post_generation_state === 'complete'
  if (requested < rows && !processed) {
    return [
      {
        code: 'fewer_than_on_disk',
        message: `${requested} records were requested, but ${rows} rows ${whatIsThere(facts)}.`,
        facts: { asked_records: requested, rows_on_disk: rows },
        nextStep: `Ask for at least ${target} (-n ${target}); or run rowsmith create with --resume never, which creates a new sibling.`,
      },
    ]
  }
  if (requested >= target) return []
  return [
    {
      code: 'fewer_than_target',
      message: `${requested} records were requested, but the target of the dataset is ${target}.`,
      facts: { asked_records: requested, target_records: target },
      nextStep: `Ask for at least ${target} (-n ${target}); or run rowsmith create with --resume never, which creates a new sibling.`,
    },
  ]
}

/** Who processed a dataset sees other rows than those that were generated. */
function whatIsThere({ run, postProcessing: stage, tableRows }: DatasetFacts): string {
  if (run.kind !== 'read' || stage === 'none') return 'are there already'
  const made = tableRows === null ? '' : `; its processors made ${tableRows} of them`
  return `were generated for it already${made}`
}

function foreignBatchFiles(names: readonly string[]): Refusal[] {
  if (names.length === 0) return []
  const shown = names.slice(0, 5).join(', ')
  const more = names.length > 5 ? ` and ${names.length - 5} more` : ''
  return [
    {
      code: 'foreign_batch_files',
      message: `Files that do not belong to this dataset lie among its row groups: ${shown}${more}.`,
      facts: { files: names.slice(0, 20) },
    },
  ]
}

/** What a finished stage of Data Designer's left is final, whatever number of rows it has. */
function processed(metadata: MetadataFacts | undefined, request: Request): boolean {
  return metadata?.post_generation_state === 'complete' && request.numRecords === metadata.target_num_records
}

function inUse(holder: string): Refusal {
  return { code: 'dataset_in_use', message: `The dataset is being written by ${holder}.`, facts: { holder } }
}

function nothingToResume(what: string): Decision {
  const refusal: Refusal = { code: 'nothing_to_resume', message: `${what}: nothing to resume.`, facts: {} }
  return { kind: 'refuse', refusals: [refusal], identity: 'different' }
}

function plain(defect: Defect): Refusal {
  return { ...defect, facts: {} }
}
