import { describe, expect, it } from 'vitest'
import { base64Bytes, dataAddressesIn, readDataAddress } from '../../../src/base/text/data-address.ts'

const bytes = Buffer.from([0xfb, 0xff, 0xfe, 0x89, 0x50, 0x4e, 0x47])
const base64 = bytes.toString('base64')
const lines = base64.replaceAll(/(.{4})/g, '$1\r\n')
const ofUrls = bytes.toString('base64url')

describe('a data address is read', () => {
  it.each<[string, string, string | null]>([
    ['plain', `data:image/png;base64,${base64}`, 'image/png'],
    ['in lines', `data:image/png;base64,${lines}`, 'image/png'],
    ['in the alphabet of URLs, without padding', `data:image/png;base64,${ofUrls}`, 'image/png'],
    ['percent-encoded', `data:image/png;base64,${encodeURIComponent(base64)}`, 'image/png'],
    ['in upper case', `DATA:IMAGE/PNG;BASE64,${base64}`, 'image/png'],
    ['without a type', `data:;base64,${base64}`, null],
    ['with parameters', `data:image/jpg;charset=utf-8;name="a, b";base64,${base64}`, 'image/jpeg'],
    ['with blanks', ` data: image/png ; base64, ${base64}\n`, 'image/png'],
    ['as bytes that are percent-encoded', 'data:image/png,%FB%ff%FE%89PNG', 'image/png'],
  ])('%s', (_, text, mediaType) => {
    expect(readDataAddress(text)).toEqual({ mediaType, bytes })
    expect(dataAddressesIn(`![x](${text}) and more`)).toMatchObject([{ mediaType, bytes }])
    expect(dataAddressesIn(`<img src="${text}">`)).toMatchObject([{ mediaType, bytes }])
  })

  it.each([
    'data:image/png;base64',
    'data:image/png;base64,AA*A',
    'data:image/png;base64,',
    'image/png,AAAA',
  ])('and %s is none', (text) => {
    expect(readDataAddress(text)).toBeUndefined()
  })
})

describe('data addresses in a text', () => {
  it('are found one after another, each from its beginning to its end', () => {
    const address = `data:image/png;base64,${base64}`
    const text = `a ${address}, b (${address}) metadata: ${address} ${address}`
    const found = dataAddressesIn(text)
    expect(found.map(({ start, end }) => text.slice(start, end).trim())).toEqual(Array(4).fill(address))
  })

  it('may take the words behind them along, and lose none of their bytes', () => {
    const whole = Buffer.from('\x89PNG\r', 'latin1')
    const [found] = dataAddressesIn(`data:image/png;base64,${whole.toString('base64')} and then. More`)
    expect(found!.bytes.subarray(0, whole.length)).toEqual(whole)
  })

  it('end at a character that base64 does not have', () => {
    expect(dataAddressesIn('data:image/png;base64,iVBOR... no')).toMatchObject([
      { bytes: Buffer.from('iVBO', 'base64') },
    ])
  })

  it('are read as fast as they are long', () => {
    const long = 'A'.repeat(4_000_000)
    expect(dataAddressesIn(`data:image/png;base64,${long} ${' '.repeat(100_000)}.`)[0]!.bytes).toHaveLength(
      3_000_000,
    )
  })
})

it.each<[string, Buffer | undefined]>([
  ['AAAA', Buffer.alloc(3)],
  ['AA\n AA', Buffer.alloc(3)],
  ['AA==', Buffer.alloc(1)],
  ['AA', Buffer.alloc(1)],
  ['A', undefined],
  ['', undefined],
  ['AA=A', undefined],
  ['AA.A', undefined],
])('%o is base64 of %o', (text, expected) => {
  expect(base64Bytes(text)).toEqual(expected)
})
