import { expect, test } from 'vitest'
import { decide, refusalError } from '../../src/plan/decide.ts'
import type { Facts, Request } from '../../src/plan/facts.ts'
import { planRanges } from '../../src/plan/row-groups.ts'
import { complete, foreign, held, metadata, otherIdentity, ours, request, run } from './facts-examples.ts'

const messages = (facts: Facts, asked: Partial<Request>): string[] => {
  const decision = decide(facts, request(asked))
  if (decision.kind !== 'refuse') throw new Error(`expected a refusal, got ${decision.kind}`)
  return decision.refusals.map(({ message }) => message)
}

test.each<[string, Facts, Partial<Request>, string]>([
  ['nothing there', { kind: 'nothing' }, {}, 'There is no dataset here: nothing to resume.'],
  [
    'an empty folder',
    { kind: 'empty', lock: { kind: 'free' } },
    {},
    'There is no dataset in the folder: nothing to resume.',
  ],
  ['a live writer', ours({ lock: held }), {}, 'The dataset is being written by process 4711 on host mill.'],
  [
    'a damaged file, in its reader’s words',
    ours({
      metadata: {
        kind: 'defect',
        defect: { code: 'metadata_corrupt', message: 'metadata.json is not JSON.' },
      },
    }),
    {},
    'metadata.json is not JSON.',
  ],
  [
    'foreign files, the first five',
    ours({
      foreignBatchFiles: ['batch_1', 'batch_2', 'batch_3', 'batch_4', 'batch_5', 'batch_6', 'batch_7'],
    }),
    {},
    'Files that do not belong to this dataset lie among its row groups: batch_1, batch_2, batch_3, batch_4, batch_5 and 2 more.',
  ],
  [
    'another config, field by field',
    ours(),
    { identity: otherIdentity },
    'The config is not the one the dataset was created with: config.columns[0]: "id" is missing; config.columns[0]: "key" is new.',
  ],
  [
    'another config in a foreign directory',
    foreign(),
    { identity: otherIdentity },
    'The config is not the one the dataset was created with: columns[0]: "id" is missing; columns[0]: "key" is new.',
  ],
  [
    'another config when only hashes are known',
    foreign({
      metadata: { kind: 'read', contents: metadata({ config_hash: 'sha256:before' }) },
      builderConfig: { kind: 'absent' },
    }),
    { identity: { ...otherIdentity, config_hash: 'sha256:now' } },
    'The config is not the one the dataset was created with: its hash is sha256:before, now it would be sha256:now.',
  ],
  [
    'no identity',
    foreign({ metadata: { kind: 'absent' }, builderConfig: { kind: 'absent' } }),
    {},
    'The folder is not empty, but holds neither a config hash nor a readable builder_config.json.',
  ],
  [
    'another policy',
    ours(),
    { preserveDroppedColumns: false },
    'preserve_dropped_columns is false, but the dataset was created with true.',
  ],
  [
    'a started stage of Data Designer’s',
    foreign({ metadata: { kind: 'read', contents: metadata({ post_generation_state: 'started' }) } }),
    {},
    'metadata.json: post_generation_state is "started": processing after generation began and did not finish, so files may be half rewritten.',
  ],
  [
    'a complete stage of Data Designer’s and a larger ask',
    foreign({ metadata: { kind: 'read', contents: metadata({ post_generation_state: 'complete' }) } }),
    { numRecords: 12 },
    '12 records were requested, but the dataset of 10 was processed after generation, so more rows would mix raw and processed ones.',
  ],
  [
    'a foreign directory with row groups and no metadata',
    foreign({ metadata: { kind: 'absent' } }),
    {},
    'metadata.json is missing, so the plan of the 3 row groups that are there is not known.',
  ],
  [
    'row groups outside the plan',
    foreign({ groups: { complete: 1, rows: 2, highest: 7, holes: [0, 1, 2, 3, 4, 5, 6] } }),
    {},
    'Row group 7 is there, but 10 rows have only 5 row groups, 0 to 4.',
  ],
  [
    'allow_resize',
    ours(),
    { allowResize: true },
    'A column has allow_resize: how many rows it makes of others is known only once they are made, so nothing can be added to what is there.',
  ],
  [
    'holes',
    ours({ groups: { complete: 3, rows: 6, highest: 4, holes: [1, 3] } }),
    { engine: 'sequential' },
    'The sequential engine cannot fill holes: row group 1, 3 missing below a complete one.',
  ],
  [
    'an ask below the rows',
    ours(),
    { numRecords: 5 },
    '5 records were requested, but 6 rows are there already.',
  ],
  [
    'an ask below the target',
    ours(),
    { numRecords: 9 },
    '9 records were requested, but the target of the dataset is 10.',
  ],
  ['another buffer size', ours(), { bufferSize: 3 }, 'buffer_size is 3, but the dataset was created with 2.'],
  ['another seed', ours(), { seed: 8n }, 'The seed is 8, but the dataset was created with 7.'],
])('the refusal of %s says what is wrong', (_, facts, asked, message) => {
  expect(messages(facts, asked)).toEqual([message])
})

test('all refusals that hold are listed, in one order', () => {
  const facts = ours({
    lock: held,
    metadata: { kind: 'defect', defect: { code: 'metadata_corrupt', message: 'metadata.json is not JSON.' } },
    journalDamage: [{ code: 'journal_damaged', message: 'Bad bytes.' }],
    damagedFiles: [{ code: 'file_damaged', message: 'Other bytes.' }],
    foreignBatchFiles: ['batch_9.parquet'],
    groups: { complete: 2, rows: 4, highest: 2, holes: [1] },
  })
  const codesOf = (allowResize: boolean): unknown => {
    const asked = request({
      identity: otherIdentity,
      preserveDroppedColumns: false,
      allowResize,
      engine: 'sequential',
      numRecords: 3,
      bufferSize: 5,
      seed: 9n,
    })
    const decision = decide(facts, asked)
    return decision.kind === 'refuse' && decision.refusals.map(({ code }) => code)
  }
  const ofTheDirectory = [
    'dataset_in_use',
    'metadata_corrupt',
    'journal_damaged',
    'file_damaged',
    'foreign_batch_files',
    'config_differs',
    'dropped_columns_policy_differs',
  ]
  const ofTheAsk = ['holes_in_sequential', 'fewer_than_on_disk', 'buffer_size_differs', 'seed_differs']
  expect(codesOf(false)).toEqual([...ofTheDirectory, ...ofTheAsk])
  // Of rows that a column makes of others there may be any number, so what was asked for is no reason.
  expect(codesOf(true)).toEqual([...ofTheDirectory, 'allow_resize_not_resumable'])
})

test('fewer rows than were generated: who processed them hears both numbers, and what to ask for', () => {
  const facts = ours({ postProcessing: 'complete', tableRows: 2, groups: complete })
  const decision = decide(facts, request({ numRecords: 3 }))
  if (decision.kind !== 'refuse') throw new Error('expected a refusal')
  const { message, nextStep } = refusalError(decision.refusals)
  expect(message).toBe(
    '3 records were requested, but 10 rows were generated for it already; its processors made 2 of them.',
  )
  expect(nextStep).toContain('-n 10')
})

test('the error of a refusal has the first code, every sentence, and the facts of all', () => {
  const decision = decide(ours(), request({ bufferSize: 3, seed: 8n }))
  if (decision.kind !== 'refuse') throw new Error('expected a refusal')
  const error = refusalError(decision.refusals)
  expect(error.code).toBe('buffer_size_differs')
  expect(error.message).toBe(
    'buffer_size is 3, but the dataset was created with 2. The seed is 8, but the dataset was created with 7.',
  )
  expect(error.facts).toEqual({
    refusals: ['buffer_size_differs', 'seed_differs'],
    asked_buffer_size: 3,
    stored_buffer_size: 2,
    asked_seed: '8',
    stored_seed: '7',
  })
})

test('resuming keeps the stored plan; a larger ask appends to it', () => {
  const stored = planRanges(5, 2)
  const facts = ours({
    run: { kind: 'read', contents: run({ segments: stored }) },
    metadata: { kind: 'absent' },
    groups: { complete: 1, rows: 2, highest: 0, holes: [] },
  })
  expect(decide(facts, request({ numRecords: 5 }))).toEqual({ kind: 'resume', ranges: stored })
  expect(decide(facts, request({ numRecords: 8 }))).toEqual({
    kind: 'resume',
    ranges: [...stored, { first_group: 3, first_row: 5, rows: 3, buffer_size: 2 }],
  })
})

test('what another tool extended meanwhile counts: the larger target wins', () => {
  const facts = ours({ metadata: { kind: 'read', contents: metadata({ target_num_records: 20 }) } })
  expect(messages(facts, { numRecords: 15 })).toEqual([
    '15 records were requested, but the target of the dataset is 20.',
  ])
})

test('an extension of Data Designer’s has groups of its own: complete needs them all', () => {
  const contents = metadata({ target_num_records: 6, original_target_num_records: 5 })
  const facts = (groups: number): Facts =>
    foreign({
      metadata: { kind: 'read', contents },
      groups: { complete: groups, rows: groups, highest: groups - 1, holes: [] },
    })
  expect(decide(facts(4), request({ numRecords: 6 })).kind).toBe('already_complete')
  expect(decide(facts(3), request({ numRecords: 6 })).kind).toBe('resume')
})

test('a new dataset says why the old one does not serve, and only that', () => {
  const facts = ours({ groups: complete })
  const decision = decide(
    facts,
    request({ mode: 'if_possible', identity: otherIdentity, numRecords: 3, seed: 9n }),
  )
  expect(decision.kind === 'fresh_beside' && decision.reasons.map(({ code }) => code)).toEqual([
    'config_differs',
  ])
})

test('a refusal tells whether the dataset is the one asked for', () => {
  const identityOf = (facts: Facts, asked: Partial<Request> = {}): string => {
    const decision = decide(facts, request(asked))
    return decision.kind === 'refuse' ? decision.identity : decision.kind
  }
  expect(identityOf(ours(), { seed: 9n })).toBe('same')
  expect(identityOf(ours(), { identity: otherIdentity })).toBe('different')
  expect(
    identityOf(
      ours({ run: { kind: 'defect', defect: { code: 'run_json_damaged', message: 'It is damaged.' } } }),
    ),
  ).toBe('unknown')
})
