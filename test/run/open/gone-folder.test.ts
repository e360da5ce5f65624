/** The folder of a dataset is deleted or moved while a run writes to it: that is what is told. */
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { create } from '../../../src/index.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  quick,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'

const folder = artifactFolder()

const moved = (): string => join(folder.path, 'moved')

const acts: readonly (readonly [string, (path: string) => void])[] = [
  ['deleted', (path) => rmSync(path, { recursive: true })],
  ['moved', (path) => renameSync(path, moved())],
  ['deleted with its artifact folder', () => rmSync(folder.path, { recursive: true })],
  ['left without its .rowsmith', (path) => rmSync(join(path, '.rowsmith'), { recursive: true })],
]

it.each(acts)('%s: dataset_gone', async (_, act) => {
  const path = join(folder.path, 'dataset')
  const { asked, components } = quick((request) => {
    if (asked.length === 6) act(path)
    return echo(request)
  })
  const error = await failureOf(create(smallConfig(), smallOptions(folder.path, 12), components))
  expect(error).toMatchObject({
    code: 'dataset_gone',
    message: `${path} was deleted or moved while this run wrote to it.`,
    facts: { path },
  })
  expect(existsSync(join(path, 'metadata.json'))).toBe(_.startsWith('left'))
})
