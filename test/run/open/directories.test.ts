/** Which folder a dataset goes to, and what becomes of those that are there. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type CreateOptions, create, loadConfig } from '../../../src/index.ts'
import { everyByte } from '../../support/every-byte.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  quick,
  rowsOf,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'

const folder = artifactFolder()
const plain = () => join(folder.path, 'dataset')
const otherConfig = () => smallConfig('Now {{ topic }} {{ id }}')

function make(config = smallConfig(), changes: Partial<CreateOptions> = {}) {
  return create(config, { ...smallOptions(folder.path, 4), ...changes }, quick().components)
}

/** A run that is stopped at its second request. @returns its directory */
async function stopped(config = smallConfig(), changes: Partial<CreateOptions> = {}): Promise<string> {
  const stop = new AbortController()
  const { asked, components } = quick((each) => {
    if (asked.length === 2) stop.abort()
    return echo(each)
  })
  const options = { ...smallOptions(folder.path, 4), ...changes, signal: stop.signal }
  const error = await failureOf(create(config, options, components))
  return (error.summary as { dataset_path: string }).dataset_path
}

describe('where nothing was begun', () => {
  it.each(['no folder', 'an empty folder'])(
    '%s: never and if_possible begin under the plain name',
    async (what) => {
      for (const resume of ['never', 'if_possible'] as const) {
        const artifactPath = join(folder.path, resume)
        if (what === 'an empty folder') mkdirSync(join(artifactPath, 'dataset'), { recursive: true })
        expect(await make(smallConfig(), { artifactPath, resume })).toMatchObject({
          decision: 'fresh',
          path: join(artifactPath, 'dataset'),
        })
      }
    },
  )

  it.each(['no folder', 'an empty folder'])(
    '%s: always refuses, says how to begin, and makes nothing',
    async (what) => {
      if (what === 'an empty folder') mkdirSync(plain())
      const before = everyByte(folder.path)
      expect(await failureOf(make(smallConfig(), { resume: 'always' }))).toMatchObject({
        code: 'nothing_to_resume',
        nextStep: expect.stringContaining('without --resume always'),
      })
      expect(everyByte(folder.path)).toEqual(before)
    },
  )

  it('a folder with files that nobody knows counts as empty: the dataset begins in it, and they stay', async () => {
    mkdirSync(plain())
    writeFileSync(join(plain(), 'notes.txt'), 'mine')
    expect((await failureOf(make(smallConfig(), { resume: 'always' }))).code).toBe('nothing_to_resume')
    const results = await make()
    expect(results).toMatchObject({ decision: 'fresh', path: plain() })
    expect(readFileSync(join(plain(), 'notes.txt'), 'utf8')).toBe('mine')
    expect(await rowsOf(results)).toHaveLength(4)
  })

  it.each(['', '.', '..', 'a/b', 'a\\b', '../elsewhere', 'a\0b'])(
    'the name %j is refused',
    async (datasetName) => {
      expect((await failureOf(make(smallConfig(), { datasetName }))).code).toBe('path_escapes')
      expect(readdirSync(folder.path)).toEqual([])
    },
  )
})

describe('where there is a dataset', () => {
  it('never makes a sibling named by the local clock, says where, and leaves the old one alone', async () => {
    const { path } = await make()
    const before = everyByte(path)
    const { components } = quick()
    const run = create(smallConfig(), { ...smallOptions(folder.path, 4), resume: 'never' }, components)
    const decided = []
    for await (const event of run.events()) if (event.type === 'decided') decided.push(event)
    const beside = await run
    expect(basename(beside.path)).toMatch(/^dataset_\d\d-\d\d-\d{4}_\d{6}$/)
    expect(decided).toMatchObject([{ decision: 'fresh_beside', path: beside.path }])
    expect(everyByte(path)).toEqual(before)
  })

  it('two new datasets within one second get two folders, and no row of one gets into the other', async () => {
    await make()
    const at = new Date(2026, 2, 1, 12, 0, 0).getTime()
    const { components } = quick()
    const sameSecond = { ...components, clock: { ...components.clock, now: () => at } }
    const anew = (numRecords: number) =>
      create(smallConfig(), { ...smallOptions(folder.path, numRecords), resume: 'never' }, sameSecond)
    const eight = await anew(8)
    const two = await anew(2)
    expect([eight, two].map(({ path }) => basename(path))).toEqual([
      'dataset_03-01-2026_120000',
      'dataset_03-01-2026_120000_2',
    ])
    expect([await eight.countRecords(), await two.countRecords()]).toEqual([8, 2])
  })

  it('two new datasets begun at the same moment get two folders', async () => {
    await make()
    const made = await Promise.all([
      make(otherConfig(), { resume: 'never' }),
      make(smallConfig(), { resume: 'never' }),
    ])
    expect(new Set(made.map(({ path }) => path)).size).toBe(2)
    expect(await Promise.all(made.map((results) => results.countRecords()))).toEqual([4, 4])
  })

  it('always goes on in the plain folder', async () => {
    const path = await stopped()
    expect(await make(smallConfig(), { resume: 'always' })).toMatchObject({ decision: 'resume', path })
    expect(path).toBe(plain())
  })

  it('a sibling that was interrupted is found and gone on with, and no third one is made', async () => {
    await make()
    const sibling = await stopped(otherConfig())
    expect(sibling).not.toBe(plain())
    expect(await make(otherConfig())).toMatchObject({ decision: 'resume', path: sibling })
    expect(await make(otherConfig())).toMatchObject({ decision: 'already_complete', path: sibling })
    expect(readdirSync(folder.path)).toHaveLength(2)
  })

  it('a sibling can be named itself; the name of its dataset stays', async () => {
    await make()
    const sibling = await stopped(otherConfig())
    const datasetName = basename(sibling)
    expect(await make(otherConfig(), { datasetName, resume: 'always' })).toMatchObject({
      decision: 'resume',
      path: sibling,
    })
    expect(JSON.parse(readFileSync(join(sibling, 'metadata.json'), 'utf8')).dataset_name).toBe('dataset')
  })

  it('the plain folder comes before its siblings, also when they are newer', async () => {
    const path = await stopped()
    await make(smallConfig(), { resume: 'never' })
    for (const resume of ['if_possible', 'always'] as const) {
      expect(await make(smallConfig(), { resume })).toMatchObject({ path })
    }
  })
})

describe("a directory of Data Designer's without its metadata.json", () => {
  const fixture = join(import.meta.dirname, '../../fixtures/data-designer/complete')
  const found = () => {
    cpSync(join(fixture, 'dataset'), plain(), { recursive: true })
    rmSync(join(plain(), 'metadata.json'))
    return everyByte(plain())
  }

  it.each(['always', 'if_possible'] as const)(
    '%s: fewer rows asked for than are there is refused, no file is overwritten',
    async (resume) => {
      const before = found()
      const config = await loadConfig(join(fixture, 'config.yaml'))
      const error = await failureOf(make(config, { numRecords: 10, resume }))
      expect(error).toMatchObject({
        code: 'metadata_missing',
        message: expect.stringMatching(/10 records were requested, but 25 rows are there/),
        facts: { refusals: ['metadata_missing', 'fewer_than_on_disk'] },
      })
      expect(everyByte(plain())).toEqual(before)
    },
  )

  it('another config is refused, or gets a folder of its own: rows of two configs never share one', async () => {
    const before = found()
    expect((await failureOf(make(smallConfig(), { resume: 'always' }))).code).toBe('config_differs')
    const beside = await make(smallConfig())
    expect(beside.decision).toBe('fresh_beside')
    expect(await beside.countRecords()).toBe(4)
    expect(everyByte(plain())).toEqual(before)
  })
})
