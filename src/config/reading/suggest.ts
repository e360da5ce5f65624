/**
 * The name that was most likely meant, for "did you mean".
 *
 * @returns the nearest of `known` within a third of the word's length in edits, or the only one that begins with
 *   it
 */
function suggest(word: string, known: readonly string[]): string | undefined {
  const wanted = simplify(word)
  let best: string | undefined
  // A word that shares no letter with another is no misspelling of it.
  let bestDistance = Math.min(wanted.length, Math.max(1, Math.floor(wanted.length / 3)) + 1)
  for (const candidate of known) {
    const distance = editDistance(wanted, simplify(candidate))
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  if (best !== undefined || wanted.length < 3) return best
  const longer = known.filter((candidate) => simplify(candidate).startsWith(wanted))
  return longer.length === 1 ? longer[0] : undefined
}

/** `; did you mean "x"?`, or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const meant = suggest(word, known)
  return meant === undefined ? '' : `; did you mean "${meant}"?`
}

/** Names in the order of their nearness to a word, as far as a message has room. */
export function nearestFirst(word: string, known: readonly string[]): string {
  const wanted = simplify(word)
  const sorted = known
    .map((name) => ({ name, distance: editDistance(wanted, simplify(name)) }))
    .sort((a, b) => a.distance - b.distance)
  const shown = sorted.slice(0, MOST_NAMES).map(({ name }) => quote(name))
  const more = known.length > MOST_NAMES ? ` and ${known.length - MOST_NAMES} more` : ''
  return `${shown.join(', ')}${more}`
}

const MOST_NAMES = 12

/** `llm_text` and `LLM-Text` are the same to a reader. */
function simplify(word: string): string {
  return word.toLowerCase().replaceAll(/[-_\s]/g, '')
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const at = (distances: readonly number[], index: number): number =>
    distances[index] ?? Number.POSITIVE_INFINITY
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
      )
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) cost = Math.min(cost, at(beforeLast, column - 2) + 1)
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return at(last, b.length)
}

/** A name as messages show it. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 57)}...` : name)
}
