/**
 * Directories begun by Data Designer, and by us, gone on with by the real command, which is killed twenty times.
 *
 * The model answers as many requests as it is told to and holds all others, so no process comes to its end before it
 * is killed, however fast or slow it is: only what a kill catches in its way to the disk differs from time to time.
 */
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { errnoOf } from '../../src/base/errors/errors.ts'
import { nodeDisk } from '../../src/disk/node-disk.ts'
import { simulatedModel } from '../../src/simulate/server/simulated-model.ts'
import { brokenFiles, storedAnswers } from '../../src/testing/crash/independent-reader.ts'
import { begin, folder, smallConfig } from '../cli/support.ts'

const fixtures = fileURLToPath(new URL('../fixtures/data-designer', import.meta.url))
const kills = 20
/** Generous: other work may load the machine. A whole case is some 25 processes. */
const patienceMs = 120_000
const caseMs = 900_000

/** A model over HTTP whose every answer has a number of its own; it answers as many requests as `allow` says. */
async function gatedModel() {
  const model = simulatedModel({ answers: 'serial', words: 6 })
  const asked = new Map<string, number>()
  const held = new Set<() => void>()
  let allowed = 0
  let answered = 0
  const answer = (body: string, response: ServerResponse): void => {
    const made = model(body)
    response.writeHead(made.status, made.headers).end(made.body)
    answered++
  }
  const http = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text) => {
      body += text
    })
    request.on('end', () => {
      const key = String(request.headers['x-rowsmith-effect'])
      asked.set(key, (asked.get(key) ?? 0) + 1)
      if (allowed > 0) {
        allowed--
        answer(body, response)
        return
      }
      const go = (): void => answer(body, response)
      held.add(go)
      response.on('close', () => held.delete(go))
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    http.closeAllConnections()
    http.close()
  })
  return {
    endpoint: `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1`,
    asked: asked as ReadonlyMap<string, number>,
    requests: () => [...asked.values()].reduce((sum, times) => sum + times, 0),
    answered: () => answered,
    holds: () => held.size,
    allow: (count: number) => {
      allowed = count
    },
  }
}

/** Looks seldom: reading what is on the disk again and again would take the processor from those that write there. */
async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const began = Date.now(); !(await condition()); await wait(10)) {
    if (Date.now() - began > patienceMs) throw new Error(`Nothing happened for ${patienceMs} ms: ${what}`)
  }
}

interface Case {
  readonly fixture: string
  /** Rows to go for: at least 35 answers more than the directory has. */
  readonly numRecords: number
  readonly rowsBefore: number
  /** Columns that are asked for. */
  readonly asked: readonly string[]
  /** Row groups on the disk before. */
  readonly groups: readonly number[]
}

/** The folder of one case: the config, a provider for its model, and the dataset as it was left. */
function place({ fixture }: Case, endpoint: string, begun: 'by Data Designer' | 'by us'): string {
  const cwd = folder({
    'providers.yaml': `providers:\n  - name: mock\n    endpoint: ${endpoint}\n    provider_type: openai\n    api_key: null\n`,
  })
  cpSync(join(fixtures, fixture), cwd, { recursive: true })
  mkdirSync(join(cwd, 'artifacts'))
  if (begun === 'by Data Designer') {
    cpSync(join(fixtures, fixture, 'dataset'), join(cwd, 'artifacts', 'dataset'), { recursive: true })
  }
  return cwd
}

/** A process that is killed leaves no compiled code behind, and one that finds some starts in half the time. */
beforeAll(async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'rowsmith-cli-'))
  writeFileSync(join(cwd, 'config.yaml'), smallConfig)
  await begin(['create', 'config.yaml', '-n', '2', '-q'], { cwd }).ended
  rmSync(cwd, { recursive: true })
})

function create(cwd: string, numRecords: number, ...more: string[]) {
  const args = ['create', 'config.yaml', '-n', String(numRecords), '--providers', 'providers.yaml', '-q']
  return begin([...args, ...more], { cwd })
}

/** SHA-256 by path of all files in the folders of data. */
function fingerprints(directory: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const top of ['parquet-files', 'dropped-columns-parquet-files', 'processors-files']) {
    if (!existsSync(join(directory, top))) continue
    for (const name of readdirSync(join(directory, top), { recursive: true, encoding: 'utf8' }).sort()) {
      if (!name.endsWith('.parquet')) continue
      const bytes = readFileSync(join(directory, top, name))
      found.set(`${top}/${name}`, createHash('sha256').update(bytes).digest('hex'))
    }
  }
  return found
}

async function duckdb(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson()
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** How many answers a living process has on the disk; none when it removes a journal file that is about to be read. */
async function earlier(directory: string): Promise<number> {
  try {
    return (await storedAnswers(nodeDisk, directory)).size
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 0
    throw error
  }
}

/** Goes on with the directory, killed twenty times and then left alone; checks what must hold after each. */
async function killAndGoOn(
  one: Case,
  cwd: string,
  model: Awaited<ReturnType<typeof gatedModel>>,
): Promise<string> {
  const directory = join(cwd, 'artifacts', 'dataset')
  const before = fingerprints(directory)
  expect(before.size).toBeGreaterThan(0)
  /** How often a key had been asked for when its answer was found on the disk. */
  const promised = new Map<string, number>()
  const check = async (): Promise<void> => {
    const now = fingerprints(directory)
    for (const [path, hash] of before) expect(now.get(path), path).toBe(hash)
    for (const [path, hash] of now) before.set(path, hash)
    expect(await brokenFiles(nodeDisk, directory)).toEqual([])
    for (const [key, times] of promised) expect(model.asked.get(key), `asked again: ${key}`).toBe(times)
    const kept = await storedAnswers(nodeDisk, directory)
    for (const key of promised.keys()) expect(kept.has(key), `gone: ${key}`).toBe(true)
    for (const key of kept.keys()) if (!promised.has(key)) promised.set(key, model.asked.get(key) ?? 0)
  }
  await check()
  for (let kill = 0; kill < kills; kill++) {
    const [answeredBefore, storedBefore] = [model.answered(), promised.size]
    const answers = kill % 4
    model.allow(answers)
    const { child, ended } = create(cwd, one.numRecords)
    let end: Awaited<typeof ended> | undefined
    ended.then((how) => {
      end = how
    })
    await until(() => {
      if (end !== undefined) throw new Error(`It ended before it was killed: ${end.stderr}`)
      return model.answered() === answeredBefore + answers && model.holds() > 0
    }, 'no request to hold')
    // Every second time what was answered is on the disk; in between it is killed on its way there.
    if (kill % 2 === 1) {
      await until(
        async () => (await earlier(directory)) >= storedBefore + answers,
        'answers are not on the disk',
      )
    }
    child.kill('SIGKILL')
    expect((await ended).code).toBeNull()
    await until(() => model.holds() === 0, 'requests of the dead are still there')
    await check()
  }
  expect(promised.size).toBeGreaterThanOrEqual(kills)
  model.allow(Number.POSITIVE_INFINITY)
  const last = await create(cwd, one.numRecords).ended
  expect(last.code, last.stderr).toBe(0)
  await check()
  const requests = model.requests()
  const again = await create(cwd, one.numRecords).ended
  expect(again.code, again.stderr).toBe(0)
  expect(model.requests()).toBe(requests)
  await check()
  return directory
}

/** The directory as a reader finds it that knows nothing of who wrote what. */
async function checkWhole(one: Case, directory: string, rowsBefore: number): Promise<void> {
  const all = `read_parquet('${directory}/parquet-files/*.parquet', filename = true)`
  const rows = await duckdb(`SELECT * FROM ${all}`)
  expect(rows).toHaveLength(one.numRecords)
  const files = [...new Set(rows.map(({ filename }) => String(filename)))]
  expect(files).toHaveLength(readdirSync(join(directory, 'parquet-files')).length)
  // As typed as the files that were there.
  const first = `${directory}/parquet-files/batch_${String(one.groups[0]).padStart(5, '0')}.parquet`
  const shape = (from: string) =>
    duckdb(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${from})`)
  const due = await shape(`'${first}'`)
  for (const file of files) expect(await shape(`'${file}'`), file).toEqual(due)
  for (const name of one.asked) expect(rows.filter((row) => row[name] === null)).toEqual([])
  // Every answer has a number, never given twice: each stands in one cell, and what was kept stands in the data.
  const serials = rows.flatMap((row) => [
    ...JSON.stringify(one.asked.map((name) => row[name])).matchAll(/#S\d+/g),
  ])
  const numbers = serials.map(([serial]) => serial)
  expect(new Set(numbers).size).toBe(numbers.length)
  expect(numbers).toHaveLength((one.numRecords - rowsBefore) * one.asked.length)
  for (const body of (await storedAnswers(nodeDisk, directory)).values()) {
    expect(numbers).toContain(/#S\d+/.exec(body)?.[0])
  }
  if (one.fixture === 'seeded') {
    const skus = readFileSync(join(fixtures, 'seeded', 'products.csv'), 'utf8').match(/^SKU-\d+/gm)!
    expect(rows.map(({ sku }) => sku)).toEqual(rows.map((_, row) => skus[row % skus.length]))
  }
  for (const top of ['dropped-columns-parquet-files', 'processors-files/chat']) {
    if (!existsSync(join(directory, top))) continue
    const [counted] = await duckdb(`SELECT count(*)::INT AS rows FROM '${directory}/${top}/*.parquet'`)
    expect(counted, top).toEqual({ rows: one.numRecords })
  }
}

const cases: readonly Case[] = [
  { fixture: 'complete', numRecords: 65, rowsBefore: 25, asked: ['review'], groups: [0, 1, 2] },
  { fixture: 'interrupted', numRecords: 60, rowsBefore: 20, asked: ['review'], groups: [1, 2] },
  { fixture: 'hole', numRecords: 60, rowsBefore: 20, asked: ['review'], groups: [0, 2] },
  { fixture: 'rich', numRecords: 44, rowsBefore: 20, asked: ['review', 'profile'], groups: [0, 1, 2] },
  { fixture: 'seeded', numRecords: 58, rowsBefore: 18, asked: ['blurb'], groups: [0, 1, 2, 3] },
]

describe.concurrent('extended or filled by the command, killed twenty times: files stay, nothing is bought twice, all is one dataset', () => {
  test(
    'begun by us',
    async () => {
      const model = await gatedModel()
      const one = cases[0]!
      const cwd = place(one, model.endpoint, 'by us')
      writeFileSync(join(cwd, 'run.yaml'), 'buffer_size: 10\n')
      model.allow(Number.POSITIVE_INFINITY)
      const made = await create(cwd, 25, '-c', 'run.yaml').ended
      expect(made.code, made.stderr).toBe(0)
      await checkWhole(one, await killAndGoOn(one, cwd, model), 0)
    },
    caseMs,
  )

  test.each(cases.map((one) => [one.fixture, one] as const))(
    'begun by Data Designer: %s',
    async (_, one) => {
      const model = await gatedModel()
      const cwd = place(one, model.endpoint, 'by Data Designer')
      await checkWhole(one, await killAndGoOn(one, cwd, model), one.rowsBefore)
    },
    caseMs,
  )
})
