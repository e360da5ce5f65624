/** `rowsmith resume DIR`: where keys and providers come from when those of the last start are gone, or there was none. */
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { completion, folder, providersFor, remoteConfig, rowsmith, server } from '../../support.ts'

const fixtures = join(import.meta.dirname, '../../../fixtures/data-designer')

/** A model that always answers. */
const willing = () =>
  server((_request, response) => {
    response.setHeader('content-type', 'application/json').end(completion('Fine.'))
  })

test('a file of the last start that is gone is named with its option; another one will do, and is remembered', async () => {
  const { endpoint, requests } = await willing()
  const cwd = folder({
    'c.yaml': remoteConfig,
    'p.yaml': providersFor(endpoint),
    'p2.yaml': providersFor(endpoint),
    'keys.env': 'LOCAL_KEY=old\n',
    'keys2.env': 'LOCAL_KEY=new\n',
  })
  const resume = (...more: string[]) => rowsmith(['resume', 'artifacts/dataset', ...more], { cwd })
  const began = await rowsmith(
    ['create', 'c.yaml', '--providers', 'p.yaml', '--env-file', 'keys.env', '-n', '1'],
    { cwd },
  )
  expect(began.code, began.stderr).toBe(0)

  rmSync(join(cwd, 'p.yaml'))
  const withoutProviders = await resume('-n', '2')
  expect(withoutProviders.code).toBe(2)
  expect(withoutProviders.stderr).toMatch(/Cannot read .*p\.yaml, .* --providers FILE\. \[config_not_found\]/)
  rmSync(join(cwd, 'keys.env'))
  const withoutKeys = await resume('-n', '2', '--providers', 'p2.yaml')
  expect(withoutKeys.code).toBe(2)
  expect(withoutKeys.stderr).toMatch(/Cannot read .*keys\.env, .* --env-file FILE\. \[config_not_found\]/)
  expect(requests).toHaveLength(1)

  const given = await resume('-n', '2', '--providers', 'p2.yaml', '--env-file', 'keys2.env')
  expect(given.code, given.stderr).toBe(0)
  const remembered = await resume('-n', '3')
  expect(remembered.code, remembered.stderr).toBe(0)
  expect(requests.map(({ headers }) => headers.authorization)).toEqual(
    ['old', 'new', 'new'].map((key) => `Bearer ${key}`),
  )
})

test("a directory of Data Designer's goes on, with providers given", async () => {
  const { endpoint, requests } = await willing()
  const providers = providersFor(endpoint).replace('name: local', 'name: mock').replace('LOCAL_KEY', 'null')
  const cwd = folder({ 'p.yaml': providers })
  mkdirSync(join(cwd, 'artifacts'))
  cpSync(join(fixtures, 'hole/dataset'), join(cwd, 'artifacts/dataset'), { recursive: true })
  const unknown = await rowsmith(['resume', 'artifacts/dataset'], { cwd })
  expect(unknown.code).toBe(2)
  expect(unknown.stderr).toMatch(/--providers\. \[unknown_provider\]/)
  const resumed = await rowsmith(['resume', 'artifacts/dataset', '--providers', 'p.yaml', '--json'], { cwd })
  expect(resumed.code, resumed.stderr).toBe(0)
  expect(JSON.parse(resumed.stdout)).toMatchObject({ decision: 'resume', rows_written: 30 })
  expect(requests).toHaveLength(10)
})
