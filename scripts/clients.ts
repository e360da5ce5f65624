/**
 * `npm run clients`: the clients that people use, against `rowsmith simulate`: openai, @anthropic-ai/sdk, @google/genai, the AI SDK,
 * and from Python openai, instructor, langchain-openai, litellm. Prints a table of checks. Exits with 1 when one failed or a client
 * could not be installed; Python is left out, with a sentence, where there is none.
 *
 *     npm run clients -- [--only WORD] [--cache FOLDER] [--python PYTHON] [--verbose]
 */
import { type ExecFileOptions, execFile } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { startSimulator } from '../src/entries/simulator.ts'
import { type Outcome, outcomesIn, print } from './shared/outcomes.ts'
import { pythonWith } from './shared/virtual-environment.ts'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    cache: { type: 'string', default: join(tmpdir(), 'rowsmith-clients') },
    python: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
})

const packages = {
  '@ai-sdk/anthropic': '4.0.105',
  '@ai-sdk/google': '4.0.121',
  '@ai-sdk/openai': '4.0.118',
  '@ai-sdk/openai-compatible': '3.0.92',
  '@anthropic-ai/sdk': '1.14.0',
  '@google/genai': '3.3.0',
  ai: '7.0.173',
  openai: '7.59.0',
  zod: '4.6.7',
}
const wheels = ['openai==2.54.0', 'instructor==1.17.0', 'langchain-openai==1.4.3', 'litellm==1.108.7']

const checks = join(import.meta.dirname, 'clients')

const run = promisify(execFile)

/** Nothing sends a request but to the simulator. */
const environment = { ...process.env, LITELLM_LOCAL_MODEL_COST_MAP: 'True', AI_SDK_LOG_WARNINGS: 'false' }

async function main(): Promise<void> {
  mkdirSync(options.cache, { recursive: true })
  const simulator = await startSimulator({ words: 40 })
  try {
    const outcomes = [...(await nodeClients(simulator.url)), ...(await pythonClients(simulator.url))]
    process.exitCode = print(outcomes)
  } finally {
    await simulator.close()
  }
}

async function nodeClients(url: string): Promise<Outcome[]> {
  const files = readdirSync(checks).filter((name) => name.endsWith('.mjs') && name !== 'checking.mjs')
  const wanted = files.filter((name) => name.includes(options.only))
  if (wanted.length === 0) return []
  writeFileSync(
    join(options.cache, 'package.json'),
    JSON.stringify({ private: true, type: 'module', dependencies: packages }),
  )
  await run('npm', ['install', '--no-audit', '--no-fund', '--silent'], { cwd: options.cache })
  // Where the packages are found.
  cpSync(checks, options.cache, { recursive: true })
  const outcomes: Outcome[] = []
  for (const name of wanted) outcomes.push(...(await outcomesOf(name, process.execPath, url)))
  return outcomes
}

async function pythonClients(url: string): Promise<Outcome[]> {
  if (!'clients.py'.includes(options.only) && options.only !== 'python') return []
  const python = options.python ?? (await pythonWith(wheels, options.cache, 'the Python clients'))
  if (python === undefined) return []
  cpSync(checks, options.cache, { recursive: true })
  return outcomesOf('clients.py', python, url)
}

async function outcomesOf(name: string, program: string, url: string): Promise<Outcome[]> {
  const settings: ExecFileOptions = { cwd: options.cache, env: { ...environment, SIMULATOR_URL: url } }
  const { stdout, stderr, failed } = await run(program, [name], settings).then(
    (ended) => ({ ...ended, failed: false }),
    ({ stdout: out, stderr: err }) => ({ stdout: String(out), stderr: String(err), failed: true }),
  )
  if (options.verbose) process.stderr.write(stderr)
  const outcomes = outcomesIn(String(stdout))
  const last = String(stderr).trim().split('\n').at(-1)
  if (failed) outcomes.push({ client: name, check: 'runs to its end', why: last ?? 'it failed' })
  return outcomes
}

await main()
