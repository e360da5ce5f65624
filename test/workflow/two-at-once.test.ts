/** Equal workflows that start at once: one works, the other is told before it sends anything, or waits and finds all done. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { systemClock } from '../../src/base/work/clock.ts'
import { createWorkflow } from '../../src/entries/workflow.ts'
import { artifactFolder } from '../support/small-runs.ts'
import { counting, facts, questions, threeStages, workflowOptions } from './workflows.ts'

const folder = artifactFolder()
const workflow = await threeStages({
  stages: [
    { name: 'facts', num_records: 3, config: facts() },
    { name: 'questions', config: questions() },
  ],
})

function start(waitForLockMs?: number) {
  const { asked, components } = counting()
  const more = waitForLockMs === undefined ? {} : { waitForLockMs }
  return {
    asked,
    done: createWorkflow(workflow, workflowOptions(folder.path, more), { ...components, clock: systemClock }),
  }
}

it.each([
  ['is told', undefined],
  ['waits when it was told to', 60_000],
])('the second of two that start at once %s, and nothing is paid twice', async (_, waitForLockMs) => {
  const both = [start(waitForLockMs), start(waitForLockMs)]
  const ends = await Promise.all(
    both.map(({ done }) =>
      done.then(
        ({ summary }) => summary.stages.map(({ status }) => status).join(),
        (error) => error.code as string,
      ),
    ),
  )
  const second = waitForLockMs === undefined ? 'dataset_in_use' : 'completed,completed'
  expect(ends.sort()).toEqual(['completed,completed', second].sort())
  expect(both.map(({ asked }) => asked.length).sort()).toEqual([0, 6])
  expect(existsSync(join(folder.path, 'chain', '.rowsmith'))).toBe(false)
})
