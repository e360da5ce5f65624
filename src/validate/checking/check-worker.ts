/**
 * The thread that checks: takes one batch of texts at a time, answers it, and knows nothing else. A text that breaks a
 * checker ends the thread, since it is unknown what state the checker is in; the caller finds out which it was.
 */

import { parentPort } from 'node:worker_threads'
import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import type { ValueObject } from '../../base/values/value.ts'
import type { Check } from '../common/languages.ts'
import { checkIn } from './check.ts'
import type { CheckAnswer, CheckTask } from './checker.ts'

const port = parentPort
if (port === null) throw new RowsmithError('internal', 'check-worker is a worker thread.')

port.on('message', async (task: CheckTask) => {
  const checks: Check[] = []
  try {
    for (const { language } of task) checks.push(await checkIn(language))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    port.postMessage({ kind: 'failed', message } satisfies CheckAnswer)
    return
  }
  const cells: ValueObject[] = []
  for (const [index, { code }] of task.entries()) cells.push(await present(checks[index], 'checks')(code))
  port.postMessage({ kind: 'checked', cells } satisfies CheckAnswer)
})
