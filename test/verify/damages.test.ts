/** Every file of real datasets, damaged in every way: what verify says, and what a repair and a resume make of it. */
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Config,
  configFromValue,
  create,
  resume,
  start,
  type Verification,
  verify,
} from '../../src/index.ts'
import { inThread } from '../../src/testing/small-run.ts'
import { type Asked, answer, failure } from '../support/scripted-transport.ts'
import { failureOf, quick, rowOf, smallOptions } from '../support/small-runs.ts'

const components = { encoder: () => inThread }

/** Two model columns of which one reads the other and is dropped, a sampled one, a computed one, a processor; a lost row. */
const config: Config = configFromValue(
  {
    model_configs: [
      {
        alias: 'writer',
        provider: 'simulator',
        model: 'm',
        inference_parameters: { max_parallel_requests: 2n },
      },
    ],
    columns: [
      {
        name: 'topic',
        column_type: 'sampler',
        sampler_type: 'category',
        params: { values: ['tea', 'rain', 'iron'] },
      },
      {
        name: 'sketch',
        column_type: 'llm-text',
        model_alias: 'writer',
        prompt: 'On {{ topic }}',
        drop: true,
      },
      { name: 'text', column_type: 'llm-text', model_alias: 'writer', prompt: 'More of: {{ sketch }}' },
      { name: 'upper', column_type: 'expression', expr: '{{ text | upper }}' },
    ],
    processors: [
      {
        name: 'chat',
        processor_type: 'schema_transform',
        template: { user: '{{ sketch }}', ai: '{{ text }}' },
      },
    ],
  },
  'test',
)

const reply = (asked: Asked) =>
  asked.key.startsWith('5/text/') ? failure(400) : answer(`${asked.prompt}, row ${rowOf(asked)}`)

const scratch = mkdtempSync(join(tmpdir(), 'rowsmith-verify-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** Every file below a folder, relative, sorted. */
function filesOf(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(path, name)).isFile())
    .sort()
}

const isData = (name: string): boolean => name.endsWith('.parquet') && !name.startsWith('.rowsmith')

function dataOf(path: string): Record<string, string> {
  const hash = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(path, name)))
      .digest('hex')
  return Object.fromEntries(
    filesOf(path)
      .filter(isData)
      .map((name) => [name, hash(name)]),
  )
}

let copies = 0
function copyOf(path: string): string {
  const copy = join(scratch, `copy-${++copies}`, 'dataset')
  cpSync(path, copy, { recursive: true })
  return copy
}

function flip(file: string, share: number): void {
  const bytes = readFileSync(file)
  bytes[Math.floor(share * bytes.length)]! ^= 1
  writeFileSync(file, bytes)
}

const damages: Readonly<Record<string, (file: string) => void>> = {
  'a bit flipped near its beginning': (file) => flip(file, 0.02),
  'a bit flipped in the middle': (file) => flip(file, 0.5),
  'a bit flipped near its end': (file) => flip(file, 0.97),
  'cut in half': (file) => writeFileSync(file, readFileSync(file).subarray(0, statSync(file).size / 2)),
  emptied: (file) => writeFileSync(file, ''),
  deleted: (file) => rmSync(file),
}

const bad = (report: Verification) => report.findings.filter(({ severity }) => severity !== 'leftover')
const paths = (report: Verification) => report.findings.map(({ path }) => path)

let finished = ''
let stopped = ''
/** What an uninterrupted run makes. */
let whole: Record<string, string> = {}
const rows = 14

beforeAll(async () => {
  const options = { ...smallOptions(join(scratch, 'finished'), rows), seed: 7n }
  finished = (await create(config, options, quick(reply).components)).path
  whole = dataOf(finished)
  const stop = new AbortController()
  const { asked, components: parts } = quick((request) => {
    if (asked.length === 17) stop.abort()
    return reply(request)
  })
  const run = start(
    config,
    { ...options, artifactPath: join(scratch, 'stopped'), signal: stop.signal },
    parts,
  )
  await failureOf(run.result)
  stopped = join(scratch, 'stopped', 'dataset')
})

/** Goes on with a dataset. @returns the keys that were bought */
async function goOn(path: string): Promise<string[]> {
  const { asked, components: parts } = quick(reply)
  await resume(path, {}, parts).result
  return asked.map(({ key }) => key)
}

describe('a dataset that nothing happened to', () => {
  it.each([
    ['finished', () => finished],
    ['stopped in the middle', () => stopped],
  ])('%s is whole, equals what its answers make, and not a byte changes', async (_, which) => {
    const path = which()
    const before = filesOf(path).map((name) => [name, readFileSync(join(path, name)).toString('base64')])
    const report = await verify(path, { replay: true }, components)
    expect(report).toMatchObject({ whole: true, findings: [], replay: { differing: 0, not_replayed: 0 } })
    expect(filesOf(path).map((name) => [name, readFileSync(join(path, name)).toString('base64')])).toEqual(
      before,
    )
  })

  it('has open groups with answers in the journal', () => {
    expect(filesOf(stopped).filter((name) => name.includes('journal/'))).not.toEqual([])
    expect(Object.keys(dataOf(stopped)).length).toBeGreaterThan(0)
  })
})

/** What the loss of which costs nothing, and which nothing else vouches for. */
const notCovered = (name: string): boolean => name.includes('/lock.') || name.includes('quarantine')

describe.each([
  ['a finished dataset', () => finished],
  ['a dataset that was stopped', () => stopped],
])('a file of %s', (_, which) => {
  it.each(Object.keys(damages))(
    '%s is found and named, repaired, and the rows are the same in the end',
    async (damage) => {
      const original = which()
      for (const name of filesOf(original).filter((file) => !notCovered(file))) {
        const path = copyOf(original)
        const before = dataOf(path)
        damages[damage]!(join(path, name))
        const found = await verify(path, {}, components)
        const what = `${name}, ${damage}`
        expect(bad(found), what).not.toEqual([])
        expect(found.whole, what).toBe(false)
        if (!name.includes('commits-')) expect(paths(found), what).toContain(name)

        const { repaired, ...report } = await verify(path, { repair: true }, components)
        const remaining = repaired!.remaining.filter(({ severity }) => severity !== 'leftover')
        if (name === '.rowsmith/run.json') {
          expect(remaining, what).toMatchObject([{ path: name, repairable: false }])
          continue
        }
        expect(remaining, what).toEqual([])
        expect(report.whole, what).toBe(true)
        expect(dataOf(path), what).toEqual(before)
        expect((await verify(path, {}, components)).whole, what).toBe(true)
        const bought = await goOn(path)
        expect(dataOf(path), what).toEqual(whole)
        if (original === finished) expect(bought, what).toEqual([])
      }
    },
  )
})
