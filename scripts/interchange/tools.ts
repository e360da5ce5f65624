/** Both tools, each as a process of its own, so that it can be killed; and the model they both ask. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Simulator } from '../../src/entries/simulator.ts'
import { provider, type Wanted } from './configs.ts'
import type { Python } from './python.ts'

export type Tool = 'Rowsmith' | 'Data Designer'

type ResumeMode = 'always' | 'if_possible' | 'never'

/** What a tool shall make: this many rows of a config, in a folder. */
export interface Ask {
  /** The folder that holds the dataset folder `dataset`. */
  readonly artifacts: string
  readonly wanted: Wanted
  readonly records: number
  readonly resume: ResumeMode
}

/** What came of it. */
export interface Made {
  /** How the tool refused or failed: our code and message, or Data Designer's exception; null when it did not. */
  readonly error: string | null
  /** Where it says the dataset is. */
  readonly path: string | null
  /** What the server saw meanwhile. */
  readonly requests: number
  /** Data Designer's own loading of the dataset; null when it was not run, or failed. */
  readonly loaded: { readonly rows: number; readonly counted: number; readonly columns: string[] } | null
  /** Data Designer's own loading of the processors' datasets: rows by name. */
  readonly processed: Readonly<Record<string, number>> | null
}

export const bufferSize = 4

const command = join(import.meta.dirname, '../../bin/rowsmith.js')

export class Tools {
  readonly #python: Python
  readonly #simulator: Simulator

  constructor(python: Python, simulator: Simulator) {
    this.#python = python
    this.#simulator = simulator
  }

  /** Lets a tool do its work, to its end. */
  async make(tool: Tool, ask: Ask): Promise<Made> {
    const before = this.#simulator.stats().requests
    const made = tool === 'Rowsmith' ? await this.#rowsmith(ask) : await this.#dataDesigner(ask)
    return { ...made, requests: this.#simulator.stats().requests - before }
  }

  /**
   * Starts a tool and kills it (SIGKILL) as soon as there are two finished row groups, and `pause` is over.
   *
   * @returns why it could not be killed, or null
   */
  async makeAndKill(
    tool: Tool,
    ask: Ask,
    pause: () => Promise<unknown> = async () => {},
  ): Promise<string | null> {
    const child = tool === 'Rowsmith' ? this.#startRowsmith(ask) : this.#python.start(this.#jobOf(ask))
    const exit = once(child, 'exit')
    const dataset = join(ask.artifacts, 'dataset')
    while (child.exitCode === null && !hasProgress(dataset)) await sleep(5)
    await pause()
    child.kill('SIGKILL')
    const [code] = await exit
    return code === null ? null : `it ended by itself, exit code ${code}`
  }

  /** What pyarrow says of a folder of Parquet files. */
  async pyarrow(folder: string, values: readonly string[]): Promise<PyarrowView> {
    const seen = (await this.#python.ask({ do: 'read', folder, values })) as PyarrowView & { error?: string }
    if (seen.error !== undefined) throw new Error(`pyarrow cannot read it as one dataset: ${seen.error}`)
    return seen
  }

  async #rowsmith(ask: Ask): Promise<Omit<Made, 'requests'>> {
    const stdout = await new Promise<string>((resolve) =>
      execFile(process.execPath, this.#argumentsOf(ask), { maxBuffer: 64 * 1024 * 1024 }, (_error, printed) =>
        resolve(printed),
      ),
    )
    const { dataset_path, error } = JSON.parse(stdout)
    return {
      error: error === undefined ? null : `${error.code}: ${error.message}`,
      path: dataset_path,
      loaded: null,
      processed: null,
    }
  }

  #startRowsmith(ask: Ask): ChildProcess {
    return spawn(process.execPath, this.#argumentsOf(ask), { stdio: 'ignore' })
  }

  #argumentsOf({ artifacts, wanted, records, resume }: Ask): string[] {
    const settings = join(artifacts, 'settings')
    mkdirSync(settings, { recursive: true })
    const write = (name: string, content: object) => {
      writeFileSync(join(settings, name), JSON.stringify(content))
      return join(settings, name)
    }
    const providers = { providers: [{ name: provider, endpoint: `${this.#simulator.url}/v1` }] }
    return [
      command,
      'create',
      write('config.json', wanted.config),
      `--num-records=${records}`,
      `--artifact-path=${artifacts}`,
      `--resume=${resume}`,
      `--providers=${write('providers.json', providers)}`,
      `--run-config=${write('run-config.json', { buffer_size: bufferSize })}`,
      '--json',
      '--quiet',
    ]
  }

  async #dataDesigner(ask: Ask): Promise<Omit<Made, 'requests'>> {
    const { error, path, processed, ...loaded } = (await this.#python.ask(this.#jobOf(ask))) as CreateAnswer
    return error === undefined
      ? { error: null, path, loaded, processed }
      : { error, path: null, loaded: null, processed: null }
  }

  #jobOf({ artifacts, wanted, records, resume }: Ask): object {
    return {
      do: 'create',
      artifacts,
      name: 'dataset',
      config: wanted.config,
      records,
      resume,
      buffer_size: bufferSize,
      provider,
      endpoint: `${this.#simulator.url}/v1`,
      processors: wanted.processors,
    }
  }
}

/** Columns with their Arrow types, in the file's order. */
export type ArrowFields = readonly (readonly [name: string, type: string])[]

export interface PyarrowView {
  readonly files: Readonly<Record<string, ArrowFields>>
  readonly rows: number
  readonly columns: ArrowFields
  readonly values: Readonly<Record<string, readonly string[]>>
}

interface CreateAnswer {
  readonly error?: string
  readonly path: string
  readonly rows: number
  readonly counted: number
  readonly columns: string[]
  readonly processed: Record<string, number>
}

/** Two row groups are finished, and metadata.json shows the run. */
function hasProgress(dataset: string): boolean {
  const groups = join(dataset, 'parquet-files')
  if (!existsSync(groups) || !existsSync(join(dataset, 'metadata.json'))) return false
  return readdirSync(groups).filter((name) => name.endsWith('.parquet')).length >= 2
}
