/**
 * Signals that came, and wait for a main thread which does not give back control.
 *
 * Node keeps them in a pipe of its own until the event loop reads it. Linux lets us look into that pipe: what is read is written back,
 * so that the loop finds it all the same. Elsewhere nothing is known.
 */
import {
  closeSync,
  constants,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  writeSync,
} from 'node:fs'
import { constants as system } from 'node:os'
import { type StopSignal, signalExitCodes } from './exit-codes.ts'

/** What libuv writes for a signal: the address of a handle, and a number of four bytes at its end. */
const messageBytes = 16
const numberAt = 8

/** The first of the signals that wait. Call on the main thread, while its event loop is blocked. */
export function waitingSignal(): StopSignal | undefined {
  if (process.platform !== 'linux' || process.arch === 'ia32') return undefined
  const names = Object.keys(signalExitCodes) as StopSignal[]
  for (const descriptor of ownWatchedPipes()) {
    const found = numbersIn(descriptor).flatMap((each) =>
      names.filter((name) => system.signals[name] === each),
    )
    if (found.length > 0) return found[0]
  }
  return undefined
}

/** Pipes of which this process holds both ends, and an event loop of it watches the one to read. */
function ownWatchedPipes(): string[] {
  const links = new Map(readdirSync('/proc/self/fd').map((each) => [each, linkOf(each)]))
  const watched = new Set(
    [...links].flatMap(([each, link]) => (link === 'anon_inode:[eventpoll]' ? watchedBy(each) : [])),
  )
  const ends = (link: string): number => [...links.values()].filter((each) => each === link).length
  return [...links].flatMap(([each, link]) =>
    link.startsWith('pipe:') && watched.has(each) && ends(link) === 2 ? [each] : [],
  )
}

function linkOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`)
  } catch {
    return ''
  }
}

function watchedBy(epoll: string): string[] {
  try {
    return [...readFileSync(`/proc/self/fdinfo/${epoll}`, 'utf8').matchAll(/^tfd:\s*(\d+)/gm)].map(
      ([, each = '']) => each,
    )
  } catch {
    return []
  }
}

function numbersIn(descriptor: string): number[] {
  let pipe: number | undefined
  try {
    pipe = openSync(`/proc/self/fd/${descriptor}`, constants.O_RDWR | constants.O_NONBLOCK)
    const bytes = Buffer.alloc(256 * messageBytes)
    const length = readSync(pipe, bytes)
    writeSync(pipe, bytes, 0, length)
    return Array.from({ length: Math.floor(length / messageBytes) }, (_, index) =>
      bytes.readInt32LE(index * messageBytes + numberAt),
    )
  } catch {
    // Nothing is in it.
    return []
  } finally {
    if (pipe !== undefined) closeSync(pipe)
  }
}
