import { expect, test } from 'vitest'
import { candidateNames, chooseCandidate, siblingName } from '../../src/plan/candidates.ts'
import type { Facts, Request } from '../../src/plan/facts.ts'
import { complete, held, otherIdentity, ours, request, run } from './facts-examples.ts'

const OLD = 'reviews_03-01-2026_120000'
const NEW = 'reviews_03-01-2026_120000_2'

const choose = async (
  facts: Record<string, Facts>,
  asked: Partial<Request> = {},
): Promise<{ name: string; kind: string; inherits: unknown; read: string[] }> => {
  const read: string[] = []
  const factsOf = async (name: string): Promise<Facts> => {
    read.push(name)
    return facts[name] ?? { kind: 'nothing' }
  }
  const names = candidateNames('reviews', Object.keys(facts))
  const {
    name,
    decision,
    reuses: inherits,
  } = await chooseCandidate(names, factsOf, request({ mode: 'if_possible', ...asked }))
  return {
    name,
    kind: decision.kind === 'refuse' ? decision.refusals[0]!.code : decision.kind,
    inherits,
    read,
  }
}

const another = (seed: bigint): Facts =>
  ours({
    run: { kind: 'read', contents: run({ rows_identity: otherIdentity.rows_identity, run_seed: seed }) },
  })
const damaged: Facts = ours({
  run: { kind: 'defect', defect: { code: 'run_json_damaged', message: 'It is damaged.' } },
})

test('siblings are named by the local clock, and numbered within a second', () => {
  const time = new Date(2026, 2, 1, 12, 0, 0).getTime()
  expect(siblingName('reviews', time, 1)).toBe(OLD)
  expect(siblingName('reviews', time, 2)).toBe(NEW)
})

test('the plain folder comes first, then its siblings, newest first', () => {
  const found = [
    'reviews_12-31-2025_235959',
    OLD,
    `${OLD}_10`,
    NEW,
    'reviews',
    'reviews_old',
    'reviews_2_03-01-2026_120000',
    `${OLD}_0`,
    'ratings_03-01-2026_120000',
  ]
  expect(candidateNames('reviews', found)).toEqual([
    'reviews',
    `${OLD}_10`,
    NEW,
    OLD,
    'reviews_12-31-2025_235959',
  ])
})

test('the first that can go on is taken, and nothing is read after it', async () => {
  expect(await choose({ reviews: ours(), [NEW]: ours() })).toMatchObject({
    name: 'reviews',
    kind: 'resume',
    read: ['reviews'],
  })
  expect(
    await choose({ reviews: another(1n), [OLD]: ours(), [NEW]: ours({ groups: complete }) }),
  ).toMatchObject({
    name: NEW,
    kind: 'already_complete',
    read: ['reviews', NEW],
  })
})

test('a sibling is found after the plain folder is gone', async () => {
  expect(await choose({ [OLD]: ours() }, { mode: 'always' })).toMatchObject({ name: OLD, kind: 'resume' })
})

test('a dataset that is asked for and must be mended is refused, not begun again', async () => {
  expect(await choose({ reviews: another(1n), [OLD]: ours() }, { seed: 9n })).toMatchObject({
    name: OLD,
    kind: 'seed_differs',
  })
})

test('a damaged plain folder is settled before a new dataset is begun; a damaged sibling holds nothing up', async () => {
  expect(await choose({ reviews: damaged, [OLD]: another(1n) })).toMatchObject({
    name: 'reviews',
    kind: 'run_json_damaged',
  })
  expect(await choose({ reviews: another(1n), [OLD]: damaged })).toMatchObject({ kind: 'fresh_beside' })
})

test('the dataset that somebody is writing is waited for, and no sibling taken instead', async () => {
  expect(await choose({ reviews: ours({ lock: held }), [OLD]: ours() })).toMatchObject({
    name: 'reviews',
    kind: 'dataset_in_use',
    read: ['reviews'],
  })
})

test('a live writer of another dataset does not hide a sibling', async () => {
  const live = { ...another(1n), lock: held } as Facts
  expect(await choose({ reviews: live, [OLD]: ours() })).toMatchObject({ name: OLD, kind: 'resume' })
  expect(await choose({ reviews: live })).toMatchObject({ name: 'reviews', kind: 'dataset_in_use' })
})

test('a new dataset inherits from the newest that was passed over, else from the plain one', async () => {
  expect(await choose({ reviews: another(1n) })).toMatchObject({
    kind: 'fresh_beside',
    inherits: { name: 'reviews', seed: 1n },
  })
  expect(await choose({ reviews: another(1n), [OLD]: another(2n), [NEW]: another(3n) })).toMatchObject({
    kind: 'fresh_beside',
    inherits: { name: NEW, seed: 3n },
  })
})

test('never looks at the plain folder only, and inherits nothing', async () => {
  expect(await choose({ reviews: ours(), [OLD]: ours() }, { mode: 'never' })).toEqual({
    name: 'reviews',
    kind: 'fresh_beside',
    inherits: null,
    read: ['reviews'],
  })
  expect(await choose({ [OLD]: ours() }, { mode: 'never' })).toMatchObject({ kind: 'fresh' })
})

test('always refuses in the words of the plain folder when no candidate is the dataset', async () => {
  expect(await choose({ reviews: another(1n), [OLD]: another(2n) }, { mode: 'always' })).toMatchObject({
    name: 'reviews',
    kind: 'config_differs',
  })
  expect(await choose({}, { mode: 'always' })).toMatchObject({ name: 'reviews', kind: 'nothing_to_resume' })
})
