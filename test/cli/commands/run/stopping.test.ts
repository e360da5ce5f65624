/** Signals, closed pipes and vanished terminals: what stops a run, what does not, and how it goes on. */
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  begin,
  bin,
  completion,
  folder,
  providersFor,
  remoteConfig,
  rowsmith,
  server,
  smallConfig,
} from '../../support.ts'

const env = { LOCAL_KEY: 'sk-secret-0123456789' }

/** A run of 40 rows whose model answers `answered` requests and keeps the rest waiting until `release`. */
async function stuckRun(answered: number, ...more: string[]) {
  const waiting: ServerResponse[] = []
  let held = (): void => {}
  const someHeld = new Promise<void>((resolve) => {
    held = resolve
  })
  let released = false
  const reply = (response: ServerResponse): void => {
    response.setHeader('content-type', 'application/json').end(completion('Fine.'))
  }
  const { endpoint, requests } = await server((_request, response) => {
    if (released || requests.length <= answered) return reply(response)
    waiting.push(response)
    // All four slots of the model are taken by requests nobody answers.
    if (waiting.length === 4) held()
  })
  const cwd = folder({
    'c.yaml': remoteConfig,
    'p.yaml': providersFor(endpoint),
    'r.yaml': 'buffer_size: 10\n',
  })
  const args = ['create', 'c.yaml', '--providers', 'p.yaml', '-c', 'r.yaml', '-n', '40', ...more]
  const run = begin(args, { cwd, env })
  await Promise.race([someHeld, run.ended.then(({ stderr }) => Promise.reject(new Error(stderr)))])
  const release = (): void => {
    released = true
    for (const response of waiting) reply(response)
  }
  return { cwd, args, requests, release, ...run }
}

describe('the first signal', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s finishes what is in flight, tells how to go on and exits with %i', async (signal, exit) => {
    const run = await stuckRun(14, '--json')
    run.child.kill(signal)
    await run.stderrHas('Stopping')
    const sent = run.requests.length
    run.release()
    const { code, stdout } = await run.ended
    const stopped = JSON.parse(stdout)
    expect(code).toBe(exit)
    expect(stopped).toMatchObject({ exit_code: exit, error: { code: 'aborted' } })
    expect(run.requests).toHaveLength(sent)

    // The printed command can be pasted into a shell.
    const words = spawnSync('sh', ['-c', `set -- ${stopped.resume_command}; printf '%s\\n' "$@"`], {
      encoding: 'utf8',
    })
    const [, ...resume] = words.stdout.trimEnd().split('\n')
    const resumed = await rowsmith([...resume, '--json'], { cwd: run.cwd, env })
    expect(resumed.code, resumed.stderr).toBe(0)
    const done = JSON.parse(resumed.stdout)
    expect(done).toMatchObject({ decision: 'resume', rows_written: 40, total: { requests: 40, unknown: 0 } })
    expect(run.requests).toHaveLength(40)
  })

  test('waits for what is in flight no longer than the grace', async () => {
    const run = await stuckRun(14, '--json', '--grace', '200ms')
    run.child.kill('SIGINT')
    const { code, stdout } = await run.ended
    expect(code).toBe(130)
    expect(JSON.parse(stdout).rows_open).toBeGreaterThan(0)
  })
})

describe('a signal while the command is still being loaded', () => {
  /** Sends the process a signal of its own at its first lines, before any module of the command is there. */
  const signalled = (name: string) => {
    const preload = `import module, { syncBuiltinESMExports } from 'node:module'
      const { enableCompileCache } = module
      module.enableCompileCache = () => {
        process.kill(process.pid, '${name}')
        return enableCompileCache()
      }
      syncBuiltinESMExports()`
    return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}` }
  }

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s is told about as any other, nothing is made, and it exits with %i', async (name, exit) => {
    const cwd = folder({ 'c.yaml': smallConfig })
    const { code, stdout } = await begin(['create', 'c.yaml', '--json'], { cwd, env: signalled(name) }).ended
    expect(code).toBe(exit)
    expect(JSON.parse(stdout)).toMatchObject({
      exit_code: exit,
      error: { code: 'aborted', message: `Stopped by ${name} before it was done` },
    })
    expect(readdirSync(cwd)).toEqual(['c.yaml'])
  })

  test('ends a command that has nothing to put in order, as it ends any program', async () => {
    const cwd = folder()
    const run = begin(['status', 'nowhere'], { cwd, env: signalled('SIGTERM') })
    expect(await run.ended).toMatchObject({ code: null, stdout: '', stderr: '' })
    expect(run.child.signalCode).toBe('SIGTERM')
  })
})

test('the second signal leaves at once, and the same command goes on', async () => {
  const run = await stuckRun(14)
  run.child.kill('SIGINT')
  await run.stderrHas('Stopping')
  run.child.kill('SIGINT')
  expect((await run.ended).code).toBe(130)
  run.release()
  const again = await rowsmith([...run.args, '--json'], { cwd: run.cwd, env })
  expect(again.code, again.stderr).toBe(0)
  const done = JSON.parse(again.stdout)
  expect(done).toMatchObject({ decision: 'resume', rows_written: 40, total: { requests: 44, unknown: 4 } })
  expect(run.requests).toHaveLength(44)
})

test('with --json the second signal prints its one object too', async () => {
  const run = await stuckRun(14, '--json')
  run.child.kill('SIGTERM')
  await run.stderrHas('Stopping')
  run.child.kill('SIGTERM')
  const { code, stdout } = await run.ended
  expect(code).toBe(143)
  expect(JSON.parse(stdout)).toMatchObject({
    exit_code: 143,
    decision: null,
    this_run: null,
    error: { code: 'aborted', message: 'Left at once after a second SIGTERM' },
  })
})

test('the first signal ends the wait for another writer, and changes nothing', async () => {
  const writer = await stuckRun(14)
  const waiting = begin([...writer.args, '--json', '--wait-for-lock', '60s'], { cwd: writer.cwd, env })
  await waiting.stderrHas('Waiting')
  waiting.child.kill('SIGTERM')
  const { code, stdout } = await waiting.ended
  expect(code).toBe(143)
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: 'aborted', message: 'Stopped by SIGTERM before it was done' },
  })
  writer.release()
  expect((await writer.ended).code).toBe(0)
})

test('kill -9 loses only what was in flight, and the same command goes on', async () => {
  const run = await stuckRun(14)
  run.child.kill('SIGKILL')
  await run.ended
  run.release()
  const again = await rowsmith([...run.args, '--json'], { cwd: run.cwd, env })
  expect(again.code, again.stderr).toBe(0)
  expect(JSON.parse(again.stdout)).toMatchObject({ rows_written: 40, total: { requests: 44, unknown: 4 } })
  expect(run.requests).toHaveLength(44)
})

describe('a closed pipe', () => {
  test('of stdout stops nothing', async () => {
    const cwd = folder({ 'c.yaml': smallConfig })
    const script = `{ "${process.execPath}" -- "${bin}" create c.yaml -n 12; echo $? > code; } | true`
    spawnSync('bash', ['-c', script], { cwd })
    expect(readFileSync(join(cwd, 'code'), 'utf8')).toBe('0\n')
    const { stdout } = await rowsmith(['status', 'artifacts/dataset', '--json'], { cwd })
    expect(JSON.parse(stdout)).toMatchObject({ rows_written: 12 })
  })

  test('of stdout and stderr stops nothing', async () => {
    const run = await stuckRun(14)
    run.child.stdout?.destroy()
    run.child.stderr?.destroy()
    run.release()
    expect((await run.ended).code).toBe(0)
    expect(run.requests).toHaveLength(40)
  })

  test('lets head end quietly', () => {
    const cwd = folder({ 'c.yaml': smallConfig })
    spawnSync(process.execPath, [bin, 'create', 'c.yaml'], { cwd })
    const { stdout, stderr } = spawnSync(
      'bash',
      ['-c', `"${process.execPath}" -- "${bin}" head artifacts/dataset | head -1`],
      {
        cwd,
        encoding: 'utf8',
      },
    )
    expect(stdout).toMatch(/^topic +text\n$/)
    expect(stderr).toBe('')
  })
})

const python = spawnSync('python3', ['-c', 'import pty']).status === 0

test.skipIf(!python)('a terminal that vanishes stops nothing', async () => {
  // Python gives the run a terminal of its own as a session leader, then closes the other end: the kernel sends SIGHUP.
  const cwd = folder({ 'c.yaml': smallConfig })
  const script = `
import os, pty, select, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
seen = b''
while b'/300 rows' not in seen:
    if not select.select([terminal], [], [], 60)[0]: sys.exit('no progress: %r' % seen)
    seen += os.read(terminal, 4096)
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`
  const simulator = begin(['simulate', '--latency', '20ms'], { cwd })
  const url: string = await new Promise((resolve) => {
    simulator.child.stdout?.on('data', (text) => resolve(String(text).trim()))
  })
  try {
    const config = [
      'create',
      'c.yaml',
      '-n',
      '300',
      '--providers',
      'p.yaml',
      '--model',
      'writer=local/simulated',
    ]
    const providers = folder({ 'p.yaml': providersFor(`${url}/v1`) })
    config[5] = join(providers, 'p.yaml')
    const child = spawn('python3', ['-c', script, process.execPath, bin, ...config], {
      cwd,
      env: { ...process.env, ...env },
    })
    let output = ''
    child.stdout.on('data', (text) => {
      output += text
    })
    child.stderr.on('data', (text) => {
      output += text
    })
    await new Promise((resolve) => child.on('close', resolve))
    expect(output.trim()).toBe('0')
    const { stdout } = await rowsmith(['status', 'artifacts/dataset', '--json'], { cwd })
    expect(JSON.parse(stdout)).toMatchObject({ rows_written: 300 })
  } finally {
    simulator.child.kill('SIGTERM')
    await simulator.ended
  }
})
