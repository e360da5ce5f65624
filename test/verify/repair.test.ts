/** What a repair costs, what it leaves alone, and what it makes of losses that a single file does not tell of. */
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { open, resume, retry, type Verification } from '../../src/index.ts'
import { recordsIn } from '../../src/testing/crash/independent-reader.ts'
import { answer, failure } from '../support/scripted-transport.ts'
import { failureOf, quick } from '../support/small-runs.ts'
import {
  components,
  dataOf,
  filesOf,
  flip,
  goOn,
  grave,
  makeFinished,
  makeStopped,
  scratchFolder,
  stopAgain,
} from './datasets.ts'

const scratch = scratchFolder()
let finished = ''
let stopped = ''
let whole: Record<string, string> = {}

beforeAll(async () => {
  finished = await makeFinished(scratch.path)
  stopped = await makeStopped(scratch.path)
  whole = dataOf(finished)
})

const group = (number: number) => `batch_0000${number}`
const replies = (number: number) => `.rowsmith/replies/${group(number)}.jsonl.zst`
const main = (number: number) => `parquet-files/${group(number)}.parquet`
const journalOf = (path: string) => readdirSync(join(path, '.rowsmith/journal')).sort()

const repair = (path: string) => open(path, components).verify({ repair: true })

async function endsWhole(path: string): Promise<void> {
  expect(dataOf(path)).toEqual(whole)
  expect(grave((await open(path, components).verify()).findings)).toEqual([])
}

describe('the cost that verify tells', () => {
  it('is what the next resume buys: a row group whose answers are lost too', async () => {
    const path = scratch.copyOf(finished)
    flip(join(path, main(0)), 0.5)
    rmSync(join(path, replies(0)))
    const { cost, findings } = await open(path, components).verify()
    expect(cost).toEqual({
      requests: 8,
      at_most: 8,
      columns: [
        { column: 'sketch', requests: 4, at_most: 4 },
        { column: 'text', requests: 4, at_most: 4 },
      ],
    })
    expect(findings.find((finding) => finding.path === main(0))?.cost).toEqual(cost)
    const report = await repair(path)
    expect(report).toMatchObject({ whole: false, cost: { requests: 8 } })
    expect(existsSync(join(path, main(0)))).toBe(false)
    const { bought } = await goOn(path)
    expect(bought).toHaveLength(8)
    await endsWhole(path)
  })

  it('is what the next resume buys: one answer in the journal, on which another hangs', async () => {
    // Stopped when an open row group has an answer made of another.
    const later = await makeStopped(join(scratch.path, 'later'), 23)
    const path = scratch.copyOf(later)
    const journal = join(path, '.rowsmith/journal', journalOf(path)[0]!)
    const bytes = readFileSync(journal)
    const texts = [...bytes.toString('latin1').matchAll(/"t":"reply","g":(\d+),"k":"(\d+)\/text\//g)]
    const [, , row = ''] = texts.findLast(([, group]) => !existsSync(join(path, main(Number(group)))))!
    const head = bytes.toString('latin1').search(new RegExp(`"t":"reply","g":\\d+,"k":"${row}/sketch/`))
    bytes[bytes.indexOf('"body"', head) + 30]! ^= 1
    writeFileSync(journal, bytes)

    const { findings } = await open(path, components).verify()
    expect(grave(findings)).toMatchObject([
      {
        severity: 'damaged',
        cost: {
          requests: 1,
          at_most: 2,
          columns: [
            { column: 'sketch', requests: 1, at_most: 1 },
            { column: 'text', requests: 0, at_most: 1 },
          ],
        },
      },
    ])
    await repair(path)
    const { bought } = await goOn(path)
    const undamaged = await goOn(scratch.copyOf(later))
    expect(bought).toHaveLength(undamaged.bought.length + 1)
    expect(bought.filter((key) => key.startsWith(`${row}/sketch/`))).toHaveLength(1)
    await endsWhole(path)
  })

  it('is nothing when the replies suffice, whatever is gone of the data', async () => {
    const path = scratch.copyOf(finished)
    for (const folder of ['parquet-files', 'dropped-columns-parquet-files', 'processors-files']) {
      rmSync(join(path, folder), { recursive: true })
    }
    const { cost, findings } = await open(path, components).verify()
    expect(cost).toMatchObject({ requests: 0, at_most: 0 })
    expect(grave(findings)).toHaveLength(Object.keys(whole).length)
    const { whole: isWhole } = await repair(path)
    expect(isWhole).toBe(true)
    await endsWhole(path)
    expect((await goOn(path)).bought).toEqual([])
  })

  it('cannot be known when run.json is gone', async () => {
    const path = scratch.copyOf(finished)
    rmSync(join(path, '.rowsmith/run.json'))
    rmSync(join(path, main(1)))
    const report = await repair(path)
    expect(report).toMatchObject({ whole: false, cost: null, row_groups: null })
    expect(report.findings.map((finding) => finding.path).sort()).toEqual(
      expect.arrayContaining(['.rowsmith/run.json', main(1)]),
    )
  })
})

describe('files that were swapped are put back, without a request', () => {
  it.each([
    ['row groups', main(0), main(1)],
    ['replies', replies(0), replies(2)],
    [
      'dropped columns',
      `dropped-columns-parquet-files/${group(0)}.parquet`,
      `dropped-columns-parquet-files/${group(3)}.parquet`,
    ],
    ['a row group and what a processor made of it', main(2), `processors-files/chat/${group(2)}.parquet`],
  ])('%s', async (_, one, other) => {
    const path = scratch.copyOf(finished)
    swap(path, one, other)
    const { findings } = await open(path, components).verify()
    expect(
      grave(findings)
        .map((finding) => finding.path)
        .sort(),
    ).toEqual([one, other].sort())
    expect(grave(findings).every(({ repair: says }) => says.startsWith('put back from'))).toBe(true)
    expect((await repair(path)).whole).toBe(true)
    await endsWhole(path)
    expect(readFileSync(join(path, replies(0)))).toEqual(readFileSync(join(finished, replies(0))))
  })

  it('journals of two processes', async () => {
    const path = await makeStopped(join(scratch.path, 'early'), 17)
    await stopAgain(path, 2)
    const [one = '', other = ''] = journalOf(path)
    expect(other).not.toBe('')
    swap(join(path, '.rowsmith/journal'), one, other)
    const { findings } = await open(path, components).verify()
    expect(grave(findings).map(({ problem }) => problem)).toEqual([
      `holds the log ${other}`,
      `holds the log ${one}`,
    ])
    expect((await repair(path)).whole).toBe(true)
    await goOn(path)
    await endsWhole(path)
  })
})

function swap(path: string, one: string, other: string): void {
  renameSync(join(path, one), join(path, 'swapped'))
  renameSync(join(path, other), join(path, one))
  renameSync(join(path, 'swapped'), join(path, other))
}

describe('a lost commit log', () => {
  it('is written again from the files; the bill is what was answered or refused, and says so', async () => {
    const path = scratch.copyOf(finished)
    const before = await open(path).status()
    rmSync(join(path, '.rowsmith/commits-1.log'))
    const { findings } = await open(path, components).verify()
    expect(grave(findings)).toMatchObject(
      [main(0), main(1), main(2), main(3), '.rowsmith/commits-1.log'].map((path) => ({
        severity: 'missing',
        path,
        cost: { requests: 0 },
      })),
    )
    expect((await failureOf(open(path).status())).code).toBe('journal_damaged')
    expect((await repair(path)).whole).toBe(true)
    const after = await open(path).status()
    // The refused request is still on it: failed attempts are kept with the answers.
    expect(after.total.requests).toBe(before.total.requests)
    expect(after.total.usage).toEqual(before.total.usage)
    expect(after.rows_dropped).toBe(before.rows_dropped)
    expect(after.failures).toEqual(before.failures)
    const logs = readdirSync(join(path, '.rowsmith')).filter((name) => name.startsWith('commits-'))
    expect(logs.sort()).toHaveLength(2)
    const log = logs[1]!
    const frames = recordsIn(readFileSync(join(path, '.rowsmith', log))).map((frame) => JSON.parse(frame))
    expect(frames).toMatchObject([0, 1, 2, 3].map((number) => ({ group: number, rebuilt: true })))
    await endsWhole(path)
    expect((await open(path, components).verify({ replay: true })).replay).toMatchObject({ equal: 4 })
  })

  it('and a row group lost with it: both come back', async () => {
    const path = scratch.copyOf(finished)
    rmSync(join(path, '.rowsmith/commits-1.log'))
    rmSync(join(path, main(2)))
    flip(join(path, main(1)), 0.3)
    const { cost } = await open(path, components).verify()
    expect(cost).toMatchObject({ requests: 0, at_most: 0 })
    expect((await repair(path)).whole).toBe(true)
    await endsWhole(path)
    expect((await goOn(path)).bought).toEqual([])
  })
})

it('a lost commit log, and a companion that is damaged with its answers: it is told before and after', async () => {
  const path = scratch.copyOf(finished)
  const dropped = `dropped-columns-parquet-files/${group(3)}.parquet`
  rmSync(join(path, '.rowsmith/commits-1.log'))
  flip(join(path, dropped), 0.02)
  rmSync(join(path, replies(3)))
  const { findings } = await open(path, components).verify()
  expect(findings).toContainEqual(expect.objectContaining({ path: dropped, repairable: false }))
  const { repaired } = await repair(path)
  expect(grave(repaired!.remaining)).toMatchObject([
    { path: dropped, severity: 'damaged', repairable: false },
  ])
  expect((await goOn(path)).bought).toEqual([])
})

describe('nothing is deleted by a repair', () => {
  it('what it replaces lies in the quarantine, byte for byte, and is listed', async () => {
    const path = scratch.copyOf(stopped)
    const journal = join('.rowsmith/journal', journalOf(path)[0]!)
    for (const name of [main(0), journal, 'metadata.json']) flip(join(path, name), 0.5)
    const damaged = [main(0), journal, 'metadata.json'].map((name) => readFileSync(join(path, name)))
    await repair(path)
    const quarantine = join(path, '.rowsmith/quarantine')
    const kept = readdirSync(quarantine).map((name) => readFileSync(join(quarantine, name)))
    for (const bytes of damaged) expect(kept.some((other) => other.equals(bytes))).toBe(true)
    const { findings } = await open(path, components).verify()
    expect(findings.map((finding) => finding.path).sort()).toEqual(
      readdirSync(quarantine).map((name) => `.rowsmith/quarantine/${name}`),
    )
  })

  it('given twice, the second one does nothing', async () => {
    const path = scratch.copyOf(stopped)
    for (const name of filesOf(path).filter((each) => !each.includes('lock') && !each.endsWith('run.json'))) {
      flip(join(path, name), 0.4)
    }
    await repair(path)
    const before = filesOf(path)
    const { repaired } = await repair(path)
    expect(repaired!.actions).toEqual([])
    expect(filesOf(path).filter((name) => !name.includes('lock'))).toEqual(
      before.filter((name) => !name.includes('lock')),
    )
  })
})

describe('what is not whole, and nobody can mend', () => {
  it('a companion whose answers are lost too: its rows are whole, and it is told again every time', async () => {
    const path = scratch.copyOf(finished)
    const dropped = `dropped-columns-parquet-files/${group(1)}.parquet`
    rmSync(join(path, dropped))
    rmSync(join(path, replies(1)))
    const { repaired } = await repair(path)
    expect(grave(repaired!.remaining)).toMatchObject([
      { path: dropped, severity: 'missing', repairable: false },
    ])
    expect((await goOn(path)).bought).toEqual([])
    expect(await open(path).countRecords()).toBe(13)
  })

  it('a file of somebody else under a name that others would read', async () => {
    const path = scratch.copyOf(finished)
    cpSync(join(path, main(0)), join(path, 'parquet-files/batch_x.parquet'))
    const { repaired, whole: isWhole } = await repair(path)
    expect(isWhole).toBe(false)
    expect(grave(repaired!.remaining)).toMatchObject([
      { path: 'parquet-files/batch_x.parquet', severity: 'suspicious', repairable: false },
    ])
    expect(existsSync(join(path, 'parquet-files/batch_x.parquet'))).toBe(true)
  })
})

it('what dead writers left is listed, and is no reason not to be whole', async () => {
  const path = scratch.copyOf(finished)
  const leftovers = ['.rowsmith/drafts/9-1', '.rowsmith/run.json.tmp.1.a', 'metadata.json.tmp.4711']
  for (const name of leftovers) writeFileSync(join(path, name), 'left')
  const { findings, whole: isWhole } = await open(path, components).verify()
  expect(isWhole).toBe(true)
  expect(findings.map((finding) => finding.path).sort()).toEqual([...leftovers].sort())
  expect(findings.every(({ severity }: Verification['findings'][number]) => severity === 'leftover')).toBe(
    true,
  )
})

it('a folder that is no dataset is told so', async () => {
  expect((await failureOf(open(scratch.path, components).verify())).code).toBe('dataset_not_found')
})

describe('a retry that is half made', () => {
  /** Answers that differ from those of before; row 5 is refused as ever. */
  const anew = (stopAt = Number.POSITIVE_INFINITY) => {
    const stop = new AbortController()
    const run = quick((asked) => {
      if (run.asked.length === stopAt) stop.abort()
      return asked.key.startsWith('5/text/') ? failure(400) : answer(`Anew: ${asked.prompt}`)
    })
    return { ...run, signal: stop.signal }
  }
  const finish = async (path: string): Promise<string[]> => {
    const { asked, components: parts } = anew()
    await resume(path, {}, parts)
    return asked.map(({ key }) => key).sort()
  }

  it('is repaired of files it has replaced and of files it has not; it goes on, and buys what it had still to buy', async () => {
    const path = scratch.copyOf(finished)
    const { asked, components: parts, signal } = anew(11)
    await failureOf(retry(path, { rows: [[0, 7]], signal }, parts))
    expect(asked.length).toBeLessThan(16)
    const undamaged = scratch.copyOf(path)
    const before = dataOf(path)
    expect(before[main(0)]).not.toBe(whole[main(0)])
    expect(before[main(1)]).toBe(whole[main(1)])

    rmSync(join(path, main(0)))
    flip(join(path, main(1)), 0.5)
    expect(
      grave((await open(path, components).verify()).findings)
        .map((finding) => finding.path)
        .sort(),
    ).toEqual([main(0), main(1)])
    expect(await repair(path)).toMatchObject({ cost: { requests: 0 } })
    expect(dataOf(path)).toEqual(before)

    const due = await finish(undamaged)
    expect(due.length).toBeGreaterThan(0)
    expect(await finish(path)).toEqual(due)
    expect(dataOf(path)).toEqual(dataOf(undamaged))
    expect(grave((await open(path, components).verify()).findings)).toEqual([])
  })
})
