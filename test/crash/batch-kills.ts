/**
 * Runs by batches that are really killed, right before or right after a call about batches: a proxy before the simulator counts calls, and kills.
 * The simulator outlives them all; its meter says what was charged.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { keyedRandom } from '../../src/base/numbers/random.ts'
import { open } from '../../src/index.ts'
import { type SimulatorOptions, startSimulator } from '../../src/simulate/server/server.ts'

const bin = join(import.meta.dirname, '../../bin/rowsmith.js')

const config = `model_configs: [{alias: writer, provider: far, model: m}]
columns:
  - {name: topic, column_type: sampler, sampler_type: uuid, params: {}}
  - {name: sketch, column_type: llm-text, model_alias: writer, prompt: "Sketch {{ topic }}."}
  - {name: text, column_type: llm-text, model_alias: writer, prompt: "Finish this: {{ sketch }}"}
`
const run = 'buffer_size: 5\ninference: {writer: {min_requests: 1, poll: 0.05}}\n'

/** @returns what did not hold, in sentences */
export async function batchKills(options: {
  readonly kills: number
  readonly rows: number
  readonly seed: number
  readonly folder: string
  readonly isTimeUp?: () => boolean
  readonly simulator?: SimulatorOptions
}): Promise<{ readonly kills: number; readonly violations: readonly string[] }> {
  const { kills, rows, seed, folder } = options
  const random = keyedRandom(BigInt(seed), 'batch kills', 0)
  const violations: string[] = []
  let killed = 0
  for (let dataset = 0; killed < kills && options.isTimeUp?.() !== true; dataset++) {
    const simulator = await startSimulator({ words: 5, ...options.simulator })
    const due: { at: number; before: boolean; kill: (() => void) | undefined } = {
      at: 0,
      before: true,
      kill: undefined,
    }
    const strike = (): boolean => {
      due.kill?.()
      due.kill = undefined
      return true
    }
    const proxy = createServer(async (request, response) => {
      const body = await bytesOf(request)
      due.at--
      if (due.at === 0 && due.before && strike()) return
      const { method = 'GET', headers, url } = request
      const type = headers['content-type']
      const answer = await fetch(`${simulator.url}${url}`, {
        method,
        ...(type === undefined ? {} : { headers: { 'content-type': type } }),
        ...(method === 'POST' ? { body: new Uint8Array(body) } : {}),
      })
      const bytes = Buffer.from(await answer.arrayBuffer())
      if (due.at === 0 && !due.before && strike()) return
      response.writeHead(answer.status, {
        'content-type': answer.headers.get('content-type') ?? 'text/plain',
      })
      response.end(bytes)
    })
    proxy.listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    const { port } = proxy.address() as AddressInfo
    const at = (name: string): string => join(folder, name)
    writeFileSync(at('config.yaml'), config)
    writeFileSync(at('run.yaml'), run)
    writeFileSync(at('providers.yaml'), `providers: [{name: far, endpoint: "http://127.0.0.1:${port}/v1"}]\n`)
    const name = `set-${dataset}`
    const args = [
      'create',
      at('config.yaml'),
      '-c',
      at('run.yaml'),
      '--providers',
      at('providers.yaml'),
      '-n',
      String(rows),
    ]
    for (let isOver = false; !isOver; ) {
      const child = spawn(process.execPath, [bin, ...args, '-d', name, '-o', folder, '--seed', '7', '-q'], {
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      let told = ''
      child.stderr.on('data', (text: Buffer) => {
        told += text.toString()
      })
      due.at = killed < kills ? 1 + random.below(8) : 0
      due.before = random.below(2) === 0
      due.kill = () => child.kill('SIGKILL')
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
      if (signal === 'SIGKILL') killed++
      else {
        isOver = true
        if (code !== 0) violations.push(`${name} ended with ${code}: ${told.slice(0, 300)}`)
      }
    }
    const { custom_ids } = simulator.stats().batches
    const { total, rows_written } = await open(join(folder, name)).status()
    const twice = Object.values(custom_ids).reduce((sum, [, times]) => sum + Math.max(0, times - 1), 0)
    if (rows_written !== rows) violations.push(`${name} has ${rows_written} of ${rows} rows`)
    if (twice > total.unknown)
      violations.push(
        `${name}: ${twice} requests were charged twice, and the bill calls ${total.unknown} unknown`,
      )
    proxy.closeAllConnections()
    await new Promise((resolve) => proxy.close(resolve))
    await simulator.close()
  }
  return { kills: killed, violations }
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
