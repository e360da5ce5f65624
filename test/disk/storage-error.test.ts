import { constants } from 'node:os'
import { expect, it } from 'vitest'
import { RowsmithError } from '../../src/base/errors/errors.ts'
import { type DiskAction, storageError, wrapDiskError } from '../../src/disk/storage-error.ts'

it.each<[string, DiskAction, string]>([
  ['ENOSPC', 'write', 'disk_full'],
  ['EDQUOT', 'sync', 'disk_full'],
  ['EACCES', 'create the folder', 'folder_unwritable'],
  ['EROFS', 'create', 'folder_unwritable'],
  ['EPERM', 'create', 'folder_unwritable'],
  ['EACCES', 'read', 'io_error'],
  ['EIO', 'write', 'io_error'],
  ['EMFILE', 'list', 'io_error'],
  ['EIO', 'sync', 'sync_failed'],
])('gives %s on %s the meaning %s, with path and action', (errno, action, code) => {
  const cause = Object.assign(new Error(errno), { code: errno })
  expect(storageError(cause, action, '/data')).toMatchObject({
    code,
    cause,
    facts: { path: '/data', action, errno },
  })
})

it('leaves an error that has a meaning as it is', async () => {
  const error = new RowsmithError('lock_lost', 'Lost.')
  await expect(wrapDiskError('read', '/data', () => Promise.reject(error))).rejects.toBe(error)
  await expect(wrapDiskError('read', '/data', async () => 7)).resolves.toBe(7)
})

it('knows a full quota by its number, where the system library has no word for it', () => {
  const errno = -constants.errno.EDQUOT
  const cause = Object.assign(new Error(`Unknown system error ${errno}: write`), {
    code: `Unknown system error ${errno}`,
    errno,
  })
  expect(storageError(cause, 'write', '/data')).toMatchObject({
    code: 'disk_full',
    message: 'Could not write /data: the disk is full.',
    facts: { errno: 'EDQUOT' },
  })
})
