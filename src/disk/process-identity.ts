/**
 * Who a process is, so that another process can find out whether it still lives.
 *
 * Linux shows all of it under /proc. Elsewhere boot, namespace and start are unknown, and a question about
 * such a process must watch for signs of life instead.
 */
import { hostname } from 'node:os'
import type { Disk } from './disk.ts'

export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks from boot to the start of the process: distinguishes it from a later one with its number. */
  readonly start: string | null
  /** Changes with every boot of the machine. */
  readonly boot: string | null
  /** Where process numbers count: containers have their own. */
  readonly namespace: string | null
  readonly host: string
}

/** This process. Never fails: what the system does not report is null. */
export async function currentProcess(disk: Disk, pid = process.pid): Promise<ProcessIdentity> {
  const boot = await text(disk, '/proc/sys/kernel/random/boot_id')
  const namespace = await disk.stat('/proc/self/ns/pid').catch(() => undefined)
  return {
    pid,
    start: (await processStat(disk, pid))?.start ?? null,
    boot: boot?.trim() ?? null,
    namespace: namespace?.inode?.toString() ?? null,
    host: hostname(),
  }
}

/**
 * Whether a process is alive, as far as `self` can know: only processes of the same boot and the same
 * namespace can be looked up. A process that ended but was not yet waited for counts as ended.
 */
export async function lifeOf(
  disk: Disk,
  other: ProcessIdentity,
  self: ProcessIdentity,
): Promise<'alive' | 'dead' | 'unknown'> {
  const comparable =
    other.start !== null &&
    self.boot !== null &&
    self.namespace !== null &&
    other.boot === self.boot &&
    other.namespace === self.namespace
  if (!comparable) return 'unknown'
  const found = await processStat(disk, other.pid)
  return found === undefined || found.ended || found.start !== other.start ? 'dead' : 'alive'
}

async function processStat(disk: Disk, pid: number): Promise<{ start: string; ended: boolean } | undefined> {
  const line = await text(disk, `/proc/${pid}/stat`)
  // The second field is the program's name in brackets and may hold anything, brackets and spaces included.
  const fields = line?.slice(line.lastIndexOf(')') + 2).split(' ')
  const [state, start] = [fields?.[0], fields?.[19]]
  return state === undefined || start === undefined ? undefined : { start, ended: /[ZXx]/.test(state) }
}

async function text(disk: Disk, path: string): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await disk.readFile(path))
  } catch {
    return undefined
  }
}
