/** Real datasets to damage: every kind of file is in them. */
import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { configFromValue } from '../../src/entries/config.ts'
import { type Config, create, resume, type Verification } from '../../src/index.ts'
import { inThread } from '../../src/testing/datasets/in-thread.ts'
import { type Asked, answer, failure } from '../support/scripted-transport.ts'
import { failureOf, quick, rowOf, smallOptions } from '../support/small-runs.ts'
import { unsyncedDisk } from '../support/unsynced-disk.ts'

export const components = { disk: unsyncedDisk, encoder: () => inThread }

/** Two model columns of which one reads the other and is dropped, a sampled one, a computed one, a processor; a lost row. */
export const config: Config = configFromValue(
  {
    model_configs: [
      {
        alias: 'writer',
        provider: 'simulator',
        model: 'm',
        inference_parameters: { max_parallel_requests: 2n },
      },
    ],
    columns: [
      {
        name: 'topic',
        column_type: 'sampler',
        sampler_type: 'category',
        params: { values: ['tea', 'rain', 'iron'] },
      },
      {
        name: 'sketch',
        column_type: 'llm-text',
        model_alias: 'writer',
        prompt: 'On {{ topic }}',
        drop: true,
      },
      { name: 'text', column_type: 'llm-text', model_alias: 'writer', prompt: 'More of: {{ sketch }}' },
      { name: 'upper', column_type: 'expression', expr: '{{ text | upper }}' },
    ],
    processors: [
      {
        name: 'chat',
        processor_type: 'schema_transform',
        template: { user: '{{ sketch }}', ai: '{{ text }}' },
      },
    ],
  },
  'test',
)

/** Row 5 is refused. */
export const reply = (asked: Asked) =>
  asked.key.startsWith('5/text/') ? failure(400) : answer(`${asked.prompt}, row ${rowOf(asked)}`)

/** Rows of the datasets, in row groups of four. */
const rows = 14

/** A folder for the datasets of a test file, and copies of them. */
export function scratchFolder() {
  const path = mkdtempSync(join(tmpdir(), 'rowsmith-verify-'))
  let copies = 0
  afterAll(() => rmSync(path, { recursive: true, force: true }))
  return {
    path,
    copyOf(dataset: string): string {
      const copy = join(path, `copy-${++copies}`, 'dataset')
      cpSync(dataset, copy, { recursive: true })
      return copy
    },
  }
}

const optionsIn = (folder: string) => ({ ...smallOptions(folder, rows), seed: 7n })

/** @returns the directory of a finished dataset */
export async function makeFinished(folder: string): Promise<string> {
  return (await create(config, optionsIn(join(folder, 'finished')), quick(reply).components)).path
}

/** @returns the directory of one whose run was stopped with row groups open */
export async function makeStopped(folder: string, answers = 21): Promise<string> {
  const stop = new AbortController()
  const { asked, components: parts } = quick((request) => {
    if (asked.length === answers) stop.abort()
    return reply(request)
  })
  const run = create(config, { ...optionsIn(join(folder, 'stopped')), signal: stop.signal }, parts)
  await failureOf(run)
  return join(folder, 'stopped', 'dataset')
}

/** Goes on until so many answers came. */
export async function stopAgain(path: string, answers: number): Promise<void> {
  const stop = new AbortController()
  const { asked, components: parts } = quick((request) => {
    if (asked.length === answers) stop.abort()
    return reply(request)
  })
  await failureOf(resume(path, { signal: stop.signal }, parts))
}

/** Goes on with a dataset. @returns the keys that were bought, and the summary */
export async function goOn(path: string, rows?: number) {
  const { asked, components: parts } = quick(reply)
  // What a repair could not bring back was told with its cost: it is asked again with consent.
  const options = { acceptLoss: true, ...(rows === undefined ? {} : { numRecords: rows }) }
  const { summary } = await resume(path, options, parts)
  return { bought: asked.map(({ key }) => key), summary }
}

/** Every file below a folder, relative, sorted. */
export function filesOf(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(path, name)).isFile())
    .sort()
}

/** SHA-256 of every data file. */
export function dataOf(path: string): Record<string, string> {
  const hash = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(path, name)))
      .digest('hex')
  const data = filesOf(path).filter((name) => name.endsWith('.parquet') && !name.startsWith('.rowsmith'))
  return Object.fromEntries(data.map((name) => [name, hash(name)]))
}

/** Flips a bit, so far into the file. */
export function flip(file: string, share: number): void {
  const bytes = readFileSync(file)
  bytes[Math.floor(share * bytes.length)]! ^= 1
  writeFileSync(file, bytes)
}

/** Findings that are no leftovers. */
export function grave(findings: Verification['findings']): Verification['findings'] {
  return findings.filter(({ severity }) => severity !== 'leftover')
}
