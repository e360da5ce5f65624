import { spawn } from 'node:child_process'
import { hostname } from 'node:os'
import { expect, it } from 'vitest'
import { nodeDisk } from '../../src/disk/node-disk.ts'
import { currentProcess, lifeOf } from '../../src/disk/process-identity.ts'
import { SimulatedDisk } from '../../src/testing/disks/simulated-disk.ts'

const onLinux = process.platform === 'linux'

it.runIf(onLinux)('tells this process from everything else (on Linux)', async () => {
  const self = await currentProcess(nodeDisk)
  expect(self).toMatchObject({ pid: process.pid, host: hostname() })
  expect(self.start).toMatch(/^\d+$/)
  expect(self.boot).toMatch(/^[0-9a-f-]{36}$/)
  expect(self.namespace).toMatch(/^\d+$/)
  expect(await currentProcess(nodeDisk)).toStrictEqual(self)
  expect(await lifeOf(nodeDisk, self, self)).toBe('alive')
  expect(await lifeOf(nodeDisk, { ...self, start: '1' }, self)).toBe('dead')
})

it.runIf(onLinux)('knows that a process it saw has ended (on Linux)', async () => {
  const self = await currentProcess(nodeDisk)
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const other = await currentProcess(nodeDisk, child.pid)
  expect(await lifeOf(nodeDisk, other, self)).toBe('alive')
  child.stdin.end()
  await new Promise((resolve) => child.once('exit', resolve))
  expect(await lifeOf(nodeDisk, other, self)).toBe('dead')
})

it('says nothing about processes of another boot or pid namespace', async () => {
  const self = { pid: 1, start: '1', boot: 'a', namespace: '1', host: 'mill' }
  const disk = new SimulatedDisk()
  expect(await lifeOf(disk, { ...self, boot: 'b' }, self)).toBe('unknown')
  expect(await lifeOf(disk, { ...self, namespace: '2' }, self)).toBe('unknown')
  expect(await lifeOf(disk, { ...self, start: null }, self)).toBe('unknown')
  expect(await lifeOf(disk, self, { ...self, boot: null })).toBe('unknown')
  expect(await lifeOf(disk, self, self)).toBe('dead')
})

it('knows only number and host where the system tells nothing', async () => {
  expect(await currentProcess(new SimulatedDisk(), 5)).toStrictEqual({
    pid: 5,
    start: null,
    boot: null,
    namespace: null,
    host: hostname(),
  })
})
