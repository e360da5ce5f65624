/** The flags of the commands that run something are the rows of the table of settings, and give the library's options. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, describe, expect, it } from 'vitest'
import { addSettings, type OptionValues, settingsGiven } from '../../../src/cli/options/settings.ts'
import {
  type RunCommand,
  runCommands,
  settingGroups,
  settingRows,
} from '../../../src/run/request/settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'rowsmith-settings-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const commandOf = (name: RunCommand): Command =>
  addSettings(new Command(name).exitOverride(), name, ...settingGroups)

/** What the library is given for a command line. */
async function givenBy(name: RunCommand, ...flags: readonly string[]) {
  const command = commandOf(name).parse(flags, { from: 'user' })
  const { env, ...given } = await settingsGiven(command.opts<OptionValues>(), name)
  return { env, given }
}

it.each(runCommands)('%s has the flags of the rows that name it, each with a help', (name) => {
  const due = settingRows.flatMap(([, { flag }]) => (flag?.help[name] === undefined ? [] : [flag.flags]))
  const { options } = commandOf(name)
  expect(options.map(({ flags }) => flags).toSorted()).toEqual(due.toSorted())
  expect(options.filter(({ description }) => description === '')).toEqual([])
})

describe('a command line', () => {
  it.each<[RunCommand, readonly string[], object]>([
    [
      'create',
      [],
      {
        numRecords: 10,
        datasetName: 'dataset',
        artifactPath: 'artifacts',
        resume: 'if_possible',
        models: [],
        reuse: 'auto',
        graceMs: 30_000,
        launch: {},
      },
    ],
    ['resume', [], { graceMs: 30_000, launch: {} }],
    [
      'resume',
      ['-n', '20', '--max-cost', 'none'],
      { numRecords: 20, maxCost: null, graceMs: 30_000, launch: {} },
    ],
    [
      'retry',
      ['--max-time', '2h', '--accept-loss'],
      { maxTimeMs: 7_200_000, acceptLoss: true, graceMs: 30_000, launch: {} },
    ],
  ])('%s %j gives these options', async (name, flags, options) => {
    expect((await givenBy(name, ...flags)).given).toStrictEqual(options)
  })

  it('names files, which are read, and remembered by their paths', async () => {
    const at = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    const providers = at(
      'providers.yaml',
      'providers:\n  - name: mine\n    endpoint: http://localhost:1/v1\n',
    )
    const envFile = at('keys.env', 'ROWSMITH_TEST_KEY=abc\n')
    const runConfig = at('run.yaml', 'buffer_size: 7\n')
    const flags = ['--providers', providers, '--env-file', envFile]
    for (const [name, more] of [
      ['workflow', ['-c', runConfig]],
      ['retry', []],
    ] as const) {
      const { env, given } = await givenBy(name, ...flags, ...more)
      expect(given.providers).toMatchObject([{ name: 'mine' }])
      expect(env).toMatchObject({ ROWSMITH_TEST_KEY: 'abc' })
      expect(given.launch).toEqual({ providersFile: providers, envFile })
      expect(given.runConfig).toEqual(name === 'workflow' ? { buffer_size: 7 } : undefined)
    }
  })
})
