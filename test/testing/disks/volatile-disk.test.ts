import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { errnoOf } from '../../../src/base/errors/errors.ts'
import type { Disk, DiskFile } from '../../../src/disk/disk.ts'
import { SimulatedDisk } from '../../../src/testing/disks/simulated-disk.ts'
import { VolatileDisk } from '../../../src/testing/disks/volatile-disk.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

let base: string
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'rowsmith-volatile-'))
})
afterEach(() => rm(base, { recursive: true, force: true }))

async function open(name: string): Promise<{ disk: VolatileDisk; data: string }> {
  const data = join(base, `${name}-data`)
  const staging = join(base, `${name}-staging`)
  for (const path of [data, join(data, 'x'), join(data, 'y'), staging]) await mkdir(path)
  return { disk: new VolatileDisk({ staging, passes: (path) => /\/lock\b/.test(path) }), data }
}

describe('the volatile disk', () => {
  test('shows its own process what was written, and leaves a killed process only what was synced', async () => {
    const { disk, data } = await open('a')
    const file = await disk.create(join(data, 'f'))
    await file.append(bytes('one'))
    await file.sync()
    expect(await readdir(data)).toEqual(['x', 'y'])
    await disk.syncDirectory(data)
    await file.append(bytes('two'))
    expect(Buffer.from(await disk.readFile(join(data, 'f'))).toString()).toBe('onetwo')
    expect(await readFile(join(data, 'f'), 'utf8')).toBe('one')
    await file.sync()
    expect(await readFile(join(data, 'f'), 'utf8')).toBe('onetwo')
    await file.close()
  })

  test('lets only one of two processes have a lock name', async () => {
    const { disk, data } = await open('a')
    const other = new VolatileDisk({
      staging: join(base, 'a-staging'),
      passes: (path) => /\/lock\b/.test(path),
    })
    await (await disk.create(join(data, 'lock.tmp'))).close()
    const outcomes = await Promise.allSettled(
      [disk, other].map((one) => one.link(join(data, 'lock.tmp'), join(data, 'lock.1'))),
    )
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  test('agrees with the modelled disk, before and after everything unsynced is lost', async () => {
    const folder = fc.constantFrom('x', 'y')
    const name = fc.tuple(folder, fc.constantFrom('0', '1', '2')).map((pair) => pair.join('/'))
    const step = fc.oneof(
      fc.record({ kind: fc.constant('create' as const), path: name }),
      fc.record({
        kind: fc.constant('append' as const),
        file: fc.nat(),
        content: fc.string({ minLength: 1, maxLength: 4 }),
      }),
      fc.record({ kind: fc.constant('sync' as const), file: fc.nat() }),
      fc.record({ kind: fc.constant('close' as const), file: fc.nat() }),
      fc.record({ kind: fc.constant('syncFile' as const), path: name }),
      fc.record({ kind: fc.constant('syncDirectory' as const), path: folder }),
      fc.record({ kind: fc.constant('rename' as const), path: name, to: name }),
      fc.record({ kind: fc.constant('link' as const), path: name, to: name }),
      fc.record({ kind: fc.constant('remove' as const), path: name }),
      fc.record({ kind: fc.constant('list' as const), path: folder }),
    )
    let round = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { disk, data } = await open(`round-${round++}`)
        const model = new SimulatedDisk({ directories: [join(data, 'x'), join(data, 'y')] })
        const files: { closed: boolean; both: readonly [DiskFile, DiskFile] }[] = []
        for (const item of steps) {
          if ('file' in item) {
            const file = files[item.file % files.length]
            if (file === undefined || file.closed) continue
            for (const one of file.both) {
              if (item.kind === 'append') await one.append(bytes(item.content))
              else await one[item.kind]()
            }
            if (item.kind === 'close') file.closed = true
            continue
          }
          // Two names of one file, renamed onto each other, is a corner no caller may rely on.
          if ('to' in item && (item.path === item.to || (await sameFile(model, item.path, item.to, data))))
            continue
          const outcomes = []
          for (const one of [disk, model] satisfies Disk[]) {
            const path = join(data, item.path)
            const act =
              item.kind === 'rename' || item.kind === 'link'
                ? one[item.kind](path, join(data, item.to))
                : one[item.kind](path)
            outcomes.push(
              await act.then(
                (value) => ({ value }),
                (error: unknown) => ({ errno: errnoOf(error) }),
              ),
            )
          }
          const [real, modelled] = outcomes
          if (item.kind === 'create' && real && 'value' in real && modelled && 'value' in modelled) {
            files.push({ closed: false, both: [real.value as DiskFile, modelled.value as DiskFile] })
          } else {
            expect(real, `${item.kind} ${item.path}`).toEqual(modelled)
          }
        }
        for (const [path, content] of model.files(data)) {
          expect(Buffer.from(await disk.readFile(path)).equals(content), path).toBe(true)
        }
        const left = new Map<string, string>()
        for (const sub of ['x', 'y']) {
          for (const found of await readdir(join(data, sub))) {
            left.set(join(data, sub, found), await readFile(join(data, sub, found), 'utf8'))
          }
        }
        const expected = [...model.afterPowerLoss(() => 'lost').files(data)]
        expect(left).toEqual(
          new Map(expected.map(([path, content]) => [path, Buffer.from(content).toString()])),
        )
        for (const { both } of files) {
          await both[0].sync()
          await both[0].close()
        }
      }),
      { numRuns: 100 },
    )
  })
})

/** The model gives two names of one file the very same bytes object only if they are one file. */
async function sameFile(model: SimulatedDisk, a: string, b: string, data: string): Promise<boolean> {
  const files = model.files(data)
  const first = files.get(join(data, a))
  return first !== undefined && first === files.get(join(data, b))
}
