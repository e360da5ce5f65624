import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { configFromValue } from '../../../../src/entries/config.ts'
import { type Config, create, open, resume } from '../../../../src/index.ts'
import { scriptedServer } from '../../../models/scripted-server.ts'
import { pngOf } from '../../../support/pngs.ts'
import { type Asked, answer, failure } from '../../../support/scripted-transport.ts'
import { artifactFolder, quick, rowOf, rowsOf, smallOptions } from '../../../support/small-runs.ts'

const folder = artifactFolder()

/** Four drawings per row group, some of which are alike; each is looked at by a second model. */
function config(more: Record<string, boolean> = {}): Config {
  const inference_parameters = { max_parallel_requests: 2 }
  return configFromValue(
    {
      model_configs: [
        { alias: 'painter', provider: 'simulator', model: 'gpt-image-1', inference_parameters },
        { alias: 'critic', provider: 'simulator', model: 'm', inference_parameters },
      ],
      columns: [
        { name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} },
        { name: 'picture', column_type: 'image', model_alias: 'painter', prompt: 'Draw {{ id }}', ...more },
        {
          name: 'seen',
          column_type: 'llm-text',
          model_alias: 'critic',
          prompt: 'What is it?',
          multi_modal_context: [{ modality: 'image', column_name: 'picture' }],
        },
      ],
    } as never,
    'test',
  )
}

/** Draws what each row asks for, two of them where its number is odd; tells of a picture how long it is. */
function studio({ prompt, key }: Asked) {
  if (!key.includes('/picture/')) {
    const parts = prompt as unknown as { image_url?: { url: string } }[]
    return answer(parts.map((part) => part.image_url?.url.length ?? 'and').join(' '))
  }
  const row = rowOf({ key } as Asked)
  const data = [...(row % 2 === 1 ? [pngOf('the same')] : []), pngOf(`row ${row % 3}`)]
  const body = { created: 0, data: data.map((bytes) => ({ b64_json: bytes.toString('base64') })) }
  return {
    status: 200,
    headers: {},
    body: JSON.stringify({ ...body, usage: { input_tokens: 3, output_tokens: 7 } }),
  }
}

const media = (directory: string): string[] => {
  const path = join(directory, '.rowsmith/media')
  return existsSync(path) ? readdirSync(path) : []
}

/** The files of the dataset that readers see, with their checksums. */
function published(directory: string): string[] {
  return ['parquet-files', 'images', 'dropped-columns-parquet-files'].flatMap((name) => {
    const path = join(directory, name)
    if (!existsSync(path)) return []
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const file = join(entry.parentPath, entry.name)
        return `${file.slice(directory.length)} ${createHash('sha256').update(readFileSync(file)).digest('hex')}`
      })
      .sort()
  })
}

describe('an image column', () => {
  it('holds the paths of its images, which are published with their row group and kept nowhere else', async () => {
    const { asked, components } = quick(studio)
    const results = await create(config(), { ...smallOptions(folder.path, 8), seed: 7n }, components)
    const rows = await rowsOf(results)
    const directory = results.path
    expect(rows.map(({ picture }) => picture)).toEqual(
      Array.from({ length: 8 }, (_, row) =>
        row % 2 === 1
          ? [`images/picture/${row}-0.png`, `images/picture/${row}-1.png`]
          : [`images/picture/${row}-0.png`],
      ),
    )
    for (const [row, { picture }] of rows.entries()) {
      const paths = picture as string[]
      expect(readFileSync(join(directory, paths.at(-1)!))).toEqual(pngOf(`row ${row % 3}`))
    }
    expect(media(directory)).toEqual([])
    // Each was seen by the other model before it had its place.
    expect(rows[0]!.seen).toMatch(/^\d+ and$/)
    expect(rows[1]!.seen).toMatch(/^\d+ \d+ and$/)
    expect(asked).toHaveLength(16)
    const replies = await open(directory, components).verify()
    expect(replies.findings).toEqual([])
    const replayed = await open(directory, components).verify({ replay: true })
    expect(replayed.replay).toMatchObject({ equal: 2, differing: 0, not_replayed: 0 })
  })

  it('costs nothing again after a stop, and ends with the same bytes', async () => {
    const whole = quick(studio)
    const options = { ...smallOptions(folder.path, 8), seed: 7n }
    const first = await create(config(), { ...options, datasetName: 'whole' }, whole.components)
    const broken = quick((asked) => (asked.key.startsWith('5/seen') ? failure(401) : studio(asked)))
    const stopped = create(config(), { ...options, datasetName: 'stopped' }, broken.components)
    await expect(stopped).rejects.toMatchObject({ code: 'authentication_failed' })
    const directory = join(folder.path, 'stopped')
    expect(media(directory).length).toBeGreaterThan(0)
    const again = quick(studio)
    const { summary } = await resume(directory, {}, again.components)
    const before = new Set(broken.asked.map(({ key }) => key))
    for (const { key } of again.asked) expect(before.has(key) && !key.startsWith('5/seen')).toBe(false)
    expect(published(directory)).toEqual(published(first.path))
    expect(media(directory)).toEqual([])
    expect(summary.replies_unused).toBe(0)
  })

  it('is asked again with consent when its file is missing before it was published, and only then', async () => {
    const options = { ...smallOptions(folder.path, 4), seed: 7n }
    const broken = quick((asked) => (asked.key.startsWith('3/seen') ? failure(401) : studio(asked)))
    await expect(create(config(), options, broken.components)).rejects.toMatchObject({
      code: 'authentication_failed',
    })
    const directory = join(folder.path, 'dataset')
    const lost = createHash('sha256').update(pngOf('row 1')).digest('hex')
    rmSync(join(directory, '.rowsmith/media', lost))
    const again = quick(studio)
    await expect(resume(directory, {}, again.components)).rejects.toMatchObject({ code: 'answers_lost' })
    expect(again.asked).toEqual([])
    await resume(directory, { acceptLoss: true }, again.components)
    const drawn = again.asked.filter(({ key }) => key.includes('/picture/')).map(rowOf)
    expect(drawn).toEqual([1])
  })

  it('that comes as an address is fetched once, and not again after a stop', async () => {
    const fetched: string[] = []
    let refuses = true
    const server = await scriptedServer((request, response) => {
      if (request.method === 'GET') {
        fetched.push(request.url!)
        return response.end(pngOf(request.url!))
      }
      const row = rowOf({ key: `${request.headers['x-rowsmith-effect']}` } as Asked)
      if (refuses && row === 3) return response.writeHead(401).end('{}')
      return response.end(JSON.stringify({ data: [{ url: `${server.url}/${row}` }], usage: {} }))
    })
    onTestFinished(() => server.close())
    const { model_configs: models, columns } = config()
    const oneByOne = models.map((model) => ({
      ...model,
      inference_parameters: { ...model.inference_parameters, max_parallel_requests: 1 },
    }))
    const drawing = { ...config(), model_configs: oneByOne, columns: columns.slice(0, 2) }
    const providers = [
      {
        name: 'simulator',
        endpoint: server.url,
        provider_type: 'openai',
        api_key: null,
        extra_body: null,
        extra_headers: null,
      },
    ] as const
    const options = { ...smallOptions(folder.path, 4), seed: 7n, providers }
    await expect(create(drawing, options)).rejects.toMatchObject({ code: 'authentication_failed' })
    refuses = false
    const results = await resume(join(folder.path, 'dataset'), { providers })
    expect(fetched.toSorted()).toEqual(['/0', '/1', '/2', '/3'])
    for (const row of [0, 1, 2, 3]) {
      expect(readFileSync(join(results.path, `images/picture/${row}-0.png`))).toEqual(pngOf(`/${row}`))
    }
  })

  it('of another dataset serves one made beside it', async () => {
    const options = { ...smallOptions(folder.path, 4), seed: 7n }
    const first = await create(config(), { ...options, datasetName: 'first' }, quick(studio).components)
    const second = quick(studio)
    const reuse = { directory: first.path }
    const results = await create(config(), { ...options, datasetName: 'second', reuse }, second.components)
    expect(second.asked).toEqual([])
    expect(published(results.path)).toEqual(published(first.path))
  })

  it('of a row that is dropped is not published, and not thrown away', async () => {
    const refusing = quick((asked) => (asked.key.startsWith('1/seen') ? failure(400) : studio(asked)))
    const results = await create(config(), { ...smallOptions(folder.path, 4), seed: 7n }, refusing.components)
    const directory = results.path
    expect(readdirSync(join(directory, 'images/picture')).sort()).toEqual([
      '0-0.png',
      '2-0.png',
      '3-0.png',
      '3-1.png',
    ])
    // Row 1 has one of its pictures in common with row 3.
    expect(media(directory)).toEqual([createHash('sha256').update(pngOf('row 1')).digest('hex')])
    await resume(directory, {}, refusing.components)
    expect(media(directory)).toHaveLength(1)
  })

  it('that is dropped is published with the file of dropped columns', async () => {
    const { components } = quick(studio)
    const options = { ...smallOptions(folder.path, 4), seed: 7n }
    const kept = await create(config({ drop: true }), { ...options, datasetName: 'kept' }, components)
    expect(readdirSync(join(kept.path, 'images/picture'))).toHaveLength(6)
    const runConfig = { ...options.runConfig, preserve_dropped_columns: false }
    const left = await create(
      config({ drop: true }),
      { ...options, runConfig, datasetName: 'left' },
      components,
    )
    expect(existsSync(join(left.path, 'images'))).toBe(false)
  })

  it('is looked through by verify: a damaged image is told, and no row is given up for it', async () => {
    const { components } = quick(studio)
    const results = await create(config(), { ...smallOptions(folder.path, 4), seed: 7n }, components)
    const path = join(results.path, 'images/picture/2-0.png')
    writeFileSync(path, 'not a picture')
    const found = await open(results.path, components).verify()
    expect(found.findings).toMatchObject([{ path: 'images/picture/2-0.png', severity: 'damaged' }])
  })

  it('that is cut off is asked for again, and every try is paid for once', async () => {
    const whole = pngOf('whole')
    const { asked, components } = quick(() => {
      const bytes = asked.length > 1 ? whole : whole.subarray(0, 60)
      return {
        status: 200,
        headers: {},
        body: JSON.stringify({ data: [{ b64_json: bytes.toString('base64') }] }),
      }
    })
    const { columns, ...rest } = config()
    const drawing = { ...rest, columns: columns.slice(0, 2) }
    const results = await create(drawing, { ...smallOptions(folder.path, 1), seed: 7n }, components)
    expect(asked).toHaveLength(2)
    expect(readFileSync(join(results.path, 'images/picture/0-0.png'))).toEqual(whole)
  })

  it.each([
    ['https://pictures.example/1.png', 'image_unusable'],
    [Buffer.from('no picture').toString('base64'), 'image_unusable'],
  ])('%s is no image', async (given, code) => {
    const item = given.startsWith('https') ? { url: given } : { b64_json: given }
    const { components } = quick(() => ({ status: 200, headers: {}, body: JSON.stringify({ data: [item] }) }))
    const results = await create(config(), { ...smallOptions(folder.path, 1), seed: 7n }, components)
    expect(results.summary.failures).toEqual([{ column: 'picture', code, rows: 1 }])
  })
})
