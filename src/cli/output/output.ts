/**
 * Standard output and standard error, which may go away at any time without stopping a run.
 *
 * Rules:
 *   1. Results go to stdout, everything about how it goes to stderr.
 *   2. A closed pipe (EPIPE) and a vanished terminal (EIO) are ignored: the reader has ended, the dataset has not. Any other
 *      failure of stdout, such as a full disk under a redirect, is remembered and decides the exit code when nothing worse happened.
 *   3. Nothing else writes to them. So no text steers a terminal, no matter who wrote it: everything goes through `printable`. Data is
 *      exact: JSON escapes by itself what would steer, rows of an export are bytes where standard output is no terminal.
 */
import { writeSync } from 'node:fs'
import { errnoOf } from '../../base/errors/errors.ts'
import { printable } from '../text/style.ts'
import { visible } from '../text/terminal-text.ts'
import { commandIsOver } from './command-end.ts'

const readerClosed = new Set(['EPIPE', 'EIO', 'ENXIO', 'EBADF', 'ERR_STREAM_DESTROYED'])
let stdoutFailure: string | undefined
/** Names of it: where a shell has redirected it to a file, that one is written to, not replaced. */
const standardOutput = new Set(['-', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'])

export function isStandardOutput(name: string): boolean {
  return standardOutput.has(name)
}

/** Call once, before anything is written. */
export function ignoreClosedStreams(): void {
  process.stderr.on('error', () => {})
  process.stdout.on('error', (error) => {
    const code = errnoOf(error) ?? 'unknown'
    if (!readerClosed.has(code)) stdoutFailure = code
  })
}

export function writeOut(text: string): void {
  if (process.stdout.writable) process.stdout.write(printable(text, process.stdout))
}

export function writeErr(text: string): void {
  if (process.stderr.writable) process.stderr.write(printable(text, process.stderr))
}

/** For the last words of a process that is ending. */
export function writeErrNow(text: string): void {
  writeSync(2, printable(text, process.stderr))
}

/** One JSON text on a line of its own: the same data, with what would steer a terminal as escapes. */
export function writeJson(json: string): void {
  if (process.stdout.writable) process.stdout.write(`${json.replace(unescaped, escaped)}\n`)
}

/** What JSON lets through. It stands in strings alone, so that its escape is the same text. */
const unescaped =
  /[\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u206f\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff]/g

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/**
 * Bytes of rows, one piece at a time: who reads slowly is waited for. A closed reader gets no more. A terminal is shown
 * them as any text.
 */
export function writeBytes(bytes: Uint8Array): Promise<void> {
  const { stdout } = process
  if (!stdout.writable) return Promise.resolve()
  const piece = stdout.isTTY ? visible(decoder.decode(bytes, { stream: true })) : bytes
  return new Promise((resolve) => stdout.write(piece, () => resolve()))
}

const decoder = new TextDecoder()

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
