/** Person datasets, fetched by a stand-in for NVIDIA's `ngc`. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { downloadPersonas, personaFile, personasOf } from '../../../../src/cli/options/persona-downloads.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rowsmith-personas-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** @param brings shell, with the folder to fill in `$5` */
function ngcThat(brings: string, configured = true) {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'ngc'), `#!/bin/sh\necho "$@" > "${folder}/asked"\n${brings}\n`)
  chmodSync(join(bin, 'ngc'), 0o755)
  if (configured) {
    mkdirSync(join(folder, '.ngc'))
    writeFileSync(join(folder, '.ngc/config'), '')
  }
  return { HOME: folder, PATH: `${bin}:/usr/bin:/bin` }
}

const [american] = personasOf(['en_US'])
const whole = 'mkdir "$6/dataset_v1"; printf "PAR1 and rows PAR1" > "$6/dataset_v1/en_US.parquet"'
const fetched = (env: Record<string, string>) => downloadPersonas(american!, join(folder, 'assets'), env)

describe('download personas', () => {
  it('asks ngc for the dataset of the locale, and puts the file where person samplers look', async () => {
    await fetched(ngcThat(whole))
    const file = personaFile(join(folder, 'assets'), 'en_US')
    expect(readFileSync(file, 'utf8')).toBe('PAR1 and rows PAR1')
    expect(readFileSync(join(folder, 'asked'), 'utf8')).toMatch(
      /^registry resource download-version nvidia\/nemotron-personas\/nemotron-personas-dataset-en_us --dest /,
    )
    expect(readdirSync(join(folder, 'assets/datasets'))).toEqual(['en_US.parquet'])
  })

  it.each([
    ['ngc fails, as without a network', 'exit 7', 'persons_not_found', /ngc ended with exit code 7/],
    ['it brings nothing', 'true', 'persons_not_found', /brought no Parquet file/],
    [
      'the file was cut',
      'printf "PAR1 and ro" > "$6/en_US.parquet"',
      'persons_not_found',
      /no whole Parquet file/,
    ],
    [
      'it is the file of another',
      'printf "PAR1 rows PAR1" > "$6/x.parquet"',
      'persons_not_found',
      /brought no en_US.parquet/,
    ],
  ])('leaves no file of the locale when %s', async (_why, brings, code, message) => {
    await expect(fetched(ngcThat(brings))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
    expect(existsSync(personaFile(join(folder, 'assets'), 'en_US'))).toBe(false)
    expect(readdirSync(join(folder, 'assets/datasets')).filter((name) => name.startsWith('.'))).toEqual([])
  })

  it('says what to install and to set up', async () => {
    await expect(fetched(ngcThat(whole, false))).rejects.toMatchObject({
      nextStep: expect.stringMatching(/ngc config set/),
    })
    mkdirSync(join(folder, '.ngc'))
    writeFileSync(join(folder, '.ngc/config'), '')
    await expect(fetched({ HOME: folder, PATH: '/nowhere' })).rejects.toMatchObject({
      message: expect.stringMatching(/is not there/),
      nextStep: expect.stringMatching(/^Install it from https:/),
    })
  })

  it('knows the locales that there are', () => {
    expect(() => personasOf(['en_AU'])).toThrow(/There are no persons of "en_AU"/)
  })
})
