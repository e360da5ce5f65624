import { onAbort } from '../base/abort.ts'
import type { Transport, TransportFailure, TransportResponse } from '../models/http/transport.ts'
import { type SimulatedModelOptions, simulatedModel } from './simulated-model.ts'

export interface SimulatorTransportOptions extends SimulatedModelOptions {
  /** How long an answer takes. @default 0 */
  readonly latencyMs?: number
}

/** The simulated model inside the process, in place of HTTP: what the provider `simulator` answers with. */
export function simulatorTransport(options: SimulatorTransportOptions = {}): Transport {
  const { latencyMs = 0 } = options
  const model = simulatedModel(options)
  return {
    post: (_url, _headers, body, signal, timeoutMs) =>
      new Promise<TransportResponse | TransportFailure>((resolve, reject) => {
        signal.throwIfAborted()
        const late = latencyMs > timeoutMs
        const finish = (): void => {
          forget()
          if (late) resolve({ broken: 'timeout', detail: `no complete answer within ${timeoutMs / 1000} s` })
          else resolve(model(body))
        }
        // Never within the call itself, as over a wire.
        const cancel = after(late ? timeoutMs : latencyMs, finish)
        const forget = onAbort(signal, () => {
          cancel()
          reject(signal.reason)
        })
      }),
    close: async () => {},
  }
}

function after(milliseconds: number, act: () => void): () => void {
  if (milliseconds === 0) {
    const immediate = setImmediate(act)
    return () => clearImmediate(immediate)
  }
  const timer = setTimeout(act, milliseconds)
  return () => clearTimeout(timer)
}
