/** Which requests an entry of a scenario means. */
import { wildcard } from '../../base/text/pattern.ts'
import type { ScenarioRoute } from '../../config/files/scenario.ts'
import type { Requested } from './requested.ts'

export type Matches = (requested: Requested) => boolean

interface Selectors {
  readonly route: ScenarioRoute | null
  readonly model: string | null
  readonly prompt?: string | null
}

export function matcher({ route, model, prompt = null }: Selectors): Matches {
  const pattern = model === null ? null : wildcard(model)
  const words = prompt?.toLowerCase()
  return (requested) =>
    (route === null || route === requested.kind) &&
    (pattern === null || pattern.test(requested.model)) &&
    (words === undefined || requested.lastText.toLowerCase().includes(words))
}
