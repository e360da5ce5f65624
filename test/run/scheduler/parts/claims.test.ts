import { expect, it } from 'vitest'
import { RowsmithError } from '../../../../src/base/errors/errors.ts'
import { emptyReplayState } from '../../../../src/run/effects/replay-state.ts'
import { Claims } from '../../../../src/run/scheduler/parts/claims.ts'

it('does not lose a row group whose answers cannot be read: it is still to be made, and the claims are not over', async () => {
  const group = { group: 0, firstRow: 0, rows: 3 }
  let fails = true
  const read = async () => {
    if (fails) throw new RowsmithError('io_error', 'EIO')
    return emptyReplayState()
  }
  const claims = new Claims({ groups: [group], stored: { read, drop: () => {}, giveBack: () => {} } })
  await claims.watch({ came: () => {}, over: () => {}, failed: () => {} })
  await expect(claims.take()).rejects.toMatchObject({ code: 'io_error' })
  expect(claims.isOver).toBe(false)
  expect(claims.next).toEqual(group)
  fails = false
  expect((await claims.take()).group).toEqual(group)
  expect(claims.isOver).toBe(true)
})
