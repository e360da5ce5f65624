import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { create, open, resume } from '../../../src/index.ts'
import { siblingName } from '../../../src/plan/candidates.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  scripted,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'

const folder = artifactFolder()
const otherPrompt = 'Now {{ topic }} {{ id }}'

async function stoppedAt(request: number, numRecords: number, path?: string) {
  const stop = new AbortController()
  const { asked, components } = scripted((each) => {
    if (asked.length === request) stop.abort()
    return echo(each)
  })
  const options = { ...smallOptions(folder.path, numRecords), signal: stop.signal }
  const run =
    path === undefined
      ? create(smallConfig(), options, components)
      : resume(path, { signal: stop.signal }, components)
  const error = await failureOf(run)
  return { asked, path: (error.summary as { dataset_path: string }).dataset_path }
}

describe('what a killed process left half made', () => {
  it('a sibling without a run is passed over, and nothing in it is mixed up', async () => {
    await create(smallConfig(), smallOptions(folder.path, 4), scripted(echo).components)
    for (const [name, inside] of [
      [siblingName('dataset', 0, 1), ''],
      [siblingName('dataset', 1000, 1), '.rowsmith'],
    ] as const) {
      mkdirSync(join(folder.path, name, inside), { recursive: true })
    }
    const beside = await create(
      smallConfig(otherPrompt),
      smallOptions(folder.path, 4),
      scripted(echo).components,
    )
    expect(beside.decision).toBe('fresh_beside')
    const again = scripted(echo)
    const results = await create(smallConfig(otherPrompt), smallOptions(folder.path, 4), again.components)
    expect(results).toMatchObject({ decision: 'already_complete', path: beside.path })
    expect(again.asked).toEqual([])
  })

  it('a sibling with no more than its run.json is gone on with', async () => {
    await create(smallConfig(), smallOptions(folder.path, 4), scripted(echo).components)
    const beside = await create(
      smallConfig(otherPrompt),
      smallOptions(folder.path, 4),
      scripted(echo).components,
    )
    for (const name of readdirSync(beside.path)) {
      if (name !== '.rowsmith') rmSync(join(beside.path, name), { recursive: true })
    }
    for (const name of readdirSync(join(beside.path, '.rowsmith'))) {
      if (name !== 'run.json') rmSync(join(beside.path, '.rowsmith', name), { recursive: true })
    }
    const results = await create(
      smallConfig(otherPrompt),
      smallOptions(folder.path, 4),
      scripted(echo).components,
    )
    expect(results).toMatchObject({ decision: 'resume', path: beside.path })
    expect(results.summary.rows_written).toBe(4)
    expect(existsSync(join(beside.path, 'builder_config.json'))).toBe(true)
  })

  it.each([
    ['is not there yet', null, 'builder_config.json is missing.'],
    ['was cut', '{"data_designer": {"columns"', 'builder_config.json is not JSON.'],
    ['holds no config', '{"data_designer": {"columns": 3}}', 'builder_config.json holds no config: '],
  ])(
    'a builder_config.json that %s stops neither command: run.json has the config',
    async (_, text, said) => {
      const { path } = await stoppedAt(2, 8)
      const file = join(path, 'builder_config.json')
      const whole = readFileSync(file, 'utf8')
      if (text === null) rmSync(file)
      else writeFileSync(file, text)
      const run = resume(path, {}, scripted(echo).components)
      const warnings: string[] = []
      for await (const event of run.events()) if (event.type === 'warning') warnings.push(event.message)
      expect(await run).toMatchObject({ decision: 'resume', summary: { rows_written: 8 } })
      expect(warnings).toEqual([expect.stringContaining(said)])
      expect(warnings[0]).toMatch(/The config is taken from run\.json, /)
      // How many requests at once is no part of what the rows are.
      expect(readFileSync(file, 'utf8')).toBe(
        whole.replace('"max_parallel_requests": 2', '"max_parallel_requests": 4'),
      )
    },
  )

  it.each(['gone', 'damaged'])(
    'without a config in either file it says how to go on (run.json %s)',
    async (how) => {
      const { path } = await stoppedAt(2, 8)
      rmSync(join(path, 'builder_config.json'))
      const runFile = join(path, '.rowsmith', 'run.json')
      if (how === 'gone') rmSync(runFile)
      else writeFileSync(runFile, '{}')
      const error = await failureOf(resume(path, {}, scripted(echo).components))
      expect(error).toMatchObject({ code: 'metadata_corrupt', nextStep: expect.stringContaining('create') })
    },
  )

  it('a dataset whose config is gone goes on with the command it was begun with', async () => {
    const { path } = await stoppedAt(2, 8)
    rmSync(join(path, 'builder_config.json'))
    const results = await create(smallConfig(), smallOptions(folder.path, 8), scripted(echo).components)
    expect(results).toMatchObject({ decision: 'resume', summary: { rows_written: 8 } })
  })

  it('an extension of which only run.json knows is gone on with, and never shrunk', async () => {
    const { path } = await create(smallConfig(), smallOptions(folder.path, 6), scripted(echo).components)
    const metadata = readFileSync(join(path, 'metadata.json'))
    const { asked } = await stoppedAt(1, 9)
    writeFileSync(join(path, 'metadata.json'), metadata)
    const smaller = await failureOf(
      create(smallConfig(), smallOptions(folder.path, 6), scripted(echo).components),
    )
    expect(smaller.code).toBe('fewer_than_target')
    const last = scripted(echo)
    const results = await resume(path, {}, last.components)
    expect(results.summary).toMatchObject({ rows_planned: 9, rows_written: 9 })
    expect(asked.length + last.asked.length).toBe(3)
  })

  it('journal segments of a complete dataset go with the next run', async () => {
    const { path } = await stoppedAt(3, 8)
    const journal = join(path, '.rowsmith', 'journal')
    const [segment] = readdirSync(journal)
    const bytes = readFileSync(join(journal, segment!))
    await resume(path, {}, scripted(echo).components)
    expect(readdirSync(journal)).toEqual([])
    // As after a kill between the last commit and the removal.
    writeFileSync(join(journal, segment!), bytes)
    const results = await resume(path, {}, scripted(echo).components)
    expect(results.summary.total.requests).toBe(8)
    expect(readdirSync(journal)).toEqual([])
    expect((await open(path).status()).total).toMatchObject({ requests: 8, unknown: 0 })
  })
})
