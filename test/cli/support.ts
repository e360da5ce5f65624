/**
 * Runs the command in a folder of its own: `rowsmith` in this process, `begin` as a process.
 *
 * A process costs half a second and more. It is for what only a process has: its start, signals, pipes, Node's own options and warnings, user
 * code that ends it. What a command prints, writes and exits with, `rowsmith` shows.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished, vi } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { runCommand } from '../../src/cli/main.ts'

export const bin = fileURLToPath(new URL('../../bin/rowsmith.js', import.meta.url))

/** The Node of the tests comes first, as under npm. */
export const path = `${dirname(process.execPath)}:${process.env.PATH}`

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A folder that is removed when the test is over. */
export function folder(files: Record<string, string> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'rowsmith-cli-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  onTestFinished(() => rmSync(path, { recursive: true, force: true, maxRetries: 5 }))
  return path
}

/** Compiled code that all processes of the tests share: it would lie in each one's home. */
const compiled = process.env.NODE_COMPILE_CACHE!

/** Starts the command; what it wrote and how it ended comes with `ended`. @param options.uid another user, which only root may choose */
export function begin(
  args: readonly string[],
  options: { cwd: string; env?: Record<string, string>; uid?: number },
): { child: ChildProcess; ended: Promise<Ended>; stderrHas(text: string | RegExp): Promise<void> } {
  const child = spawn(bin, args, {
    cwd: options.cwd,
    env: { PATH: path, HOME: options.cwd, NODE_COMPILE_CACHE: compiled, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  })
  let stdout = ''
  let stderr = ''
  let look = (): void => {}
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
    look()
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
  const stderrHas = (text: string | RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      look = () => {
        if (typeof text === 'string' ? stderr.includes(text) : text.test(stderr)) resolve()
      }
      look()
      ended.then(() => reject(new Error(`It ended before it said ${text}: ${stderr}`)), reject)
    })
  return { child, ended, stderrHas }
}

let isRunning = false

/** Runs a command in this process, one at a time, with an environment that has nothing but what is given. */
export async function rowsmith(
  args: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: Record<string, string> },
): Promise<Ended> {
  if (isRunning) throw new Error('One command at a time runs in this process.')
  isRunning = true
  const [directory, environment] = [process.cwd(), { ...process.env }]
  const [stdout, stderr] = [captured(process.stdout), captured(process.stderr)]
  try {
    process.chdir(cwd)
    setEnvironment({ PATH: path, HOME: cwd, NODE_COMPILE_CACHE: compiled, NO_COLOR: '1', ...env })
    const code = await runCommand(args, packageJson.version)
    return { code, stdout: stdout.text(), stderr: stderr.text() }
  } finally {
    stdout.letGo()
    stderr.letGo()
    setEnvironment(environment)
    process.chdir(directory)
    isRunning = false
  }
}

function setEnvironment(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name]
  Object.assign(process.env, environment)
}

/** What is written to a stream comes here instead. */
function captured(stream: NodeJS.WriteStream): { text(): string; letGo(): void } {
  const pieces: Buffer[] = []
  const spy = vi.spyOn(stream, 'write').mockImplementation((piece, ...rest) => {
    pieces.push(Buffer.from(piece as Uint8Array))
    const done = rest.find((each) => typeof each === 'function')
    ;(done as (() => void) | undefined)?.()
    return true
  })
  return { text: () => Buffer.concat(pieces).toString(), letGo: () => spy.mockRestore() }
}

/** A config with one sampled and one written column. */
export const smallConfig = `
model_configs:
  - alias: writer
    provider: simulator
    model: simulated
columns:
  - name: topic
    column_type: sampler
    sampler_type: category
    params: { values: [tea, rope, chess] }
  - name: text
    column_type: llm-text
    model_alias: writer
    prompt: Write about {{ topic }}.
`

/** The same, asking a provider that \`providersFor\` defines. */
export const remoteConfig = smallConfig.replace('provider: simulator', 'provider: local')

export function providersFor(endpoint: string, apiKey = 'LOCAL_KEY'): string {
  return `providers:\n  - name: local\n    endpoint: ${endpoint}\n    provider_type: openai\n    api_key: ${apiKey}\n`
}

/** A local HTTP server that answers as told, for as long as the test runs. */
export async function server(
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<{
  endpoint: string
  requests: { headers: IncomingMessage['headers']; body: string }[]
  server: Server
}> {
  const requests: { headers: IncomingMessage['headers']; body: string }[] = []
  const http = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text) => {
      body += text
    })
    request.on('end', () => {
      requests.push({ headers: request.headers, body })
      answer(request, response, body)
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    http.closeAllConnections()
    http.close()
  })
  return { endpoint: `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1`, requests, server: http }
}

/** An answer of a chat model. */
export function completion(content: string): string {
  return JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 },
  })
}

export function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ error: { message, code, type: 'invalid_request_error' } }))
}

/** Every file below a folder, with its bytes as text. */
export function filesBelow(path: string): { name: string; text: string }[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name))
    .filter((name) => statSync(name).isFile())
    .map((name) => ({ name, text: readFileSync(name, 'latin1') }))
}
