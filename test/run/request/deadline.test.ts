/** A run that may take only so long. The time passes when the test says so, not before. */
import { describe, expect, it } from 'vitest'
import type { Clock } from '../../../src/base/work/clock.ts'
import { createWorkflow } from '../../../src/entries/workflow.ts'
import { create, resume } from '../../../src/index.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  impatientClock,
  quick,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'
import { threeStages } from '../../workflow/workflows.ts'

const folder = artifactFolder()
const hour = 3_600_000

/** A clock on which an hour passes when `pass` is called; `waits` counts those who wait for it. */
function hourClock() {
  const clock = impatientClock()
  const waiting: (() => void)[] = []
  let passedMs = 0
  const timed: Clock = {
    ...clock,
    monotonic: () => clock.monotonic() + passedMs,
    sleep(ms, signal) {
      // What is left of an hour, as clocks go.
      if (ms < hour / 2 || ms > hour) return clock.sleep(ms, signal)
      return new Promise((resolve, reject) => {
        waiting.push(resolve)
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    },
  }
  const pass = (): void => {
    passedMs += hour
    for (const resolve of waiting) resolve()
  }
  return { timed, pass, waiting }
}

/** Runs whose hour is over with the answer of that number. */
function runs(over: number) {
  const { timed, pass, waiting } = hourClock()
  let answers = 0
  const { asked, components } = quick((request) => {
    answers++
    if (answers === over) pass()
    return echo(request)
  })
  return { asked, waiting, components: { ...components, clock: timed } }
}

describe('a run with a limit of time', () => {
  it('stops resumably when the time is over, and the next has the whole time again', async () => {
    const { asked, waiting, components } = runs(3)
    const options = { ...smallOptions(folder.path, 12), maxTimeMs: hour }
    const error = await failureOf(create(smallConfig(), options, components))
    expect(error).toMatchObject({
      code: 'time_reached',
      message: 'Stopped after 1h, which is as long as a run may take',
      summary: { resume_command: expect.stringContaining('rowsmith resume ') },
    })
    expect(asked.length).toBeLessThan(12)
    expect(waiting).toHaveLength(1)

    const done = await resume(`${folder.path}/dataset`, {}, components)
    expect(done.summary).toMatchObject({ rows_written: 12 })
    // It was remembered, and nothing was bought twice.
    expect(waiting).toHaveLength(2)
    expect(asked).toHaveLength(12)
  })

  it('has none any more where resume says so', async () => {
    const { waiting, components } = runs(3)
    const options = { ...smallOptions(folder.path, 8), maxTimeMs: hour }
    await failureOf(create(smallConfig(), options, components))
    await resume(`${folder.path}/dataset`, { maxTimeMs: null }, components)
    expect(waiting).toHaveLength(1)
  })

  it('is not stopped when it is done before', async () => {
    const { components } = runs(Number.POSITIVE_INFINITY)
    const options = { ...smallOptions(folder.path, 4), maxTimeMs: hour }
    expect((await create(smallConfig(), options, components)).summary).toMatchObject({ rows_written: 4 })
  })
})

it('a workflow has one time for all its stages', async () => {
  const { waiting, asked, components } = runs(8)
  const workflow = await threeStages()
  const options = { artifactPath: folder.path, graceMs: 1_000_000, maxTimeMs: hour }
  const error = await failureOf(createWorkflow(workflow, options, components))
  expect(error).toMatchObject({
    code: 'time_reached',
    summary: { stages: [{ status: 'completed' }, { status: 'stopped' }, { status: 'pending' }] },
  })
  const done = await createWorkflow(workflow, options, components)
  expect(done.stages.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed'])
  expect(waiting).toHaveLength(2)
  expect(asked).toHaveLength(18)
})
