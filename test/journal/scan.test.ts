/** Logs as they lie on a disk, whatever happened to them: what is whole is found, what is not is told by its place. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wholeLog } from '../../src/journal/rewrite.ts'
import { scanLog } from '../../src/journal/scan.ts'
import { recordsIn } from '../../src/testing/crash/independent-reader.ts'

const id = 'dataset/1-00000.log'
const bodies = ['{"a":1}', '{"b":"two"}', '{"c":"drei ü"}']
const bodiesOf = (bytes: Uint8Array) => scanLog(bytes, 'x.log').records.map(({ body }) => body)

describe('a log that is written at once', () => {
  it('holds its bodies, for a reader that shares no code with us too, and is closed', () => {
    const bytes = wholeLog(id, bodies)
    expect(recordsIn(bytes)).toEqual(bodies)
    expect(scanLog(bytes, 'x.log')).toMatchObject({ fileId: id, bad: [], ended: true })
    expect(bodiesOf(bytes)).toEqual(bodies)
  })
})

describe('a log with one flipped bit', () => {
  it('loses at most one frame, wherever the bit is, and names the place', () => {
    const whole = wholeLog(id, bodies)
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(7), (place, bit) => {
        const bytes = Uint8Array.from(whole)
        bytes[place]! ^= 1 << bit
        const { bad, records: frames } = scanLog(bytes, 'x.log')
        expect(frames.length).toBeGreaterThanOrEqual(bodies.length - 1)
        expect(bodies).toEqual(expect.arrayContaining(bodiesOf(bytes)))
        expect(bad.some(({ start, end }) => start <= place && place < end)).toBe(true)
      }),
    )
  })

  it('keeps every frame when the bit is in the first one, which names the file', () => {
    const bytes = wholeLog(id, bodies)
    bytes[30]! ^= 1
    expect(bodiesOf(bytes)).toEqual(bodies)
    expect(scanLog(bytes, 'x.log')).toMatchObject({ fileId: undefined, bad: [{ start: 0, end: 128 }] })
  })
})

it('garbage holds nothing', () => {
  expect(scanLog(Buffer.from('garbage'), 'x.log')).toMatchObject({
    records: [],
    bad: [{ start: 0, end: 7, wellFormed: false }],
  })
})
