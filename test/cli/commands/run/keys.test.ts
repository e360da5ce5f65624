/** A key is in the header of a request and nowhere else. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  completion,
  filesBelow,
  folder,
  providersFor,
  refuse,
  remoteConfig,
  rowsmith,
  server,
} from '../../support.ts'

const key = 'sk-live-very-secret-9876543210'

test('a key from .env reaches the provider, and no file and no output', async () => {
  const { endpoint, requests } = await server((_request, response) => {
    if (requests.length % 3 === 0) refuse(response, 400, 'bad', `The key ${key} may not do that.`)
    else response.setHeader('content-type', 'application/json').end(completion('Fine.'))
  })
  const cwd = folder({
    'c.yaml': remoteConfig,
    'p.yaml': providersFor(endpoint),
    '.env': `LOCAL_KEY=${key}\n`,
  })
  const { code, stdout, stderr } = await rowsmith(['create', 'c.yaml', '--providers', 'p.yaml', '-v'], {
    cwd,
  })
  expect(code).toBe(6)
  expect(requests.map(({ headers }) => headers.authorization)).toEqual(Array(10).fill(`Bearer ${key}`))
  expect(stdout + stderr).not.toContain(key)
  const holders = filesBelow(cwd).filter(({ text }) => text.includes(key))
  expect(holders.map(({ name }) => name)).toEqual([join(cwd, '.env')])
})

test('--env-file is read instead of .env, the environment wins over both, and resume finds the file again', async () => {
  const { endpoint, requests } = await server((_request, response) => {
    response.setHeader('content-type', 'application/json').end(completion('Fine.'))
  })
  const files = {
    'c.yaml': remoteConfig,
    'p.yaml': providersFor(endpoint),
    '.env': 'LOCAL_KEY=from-dot-env\n',
  }
  const cwd = folder({ ...files, 'keys.env': 'LOCAL_KEY=from-keys-env\n' })
  const create = ['create', 'c.yaml', '--providers', 'p.yaml', '-n', '1']
  await rowsmith([...create, '-d', 'one'], { cwd })
  await rowsmith([...create, '-d', 'two', '--env-file', 'keys.env'], { cwd })
  await rowsmith([...create, '-d', 'three', '--env-file', 'keys.env'], {
    cwd,
    env: { LOCAL_KEY: 'from-environment' },
  })
  writeFileSync(join(cwd, '.env'), '')
  const resumed = await rowsmith(['resume', 'artifacts/two', '-n', '2'], { cwd })
  expect(resumed.code, resumed.stderr).toBe(0)
  expect(requests.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer from-dot-env',
    'Bearer from-keys-env',
    'Bearer from-environment',
    'Bearer from-keys-env',
  ])
})
