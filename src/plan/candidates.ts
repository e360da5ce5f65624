/**
 * Which directory a command means: the plain folder, or one of the siblings made next to it.
 *
 * Owns: the names of siblings and the search among them.
 * Rules:
 *   1. Candidates are the plain folder, then its siblings, newest first. The first that can go on is taken.
 *   2. One that is requested but cannot continue until it is fixed (or until its writer has ended) outranks a new dataset.
 *   3. `never` looks at the plain folder only.
 */
import { type Decision, decide } from './decide.ts'
import type { Facts, Request } from './facts.ts'

export interface Choice {
  /** The folder's name that the decision is about. */
  readonly name: string
  readonly decision: Decision
  /** What it was decided on. */
  readonly facts: Facts
  /**
   * For `fresh_beside` under `if_possible`: the newest dataset of Rowsmith that was passed over. The new one takes its run
   * seed, and every reply of it that still matches.
   */
  readonly reuses: { readonly name: string; readonly seed: bigint } | null
}

/** The name of a sibling made at a time. @param time milliseconds since the epoch; the name shows it by the local clock */
export function siblingName(name: string, time: number, attempt: number): string {
  const at = new Date(time)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${two(at.getMonth() + 1)}-${two(at.getDate())}-${at.getFullYear()}`
  const stamp = `${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`
  return `${name}_${day}_${stamp}${attempt === 1 ? '' : `_${attempt}`}`
}

/**
 * The plain folder, then its siblings among the names found next to it, newest first.
 *
 * @param found every name in the artifact folder
 */
export function candidateNames(name: string, found: readonly string[]): readonly string[] {
  const siblings = found.flatMap((entry) => {
    const age = ageOf(name, entry)
    return age === undefined ? [] : [{ entry, age }]
  })
  siblings.sort((a, b) =>
    a.age.stamp === b.age.stamp ? b.age.attempt - a.age.attempt : a.age.stamp < b.age.stamp ? 1 : -1,
  )
  return [name, ...siblings.map(({ entry }) => entry)]
}

const suffix = /^_(\d\d)-(\d\d)-(\d{4})_(\d{6})(?:_([1-9]\d*))?$/

function ageOf(name: string, entry: string): { stamp: string; attempt: number } | undefined {
  const match = entry.startsWith(name) ? suffix.exec(entry.slice(name.length)) : null
  if (match === null) return undefined
  const [, month, day, year, time, attempt = '1'] = match
  return { stamp: `${year}${month}${day}${time}`, attempt: Number(attempt) }
}

/**
 * Finds the directory to work in. Reads no further than it has to.
 *
 * @param names as `candidateNames` gives them
 */
export async function chooseCandidate(
  names: readonly string[],
  factsOf: (name: string) => Promise<Facts>,
  request: Request,
): Promise<Choice> {
  const searched = request.mode === 'never' ? names.slice(0, 1) : names
  let plain: Choice | undefined
  let mendable: Choice | undefined
  let older: Choice['reuses'] = null
  let newest: Choice['reuses'] = null
  for (const name of searched) {
    const facts = await factsOf(name)
    const choice: Choice = { name, decision: decide(facts, request), facts, reuses: null }
    if (goesOn(choice.decision) || isWaitedFor(choice.decision)) return choice
    if (choice.decision.kind === 'refuse' && choice.decision.identity === 'same') mendable ??= choice
    const source = sourceOf(name, facts)
    if (plain === undefined) {
      plain = choice
      older = source
    } else {
      newest ??= source
    }
  }
  if (plain === undefined) throw new RangeError('There is always the plain folder to look at')
  // A plain folder too damaged to show what it is may be the one that is meant: that is settled first.
  const unclear = plain.decision.kind === 'refuse' && plain.decision.identity === 'unknown'
  const result = unclear ? plain : (mendable ?? plain)
  if (result.decision.kind !== 'fresh_beside' || request.mode === 'never') return result
  return { ...result, reuses: newest ?? older }
}

function goesOn({ kind }: Decision): boolean {
  return kind === 'resume' || kind === 'reprocess' || kind === 'already_complete'
}

/** Nothing but a live writer stands in the way: the dataset is the one that is meant, and worth waiting for. */
function isWaitedFor(decision: Decision): boolean {
  return decision.kind === 'refuse' && decision.refusals.every(({ code }) => code === 'dataset_in_use')
}

/** A dataset of Rowsmith whose seed and replies can be taken: no other process writes it, and its journal reads well. */
function sourceOf(name: string, facts: Facts): Choice['reuses'] {
  if (facts.kind !== 'dataset' || facts.run.kind !== 'read') return null
  if (facts.lock.kind === 'held' || facts.journalDamage.length > 0) return null
  return { name, seed: facts.run.contents.run_seed }
}
