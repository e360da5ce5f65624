/**
 * The thread that encodes: takes one job at a time, answers it, and knows nothing else.
 */
import { parentPort } from 'node:worker_threads'
import zlib from 'node:zlib'
import { RowsmithError } from '../../base/errors/errors.ts'
import { sha256 } from '../../base/numbers/hash.ts'
import { received } from '../../base/values/value.ts'
import type { EncoderAnswer, EncoderTask } from './encoder.ts'
import { examineParquet } from './examine.ts'
import { type Encoded, encodeParquet } from './parquet-encode.ts'

const port = parentPort
if (port === null) throw new RowsmithError('internal', 'encode-worker is a worker thread.')

port.on('message', async ({ id, task }: { id: number; task: EncoderTask }) => {
  try {
    if (task.kind === 'examine') {
      const examined = await examineParquet(task.bytes)
      port.postMessage({ id, kind: 'examined', ...examined } satisfies EncoderAnswer)
      return
    }
    const encoded = perform(task)
    port.postMessage({ id, kind: 'done', ...encoded } satisfies EncoderAnswer, [encoded.bytes.buffer])
  } catch (error) {
    port.postMessage({ id, kind: 'failed', ...described(error) } satisfies EncoderAnswer)
  }
})

function perform(task: Exclude<EncoderTask, { kind: 'examine' }>): Encoded {
  if (task.kind === 'encode') {
    if (task.ordered === undefined) return encodeParquet(task.job)
    const columns = task.job.columns.map((column) => ({ ...column, values: column.values.map(received) }))
    return encodeParquet({ ...task.job, columns })
  }
  // A copy of its own, because what zlib returns may lie in a buffer shared with others.
  const bytes = new Uint8Array(zlib.zstdCompressSync(task.bytes))
  return { bytes, sha256: sha256(bytes) }
}

function described(error: unknown): Pick<EncoderAnswer & { kind: 'failed' }, 'code' | 'message' | 'facts'> {
  if (RowsmithError.isInstance(error)) return { code: error.code, message: error.message, facts: error.facts }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'internal', message: `Encoding failed: ${message}`, facts: {} }
}
