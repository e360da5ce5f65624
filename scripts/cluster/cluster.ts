/**
 * Several real processes that make one dataset in a shared folder, on a simulated provider.
 *
 * Owns: how they are started, disturbed and judged. A worker is `rowsmith create ... --shard i/n`; where the system allows it, each has pid
 * names of its own, as on a machine of its own: then only its heartbeat shows whether it lives.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { formatJson } from '../../src/base/values/json.ts'
import { open } from '../../src/index.ts'
import { type Simulator, startSimulator } from '../../src/simulate/server/server.ts'

export interface ClusterOptions {
  readonly folder: string
  readonly shards: number
  readonly rows: number
  readonly bufferSize: number
  readonly latencyMs: number
  /** Whether each worker has pid names of its own. */
  readonly isApart: boolean
}

/** What came out, and what did not hold. */
export interface ClusterReport {
  readonly violations: readonly string[]
  readonly requests: number
  /** Beyond those that an undisturbed run sends. */
  readonly extra: number
  readonly seconds: number
}

const rowsmith = new URL('../../bin/rowsmith.js', import.meta.url).pathname
const parallel = 4
const requestsPerRow = 2

const config = `
model_configs:
  - { alias: writer, provider: cluster, model: simulated, inference_parameters: { max_parallel_requests: ${parallel} } }
columns:
  - { name: topic, column_type: sampler, sampler_type: category, params: { values: [tea, rain, iron, paper] } }
  - { name: number, column_type: sampler, sampler_type: uuid, params: { prefix: row- } }
  - { name: sketch, column_type: llm-text, model_alias: writer, prompt: "Sketch {{ topic }} for {{ number }}." }
  - { name: text, column_type: llm-text, model_alias: writer, prompt: "Finish this: {{ sketch }}" }
`

/** Whether processes can have pid names of their own here. */
export function canBeApart(): boolean {
  try {
    execFileSync('unshare', ['--pid', '--fork', '--mount-proc', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export class Cluster {
  readonly simulator: Simulator
  readonly #options: ClusterOptions
  readonly #workers = new Map<number, Worker>()
  readonly #began = Date.now()
  /** Workers that ended without being killed, and not well. */
  readonly #failures: string[] = []

  private constructor(options: ClusterOptions, simulator: Simulator) {
    this.#options = options
    this.simulator = simulator
  }

  static async start(options: ClusterOptions): Promise<Cluster> {
    const { folder, bufferSize, latencyMs } = options
    const simulator = await startSimulator({ latencyMs })
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'config.yaml'), config)
    await writeFile(join(folder, 'run.yaml'), `buffer_size: ${bufferSize}\n`)
    const provider = {
      name: 'cluster',
      provider_type: 'openai',
      endpoint: `${simulator.url}/v1`,
      api_key: 'none',
    }
    await writeFile(join(folder, 'providers.yaml'), formatJson({ providers: [provider] }))
    return new Cluster(options, simulator)
  }

  get dataset(): string {
    return join(this.#options.folder, 'many', 'dataset')
  }

  /** Workers that run, or are stopped. */
  get living(): readonly Worker[] {
    return [...this.#workers.values()]
  }

  startAll(): void {
    for (let index = 0; index < this.#options.shards; index++) this.startWorker(index)
  }

  startWorker(index: number): void {
    const { shards } = this.#options
    const worker = new Worker(this.#options, ['--shard', `${index}/${shards}`], index)
    this.#workers.set(index, worker)
    void worker.end.then((end) => {
      if (this.#workers.get(index) === worker) this.#workers.delete(index)
      if (end.code !== 0 && !worker.isKilled)
        this.#failures.push(`shard ${index} ended with ${end.code}: ${end.text}`)
    })
  }

  async settled(): Promise<void> {
    while (this.#workers.size > 0) await Promise.all(this.living.map(({ end }) => end))
  }

  /** How many row groups have their files. */
  async published(): Promise<number> {
    return (await readdir(join(this.dataset, 'parquet-files')).catch(() => [])).length
  }

  /** What is wrong with the result. @param kills workers that may have had requests in flight when they went */
  async judge(kills: number): Promise<ClusterReport> {
    const { rows } = this.#options
    const violations = [...this.#failures]
    while (this.simulator.stats().in_flight > 0) await wait(10)
    const { requests } = this.simulator.stats()
    const found = await open(this.dataset).status()
    const { rows_written: written, rows_dropped: dropped, rows_open: left, total } = found
    if (written !== rows || left !== 0)
      violations.push(`${written} rows written, ${dropped} dropped, ${left} open, of ${rows}`)
    const due = rows * requestsPerRow
    const most = due + kills * parallel
    if (requests > most)
      violations.push(`${requests} requests, although ${most} are the most after ${kills} kills`)
    // A request that a kill met on its way may not have reached the server.
    if (total.requests < requests || total.requests - total.unknown > requests)
      violations.push(
        `the accounting has ${total.requests} requests, ${total.unknown} of them unknown; the server had ${requests}`,
      )
    const checked = await open(this.dataset).verify()
    if (!checked.whole)
      violations.push(
        `verify: ${checked.findings.map(({ path, problem }) => `${path}: ${problem}`).join('; ')}`,
      )
    violations.push(...(await this.#differences()))
    const seconds = (Date.now() - this.#began) / 1000
    return { violations, requests, extra: requests - due, seconds }
  }

  /** Data files that are not those of one process that makes the dataset alone. */
  async #differences(): Promise<string[]> {
    const alone = new Worker({ ...this.#options, isApart: false }, [
      '-o',
      join(this.#options.folder, 'alone'),
    ])
    const end = await alone.end
    if (end.code !== 0) return [`the run alone ended with ${end.code}: ${end.text}`]
    const folders = [join(this.#options.folder, 'alone', 'dataset'), this.dataset].map((each) =>
      join(each, 'parquet-files'),
    )
    const [one = '', many = ''] = folders
    const names = new Set([...(await readdir(one)), ...(await readdir(many))])
    const differences: string[] = []
    for (const name of names) {
      const [a, b] = await Promise.all(
        [one, many].map((folder) => readFile(join(folder, name)).catch(() => null)),
      )
      if (a === null || b === null || a === undefined || b === undefined || !a.equals(b))
        differences.push(`${name} differs from that of one process`)
    }
    return differences
  }

  async close(): Promise<void> {
    for (const worker of this.living) worker.kill()
    await this.settled()
    await this.simulator.close()
  }
}

/** A process of the cluster. */
class Worker {
  readonly index: number
  readonly end: Promise<{ readonly code: number | null; readonly text: string }>
  isKilled = false
  readonly #child: ChildProcess
  readonly #isApart: boolean

  constructor({ folder, rows, isApart }: ClusterOptions, options: readonly string[], index = -1) {
    this.index = index
    this.#isApart = isApart
    const files = ['-c', 'run.yaml', '--providers', 'providers.yaml', '-n', String(rows), '--seed', '7', '-q']
    const command = [process.execPath, rowsmith, 'create', 'config.yaml', '-o', 'many', ...files, ...options]
    const [program = '', ...args] = isApart
      ? ['unshare', '--pid', '--fork', '--mount-proc', ...command]
      : command
    this.#child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    let text = ''
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    this.end = once(this.#child, 'close').then(([code]) => ({ code, text: text.trim().slice(0, 400) }))
  }

  kill(): void {
    this.isKilled = true
    this.#signal('SIGKILL')
  }

  stop(): void {
    this.#signal('SIGSTOP')
  }

  goOn(): void {
    this.#signal('SIGCONT')
  }

  /** Of a worker with pid names of its own, the process itself is the child of the one that gave them to it. */
  #signal(signal: NodeJS.Signals): void {
    const pid = this.#child.pid
    if (pid === undefined) return
    try {
      if (this.#isApart) execFileSync('pkill', [`-${signal.slice(3)}`, '-P', String(pid)])
      else this.#child.kill(signal)
    } catch {
      // It has just ended.
    }
  }
}
