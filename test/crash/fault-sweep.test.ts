/** A whole small run on the modelled disk, crashed everywhere. `npm run torture` tries all combinations; this a part. */
import { describe, expect, test } from 'vitest'
import {
  sweepCrashes,
  sweepFaults,
  sweepFaultsInRecovery,
  sweepRaces,
  sweepTwoCrashes,
} from '../proof/sweeps/fault-sweep.ts'

/** Where the stage of a run begins: its rows are all there. */
const stageBegins = /^makeDirectory \.rowsmith\/stage/
/** Where the first answer may be asked for. */
const conversationsBegin = /^create \.rowsmith\/journal/
const sequential = { engines: ['sequential', 'sequential'] } as const

describe('a run on the modelled disk', () => {
  test('goes on after a stop before and after every operation, whatever of the unsynced is lost, kept or torn', async () => {
    const report = await sweepCrashes({ cases: 900 })
    expect(report.violations).toEqual([])
    expect(report.sitesNotReached).toEqual([])
    expect(report.cases).toBeGreaterThan(600)
  })

  test('goes on after a stop at any operation of an extension', async () => {
    const report = await sweepCrashes({ scene: 'extend', cases: 800 })
    expect(report.violations).toEqual([])
    expect(report.sitesNotReached).toEqual([])
  })

  test('goes on after a stop at any operation of a run that adopts what Data Designer left', async () => {
    const report = await sweepCrashes({ scene: 'import', cases: 900 })
    expect(report.violations).toEqual([])
    expect(report.sitesNotReached).toEqual([])
    const faults = await sweepFaults({ scene: 'import', cases: 120 })
    expect(faults.violations).toEqual([])
  })

  test('goes on after a stop at any operation of a retry, by the same command or by resume, and loses no row', async () => {
    const report = await sweepCrashes({ scene: 'retry', cases: 220 })
    expect(report.violations).toEqual([])
    for (const sweep of [sweepTwoCrashes, sweepFaults]) {
      expect((await sweep({ scene: 'retry', cases: 40 })).violations).toEqual([])
    }
  })

  test('goes on after a stop at any operation of a run that takes answers from another dataset', async () => {
    const report = await sweepCrashes({ scene: 'reuse', cases: 100 })
    expect(report.violations).toEqual([])
    expect((await sweepFaults({ scene: 'reuse', cases: 20 })).violations).toEqual([])
  })

  test('goes on after a stop in the middle of conversations with tools: none marked `once` runs twice', async () => {
    const report = await sweepCrashes({ scene: 'tools', from: conversationsBegin, cases: 30 })
    expect(report.violations).toEqual([])
    for (const sweep of [sweepTwoCrashes, sweepFaults]) {
      expect((await sweep({ scene: 'tools', cases: 6 })).violations).toEqual([])
    }
  })

  test('goes on after a stop in the middle of functions that ask models: what is durable is computed once', async () => {
    const report = await sweepCrashes({ scene: 'functions', from: conversationsBegin, cases: 20 })
    expect(report.violations).toEqual([])
    for (const sweep of [sweepTwoCrashes, sweepFaults]) {
      expect((await sweep({ scene: 'functions', cases: 4 })).violations).toEqual([])
    }
  })

  test('goes on after a stop at any operation of a run that its budget stops, which is never passed', async () => {
    const report = await sweepCrashes({ scene: 'budget', cases: 100 })
    expect(report.violations).toEqual([])
  })

  test('says that the disk failed, not that the budget is reached, where both happened and an answer is lost', async () => {
    const report = await sweepFaults({ scene: 'budget', cases: 60 })
    expect(report.violations).toEqual([])
    const unsaid =
      /^(append|sync) \.rowsmith\/(journal|commits)|^(list \.rowsmith|readFile \.rowsmith\/lock\.#)$/
    expect(report.shruggedOff.filter((site) => !unsaid.test(site))).toEqual([])
  })

  test('goes on after a stop, or a failing disk, at any operation of a run that is shut down early: once the cause is mended, no row is lost', async () => {
    const report = await sweepCrashes({ scene: 'shutdown', cases: 24 })
    expect(report.violations).toEqual([])
    for (const sweep of [sweepTwoCrashes, sweepFaults, sweepFaultsInRecovery]) {
      expect((await sweep({ scene: 'shutdown', cases: 6 })).violations).toEqual([])
    }
  })

  test('goes on after a stop at any operation of a stage: readers find the table of before or the new one', async () => {
    const report = await sweepCrashes({ scene: 'stage', from: stageBegins, cases: 120 })
    expect(report.violations).toEqual([])
    expect(report.cases).toBeGreaterThan(60)
  })

  test('goes on after a stop at any operation of an extension after a stage', async () => {
    const report = await sweepCrashes({ scene: 'extend-staged', cases: 30 })
    expect(report.violations).toEqual([])
    const swap = await sweepCrashes({ scene: 'extend-staged', from: stageBegins, cases: 60 })
    expect(swap.violations).toEqual([])
  })

  test('goes on after a stop, or a failing disk, at any operation of a stage that comes later', async () => {
    const report = await sweepCrashes({ scene: 'reprocess', cases: 100 })
    expect(report.violations).toEqual([])
    const faults = await sweepFaults({ scene: 'reprocess', cases: 40 })
    expect(faults.violations).toEqual([])
  })

  test('goes on after a stop, or a failing disk, at any operation of a retry after a stage, whose table is made again', async () => {
    const report = await sweepCrashes({ scene: 'retry-staged', cases: 90 })
    expect(report.violations).toEqual([])
    for (const sweep of [sweepTwoCrashes, sweepFaults]) {
      expect((await sweep({ scene: 'retry-staged', cases: 25 })).violations).toEqual([])
    }
  })

  test('goes on after two crashes, the second in the middle of going on', async () => {
    const report = await sweepTwoCrashes({ cases: 240 })
    expect(report.violations).toEqual([])
  })

  test('says so when any operation fails (ENOSPC, EIO, EMFILE), and can be gone on with', async () => {
    const report = await sweepFaults()
    expect(report.violations).toEqual([])
    expect(report.sitesNotReached).toEqual([])
    // Only the end of a log that nobody needs any more may fail without a word.
    expect(
      report.shruggedOff.filter((site) => !/^(append|sync|remove) \.rowsmith\/(journal|commits)/.test(site)),
    ).toEqual([])
  })

  test('says so when a disk fails while it goes on after a crash, and can be gone on with', async () => {
    const report = await sweepFaultsInRecovery({ cases: 240 })
    expect(report.violations).toEqual([])
  })

  test('has one writer when two start at once, fresh or after a crash, in many interleavings', async () => {
    const report = await sweepRaces({ cases: 150 })
    expect(report.violations).toEqual([])
  })
})

/** What it makes is held against the concurrent engine's bytes. */
describe('a run of the sequential engine on the modelled disk', () => {
  test('goes on after a stop before and after every operation', async () => {
    const report = await sweepCrashes({ ...sequential, cases: 250 })
    expect(report.violations).toEqual([])
  })

  test('goes on after two crashes, and after failing operations', async () => {
    for (const sweep of [sweepTwoCrashes, sweepFaults, sweepFaultsInRecovery]) {
      const report = await sweep({ ...sequential, cases: 80 })
      expect(report.violations).toEqual([])
    }
  })

  test('is gone on with by the concurrent engine, and goes on with what that one began', async () => {
    for (const engines of [
      ['sequential', 'concurrent'],
      ['concurrent', 'sequential'],
    ] as const) {
      const report = await sweepCrashes({ engines, cases: 120 })
      expect(report.violations).toEqual([])
    }
  })
})
