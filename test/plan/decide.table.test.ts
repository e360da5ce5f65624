/** The table of docs/resume.md, whole: what is found x how it is asked. A cell left out does not compile. */
import { describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../src/base/errors/error-codes.ts'
import { type Decision, decide } from '../../src/plan/decide.ts'
import type { Facts, Request, ResumeMode } from '../../src/plan/facts.ts'
import { complete, foreign, held, metadata, otherIdentity, ours, request, run } from './facts-examples.ts'

type Outcome = Exclude<Decision['kind'], 'refuse'> | ErrorCode

interface Situation {
  readonly facts: Facts
  readonly asked?: Partial<Request>
}

const defect = (code: ErrorCode) => ({ kind: 'defect', defect: { code, message: 'It is damaged.' } }) as const
const state = (post_generation_state: 'started' | 'complete') =>
  ({ kind: 'read', contents: metadata({ post_generation_state }) }) as const

const extended = { kind: 'read', contents: metadata({ target_num_records: 12 }) } as const

const situations = {
  nothing: { facts: { kind: 'nothing' } },
  'an empty folder': { facts: { kind: 'empty', lock: { kind: 'free' } } },
  'an empty folder somebody has just taken': { facts: { kind: 'empty', lock: held } },
  'a live writer': { facts: ours({ lock: held }) },
  'a live writer of another config': { facts: ours({ lock: held }), asked: { identity: otherIdentity } },
  'an unfinished dataset': { facts: ours() },
  'an unfinished dataset, more asked for': { facts: ours(), asked: { numRecords: 12 } },
  'settings given as they are stored': { facts: ours(), asked: { bufferSize: 2, seed: 7n } },
  'a dataset whose metadata was never written': { facts: ours({ metadata: { kind: 'absent' } }) },
  'a complete dataset': { facts: ours({ groups: complete }) },
  'a complete dataset, more asked for': { facts: ours({ groups: complete }), asked: { numRecords: 12 } },
  'all rows, the stage not done': {
    facts: ours({ groups: complete, metadata: state('started'), postProcessing: 'pending' }),
    asked: { isPostProcessed: true },
  },
  'all rows, the stage done': {
    facts: ours({ groups: complete, metadata: state('complete'), postProcessing: 'complete' }),
    asked: { isPostProcessed: true },
  },
  'only the stage differs': {
    facts: ours({ run: { kind: 'read', contents: run({ stage_identity: 'another' }) } }),
  },
  'another config': { facts: ours(), asked: { identity: otherIdentity } },
  'another policy for dropped columns': { facts: ours(), asked: { preserveDroppedColumns: false } },
  allow_resize: { facts: ours(), asked: { allowResize: true } },
  'unrelated files': {
    facts: foreign({ metadata: { kind: 'absent' }, builderConfig: { kind: 'absent' } }),
  },
  'corrupt metadata': { facts: ours({ metadata: defect('metadata_corrupt') }) },
  'incomplete metadata': { facts: ours({ metadata: defect('metadata_incomplete') }) },
  'corrupt metadata and another config': {
    facts: ours({ metadata: defect('metadata_corrupt') }),
    asked: { identity: otherIdentity },
  },
  'a damaged run.json': { facts: ours({ run: defect('run_json_damaged') }) },
  'a run.json of a newer Rowsmith': { facts: ours({ run: defect('format_unsupported') }) },
  'a damaged journal': {
    facts: ours({ journalDamage: [{ code: 'journal_damaged', message: 'Bad bytes.' }] }),
  },
  'foreign batch files': { facts: ours({ foreignBatchFiles: ['batch_00007.parquet'] }) },
  'holes, concurrent engine': { facts: ours({ groups: { complete: 2, rows: 4, highest: 2, holes: [1] } }) },
  'holes, sequential engine': {
    facts: ours({ groups: { complete: 2, rows: 4, highest: 2, holes: [1] } }),
    asked: { engine: 'sequential' },
  },
  'another buffer size': { facts: ours(), asked: { bufferSize: 3 } },
  'another seed': { facts: ours(), asked: { seed: 8n } },
  'fewer rows asked for than there are': { facts: ours(), asked: { numRecords: 5 } },
  'fewer rows asked for than the target': { facts: ours(), asked: { numRecords: 8 } },
  "Data Designer's, unfinished": { facts: foreign() },
  "Data Designer's, more asked for": { facts: foreign(), asked: { numRecords: 12 } },
  "Data Designer's, with holes": {
    facts: foreign({ groups: { complete: 2, rows: 4, highest: 2, holes: [1] } }),
  },
  "Data Designer's, with holes, sequential engine": {
    facts: foreign({ groups: { complete: 2, rows: 4, highest: 2, holes: [1] } }),
    asked: { engine: 'sequential' },
  },
  "Data Designer's, nothing but its config": {
    facts: foreign({
      metadata: { kind: 'absent' },
      groups: { complete: 0, rows: 0, highest: -1, holes: [] },
    }),
  },
  "Data Designer's, row groups but no metadata": { facts: foreign({ metadata: { kind: 'absent' } }) },
  "Data Designer's, row groups of another config but no metadata": {
    facts: foreign({ metadata: { kind: 'absent' } }),
    asked: { identity: otherIdentity },
  },
  "Data Designer's, a row group outside the plan": {
    facts: foreign({ groups: { complete: 1, rows: 2, highest: 6, holes: [0, 1, 2, 3, 4, 5] } }),
  },
  "Data Designer's, a row group outside the plan, fewer rows asked for than there are": {
    facts: foreign({ groups: { complete: 6, rows: 12, highest: 5, holes: [] } }),
  },
  "Data Designer's, a row group outside the plan, which the ask reaches": {
    facts: foreign({ groups: { complete: 1, rows: 2, highest: 6, holes: [0, 1, 2, 3, 4, 5] } }),
    asked: { numRecords: 14 },
  },
  'ours, extended by Data Designer': {
    facts: ours({ groups: { ...complete, rows: 10 }, metadata: extended }),
  },
  'ours, extended by Data Designer, the same asked for': {
    facts: ours({ groups: { complete: 6, rows: 12, highest: 5, holes: [] }, metadata: extended }),
    asked: { numRecords: 12 },
  },
  "Data Designer's, another config": { facts: foreign(), asked: { identity: otherIdentity } },
  "Data Designer's, complete": { facts: foreign({ groups: complete }) },
  "Data Designer's, processing started": { facts: foreign({ metadata: state('started') }) },
  "Data Designer's, processing started, another config": {
    facts: foreign({ metadata: state('started') }),
    asked: { identity: otherIdentity },
  },
  "Data Designer's, processed": { facts: foreign({ metadata: state('complete') }) },
  "Data Designer's, processed into more rows than asked": {
    facts: foreign({ metadata: state('complete'), groups: { complete: 6, rows: 11, highest: 5, holes: [] } }),
  },
  "Data Designer's, processed, more asked for": {
    facts: foreign({ metadata: state('complete') }),
    asked: { numRecords: 12 },
  },
  "Data Designer's, processed, fewer asked for": {
    facts: foreign({ metadata: state('complete') }),
    asked: { numRecords: 8 },
  },
  "Data Designer's, all rows, a stage to come": {
    facts: foreign({ groups: complete }),
    asked: { isPostProcessed: true },
  },
  "Data Designer's, without hash, config equal": {
    facts: foreign({
      metadata: { kind: 'read', contents: metadata({ config_hash: null, config_hash_version: null }) },
      groups: complete,
    }),
  },
  "Data Designer's, older hash version, config differs": {
    facts: foreign({
      metadata: { kind: 'read', contents: metadata({ config_hash: 'sha256:old', config_hash_version: 1 }) },
    }),
    asked: { identity: otherIdentity },
  },
  "Data Designer's, corrupt metadata, no config": {
    facts: foreign({ metadata: defect('metadata_corrupt'), builderConfig: defect('metadata_corrupt') }),
  },
} as const satisfies Record<string, Situation>

const expected: Record<keyof typeof situations, Record<ResumeMode, Outcome>> = {
  nothing: { always: 'nothing_to_resume', if_possible: 'fresh', never: 'fresh' },
  'an empty folder': { always: 'nothing_to_resume', if_possible: 'fresh', never: 'fresh' },
  'an empty folder somebody has just taken': {
    always: 'dataset_in_use',
    if_possible: 'dataset_in_use',
    never: 'fresh_beside',
  },
  'a live writer': { always: 'dataset_in_use', if_possible: 'dataset_in_use', never: 'fresh_beside' },
  'a live writer of another config': {
    always: 'dataset_in_use',
    if_possible: 'dataset_in_use',
    never: 'fresh_beside',
  },
  'an unfinished dataset': { always: 'resume', if_possible: 'resume', never: 'fresh_beside' },
  'an unfinished dataset, more asked for': { always: 'resume', if_possible: 'resume', never: 'fresh_beside' },
  'settings given as they are stored': { always: 'resume', if_possible: 'resume', never: 'fresh_beside' },
  'a dataset whose metadata was never written': {
    always: 'resume',
    if_possible: 'resume',
    never: 'fresh_beside',
  },
  'a complete dataset': {
    always: 'already_complete',
    if_possible: 'already_complete',
    never: 'fresh_beside',
  },
  'a complete dataset, more asked for': { always: 'resume', if_possible: 'resume', never: 'fresh_beside' },
  'all rows, the stage not done': { always: 'resume', if_possible: 'resume', never: 'fresh_beside' },
  'all rows, the stage done': {
    always: 'already_complete',
    if_possible: 'already_complete',
    never: 'fresh_beside',
  },
  'only the stage differs': { always: 'reprocess', if_possible: 'reprocess', never: 'fresh_beside' },
  'another config': { always: 'config_differs', if_possible: 'fresh_beside', never: 'fresh_beside' },
  'another policy for dropped columns': {
    always: 'dropped_columns_policy_differs',
    if_possible: 'fresh_beside',
    never: 'fresh_beside',
  },
  allow_resize: { always: 'allow_resize_not_resumable', if_possible: 'fresh_beside', never: 'fresh_beside' },
  'unrelated files': { always: 'no_stored_identity', if_possible: 'fresh_beside', never: 'fresh_beside' },
  'corrupt metadata': { always: 'metadata_corrupt', if_possible: 'metadata_corrupt', never: 'fresh_beside' },
  'incomplete metadata': {
    always: 'metadata_incomplete',
    if_possible: 'metadata_incomplete',
    never: 'fresh_beside',
  },
  'corrupt metadata and another config': {
    always: 'metadata_corrupt',
    if_possible: 'fresh_beside',
    never: 'fresh_beside',
  },
  'a damaged run.json': {
    always: 'run_json_damaged',
    if_possible: 'run_json_damaged',
    never: 'fresh_beside',
  },
  'a run.json of a newer Rowsmith': {
    always: 'format_unsupported',
    if_possible: 'format_unsupported',
    never: 'fresh_beside',
  },
  'a damaged journal': { always: 'journal_damaged', if_possible: 'journal_damaged', never: 'fresh_beside' },
  'foreign batch files': {
    always: 'foreign_batch_files',
    if_possible: 'foreign_batch_files',
    never: 'fresh_beside',
  },
  'holes, concurrent engine': { always: 'resume', if_possible: 'resume', never: 'fresh_beside' },
  'holes, sequential engine': {
    always: 'holes_in_sequential',
    if_possible: 'holes_in_sequential',
    never: 'fresh_beside',
  },
  'another buffer size': {
    always: 'buffer_size_differs',
    if_possible: 'buffer_size_differs',
    never: 'fresh_beside',
  },
  'another seed': { always: 'seed_differs', if_possible: 'seed_differs', never: 'fresh_beside' },
  'fewer rows asked for than there are': {
    always: 'fewer_than_on_disk',
    if_possible: 'fewer_than_on_disk',
    never: 'fresh_beside',
  },
  'fewer rows asked for than the target': {
    always: 'fewer_than_target',
    if_possible: 'fewer_than_target',
    never: 'fresh_beside',
  },
  "Data Designer's, unfinished": { always: 'resume', if_possible: 'resume', never: 'fresh_beside' },
  "Data Designer's, more asked for": { always: 'resume', if_possible: 'resume', never: 'fresh_beside' },
  "Data Designer's, with holes": { always: 'resume', if_possible: 'resume', never: 'fresh_beside' },
  "Data Designer's, with holes, sequential engine": {
    always: 'holes_in_sequential',
    if_possible: 'holes_in_sequential',
    never: 'fresh_beside',
  },
  "Data Designer's, nothing but its config": { always: 'fresh', if_possible: 'fresh', never: 'fresh_beside' },
  "Data Designer's, row groups but no metadata": {
    always: 'metadata_missing',
    if_possible: 'metadata_missing',
    never: 'fresh_beside',
  },
  "Data Designer's, row groups of another config but no metadata": {
    always: 'config_differs',
    if_possible: 'fresh_beside',
    never: 'fresh_beside',
  },
  "Data Designer's, a row group outside the plan": {
    always: 'foreign_batch_files',
    if_possible: 'foreign_batch_files',
    never: 'fresh_beside',
  },
  "Data Designer's, a row group outside the plan, fewer rows asked for than there are": {
    always: 'fewer_than_on_disk',
    if_possible: 'fewer_than_on_disk',
    never: 'fresh_beside',
  },
  "Data Designer's, a row group outside the plan, which the ask reaches": {
    always: 'resume',
    if_possible: 'resume',
    never: 'fresh_beside',
  },
  'ours, extended by Data Designer': {
    always: 'fewer_than_target',
    if_possible: 'fewer_than_target',
    never: 'fresh_beside',
  },
  'ours, extended by Data Designer, the same asked for': {
    always: 'already_complete',
    if_possible: 'already_complete',
    never: 'fresh_beside',
  },
  "Data Designer's, another config": {
    always: 'config_differs',
    if_possible: 'fresh_beside',
    never: 'fresh_beside',
  },
  "Data Designer's, complete": {
    always: 'already_complete',
    if_possible: 'already_complete',
    never: 'fresh_beside',
  },
  "Data Designer's, processing started": {
    always: 'post_generation_started',
    if_possible: 'post_generation_started',
    never: 'fresh_beside',
  },
  "Data Designer's, processing started, another config": {
    always: 'config_differs',
    if_possible: 'fresh_beside',
    never: 'fresh_beside',
  },
  "Data Designer's, processed": {
    always: 'already_complete',
    if_possible: 'already_complete',
    never: 'fresh_beside',
  },
  "Data Designer's, processed into more rows than asked": {
    always: 'already_complete',
    if_possible: 'already_complete',
    never: 'fresh_beside',
  },
  "Data Designer's, processed, more asked for": {
    always: 'post_generation_complete',
    if_possible: 'post_generation_complete',
    never: 'fresh_beside',
  },
  "Data Designer's, processed, fewer asked for": {
    always: 'fewer_than_target',
    if_possible: 'fewer_than_target',
    never: 'fresh_beside',
  },
  "Data Designer's, all rows, a stage to come": {
    always: 'reprocess',
    if_possible: 'reprocess',
    never: 'fresh_beside',
  },
  "Data Designer's, without hash, config equal": {
    always: 'already_complete',
    if_possible: 'already_complete',
    never: 'fresh_beside',
  },
  "Data Designer's, older hash version, config differs": {
    always: 'config_differs',
    if_possible: 'fresh_beside',
    never: 'fresh_beside',
  },
  "Data Designer's, corrupt metadata, no config": {
    always: 'metadata_corrupt',
    if_possible: 'metadata_corrupt',
    never: 'fresh_beside',
  },
}

const outcomeOf = (decision: Decision): Outcome =>
  decision.kind === 'refuse' ? decision.refusals[0]!.code : decision.kind

describe.each(Object.entries(situations) as [keyof typeof situations, Situation][])(
  '%s',
  (name, { facts, asked }) => {
    test.each(Object.entries(expected[name]) as [ResumeMode, Outcome][])('%s: %s', (mode, outcome) => {
      expect(outcomeOf(decide(facts, request({ ...asked, mode })))).toBe(outcome)
    })
  },
)
