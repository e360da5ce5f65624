/**
 * How far a writer read the journal of those before it.
 *
 * A writer that was taken over may wake and append to its own segments. What it appends then is no answer: the new owner never
 * saw it, and has made other cells of what it requested itself. So a new writer says first, durably, how many bytes of each
 * older segment it read. What lies beyond counts in the accounting, and nowhere else (rule E12 of docs/durability.md).
 *
 * For example: `{"kind":"cut","segments":[["1-00000.log",4096]]}` in `commits-2.log`.
 */
import { formatJson, parseJson } from '../../base/values/json.ts'
import type { Value, ValueObject } from '../../base/values/value.ts'
import type { Cuts } from '../../journal/replay.ts'

/** What a writer found wrong with the stored answers of those before it. */
export interface FoundLosses {
  /** Segments whose end was not whole: what its process wrote last may lack in the accounting. */
  readonly torn: readonly string[]
  /** Files of stored answers that are missing, and are requested again with consent: paths below the dataset directory. */
  readonly lost: readonly string[]
}

/** The frame that says it. */
export function cutBody(
  segments: readonly { readonly name: string; readonly bytes: number }[],
  { torn, lost }: FoundLosses = { torn: [], lost: [] },
): string {
  const pairs = segments.map(({ name, bytes }): Value => [name, BigInt(bytes)])
  return formatJson({
    kind: 'cut',
    segments: pairs,
    ...(torn.length === 0 ? {} : { torn }),
    ...(lost.length === 0 ? {} : { lost }),
  })
}

/** What `cutBody` wrote; undefined for a frame of another kind. @throws SyntaxError */
export function cutIn(body: string): Cuts | undefined {
  if (!body.startsWith('{"kind":"cut"')) return undefined
  const { segments } = parseJson(body) as ValueObject
  return new Map((segments as Value[][]).map(([name, bytes]) => [String(name), Number(bytes)]))
}

/** Of a frame that is a cut. @throws SyntaxError */
export function lossesInCut(body: string): FoundLosses {
  const { torn, lost } = parseJson(body) as ValueObject
  const names = (value: Value | undefined): string[] => (Array.isArray(value) ? value.map(String) : [])
  return { torn: names(torn), lost: names(lost) }
}

/** What counts when several say it: of a segment, the shortest. */
export function shortest(all: readonly Cuts[]): Cuts {
  const cuts = new Map<string, number>()
  for (const [name, bytes] of all.flatMap((each) => [...each])) {
    cuts.set(name, Math.min(bytes, cuts.get(name) ?? bytes))
  }
  return cuts
}
