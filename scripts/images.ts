/**
 * Whether an image that counts as whole is one that a decoder reads to its end: `npm run images -- --python PYTHON [--show]`.
 * PYTHON has Pillow, which makes the pictures, cuts and damages them, and judges each.
 */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { imageEnd } from '../src/base/text/whole-image.ts'

const { values: given } = parseArgs({
  options: { python: { type: 'string', default: 'python3' }, show: { type: 'boolean', default: false } },
})

interface Judged {
  readonly kind: string
  readonly damage: 'none' | 'cut' | 'left out' | 'overwritten'
  readonly data: string
  readonly decodes: boolean
}

/** How often each said yes. */
interface Counts {
  total: number
  decodes: number
  taken: number
  /** Taken here, and not decoded there. */
  wronglyTaken: number
  wronglyRefused: number
}

const script = new URL('images/pictures.py', import.meta.url).pathname
const { stdout, stderr, status } = spawnSync(given.python, [script], { encoding: 'utf8', maxBuffer: 1e9 })
if (status !== 0) throw new Error(stderr)

const counts = new Map<string, Counts>()
for (const line of stdout.trim().split('\n')) {
  const { kind, damage, data, decodes } = JSON.parse(line) as Judged
  const bytes = Buffer.from(data, 'base64')
  const isTaken = (await imageEnd(bytes)) !== undefined
  const key = `${kind} | ${damage}`
  const count = counts.get(key) ?? { total: 0, decodes: 0, taken: 0, wronglyTaken: 0, wronglyRefused: 0 }
  counts.set(key, count)
  count.total++
  if (decodes) count.decodes++
  if (isTaken) count.taken++
  if (isTaken && !decodes) count.wronglyTaken++
  if (!isTaken && decodes) count.wronglyRefused++
  if (given.show && isTaken !== decodes)
    console.log(isTaken ? 'TAKEN' : 'REFUSED', key, bytes.length, data.slice(-40))
}
console.log('| picture | damage | pictures | decoded | taken | taken, not decoded | decoded, not taken |')
console.log('|---|---|---|---|---|---|---|')
for (const [key, { total, decodes, taken, wronglyTaken, wronglyRefused }] of counts)
  console.log(`| ${key} | ${total} | ${decodes} | ${taken} | ${wronglyTaken} | ${wronglyRefused} |`)
