/** Batches, a line for each. */
import type { DatasetStatus } from '../../index.ts'
import { formatDuration } from '../options/durations.ts'
import { counted } from '../text/amounts.ts'

const batchStates = {
  gathered: 'not handed over yet',
  uncertain: 'handed over, and the result is unknown',
  out: 'out',
  read: 'read',
  failed: 'refused',
  gone: 'deleted',
} as const

export function batchLines({ batches = [] }: Pick<DatasetStatus, 'batches'>): string[] {
  return batches.map(({ number, model, id, state, requests, answers, at, strayed }) => {
    const age = at === null ? '' : `, ${formatDuration(Math.max(0, Date.now() - at))} ago`
    const came =
      state === 'read' ? `: ${answers} of ${requests} answered` : `: ${counted(requests, 'request')}`
    const others = strayed === 0 ? '' : `; ${strayed} more of the same may have been paid for`
    return `${number} of ${model}${id === null ? '' : ` (${id})`} ${batchStates[state]}${age}${came}${others}`
  })
}
