/**
 * Standard output and standard error, which may go away at any time without stopping a run.
 *
 * Rules: results go to stdout, everything about how it goes to stderr. A closed pipe (EPIPE) and a vanished
 * terminal (EIO) are ignored: whoever read is gone, the dataset is not. Any other failure of stdout, such as a
 * full disk under a redirect, is remembered and decides the exit code when nothing worse happened.
 */
import { errnoOf } from '../index.ts'
import { commandIsOver } from './command-end.ts'

const readerGone = new Set(['EPIPE', 'EIO', 'ENXIO', 'EBADF', 'ERR_STREAM_DESTROYED'])
let stdoutFailure: string | undefined

/** Call once, before anything is written. */
export function surviveClosedStreams(): void {
  process.stderr.on('error', () => {})
  process.stdout.on('error', (error) => {
    const code = errnoOf(error) ?? 'unknown'
    if (!readerGone.has(code)) stdoutFailure = code
  })
}

export function writeOut(text: string): void {
  if (process.stdout.writable) process.stdout.write(text)
}

export function writeErr(text: string): void {
  if (process.stderr.writable) process.stderr.write(text)
}

/** Bytes of a result, one piece at a time: who reads slowly is waited for. A reader that is gone gets no more. */
export function writeBytes(bytes: Uint8Array): Promise<void> {
  if (!process.stdout.writable) return Promise.resolve()
  return new Promise((resolve) => process.stdout.write(bytes, () => resolve()))
}

/** Waits until everything written is handed over, then ends the process: no idle connection keeps it alive. */
export async function leave(exitCode: number): Promise<never> {
  await Promise.all([process.stdout, process.stderr].map(drained))
  commandIsOver()
  if (stdoutFailure !== undefined && exitCode === 0) {
    writeErr(`error: Cannot write to standard output: ${stdoutFailure}\n`)
    process.exit(8)
  }
  process.exit(exitCode)
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  if (!stream.writable) return Promise.resolve()
  return new Promise((resolve) => {
    stream.once('error', () => resolve())
    stream.write('', () => resolve())
  })
}
