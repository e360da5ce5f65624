/**
 * Which addresses lie in the open: not in this machine, in no private network, nor in what is reserved (RFC 6890).
 *
 * An address of IPv6 may hold one of IPv4, and leads there: `[2002:7f00:1::]` is 127.0.0.1 by 6to4. So it is looked at as that one.
 */

import { lookup as resolveName } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { present } from '../../base/errors/present.ts'

const reserved = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // What Azure's machines ask for their own keys, although it lies among public ones.
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  reserved.addSubnet(network, prefix, 'ipv4')
}

/** Of IPv6, the open is 2000::/3; these lie in it, and are none. */
const open = new BlockList()
open.addSubnet('2000::', 3, 'ipv6')
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['3fff::', 20],
] as const) {
  reserved.addSubnet(network, prefix, 'ipv6')
}

/** Whether an address of IPv4 or IPv6 lies in the open. */
function isPublicAddress(address: string): boolean {
  if (isIP(address) !== 6) return !reserved.check(address, 'ipv4')
  const held = heldAddress(address)
  if (held !== undefined) return !reserved.check(held, 'ipv4')
  return open.check(address, 'ipv6') && !reserved.check(address, 'ipv6')
}

/** Where addresses of IPv4 stand in those of IPv6: the beginning of such a one, in groups, and the first group of the two that hold it. */
const holders: readonly (readonly [begins: readonly number[], at: number])[] = [
  [[0, 0, 0, 0, 0, 0xffff], 6],
  [[0, 0, 0, 0, 0xffff, 0], 6],
  [[0, 0, 0, 0, 0, 0], 6],
  [[0x64, 0xff9b, 0, 0, 0, 0], 6],
  [[0x2002], 1],
]

function heldAddress(address: string): string | undefined {
  const groups = groupsOf(address)
  for (const [begins, at] of holders) {
    if (!begins.every((group, index) => groups[index] === group)) continue
    const [high, low] = [present(groups[at], 'groups'), present(groups[at + 1], 'groups')]
    return [high >> 8, high & 255, low >> 8, low & 255].join('.')
  }
  return undefined
}

/** The eight groups of an address of IPv6. */
function groupsOf(address: string): number[] {
  const plain = address
    .replace(/%.*$/, '')
    .replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: string[]) => {
      const [a, b, c, d] = parts.map(Number) as [number, number, number, number]
      return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
    })
  const [front = [], back = []] = plain
    .split('::')
    .map((half) => (half === '' ? [] : half.split(':').map((group) => Number.parseInt(group, 16))))
  return [...front, ...Array<number>(Math.max(0, 8 - front.length - back.length)).fill(0), ...back]
}

/** Whether a host may be requested, as far as its name shows; where it leads, `publicLookup` sees. */
export function isPublicHost(hostname: string): boolean {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(bare) !== 0) return isPublicAddress(bare)
  return !/(^|\.)(localhost|local|internal|home\.arpa)\.?$/i.test(bare)
}

/** Names that lead elsewhere than into the open are not found. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolveName(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, [])
    if (!addresses.every(({ address }) => isPublicAddress(address))) {
      const refused = Object.assign(new Error('not a public address'), { code: PRIVATE_ADDRESS })
      return callback(refused, [])
    }
    const [first] = addresses
    if (options.all === true || first === undefined) callback(null, addresses)
    else callback(null, first.address, first.family)
  })
}

/** The code of the error when a name leads into a private network. */
export const PRIVATE_ADDRESS = 'PRIVATE_ADDRESS'
