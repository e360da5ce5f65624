/**
 * A small run with images on the modelled disk, stopped at operations all over it: what holds for files that rows name.
 *
 * Owns: the run, and what is looked for after each stop. Rules:
 *   I1. An image under its final name is whole.
 *   I2. An answer whose frame is durable is not bought again, its image included.
 *   I3. Whoever goes on ends with the files of an uninterrupted run; of media, only those of dropped rows are left.
 */
import { sha256 } from '../../../src/base/numbers/hash.ts'
import { configFromValue } from '../../../src/config/form/load.ts'
import { type Components, create, retry } from '../../../src/index.ts'
import { dataFiles, storedAnswers } from '../../../src/testing/crash/independent-reader.ts'
import { inThread } from '../../../src/testing/datasets/in-thread.ts'
import {
  changesDisk,
  type ModelDiskOptions,
  SimulatedDisk,
} from '../../../src/testing/disks/simulated-disk.ts'
import { asProcess } from '../../../src/testing/disks/simulated-process.ts'
import type { InjectedBug } from '../bugs/injected-bugs.ts'
import { ProviderBook } from '../small/provider-book.ts'
import type { SweepReport } from './fault-sweep.ts'

/** Where its dataset lies. */
const pictureDirectory = '/out/set'

const config = configFromValue(
  {
    model_configs: [
      { alias: 'painter', provider: 'simulator', model: 'gpt-image-1' },
      { alias: 'critic', provider: 'simulator', model: 'simulated' },
    ],
    columns: [
      { name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} },
      { name: 'picture', column_type: 'image', model_alias: 'painter', prompt: 'Draw {{ id }}' },
      {
        name: 'seen',
        column_type: 'llm-text',
        model_alias: 'critic',
        prompt: 'What is it?',
        multi_modal_context: [{ modality: 'image', column_name: 'picture' }],
      },
    ],
  },
  'the small run with images',
)

/** The critic refuses the third row. */
export const newProvider = (): ProviderBook => new ProviderBook((key) => key.startsWith('2/seen/'))

export function pictureDisk(options: ModelDiskOptions = {}): SimulatedDisk {
  return new SimulatedDisk({ ...options, directories: ['/out'] })
}

/** One modelled process. Its provider remembers what it was asked. @returns what it failed with */
export async function pictureRun(
  disk: SimulatedDisk,
  start: number,
  provider = newProvider(),
  injectBug?: InjectedBug,
  acceptLoss = false,
): Promise<unknown> {
  return create(
    config,
    {
      artifactPath: '/out',
      datasetName: 'set',
      numRecords: 4,
      seed: 5n,
      waitForLockMs: 0,
      graceMs: 0,
      acceptLoss,
      runConfig: { buffer_size: 2 },
    },
    componentsOf(disk, start, provider, injectBug),
  ).then(
    () => undefined,
    (error: unknown) => error,
  )
}

/** The same for a retry of all cells of a row. */
export async function pictureRetry(
  disk: SimulatedDisk,
  start: number,
  provider: ProviderBook,
  { row, acceptLoss }: { readonly row: number; readonly acceptLoss: boolean },
): Promise<unknown> {
  const options = { rows: [[row, row]], waitForLockMs: 0, graceMs: 0, acceptLoss } as const
  return retry(pictureDirectory, options, componentsOf(disk, start, provider)).then(
    () => undefined,
    (error: unknown) => error,
  )
}

function componentsOf(
  disk: SimulatedDisk,
  start: number,
  provider: ProviderBook,
  injectBug?: InjectedBug,
): Components {
  return {
    disk: asProcess(injectBug?.wrap(disk) ?? disk, start),
    transport: () => provider.transport(() => disk.stopped === undefined),
    encoder: () => inThread,
  }
}

/** Checksums of what readers of the dataset see, by path. */
export async function pictureFiles(disk: SimulatedDisk): Promise<Map<string, string>> {
  const files = await dataFiles(disk, pictureDirectory)
  return new Map([...files].map(([path, bytes]) => [path, sha256(bytes)]))
}

/** An uninterrupted run: the numbers of its operations that change the disk, and its files. */
export async function rehearsePictures(
  injectBug?: InjectedBug,
): Promise<{ readonly sites: readonly number[]; readonly files: ReadonlyMap<string, string> }> {
  const disk = pictureDisk()
  const error = await pictureRun(disk, 1, newProvider(), injectBug)
  if (error !== undefined) throw error
  const sites = disk.operations.filter(({ name }) => changesDisk(name)).map(({ number }) => number)
  return { sites, files: await pictureFiles(disk) }
}

/**
 * Stops the run at its operations, one at a time, lets the machine forget or not, and goes on.
 *
 * @param options `cases` bounds how many operations are stopped at, spread over all of them
 */
export async function sweepPictures(
  options: {
    readonly cases?: number
    readonly injectBug?: InjectedBug
    readonly untilViolation?: boolean | RegExp
    readonly isTimeUp?: () => boolean
  } = {},
): Promise<SweepReport> {
  const { sites, files } = await rehearsePictures(options.injectBug)
  const stride = Math.max(1, Math.ceil((3 * sites.length) / (options.cases ?? 3 * sites.length)))
  const violations: string[] = []
  let cases = 0
  for (const [index, operation] of sites.entries()) {
    if (options.isTimeUp?.() === true) break
    if (index % stride !== 0) continue
    const when = (index / stride) % 2 === 0 ? 'stop-after' : 'stop-before'
    for (const loss of ['none', 'lost', 'survives'] as const) {
      cases++
      const disk = pictureDisk({ interrupt: ({ number }) => (number === operation ? when : undefined) })
      await pictureRun(disk, 1, newProvider(), options.injectBug)
      const crashed = loss === 'none' ? disk.afterKill() : disk.afterPowerLoss(() => loss)
      const broken = await brokenAfter(crashed, files, options.injectBug)
      const course = `${when} operation ${operation}, ${loss === 'none' ? 'killed' : `power loss, unsynced ${loss}`}`
      violations.push(...broken.map((what) => `${course}: ${what}`))
      if (broken.length > 0 && isEnough(options.untilViolation, violations)) {
        return { cases, sitesNotReached: [], shruggedOff: [], violations }
      }
    }
  }
  return { cases, sitesNotReached: [], shruggedOff: [], violations }
}

function isEnough(until: boolean | RegExp | undefined, violations: readonly string[]): boolean {
  if (typeof until !== 'object') return until === true
  return violations.some((violation) => until.test(violation))
}

async function brokenAfter(
  disk: SimulatedDisk,
  files: ReadonlyMap<string, string>,
  injectBug: InjectedBug | undefined,
): Promise<string[]> {
  const broken: string[] = []
  for (const [path, hash] of await pictureFiles(disk)) {
    if (path.startsWith('images/') && hash !== files.get(path)) broken.push(`I1: ${path} is not whole`)
  }
  const stored = await storedAnswers(disk, pictureDirectory)
  const provider = newProvider()
  const error = await pictureRun(disk, 2, provider, injectBug)
  if (error !== undefined) return [...broken, `the run could not be finished: ${String(error)}`]
  for (const key of provider.requests.keys()) {
    if (stored.has(key)) broken.push(`I2: an answer on the disk was bought again: ${key}`)
  }
  const now = await pictureFiles(disk)
  for (const path of new Set([...files.keys(), ...now.keys()])) {
    if (!now.has(path)) broken.push(`I3: ${path} is missing`)
    else if (now.get(path) !== files.get(path)) broken.push(`I3: ${path} differs`)
  }
  const media = await disk.list(`${pictureDirectory}/.rowsmith/media`)
  if (media.length !== 1) broken.push(`I3: ${media.length} media are left, and one row was dropped`)
  return broken
}
