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

/** What the cases were checked with. */
const pinned = 'data-designer==0.9.7'

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

  /** Makes the virtual environment unless it is there. @throws Unavailable */
  static async prepare(cache: string): Promise<Python> {
    const folder = join(cache, pinned.replaceAll('=', '-'))
    const interpreter = join(folder, 'bin', 'python')
    try {
      if (!existsSync(interpreter)) await run('python3', ['-m', 'venv', folder])
      const installed = await new Python(interpreter, cache).versions().catch(() => undefined)
      if (installed === undefined) await run(interpreter, ['-m', 'pip', 'install', '--quiet', pinned])
    } catch (error) {
      throw new Unavailable(`cannot install ${pinned}: ${lastLine(error)}`)
    }
    return new Python(interpreter, cache)
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
  start(job: object): ChildProcess {
    return spawn(this.#interpreter, [driver, JSON.stringify(job)], {
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
