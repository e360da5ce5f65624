/** What `rowsmith init` writes runs at once: without a key, a network or an installation. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { datasetFile, projectFiles } from '../../../src/cli/project/project-files.ts'
import { languages, templates } from '../../../src/cli/project/templates.ts'
import { create, validate } from '../../../src/index.ts'
import { inThread } from '../../../src/testing/datasets/in-thread.ts'
import { promptsOf } from '../../../src/testing/datasets/run.ts'
import { begin, folder } from '../support.ts'

const all = templates.flatMap((template) => languages.map((language) => ({ template, language })))

test.each(all)('$template.name in $language is valid', async ({ template, language }) => {
  const project = folder()
  for (const { name, text } of projectFiles(template, language)) writeFileSync(join(project, name), text)
  const dataset = join(project, datasetFile(language))
  const { notBuilt, warnings } = await validate(dataset, { env: {} })
  expect([notBuilt, warnings]).toEqual([[], []])
  if (language === 'yaml') {
    const made = await create(
      dataset,
      { rows: 2, artifactPath: join(project, 'artifacts') },
      { encoder: () => inThread },
    )
    expect(await made.countRecords()).toBe(2)
  } else if (template.files.length === 0) {
    const { default: typed } = await import(dataset)
    expect(await promptsOf(typed, { rows: 3 })).not.toMatch(/undefined|\bNone\b/)
  }
})

test('a dataset that is there stays, and so does the package.json of a project', async () => {
  const project = folder()
  mkdirSync(join(project, 'mine'))
  writeFileSync(join(project, 'mine', 'package.json'), '{}')
  const init = (...args: string[]) => begin(['init', 'judge', ...args, '--json'], { cwd: project }).ended
  const first = await init('--folder', 'mine')
  expect(JSON.parse(first.stdout)).toMatchObject({
    dataset: 'mine/dataset.yaml',
    left: ['mine/package.json'],
  })
  const second = await init('--folder', 'mine')
  expect([second.code, JSON.parse(second.stdout).error.code]).toEqual([2, 'output_exists'])
  const without = await begin(['init'], { cwd: project }).ended
  expect([without.code, without.stderr]).toEqual([2, expect.stringContaining('reviews, text-to-sql, rag-qa')])
  expect(existsSync(join(project, 'reviews'))).toBe(false)
})
