/** Which addresses lie in the open: not in this machine, in no private network, nor in what is reserved (RFC 6890). */
import { lookup as resolveName } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

const reserved = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  reserved.addSubnet(network, prefix, 'ipv4')
}
for (const [network, prefix] of [
  ['::', 96],
  ['64:ff9b::', 32],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  reserved.addSubnet(network, prefix, 'ipv6')
}

/** Whether an address of IPv4 or IPv6 lies in the open. IPv4 in IPv6 is looked at as IPv4. */
function isPublicAddress(address: string): boolean {
  return !reserved.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** Whether a host may be asked for, as far as its name tells; where it leads, `publicLookup` sees. */
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
