/**
 * New names of `--json` members, printed next to the old ones until two minor versions later.
 *
 * Owns: which member has which second name, and where. Never: the values; both members always hold the same.
 * Rules:
 *   1. A member gets its new name right behind the old one. An object that has the new name already keeps what it says.
 *   2. Nothing below a member of `data` is renamed: rows, prompts, answers and facts belong to the user.
 *   3. A word that is a value (`decision`) gets a member of its own for the new word: `"decision": "fresh", "action": "new"`.
 */

/** Old member to new one, wherever it stands. */
export const memberAliases: Readonly<Record<string, string>> = {
  bought: 'requested',
  cells_seen: 'sample_cells',
  fate: 'state',
  published: 'committed',
  range: 'interval_80',
  replies_kept: 'answers_stored',
  replies_replayed: 'answers_replayed',
  replies_reused: 'answers_reused',
  replies_unused: 'answers_unused',
  round: 'retry',
  rows_to_make: 'rows_remaining',
  stage: 'post_processing',
  told_from: 'basis',
  unknown: 'unanswered',
  unrecorded_at_most: 'unrecorded_max',
  unseen_cost: 'unanswered_cost_max',
  verdicts: 'failures',
  whole: 'ok',
}

/** Old word of `decision` to the one of `action`; other words stay. */
export const decisionAliases: Readonly<Record<string, string>> = {
  fresh: 'new',
  fresh_beside: 'new_sibling',
  reprocess: 'post_process',
}

/** Members that hold what belongs to the user. */
const data = new Set([
  'content',
  'distribution',
  'facts',
  'messages',
  'prompt',
  'reply',
  'rows',
  'score_distributions',
  'value',
  'values',
])

/** The same object, with every new name next to its old one. */
export function withAliases(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withAliases)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
    const shown = data.has(name) ? member : withAliases(member)
    const alias = aliasOf(name, member)
    return alias === undefined || Object.hasOwn(value, alias[0])
      ? [[name, shown]]
      : [
          [name, shown],
          [alias[0], alias[1] ?? shown],
        ]
  })
  return Object.fromEntries(members)
}

/** The new name of a member, and its value where that is another word. */
function aliasOf(name: string, member: unknown): readonly [name: string, value?: string] | undefined {
  if (name === 'decision' && typeof member === 'string') return ['action', decisionAliases[member] ?? member]
  const alias = Object.hasOwn(memberAliases, name) ? memberAliases[name] : undefined
  return alias === undefined ? undefined : [alias]
}
