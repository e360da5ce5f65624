import { describe, expect, it } from 'vitest'
import { onAbort } from '../../../src/base/work/abort.ts'

describe('waiting for an abort', () => {
  it('calls everybody who still waits, once', () => {
    const controller = new AbortController()
    const called: string[] = []
    const both = (): void => void called.push('both')
    onAbort(controller.signal, both)
    onAbort(controller.signal, both)
    const forget = onAbort(controller.signal, () => called.push('gone'))
    const other = onAbort(controller.signal, () => called.push('gone too'))
    onAbort(controller.signal, other)
    forget()
    controller.abort()
    controller.abort()
    expect(called.filter((name) => name === 'both')).toHaveLength(2)
    expect(called).not.toContain('gone')
  })

  it('hangs thousands on one signal without a warning', async () => {
    const warnings: Error[] = []
    const note = (warning: Error): void => void warnings.push(warning)
    process.on('warning', note)
    const { signal } = new AbortController()
    for (let wait = 0; wait < 5000; wait++) onAbort(signal, () => {})
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', note)
    expect(warnings).toEqual([])
  })
})
