/** A process that tries for a lock without waiting, says whether it got it, and holds it until its input ends. */

import { randomUUID } from 'node:crypto'
import { RowsmithError } from '../../../src/base/errors/errors.ts'
import { systemClock } from '../../../src/base/work/clock.ts'
import { nodeDisk } from '../../../src/disk/node-disk.ts'
import { currentProcess } from '../../../src/disk/process-identity.ts'
import { DatasetDirectory } from '../../../src/store/files/dataset-directory.ts'
import { datasetLayout } from '../../../src/store/files/layout.ts'
import { acquireLock } from '../../../src/store/lock/lock.ts'

const [directory] = process.argv.slice(2)
const self = await currentProcess(nodeDisk)
for await (const line of process.stdin) {
  const round = String(line).trim()
  const layout = datasetLayout(`${directory}/${round}`)
  try {
    const lock = await acquireLock({
      directory: new DatasetDirectory(nodeDisk, layout.directory),
      clock: systemClock,
      self,
      nonce: randomUUID(),
      waitMs: 0,
    })
    process.stdout.write(`${round} got ${lock.epoch}\n`)
  } catch (error) {
    process.stdout.write(`${round} ${RowsmithError.isInstance(error) ? error.code : String(error)}\n`)
  }
}
process.exit()
