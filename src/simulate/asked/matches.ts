/** Which requests an entry of a scenario means. */
import { wildcard } from '../../base/text/pattern.ts'
import type { ScenarioRoute } from '../../config/files/scenario.ts'
import type { Asked } from './asked.ts'

export type Matches = (asked: Asked) => boolean

interface Selectors {
  readonly route: ScenarioRoute | null
  readonly model: string | null
  readonly prompt?: string | null
}

export function matcher({ route, model, prompt = null }: Selectors): Matches {
  const pattern = model === null ? null : wildcard(model)
  const words = prompt?.toLowerCase()
  return (asked) =>
    (route === null || route === asked.kind) &&
    (pattern === null || pattern.test(asked.model)) &&
    (words === undefined || asked.lastText.toLowerCase().includes(words))
}
