/** Bad input gets one line with what, where and the next step, and its exit code; a refused run changes no byte. */
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  begin,
  bin,
  type Ended,
  filesBelow,
  folder,
  path,
  providersFor,
  refuse,
  remoteConfig,
  rowsmith,
  server,
  smallConfig,
} from '../support.ts'

/** What `--json` says about the failure; also checks that people get the same, without a stack trace. */
function failure({ code, stdout, stderr }: Ended): { exit: number | null; code: string; message: string } {
  const object = JSON.parse(stdout)
  expect(object.exit_code).toBe(code)
  expect(object.error.next_step).not.toBe('')
  expect(stderr).toContain(object.error.message.split('\n')[0])
  expect(stderr).not.toMatch(/\n\s+at /)
  return { exit: code, code: object.error.code, message: object.error.message }
}

async function createFails(config: string, ...more: string[]): Promise<ReturnType<typeof failure>> {
  return failure(
    await rowsmith(['create', 'c.yaml', '--json', ...more], { cwd: folder({ 'c.yaml': config }) }),
  )
}

describe('a config that', () => {
  test('is missing', async () => {
    const ended = await rowsmith(['create', 'missing.yaml', '--json'], { cwd: folder() })
    expect(failure(ended)).toMatchObject({
      exit: 2,
      code: 'config_not_found',
      message: expect.stringMatching(/missing\.yaml/),
    })
  })

  test('is a folder', async () => {
    const ended = await rowsmith(['create', '.', '--json'], { cwd: folder() })
    expect(failure(ended)).toMatchObject({ exit: 2 })
  })

  const cases: readonly [what: string, config: string, code: string, ...says: RegExp[]][] = [
    ['is not YAML', 'columns: [a: b', 'config_unreadable', /c\.yaml:1/],
    ['is a list', '- 1\n- 2\n', 'config_invalid', /c\.yaml/],
    [
      'has a wrong type',
      smallConfig.replace('name: topic', 'name: 5'),
      'config_invalid',
      /c\.yaml/,
      /columns\[0\]\.name/,
      /5/,
      /line 7|:7/,
    ],
    [
      'has an unknown key',
      smallConfig.replace('prompt:', 'promt:'),
      'config_invalid',
      /columns\[1\]/,
      /promt/,
      /did you mean "prompt"/i,
    ],
    [
      'has an unknown column type',
      smallConfig.replace('llm-text', 'llm-txt'),
      'config_invalid',
      /llm-txt/,
      /did you mean "llm-text"/i,
    ],
    [
      'has two columns of one name',
      smallConfig.replace('name: text', 'name: topic'),
      'config_invalid',
      /topic/,
    ],
    [
      'has a cycle',
      `columns:\n  - {name: a, column_type: expression, expr: "{{ b }}"}\n  - {name: b, column_type: expression, expr: "{{ a }}"}\n`,
      'config_invalid',
      /a.*b/,
    ],
    [
      'has a broken template',
      smallConfig.replace('{{ topic }}', '{{ topic'),
      'template_invalid',
      /c\.yaml:14: columns\[1\]\.prompt/,
    ],
    [
      'reads an unknown column',
      smallConfig.replace('{{ topic }}', '{{ topics }}'),
      'config_invalid',
      /topics/,
      /did you mean "topic"/i,
    ],
    [
      'uses an unknown model alias',
      smallConfig.replace('model_alias: writer', 'model_alias: writr'),
      'unknown_model_alias',
      /writr/,
      /did you mean "writer"/i,
    ],
    [
      'uses an unknown provider',
      smallConfig.replace('provider: simulator', 'provider: simulater'),
      'unknown_provider',
      /simulater/,
      /did you mean "simulator"/i,
    ],
    [
      'draws from a person dataset that is not there',
      `columns:\n  - {name: who, column_type: sampler, sampler_type: person, params: {locale: ko_KR}}\n`,
      'persons_not_found',
      /ko_KR\.parquet/,
    ],
  ]

  test.each(cases)('%s', async (_what, config, code, ...says) => {
    const failed = await createFails(config)
    expect(failed).toMatchObject({ exit: 2, code })
    for (const words of says) expect(failed.message).toMatch(words)
  })

  test('has several defects tells all of them', async () => {
    const config = smallConfig.replace('name: topic', 'name: 5').replace('prompt:', 'promt:')
    const { code, stderr } = await rowsmith(['create', 'c.yaml'], { cwd: folder({ 'c.yaml': config }) })
    expect(code).toBe(2)
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(
        /^error: c\.yaml:7: columns\[0\]\.name: must be a string \(seen 5\) \(and 1 more problem\)\. Next: /,
      ),
      expect.stringMatching(
        /^ {2}also: c\.yaml:14: columns\[1\]\.promt: unknown key;.*did you mean "prompt"\?$/,
      ),
    ])
  })

  test('is wrong is told by validate too, in the same words', async () => {
    const cwd = folder({ 'c.yaml': smallConfig.replace('prompt:', 'promt:') })
    const { code, stderr } = await rowsmith(['validate', 'c.yaml'], { cwd })
    expect(code).toBe(2)
    expect(stderr).toContain(
      (await createFails(smallConfig.replace('prompt:', 'promt:'))).message.split('\n')[0],
    )
  })
})

test('validate says of a good config that it is valid, and writes nothing', async () => {
  const cwd = folder({ 'c.yaml': smallConfig })
  const { code, stdout, stderr } = await rowsmith(['validate', 'c.yaml'], { cwd })
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'c.yaml is valid: topic, text\n', stderr: '' })
  expect(filesBelow(cwd)).toHaveLength(1)
})

test('validate reads --model and --run-config as create does', async () => {
  const cwd = folder({ 'c.yaml': smallConfig, 'run.yaml': 'bufer_size: 3\n' })
  const validated = async (...options: string[]) => {
    const { code, stderr } = await rowsmith(['validate', 'c.yaml', ...options], { cwd })
    return `${code}: ${/\[(\w+)\]$/m.exec(stderr)?.[1]}`
  }
  expect(await validated('--model', 'writr=simulator/simulated')).toBe('2: unknown_model_alias')
  expect(await validated('--model', 'writer=nowhere/m')).toBe('2: unknown_provider')
  expect(await validated('--run-config', 'run.yaml')).toBe('2: config_invalid')
})

test('--model with an alias the config does not have', async () => {
  const failed = await createFails(smallConfig, '--model', 'writr=simulator/simulated')
  expect(failed).toMatchObject({
    exit: 2,
    code: 'unknown_model_alias',
    message: expect.stringMatching(/writr/),
  })
})

test('--providers with a file that is missing, and with one that is no list of providers', async () => {
  expect(await createFails(smallConfig, '--providers', 'no.yaml')).toMatchObject({
    exit: 2,
    message: expect.stringMatching(/no\.yaml/),
  })
  const cwd = folder({ 'c.yaml': smallConfig, 'p.yaml': 'providers: 5\n' })
  const ended = await rowsmith(['create', 'c.yaml', '--json', '--providers', 'p.yaml'], { cwd })
  expect(failure(ended)).toMatchObject({ exit: 2, message: expect.stringMatching(/p\.yaml/) })
})

test('--run-config with an unknown key', async () => {
  const cwd = folder({ 'c.yaml': smallConfig, 'r.yaml': 'bufer_size: 5\n' })
  const ended = await rowsmith(['create', 'c.yaml', '--json', '-c', 'r.yaml'], { cwd })
  expect(failure(ended)).toMatchObject({
    exit: 2,
    message: expect.stringMatching(/bufer_size.*buffer_size/s),
  })
})

test('an api_key that looks like a variable that is not set', async () => {
  const cwd = folder({ 'c.yaml': smallConfig })
  const ended = await rowsmith(['create', 'c.yaml', '--json', '--model', 'writer=openai/gpt-4.1-mini'], {
    cwd,
  })
  expect(failure(ended)).toMatchObject({
    exit: 2,
    code: 'missing_api_key',
    message: expect.stringMatching(/OPENAI_API_KEY/),
  })
})

test('an artifact path below a file', async () => {
  const cwd = folder({ 'c.yaml': smallConfig, file: '' })
  const ended = await rowsmith(['create', 'c.yaml', '--json', '-o', 'file/artifacts'], { cwd })
  expect(failure(ended)).toMatchObject({
    exit: 2,
    code: 'folder_unwritable',
    message: expect.stringMatching(/file\/artifacts/),
  })
})

/** Root may write everywhere, so it runs the command as somebody else. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534 } : {}
const reachable =
  spawnSync('sh', ['-c', `[ -r "${bin}" ] && [ -x "${process.execPath}" ]`], nobody).status === 0

test.skipIf(!reachable)('a folder that may not be written to', async () => {
  const cwd = folder({ 'c.yaml': smallConfig })
  chmodSync(cwd, 0o755)
  mkdirSync(join(cwd, 'closed'), { mode: 0o555 })
  const ended = await begin(['create', 'c.yaml', '--json', '-o', 'closed'], { cwd, ...nobody }).ended
  chmodSync(join(cwd, 'closed'), 0o755)
  expect(failure(ended)).toMatchObject({ exit: 2, code: 'folder_unwritable' })
})

test('a dataset name that leads out of the folder', async () => {
  for (const name of ['../up', 'a/b', '..', '/tmp/x']) {
    expect(await createFails(smallConfig, '-d', name)).toMatchObject({ exit: 2, code: 'path_escapes' })
  }
})

/** A command that asks an endpoint, and where it runs. */
function asking(endpoint: string, cwd: string): Parameters<typeof rowsmith> {
  writeFileSync(join(cwd, 'c.yaml'), remoteConfig)
  writeFileSync(join(cwd, 'p.yaml'), providersFor(endpoint))
  const args = ['create', 'c.yaml', '--json', '--providers', 'p.yaml', '-n', '5']
  return [args, { cwd, env: { LOCAL_KEY: 'sk-secret-0123456789' } }]
}

/** A port that nothing listens on. */
async function untakenPort(): Promise<number> {
  const free = createServer().listen(0, '127.0.0.1')
  const port: number = await new Promise((resolve) => {
    free.on('listening', () => resolve((free.address() as { port: number }).port))
  })
  await new Promise((resolve) => free.close(resolve))
  return port
}

// This command waits between its attempts: it is started first and looked at last, while the other tests run.
const unreachableFolder = mkdtempSync(join(tmpdir(), 'rowsmith-cli-'))
let unreachable: Promise<Ended>
beforeAll(async () => {
  unreachable = begin(...asking(`http://127.0.0.1:${await untakenPort()}/v1`, unreachableFolder)).ended
})
afterAll(async () => {
  await unreachable
  rmSync(unreachableFolder, { recursive: true, force: true, maxRetries: 5 })
})

describe('a provider that', () => {
  test.each([
    [401, 'invalid_api_key', 'authentication_failed'],
    [403, 'forbidden', 'permission_denied'],
    [404, 'model_not_found', 'model_not_found'],
  ])('answers %i', async (status, providersCode, code) => {
    const { endpoint, requests } = await server((_request, response) =>
      refuse(response, status, providersCode, 'No. Your key sk-secret-0123456789 is wrong.'),
    )
    const ended = await rowsmith(...asking(endpoint, folder()))
    expect(failure(ended)).toMatchObject({ exit: 5, code })
    expect(JSON.parse(ended.stdout).rows_open).toBe(5)
    expect(requests.length).toBeGreaterThan(0)
    expect(requests.length).toBeLessThanOrEqual(5)
    expect(ended.stdout + ended.stderr).not.toContain('sk-secret')
  })
})

describe('a dataset directory', () => {
  async function made(): Promise<{ cwd: string; dataset: string }> {
    const cwd = folder({ 'c.yaml': smallConfig, 'r.yaml': 'buffer_size: 4\n' })
    const { code, stderr } = await rowsmith(['create', 'c.yaml', '-c', 'r.yaml', '-n', '8'], { cwd })
    expect(code, stderr).toBe(0)
    return { cwd, dataset: join(cwd, 'artifacts', 'dataset') }
  }

  const damages: readonly [what: string, code: string, damage: (dataset: string) => void][] = [
    [
      'with a damaged metadata.json',
      'metadata_corrupt',
      (at) => writeFileSync(join(at, 'metadata.json'), '{"a": '),
    ],
    [
      'with a damaged run.json',
      'run_json_damaged',
      (at) => writeFileSync(join(at, '.rowsmith/run.json'), '{}'),
    ],
    [
      'with a batch file that is not of its plan',
      'foreign_batch_files',
      (at) =>
        copyFileSync(
          join(at, 'parquet-files/batch_00000.parquet'),
          join(at, 'parquet-files/batch_00007.parquet'),
        ),
    ],
  ]

  test.each(damages)('%s is refused, and not a byte of it changes', async (_what, code, damage) => {
    const { cwd, dataset } = await made()
    damage(dataset)
    const before = filesBelow(cwd)
    for (const args of [
      ['create', 'c.yaml', '-c', 'r.yaml', '-n', '12'],
      ['resume', 'artifacts/dataset', '-n', '12'],
    ]) {
      const ended = await rowsmith([...args, '--json'], { cwd })
      expect(failure(ended)).toMatchObject({ exit: 3, code })
      expect(filesBelow(cwd)).toEqual(before)
    }
  })

  test('asked for fewer rows than it has', async () => {
    const { cwd } = await made()
    const ended = await rowsmith(['create', 'c.yaml', '-n', '5', '--json'], { cwd })
    expect(failure(ended)).toMatchObject({ exit: 3, message: expect.stringMatching(/5.*8|8.*5/s) })
  })

  test('that is not there, with --resume always', async () => {
    expect(await createFails(smallConfig, '--resume', 'always')).toMatchObject({
      exit: 3,
      code: 'nothing_to_resume',
    })
  })

  test('is not there for resume, status and head', async () => {
    for (const command of ['resume', 'status', 'head']) {
      const { code, stderr } = await rowsmith([command, 'nowhere'], { cwd: folder() })
      expect(code).toBe(2)
      expect(stderr).toMatch(/nowhere.*\[dataset_not_found\]/)
    }
  })
})

const mounts = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=1m none /mnt']).status === 0

test.skipIf(!mounts)(
  'a disk that gets full stops the run with 8, and it goes on when there is room',
  async () => {
    const cwd = folder({ 'c.yaml': smallConfig, 'r.yaml': 'buffer_size: 20\n' })
    mkdirSync(join(cwd, 'artifacts'))
    // A small disk of its own that lives as long as the two commands; the first fills it, the second finds it enlarged.
    const create = `"${bin}" create c.yaml -c r.yaml -n 600 --json`
    const script = `
    mount -t tmpfs -o size=300k none artifacts || exit 99
    ${create} > first.json; echo $? > first.code
    mount -o remount,size=50m artifacts
    ${create} > second.json; echo $? > second.code
  `
    const { status, stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', script], {
      cwd,
      env: { ...process.env, PATH: path },
      encoding: 'utf8',
    })
    expect(status, stderr).toBe(0)
    const read = (name: string): string => readFileSync(join(cwd, name), 'utf8')
    expect(read('first.code').trim()).toBe('8')
    const first = JSON.parse(read('first.json'))
    expect(first).toMatchObject({ exit_code: 8, error: { code: 'disk_full' } })
    expect(read('second.code').trim(), stderr).toBe('0')
    const second = JSON.parse(read('second.json'))
    expect(second).toMatchObject({ decision: 'resume', rows_written: 600, rows_open: 0 })
    expect(second.this_run.requests_sent).toBeLessThan(600)
  },
)

describe('a provider that refuses the connection', () => {
  test('stops the run, which can be resumed', async () => {
    const ended = await unreachable
    expect(failure(ended)).toMatchObject({ exit: 5, code: 'endpoint_unreachable' })
    expect(JSON.parse(ended.stdout).resume_command).toMatch(/^(npx )?rowsmith resume \S*dataset$/)
  })
})
