/**
 * Images that a provider gives as addresses are fetched while the answer is read: addresses expire, and what is stored must not.
 * The bytes take the place of the address in the body, so that the journal holds them and a resumed run fetches nothing.
 */

import { mediaTypeOf } from '../../base/text/media-type.ts'
import { imageEnd } from '../../base/text/whole-image.ts'
import type { Clock } from '../../base/work/clock.ts'
import type { Attempt } from '../contract/contract.ts'
import type { Transport } from '../http/transport.ts'
import { readImageReply } from '../wire/reply.ts'

export interface FetchOptions {
  readonly download: NonNullable<Transport['download']>
  /** The host of the provider: it may lie where no stranger may lead us. */
  readonly ownHost: string
  readonly signal: AbortSignal
  /** Of one fetch. */
  readonly timeoutMs: number
  readonly clock: Clock
}

/** The image was paid for: a stumble of the server that keeps it must not cost another one. */
const FETCHES = 3
const PAUSE_MS = 1000

/**
 * The attempt with images in place of their addresses, or a failure when one of them cannot be had.
 *
 * @param body an answer with images
 * @throws the signal's reason when it fires
 */
export async function withImagesFetched(body: string, options: FetchOptions): Promise<Attempt> {
  const { images } = readImageReply(body)
  const found = new Map<string, string>()
  for (const image of images) {
    if (image.kind !== 'url' || found.has(image.url)) continue
    const got = await fetched(image.url, options)
    if ('data' in got) found.set(image.url, got.data)
    else if (image.uncertain !== true) return unusable(got)
  }
  if (found.size === 0) return { kind: 'reply', body }
  // In HTML an address is written with its ampersands escaped.
  for (const [url, data] of [...found]) found.set(url.replaceAll('&', '&amp;'), data)
  // Longer ones first: one address may be the beginning of another.
  const byLength = [...found].sort(([a], [b]) => b.length - a.length)
  const inPlace = (text: string): string =>
    byLength.reduce((changed, [url, data]) => changed.replaceAll(url, () => data), text)
  const parsed: unknown = JSON.parse(body)
  const changed = JSON.stringify(parsed, (_name, value: unknown) =>
    typeof value === 'string' ? inPlace(value) : value,
  )
  return { kind: 'reply', body: changed }
}

interface Missing {
  readonly why: string
  /** Whether another answer would fare as this one. */
  readonly isFinal: boolean
}

async function fetched(url: string, options: FetchOptions): Promise<{ readonly data: string } | Missing> {
  const { download, ownHost, signal, timeoutMs, clock } = options
  let why = ''
  for (let time = 0; time < FETCHES; time++) {
    if (time > 0) await clock.sleep(PAUSE_MS, signal)
    const got = await download(url, ownHost, signal, timeoutMs)
    if ('refused' in got) return { why: got.refused, isFinal: true }
    if ('broken' in got) why = got.detail
    else if (got.status !== 200) why = `the server there answered ${got.status}`
    else {
      const bytes = Buffer.from(got.base64, 'base64')
      const type = mediaTypeOf(bytes)
      if (type?.kind !== 'image') return { why: 'what lies there is no image', isFinal: false }
      if ((await imageEnd(bytes)) !== undefined) return { data: `data:${type.name};base64,${got.base64}` }
      why = 'what came was not whole'
    }
  }
  return { why, isFinal: false }
}

function unusable({ why, isFinal }: Missing): Attempt {
  return {
    kind: 'failed',
    failure: {
      code: 'image_unusable',
      action: isFinal ? 'drop' : 'retry',
      message: `The provider gave an address in place of an image, and it cannot be fetched: ${why}.`,
      status: null,
      retryAfterMs: null,
      maybeCharged: true,
    },
  }
}
