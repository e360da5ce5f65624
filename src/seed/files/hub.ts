/**
 * Files of a dataset on the Hugging Face hub, brought here to be read as local ones.
 *
 * Owns: the way from `datasets/<owner>/<name>[@revision]/<files>` to files in a temporary folder.
 * Rules:
 *   1. Files are fetched when the seed is opened, one after the other and never whole in memory, and removed once they are read.
 *   2. The token is the value of an environment variable. It is in a header alone; a config never holds it.
 *   3. A name from the hub is never part of a path here.
 */

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import { compareCodePoints } from '../../base/values/json.ts'
import type { Config } from '../../config/schema/schema.ts'
import { nodeDisk } from '../../disk/node-disk.ts'
import { wrapDiskError } from '../../disk/storage-error.ts'
import { formatOf, type SeedFiles, seedExtensions } from './files.ts'
import { isPattern, pathMatcher } from './pattern.ts'

type Source = NonNullable<Config['seed_config']>['source']
export type HubSource = Extract<Source, { seed_type: 'hf' }>

/** What a look into the hub needs. */
export interface HubAccess {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Stops what is being fetched. */
  readonly signal?: AbortSignal | undefined
}

/** The variable that is looked into when the config names none. */
const usualVariable = 'HF_TOKEN'

interface Place {
  readonly repository: string
  readonly revision: string
  /** Path or pattern within the repository. */
  readonly files: string
}

function placeOf(path: string): Place | undefined {
  const match = /^(?:hf:\/\/)?datasets\/([^/@]+\/[^/@]+)(?:@([^/]+))?\/(.+)$/.exec(path)
  if (match === null || formatOf(present(match[3], 'match')) === undefined) return undefined
  // A revision with a slash is written as %2F, as in the hub's own file system.
  const revision = (match[2] ?? 'main').replaceAll('%2F', '/')
  return { repository: present(match[1], 'match'), revision, files: present(match[3], 'match') }
}

/** What is wrong with the source, as far as no request is needed: the field, and why. */
export function hubIssue({ path, token, endpoint }: HubSource): { key: string; what: string } | undefined {
  if (placeOf(path) === undefined) {
    const endings = seedExtensions.map((extension) => `.${extension}`).join(', ')
    const what = `must be datasets/<owner>/<name>/<files>, where files end in ${endings} (seen ${JSON.stringify(path)})`
    return { key: 'path', what }
  }
  if (token !== null && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(token)) {
    return { key: 'token', what: 'must be the name of an environment variable' }
  }
  if (token?.startsWith('hf_')) {
    const what =
      'must be the name of an environment variable: a config is stored with its dataset, and a token never is'
    return { key: 'token', what }
  }
  if (!/^https?:\/\/[^/]/.test(endpoint)) return { key: 'endpoint', what: 'must be an http or https URL' }
  return undefined
}

/**
 * Fetches the files, has them read, and removes them.
 *
 * @param source one without a `hubIssue`
 * @throws RowsmithError seed_not_found, missing_api_key, permission_denied, endpoint_unreachable, io_error, or what `read` throws
 */
export async function withHubFiles<T>(
  source: HubSource,
  access: HubAccess,
  read: (files: SeedFiles) => Promise<T>,
): Promise<T> {
  const hub = await import('@huggingface/hub')
  const { repository, revision, files } = present(placeOf(source.path), 'places on the hub')
  const token = tokenOf(source, access.env)
  const request = {
    repo: { type: 'dataset' as const, name: repository },
    revision,
    hubUrl: source.endpoint.replace(/\/+$/, ''),
    fetch: (input: string | URL | Request, init?: RequestInit) =>
      fetch(input, { ...init, ...(access.signal === undefined ? {} : { signal: access.signal }) }),
    ...(token === undefined ? {} : { accessToken: token }),
  }
  const names = await onHub(source, async () => {
    if (!isPattern(files)) return [files]
    const matches = pathMatcher(files)
    const found: string[] = []
    const folder = fixedFolder(files)
    const listed = hub.listFiles({ ...request, recursive: true, ...(folder === '' ? {} : { path: folder }) })
    for await (const { type, path } of listed) if (type === 'file' && matches(path)) found.push(path)
    return found.sort(compareCodePoints)
  })
  if (names.length === 0) throw notThere(source)
  const folder = join(tmpdir(), `rowsmith-hub-${crypto.randomUUID()}`)
  await wrapDiskError('create the folder', folder, () => nodeDisk.makeDirectory(folder))
  const paths: string[] = []
  try {
    for (const name of names) {
      const blob = await onHub(source, () => hub.downloadFile({ ...request, path: name }))
      if (blob === null) throw notThere(source)
      const path = join(folder, `${paths.length}.${formatOf(files)}`)
      paths.push(path)
      await onHub(source, () => save(blob.stream(), path))
    }
    const labels = names.map((name) => `datasets/${repository}/${name}`)
    return await read({
      paths,
      format: present(formatOf(files), 'formats of seed files'),
      folder: null,
      labels,
    })
  } finally {
    for (const path of paths) await nodeDisk.remove(path).catch(() => {})
    await nodeDisk.removeDirectory(folder).catch(() => {})
  }
}

async function save(stream: ReadableStream<Uint8Array>, path: string): Promise<void> {
  const file = await wrapDiskError('create', path, () => nodeDisk.create(path))
  try {
    for await (const part of stream) await wrapDiskError('write', path, () => file.append(part))
  } finally {
    await file.close()
  }
}

/** The folders before the first that is a pattern. */
function fixedFolder(files: string): string {
  const folders = files.split('/').slice(0, -1)
  const first = folders.findIndex(isPattern)
  return (first === -1 ? folders : folders.slice(0, first)).join('/')
}

function tokenOf(source: HubSource, env: HubAccess['env']): string | undefined {
  const variable = source.token ?? usualVariable
  const token = env[variable]?.trim()
  if (token !== undefined && token !== '') {
    if (/^hf_[\x21-\x7e]+$/.test(token)) return token
    throw new RowsmithError(
      'missing_api_key',
      `The environment variable ${variable} holds no token of the hub: one begins with hf_`,
      {
        facts: { variable },
      },
    )
  }
  if (source.token === null) return undefined
  throw new RowsmithError(
    'missing_api_key',
    `The seed dataset takes its token from the environment variable ${variable}, which is not set`,
    { facts: { variable } },
  )
}

function notThere(source: HubSource): RowsmithError {
  return new RowsmithError(
    'seed_not_found',
    `There is no seed dataset ${source.path} at ${source.endpoint}`,
    {
      facts: { path: source.path, endpoint: source.endpoint },
      nextStep: 'Fix seed_config.source.path. A private dataset also needs a token.',
    },
  )
}

/** What the hub refuses, or a line that breaks, as an error of Rowsmith. Nothing of the hub's own text is shown. */
async function onHub<T>(source: HubSource, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (RowsmithError.isInstance(cause)) throw cause
    const facts = { path: source.path, endpoint: source.endpoint }
    const status = statusOf(cause)
    if (status === 404) throw notThere(source)
    if (status === 401 || status === 403) {
      throw new RowsmithError(
        'permission_denied',
        `The hub does not let us read the seed dataset ${source.path} (HTTP ${status})`,
        {
          facts: { ...facts, status },
          nextStep: `Check the path, and the token in ${source.token ?? usualVariable}, then run the command again.`,
        },
      )
    }
    const why = status === undefined ? 'it cannot be reached, or the answer broke off' : `HTTP ${status}`
    throw new RowsmithError(
      'endpoint_unreachable',
      `The seed dataset ${source.path} cannot be fetched from ${source.endpoint}: ${why}`,
      {
        facts: { ...facts, status: status ?? null },
        cause,
      },
    )
  }
}

function statusOf(error: unknown): number | undefined {
  const status =
    typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined
  return typeof status === 'number' ? status : undefined
}
