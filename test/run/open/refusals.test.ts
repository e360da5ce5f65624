import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { create, resume } from '../../../src/index.ts'
import { everyByte } from '../../support/every-byte.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  scripted,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'

const folder = artifactFolder()

/** A dataset of 12 rows that was stopped after a few. */
async function begun(): Promise<string> {
  const stop = new AbortController()
  const { asked, components } = scripted((each) => {
    if (asked.length === 5) stop.abort()
    return echo(each)
  })
  const error = await failureOf(
    create(smallConfig(), { ...smallOptions(folder.path, 12), signal: stop.signal }, components),
  )
  return (error.summary as { dataset_path: string }).dataset_path
}

describe('a refused run', () => {
  it('changes no byte when a key is missing, the lock files included', async () => {
    const path = await begun()
    const before = everyByte(path)
    const { asked, components } = scripted(echo)
    const providers = [
      {
        name: 'simulator',
        provider_type: 'openai' as const,
        endpoint: 'http://localhost:1/v1',
        api_key: 'NO_SUCH_KEY_IS_SET',
        extra_body: null,
        extra_headers: null,
      },
    ]
    const models = [{ alias: 'writer', provider: 'simulator', model: 'm' }]
    const error = await failureOf(resume(path, { providers, models }, components))
    expect(error.code).toBe('config_differs')
    expect(everyByte(path)).toEqual(before)

    const real = { ...smallOptions(folder.path, 12), datasetName: 'real', providers }
    const keyed = { ...real, env: { NO_SUCH_KEY_IS_SET: 'secret' } }
    const stop = new AbortController()
    const first = scripted((each) => {
      stop.abort()
      return echo(each)
    })
    await failureOf(create(smallConfig(), { ...keyed, signal: stop.signal }, first.components))
    const stored = everyByte(join(folder.path, 'real'))
    const keyless = await failureOf(create(smallConfig(), real, components))
    expect(keyless.code).toBe('missing_api_key')
    expect(everyByte(join(folder.path, 'real'))).toEqual(stored)
    expect(asked).toEqual([])
  })

  it('to resume a directory never goes to another one instead', async () => {
    const options = smallOptions(folder.path, 4)
    const { path } = await create(smallConfig(), options, scripted(echo).components)
    await create(smallConfig(), { ...options, resume: 'never' }, scripted(echo).components)
    writeFileSync(join(path, 'metadata.json'), '{')
    const error = await failureOf(resume(path, {}, scripted(echo).components))
    expect(error.code).toBe('metadata_corrupt')
    expect(error.message).toContain('metadata.json')
  })
})

describe('a resumed run', () => {
  it('writes run.json only to extend the plan', async () => {
    const path = await begun()
    const file = join(path, '.rowsmith', 'run.json')
    const before = statSync(file).ino
    await create(smallConfig(), smallOptions(folder.path, 12), scripted(echo).components)
    expect(statSync(file).ino).toBe(before)
    await create(smallConfig(), smallOptions(folder.path, 13), scripted(echo).components)
    expect(statSync(file).ino).not.toBe(before)
    expect(JSON.parse(readFileSync(file, 'utf8')).segments).toHaveLength(2)
  })

  it('goes for the larger target that another tool has written meanwhile, and says so', async () => {
    const path = await begun()
    const metadata = JSON.parse(readFileSync(join(path, 'metadata.json'), 'utf8'))
    writeFileSync(join(path, 'metadata.json'), JSON.stringify({ ...metadata, target_num_records: 14 }))
    const run = resume(path, {}, scripted(echo).components)
    const warnings = []
    for await (const event of run.events()) if (event.type === 'warning') warnings.push(event)
    const { summary } = await run
    expect(summary).toMatchObject({ rows_planned: 14, rows_written: 14 })
    expect(warnings).toMatchObject([{ message: expect.stringContaining('14') }])
  })
})
