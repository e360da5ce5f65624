/**
 * The thread that hashes: files come in pieces, several at a time.
 */
import { createHash, type Hash } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { RowsmithError } from '../../base/errors/errors.ts'
import type { HashAnswer, HashTask } from './file-hasher.ts'

const port = parentPort
if (port === null) throw new RowsmithError('internal', 'hash-worker is a worker thread.')

const open = new Map<number, Hash>()

port.on('message', ({ file, piece }: HashTask) => {
  let hash = open.get(file)
  if (hash === undefined) {
    hash = createHash('sha256')
    open.set(file, hash)
  }
  if (piece !== null) hash.update(piece)
  else open.delete(file)
  port.postMessage({ file, sha256: piece === null ? hash.digest('hex') : null } satisfies HashAnswer)
})
