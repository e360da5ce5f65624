/** What commands share that serve on a port until a signal comes: `view`, `dev`, `simulate`. */
import { once } from 'node:events'
import type { Command } from 'commander'
import { errnoOf } from '../../base/errors/errors.ts'
import { parseCount, usageError } from '../../base/text/flag-values.ts'
import { signalExitCodes } from './exit-codes.ts'
import type { SignalWatch } from './signals.ts'

const lastPort = 65_535

export function addPortOption(command: Command): Command {
  return command.option('--port <n>', 'port to listen on; 0 for a free port', parsePort, 0)
}

function parsePort(text: string): number {
  const port = parseCount(text, '--port', 0)
  if (port > lastPort) throw usageError(`--port takes a whole number of at most ${lastPort}, not "${text}"`)
  return port
}

/** @throws RowsmithError usage where the system cannot listen on the port */
export function listening<Server>(started: Promise<Server>, port: number): Promise<Server> {
  return started.catch((error) => {
    const errno = errnoOf(error)
    if (errno === undefined) throw error
    throw usageError(`Cannot listen on port ${port}: ${errno}`, 'Choose another --port.')
  })
}

/** @returns the exit code that the signal stands for */
export async function servedUntilSignal(
  server: { close(): Promise<void> },
  signals: SignalWatch,
): Promise<number> {
  if (!signals.signal.aborted) await once(signals.signal, 'abort')
  await server.close()
  return signalExitCodes[signals.received ?? 'SIGTERM']
}
