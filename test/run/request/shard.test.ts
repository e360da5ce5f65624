import { describe, expect, test } from 'vitest'
import { checkedShard, parseShard, resolveShard } from '../../../src/run/request/shard.ts'

const slurm = {
  SLURM_ARRAY_TASK_ID: '30',
  SLURM_ARRAY_TASK_COUNT: '4',
  SLURM_ARRAY_TASK_MIN: '10',
  SLURM_ARRAY_TASK_STEP: '10',
}

describe('--shard', () => {
  test.each([
    ['0/4', {}, '0/4'],
    [' 3/4 ', {}, '3/4'],
    ['0/1', {}, '0/1'],
    ['auto', slurm, '2/4'],
    ['auto', { SLURM_ARRAY_TASK_ID: '1', SLURM_ARRAY_TASK_COUNT: '3', SLURM_ARRAY_TASK_MIN: '0' }, '1/3'],
    ['auto/4', { JOB_COMPLETION_INDEX: '3' }, '3/4'],
    ['auto/4', slurm, '2/4'],
  ])('%s in %j is %s', (text, env, shard) => {
    const { index, count } = resolveShard(parseShard(text), env)
    expect(`${index}/${count}`).toBe(shard)
  })

  test.each([
    '',
    '1',
    '4/4',
    '5/4',
    '-1/4',
    '1/0',
    '1.5/4',
    'one/4',
    '1/4/4',
    'auto/0',
    'auto/x',
    '0/10001',
    '0/4294967296',
  ])('"%s" is refused, and says what it takes', (text) => {
    expect(() => parseShard(text)).toThrow(/^--shard /)
  })

  test.each([
    ['auto', {}, /SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX/],
    ['auto', { JOB_COMPLETION_INDEX: '0' }, /auto\/4/],
    ['auto/2', { JOB_COMPLETION_INDEX: '2' }, /shards of 2 are 0 to 1/],
    ['auto', { ...slurm, SLURM_ARRAY_TASK_ID: '15' }, /begins at 10, with steps of 10/],
    ['auto', { ...slurm, SLURM_ARRAY_TASK_ID: 'x' }, /whole number in SLURM_ARRAY_TASK_ID/],
  ])('%s in %j is refused', (text, env, says) => {
    expect(() => resolveShard(parseShard(text), env)).toThrow(says)
  })

  test('of a program is checked in the same way', () => {
    expect(() => checkedShard({ index: 2, count: 2 })).toThrow(/0 to 1/)
    expect(() => checkedShard({ index: Number.NaN, count: 2 })).toThrow(/whole numbers/)
  })
})
