/** A workflow whose process dies anywhere between its stages: the same call goes on, and buys nothing twice. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Disk, DiskFile } from '../../src/disk/disk.ts'
import { nodeDisk } from '../../src/disk/node-disk.ts'
import { createWorkflow } from '../../src/entries/workflow.ts'
import { differentFiles } from '../../src/testing/crash/compare.ts'
import { dataFiles, storedAnswers } from '../../src/testing/crash/independent-reader.ts'
import { over } from '../../src/testing/disks/over.ts'
import { asProcess } from '../../src/testing/disks/simulated-process.ts'
import { artifactFolder } from '../support/small-runs.ts'
import { counting, facts, questions, threeStages, workflowOptions } from './workflows.ts'

const artifacts = artifactFolder()

/** An operation that changes the disk. */
interface Change {
  readonly number: number
  readonly name: string
  readonly path: string
}

/** The machine's disk, for a process that dies at a change, before or after it. Nothing that was written is lost. */
function mortalDisk(dies: (change: Change) => 'before' | 'after' | undefined) {
  const changes: Change[] = []
  let dead = false
  const alive = (): void => {
    if (dead) throw Object.assign(new Error('The process is dead'), { code: 'EIO' })
  }
  const change = async <T>(name: string, path: string, work: () => Promise<T>): Promise<T> => {
    alive()
    const now = { number: changes.length, name, path }
    changes.push(now)
    const when = dies(now)
    if (when === 'before') dead = true
    alive()
    const done = await work()
    if (when === 'after') dead = true
    alive()
    return done
  }
  const reading = <A extends unknown[], T>(work: (...given: A) => Promise<T>) => {
    return async (...given: A): Promise<T> => {
      alive()
      return work(...given)
    }
  }
  const mortalFile = (path: string, file: DiskFile): DiskFile => ({
    append: (bytes) => change('append', path, () => file.append(bytes)),
    sync: async () => alive(),
    close: () => file.close(),
  })
  const disk: Disk = over(nodeDisk, {
    readFile: reading(nodeDisk.readFile),
    readRange: reading(nodeDisk.readRange),
    list: reading(nodeDisk.list),
    stat: reading(nodeDisk.stat),
    create: async (path) => {
      let made: DiskFile | undefined
      try {
        await change('create', path, async () => {
          made = await nodeDisk.create(path)
        })
        return mortalFile(path, made!)
      } catch (error) {
        await made?.close()
        throw error
      }
    },
    makeDirectory: (path) => change('makeDirectory', path, () => nodeDisk.makeDirectory(path)),
    rename: (from, to) => change('rename', to, () => nodeDisk.rename(from, to)),
    link: (from, to) => change('link', to, () => nodeDisk.link(from, to)),
    remove: (path) => change('remove', path, () => nodeDisk.remove(path)),
    removeDirectory: (path) => change('removeDirectory', path, () => nodeDisk.removeDirectory(path)),
    // A kill loses nothing that was written.
    syncFile: async () => alive(),
    syncDirectory: async () => alive(),
  })
  return { disk, changes }
}

const workflow = await threeStages({
  stages: [
    { name: 'facts', num_records: 3, config: facts(), where: 'n >= 0' },
    { name: 'questions', config: questions() },
  ],
})
const names = ['stage-0-facts', 'stage-1-questions']

/** One process that makes the workflow in a folder, or goes on with it. */
async function process(folder: string, start: number, dies: Parameters<typeof mortalDisk>[0]) {
  const { disk, changes } = mortalDisk(dies)
  const { asked, components } = counting()
  const options = { ...workflowOptions(folder, { waitForLockMs: 0 }), graceMs: 0 }
  const outcome = await createWorkflow(workflow, options, {
    ...components,
    disk: asProcess(disk, start),
  }).then(
    () => 'done',
    (error: unknown) => String(error),
  )
  return { outcome, changes, keys: asked.map(({ key }) => key) }
}

const stages = async (folder: string) =>
  Promise.all(names.map((name) => dataFiles(nodeDisk, join(folder, 'chain', name))))

it('goes on after a kill at every change of its record and between stages, and buys nothing twice', async () => {
  const calm = mkdtempSync(join(artifacts.path, 'calm-'))
  const whole = await process(calm, 1, () => undefined)
  expect(whole.outcome).toBe('done')
  const due = await stages(calm)
  // Everything that is of no dataset: the record, files for the next stage, folders; and where stages begin and end.
  const inStep = ({ path }: Change): boolean => /\/stage-\d-[a-z]+\/./.test(path)
  const own = whole.changes.filter((change, index) => {
    const next = whole.changes[index + 1]
    return !inStep(change) ? change.name !== 'append' : next === undefined || !inStep(next)
  })
  expect(own.some(({ path }) => path.includes('workflow-metadata.json'))).toBe(true)
  expect(own.some(({ path }) => path.includes('stage-outputs'))).toBe(true)
  expect(own.length).toBeGreaterThan(20)
  for (const [index, { number, name, path }] of own.entries()) {
    const when = index % 2 === 0 ? 'before' : 'after'
    const where = `${when} ${name} ${path.slice(calm.length)}`
    const folder = mkdtempSync(join(artifacts.path, 'killed-'))
    const first = await process(folder, 1, (change) => (change.number === number ? when : undefined))
    const kept = new Set<string>()
    for (const stage of names) {
      for (const key of (await storedAnswers(nodeDisk, join(folder, 'chain', stage))).keys()) kept.add(key)
    }
    const second = await process(folder, 2, () => undefined)
    expect(second.outcome, where).toBe('done')
    expect(
      second.keys.filter((key) => kept.has(key)),
      where,
    ).toEqual([])
    expect(new Set([...first.keys, ...second.keys]), where).toEqual(new Set(whole.keys))
    for (const [stage, files] of (await stages(folder)).entries()) {
      expect(differentFiles(due[stage]!, files), where).toEqual([])
    }
    const record = JSON.parse(readFileSync(join(folder, 'chain', 'workflow-metadata.json'), 'utf8'))
    expect(record.stages.map(({ status }: { status: string }) => status)).toEqual(['completed', 'completed'])
    rmSync(folder, { recursive: true })
  }
})

it('clears away what a dead process left on its way, and nothing of one that lives or of anybody else', async () => {
  const folder = join(artifacts.path, 'chain')
  const outputs = join(folder, 'stage-outputs')
  mkdirSync(outputs, { recursive: true })
  const nonce = '0b54a7ab-9a2c-4b71-8d5e-3f0f6c1f0d11'
  // No process has so high a number.
  const [dead, alive] = [2 ** 30, globalThis.process.pid]
  const gone = [
    join(folder, `workflow-metadata.json.tmp.${dead}.${nonce}`),
    join(outputs, `stage-0-facts-0123456789abcdef.tmp.${dead}.${nonce}`),
    join(outputs, `stage-0-facts-0123456789abcdef.tmp.${dead}.${nonce}.tmp.${dead}.${nonce}`),
  ]
  const stay = [
    join(outputs, `stage-0-facts-0123456789abcdef.tmp.${alive}.${nonce}`),
    join(outputs, `notes.tmp.${dead}.txt`),
  ]
  for (const path of [...gone, ...stay]) writeFileSync(path, 'half')
  const { components } = counting()
  await createWorkflow(workflow, workflowOptions(artifacts.path), components)
  expect(gone.filter((path) => existsSync(path))).toEqual([])
  expect(stay.filter((path) => !existsSync(path))).toEqual([])
  expect(readdirSync(outputs).filter((name) => name.endsWith('.parquet'))).toHaveLength(1)
})
