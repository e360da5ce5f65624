/**
 * NVIDIA's person datasets, fetched as Data Designer fetches them: by `ngc`, the command of NVIDIA's catalogue, which knows the
 * user's key and requests licences. We never see the key.
 *
 * Rules:
 *   1. A file comes under its name when it is whole: it is fetched into a folder next to, looked at, and moved.
 *   2. One that is there stays, unless it is to be replaced.
 */
import { spawn } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { errnoOf, RowsmithError } from '../../base/errors/errors.ts'
import { usageError } from '../../base/text/flag-values.ts'
import type { personLocales } from '../../entries/config.ts'

/** A dataset of the catalogue. */
interface Personas {
  readonly locale: string
  /** About what is fetched. */
  readonly size: string
  /** What NGC calls it. */
  readonly resource: string
}

/** As Data Designer 0.9.7 has them. */
const sizes: Readonly<Record<(typeof personLocales)[number], string>> = {
  de_DE: '2.55 GB',
  en_GB: '2.03 GB',
  en_IN: '2.39 GB',
  en_SG: '0.30 GB',
  en_US: '1.24 GB',
  fr_FR: '3.87 GB',
  hi_Deva_IN: '4.14 GB',
  hi_Latn_IN: '2.7 GB',
  ja_JP: '1.69 GB',
  ko_KR: '2.66 GB',
  pt_BR: '2.33 GB',
}

export const personaCatalogue: readonly Personas[] = Object.entries(sizes).map(([locale, size]) => ({
  locale,
  size,
  resource: `nvidia/nemotron-personas/nemotron-personas-dataset-${locale.toLowerCase()}`,
}))

/** @throws RowsmithError `usage` for a locale that has none */
export function personasOf(locales: readonly string[]): readonly Personas[] {
  return locales.map((locale) => {
    const found = personaCatalogue.find((each) => each.locale === locale)
    if (found !== undefined) return found
    const known = personaCatalogue.map((each) => each.locale).join(', ')
    throw usageError(`There are no persons of "${locale}"`, `Locales are ${known}.`)
  })
}

/** The file of a locale in a managed assets folder. */
export function personaFile(folder: string, locale: string): string {
  return join(folder, 'datasets', `${locale}.parquet`)
}

/**
 * @param env where `ngc` is looked for, and the home that has its config
 * @throws RowsmithError `usage` when `ngc` is not there or not set up; persons_not_found when it fails
 */
export async function downloadPersonas(
  { locale, resource }: Personas,
  folder: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<void> {
  requireNgcConfig(env.HOME ?? homedir())
  const datasets = join(folder, 'datasets')
  const temporary = reaching(datasets, () => {
    mkdirSync(datasets, { recursive: true })
    return mkdtempSync(join(datasets, '.download-'))
  })
  try {
    await ngc(['registry', 'resource', 'download-version', resource, '--dest', temporary], locale, env)
    const files = parquetIn(temporary)
    if (files.length === 0) throw notHad(locale, 'ngc brought no Parquet file')
    for (const file of files) {
      if (!isParquet(file.path)) throw notHad(locale, `${file.name} is no whole Parquet file`)
      reaching(datasets, () => renameSync(file.path, join(datasets, file.name)))
    }
    if (!existsSync(personaFile(folder, locale))) throw notHad(locale, `ngc brought no ${locale}.parquet`)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

function requireNgcConfig(home: string): void {
  if (existsSync(join(home, '.ngc', 'config'))) return
  throw usageError(
    "ngc, the command of NVIDIA's catalogue, has no config in ~/.ngc/config",
    'Install it from https://org.ngc.nvidia.com/setup/installers/cli, run `ngc config set` once, then run the command again.',
  )
}

function ngc(
  args: readonly string[],
  locale: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('ngc', args, { stdio: ['inherit', 2, 2], env })
    child.once('error', (error) => {
      reject(
        errnoOf(error) === 'ENOENT'
          ? usageError(
              "ngc, the command of NVIDIA's catalogue, is not there",
              'Install it from https://org.ngc.nvidia.com/setup/installers/cli, then run the command again.',
            )
          : notHad(locale, `ngc cannot be started: ${errnoOf(error)}`),
      )
    })
    child.once('exit', (code, signal) => {
      if (code === 0) resolve()
      else
        reject(notHad(locale, `ngc ended with ${signal ?? `exit code ${code}`}; what it says stands above`))
    })
  })
}

/** In the folder, and those right below it. */
function parquetIn(folder: string): { readonly name: string; readonly path: string }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.parquet'))
    .map((entry) => ({ name: entry.name, path: join(entry.parentPath, entry.name) }))
}

/** Whether a file begins and ends as Parquet does: one that was cut off does not. */
function isParquet(path: string): boolean {
  const { size } = statSync(path)
  if (size < 12) return false
  const file = openSync(path, 'r')
  try {
    const marks = [0, size - 4].map((at) => {
      const bytes = Buffer.alloc(4)
      readSync(file, bytes, 0, 4, at)
      return bytes.toString('latin1')
    })
    return marks.every((mark) => mark === 'PAR1')
  } finally {
    closeSync(file)
  }
}

function reaching<T>(folder: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw usageError(
      `${folder} cannot be written: ${errnoOf(error) ?? error}`,
      'Name another folder with --managed-assets.',
    )
  }
}

function notHad(locale: string, why: string): RowsmithError {
  return new RowsmithError('persons_not_found', `The persons of ${locale} were not fetched: ${why}`, {
    facts: { locale },
    nextStep: 'Fix the cause, then run the command again. person_from_faker needs no dataset.',
  })
}
