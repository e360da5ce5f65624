/** Every command that reads a dataset says in the same words that there is none. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folder, rowsmith } from '../../support.ts'

const commands: readonly (readonly [command: string, ...options: string[]])[] = [
  ['status'],
  ['verify'],
  ['log'],
  ['head'],
  ['head', '--raw'],
  ['head', '--processor', 'chat'],
  ['profile'],
  ['inspect', '--row', '0'],
  ['report', '--md', '-'],
  ['export', '-o', 'rows.jsonl'],
  ['export', '-o', 'rows.jsonl', '--processor', 'chat'],
  ['export', '-o', 'rows.jsonl', '--partial'],
  ['view'],
  ['batches'],
]

test.each(commands.map((words) => [words.join(' '), words] as const))(
  '%s',
  async (_, [command, ...options]) => {
    const cwd = folder({ 'file.md': '# No dataset\n' })
    mkdirSync(join(cwd, 'empty'))
    const ended = []
    const paths = ['file.md', 'empty', 'missing']
    for (const path of paths) ended.push(await rowsmith([command, path, ...options], { cwd }))
    const next = 'Next: Check the path of the dataset directory. [dataset_not_found]'
    expect(ended).toEqual(
      paths.map((path) => ({
        code: 2,
        stdout: '',
        stderr: `error: ${path} is no dataset directory. ${next}\n`,
      })),
    )
  },
)
