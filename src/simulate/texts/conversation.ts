/** What was said in a conversation, as far as an answer depends on it; the wire formats gather it. */
import { schemaTag } from '../requested/requested-schema.ts'
import { requestedLanguage } from './code.ts'

export class Conversation {
  characters = 0
  /** All of it, one after the other. */
  prompt = ''
  lastText = ''
  schemaText: string | undefined
  language: string | undefined
  /** Turns in which tools were called. */
  toolTurns = 0
  #rank = 0

  /** @param by whose text: what a tool gave back is not a wish, and what a model said shows no schema */
  add(text: string, by: 'user' | 'model' | 'tool'): void {
    this.characters += text.length
    this.prompt += text
    if (by === 'tool' || text === '') return
    this.lastText = text
    if (by === 'model') return
    this.language = requestedLanguage(text) ?? this.language
    const rank = rankOf(text)
    if (rank === 0 || rank < this.#rank) return
    this.#rank = rank
    this.schemaText = text
  }
}

/** How surely a text shows a schema. */
function rankOf(text: string): number {
  if (text.includes(schemaTag)) return 3
  if (!text.includes('{')) return 0
  return text.includes('"properties"') ? 2 : 1
}
