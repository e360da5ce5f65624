/**
 * A Python that has Data Designer: made once in a cache folder, or given.
 *
 * Rules: Data Designer never leaves this machine (its tokenizer and its telemetry would), and keeps its own settings
 * in the cache folder, not in the user's home.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The version of Data Designer that the cases were checked with. */
export const pinned = '0.9.7'

const driver = join(import.meta.dirname, 'data-designer.py')

/** Why there is no Data Designer here; the interchange is then skipped, not failed. */
export class Unavailable extends Error {}

export class Python {
  readonly #interpreter: string
  readonly #environment: NodeJS.ProcessEnv

  constructor(interpreter: string, cache: string) {
    this.#interpreter = interpreter
    this.#environment = {
      ...process.env,
      DATA_DESIGNER_HOME: join(cache, 'data-designer-home'),
      NEMO_TELEMETRY_ENABLED: 'false',
      HTTPS_PROXY: 'http://127.0.0.1:9',
      NO_PROXY: '127.0.0.1',
      PYTHONDONTWRITEBYTECODE: '1',
    }
  }

  /** Makes the virtual environment of a version unless it is there. @throws Unavailable */
  static async prepare(cache: string, version: string): Promise<Python> {
    const wanted = `data-designer==${version}`
    const folder = join(cache, wanted.replaceAll('=', '-'))
    const interpreter = join(folder, 'bin', 'python')
    try {
      if (!existsSync(interpreter)) await run('python3', ['-m', 'venv', folder])
      const installed = await new Python(interpreter, cache).versions().catch(() => undefined)
      if (installed === undefined) await run(interpreter, ['-m', 'pip', 'install', '--quiet', wanted])
    } catch (error) {
      throw new Unavailable(`cannot install ${wanted}: ${lastLine(error)}`)
    }
    return new Python(interpreter, cache)
  }

  /** @returns the newest version that pip finds, undefined where it reaches no registry */
  async newest(): Promise<string | undefined> {
    const args = ['-m', 'pip', 'index', 'versions', 'data-designer', '--disable-pip-version-check']
    const answer = await run(this.#interpreter, args).catch(() => undefined)
    return answer?.stdout.match(/^data-designer \((\S+)\)/m)?.[1]
  }

  /** @throws Unavailable when Data Designer is not in it */
  async versions(): Promise<Record<string, string>> {
    try {
      return (await this.ask({ do: 'versions' })) as Record<string, string>
    } catch (error) {
      throw new Unavailable(`${this.#interpreter} has no Data Designer: ${lastLine(error)}`)
    }
  }

  /** Has a job done by a script, data-designer.py unless another is given. @returns the JSON it answers */
  async ask(job: object, script = driver): Promise<unknown> {
    const { stdout } = await run(this.#interpreter, [script, JSON.stringify(job)], {
      env: this.#environment,
      maxBuffer: 64 * 1024 * 1024,
    })
    return JSON.parse(stdout.trimEnd().split('\n').at(-1)!)
  }

  /** Starts a job that is going to be killed. */
  start(job: object, script = driver): ChildProcess {
    return spawn(this.#interpreter, [script, JSON.stringify(job)], {
      env: this.#environment,
      stdio: 'ignore',
    })
  }
}

/** What a failed command said last. */
function lastLine(error: unknown): string {
  const { stderr = '', message } = error as Error & { stderr?: string }
  return (stderr.trim() || message).split('\n').at(-1)!
}
