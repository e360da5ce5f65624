import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { configFromValue } from '../../../../src/entries/config.ts'
import { create, open } from '../../../../src/index.ts'
import { parseRunFile, runFileText } from '../../../../src/store/control/run-file.ts'
import { answer } from '../../../support/scripted-transport.ts'
import { artifactFolder, scripted, smallOptions } from '../../../support/small-runs.ts'

const folder = artifactFolder()

it('members of JSON columns stand as the model wrote them, but for datasets that began with them sorted', async () => {
  const config = configFromValue(
    {
      model_configs: [{ alias: 'w', provider: 'simulator', model: 'm' }],
      columns: [
        {
          name: 'open',
          column_type: 'llm-structured',
          model_alias: 'w',
          prompt: 'Tell',
          // A type that holds itself has no struct: its column is JSON.
          output_format: {
            $ref: '#/$defs/node',
            $defs: {
              node: {
                type: 'object',
                properties: {
                  z: { type: 'integer' },
                  a: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
                },
              },
            },
          },
        },
      ],
    },
    'test',
  )
  const { components } = scripted(() => answer('{"z": 1, "a": {"z": 2, "a": null}}'))
  const results = await create(config, smallOptions(folder.path, 2), components)
  const path = join(folder.path, 'dataset')
  const file = join(path, '.rowsmith/run.json')
  const replayed = async () => (await open(path, components).verify({ replay: true })).replay
  expect(results.summary.rows_written).toBe(2)
  expect(await replayed()).toMatchObject({ equal: 1, differing: 0 })
  const { json_members, ...earlier } = parseRunFile(readFileSync(file, 'utf8'))
  expect(json_members).toBe('as_written')
  writeFileSync(file, runFileText(earlier))
  expect(await replayed()).toMatchObject({ equal: 0, differing: 1 })
})
