import { expect } from 'vitest'
import { open } from '../../src/index.ts'
import type { Example } from './example.ts'

export const example: Example = {
  rows: 20,
  columns: ['city', 'difficulty', 'question', 'answer'],
  /** The messages say what the columns say. */
  async check(rows, { path }) {
    const chats = await open(path).head(rows.length, { processor: 'chat', integers: 'bigint' })
    for (const [index, { city, difficulty, question, answer }] of rows.entries()) {
      expect(chats[index]).toEqual({
        messages: [
          { role: 'system', content: `You are a patient guide to ${city}.` },
          { role: 'user', content: question },
          { role: 'assistant', content: answer },
        ],
        difficulty,
        source: 'synthetic',
      })
    }
  },
}
