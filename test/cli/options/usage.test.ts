import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import packageJson from '../../../package.json' with { type: 'json' }
import { begin, bin, folder, rowsmith, smallConfig } from '../support.ts'

describe('rowsmith', () => {
  test('--version prints the version of the package', async () => {
    const { code, stdout } = await begin(['--version'], { cwd: folder() }).ended
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${packageJson.version}\n` })
  })

  test('--help names every command on stdout', async () => {
    const { code, stdout } = await rowsmith(['--help'], { cwd: folder() })
    expect(code).toBe(0)
    for (const command of ['create', 'resume', 'status', 'head', 'validate', 'simulate', 'crashtest']) {
      expect(stdout).toContain(`\n  ${command} `)
    }
  })

  test('create --help names every option of the contract', async () => {
    const { code, stdout } = await rowsmith(['create', '--help'], { cwd: folder() })
    expect(code).toBe(0)
    for (const option of [
      '-n, --num-records',
      '-d, --dataset-name',
      '-o, --artifact-path',
      '-r, --resume',
      '-c, --run-config',
      '--providers',
      '--model',
      '-j, --max-parallel-requests',
      '--seed',
      '--max-dropped',
      '--env-file',
      '--grace',
      '--wait-for-lock',
      '--json',
      '--quiet',
      '-v, --verbose',
    ]) {
      expect(stdout).toContain(option)
    }
    // Defaults are told as people give them, and once.
    expect(stdout).toMatch(/\(default:\s+30s\)/)
    expect(stdout).not.toMatch(/\(default:[^)]*\)\s+\(default:/)
  })

  test('without a command shows the help on stderr and exits with 2', async () => {
    const { code, stdout, stderr } = await rowsmith([], { cwd: folder() })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('create')
  })
})

test('an old Node gets one line that says what is needed, and exits with 2', () => {
  const older = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.11.1' } })`
  const started = ['--import', `data:text/javascript,${encodeURIComponent(older)}`, bin, 'create', 'c.yaml']
  const plain = spawnSync(process.execPath, started, { encoding: 'utf8' })
  expect(plain.stderr).toMatch(
    /^error: Rowsmith needs Node 22\.18 or newer, and this is 20\.11\.1\. Next: .+ \[old_node\]\n$/,
  )
  expect({ status: plain.status, stdout: plain.stdout }).toEqual({ status: 2, stdout: '' })
  const json = spawnSync(process.execPath, [...started, '--json'], { encoding: 'utf8' })
  expect(JSON.parse(json.stdout)).toMatchObject({ exit_code: 2, error: { code: 'old_node' } })
})

describe('a wrong command line exits with 2, one line and no file', () => {
  const cases: readonly [args: string[], says: RegExp][] = [
    [['crate'], /unknown command 'crate'.*create/i],
    [['create'], /missing required argument 'config'/i],
    [['create', 'c.yaml', '--num-record', '5'], /unknown option '--num-record'.*--num-records/i],
    [['create', 'c.yaml', 'd.yaml'], /too many arguments/i],
    [['create', 'c.yaml', '-n'], /argument missing/i],
    [['create', 'c.yaml', '-n', '0'], /--num-records takes a whole number of at least 1, not "0"/],
    [['create', 'c.yaml', '-n', '-5'], /--num-records takes a whole number of at least 1, not "-5"/],
    [['create', 'c.yaml', '-n', '1.5'], /not "1.5"/],
    [['create', 'c.yaml', '-n', 'ten'], /not "ten"/],
    [['create', 'c.yaml', '-j', '0'], /--max-parallel-requests takes a whole number of at least 1/],
    [['create', 'c.yaml', '--seed', '1.5'], /--seed takes an integer of 64 bits, not "1.5"/],
    [['create', 'c.yaml', '--seed', '18446744073709551616'], /--seed takes an integer of 64 bits/],
    [['create', 'c.yaml', '--resume', 'maybe'], /--resume takes if_possible, always, never, not "maybe"/],
    [['create', 'c.yaml', '--model', 'gpt'], /--model takes ALIAS=PROVIDER\/MODEL.*not "gpt"/],
    [['create', 'c.yaml', '--grace', '30'], /--grace takes a duration.*not "30"/],
    [['create', 'c.yaml', '--max-dropped', '101%'], /--max-dropped takes.*not "101%"/],
    [['create', 'c.yaml', '--env-file', 'no.env'], /environment file "no.env": ENOENT/],
    [['create', 'c.yaml', '-d', '../up'], /"\.\.\/up" is not a plain folder name/],
    [['create', 'c.yaml', '-d', ''], /is not a plain folder name/],
    [['resume', 'nowhere'], /nowhere/],
    [['status', 'nowhere'], /nowhere/],
    [['head', 'nowhere'], /nowhere/],
    [['simulate', '--answers', 'random'], /Allowed choices are repeatable, serial/],
    [['simulate', '--port', '-1'], /--port takes a whole number of at least 0/],
  ]

  test.each(cases)('%j', async (args, says) => {
    const cwd = folder({ 'c.yaml': smallConfig })
    const { code, stdout, stderr } = await rowsmith(args, { cwd })
    expect(stderr).toMatch(says)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(stderr).toMatch(/^error: .+ Next: .+ \[\w+\]\n$/)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  test('and with --json prints one object on stdout all the same', async () => {
    const { code, stdout } = await begin(['create', 'c.yaml', '--jsn', '--json'], { cwd: folder() }).ended
    expect(code).toBe(2)
    expect(JSON.parse(stdout)).toMatchObject({
      exit_code: 2,
      dataset_path: null,
      this_run: { requests_sent: 0 },
      failures: [],
      error: { code: 'usage', message: expect.stringContaining('--jsn') },
    })
  })
})
