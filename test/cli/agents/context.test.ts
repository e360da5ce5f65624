import { expect, test } from 'vitest'
import { agentContext } from '../../../src/cli/agents/context.ts'
import { configTypes } from '../../../src/cli/agents/types.ts'

const columnTypes = [
  ...['sampler', 'llm-text', 'llm-code', 'llm-structured', 'llm-judge', 'expression'],
  ...['validation', 'embedding', 'image', 'seed-dataset', 'custom'],
]

test('the context is under 4 kB, and names keys without their values', () => {
  const context = agentContext({ OPENAI_API_KEY: 'sk-secret', EMPTY_API_KEY: '', PATH: '/bin' })
  const text = JSON.stringify(context)
  expect(text.length).toBeLessThan(4096)
  expect(context.keys_set).toEqual(['OPENAI_API_KEY'])
  expect(text).not.toContain('sk-secret')
})

test('each type has its fields, with descriptions', () => {
  const types = configTypes()
  expect(types.filter(({ family }) => family === 'columns').map(({ name }) => name)).toEqual(columnTypes)
  for (const family of ['samplers', 'validators', 'processors', 'seeds'] as const) {
    expect(types.filter((type) => type.family === family).length).toBeGreaterThan(2)
  }
  const described = types.flatMap(({ fields }) => fields).filter(({ description }) => description !== null)
  expect(described.length).toBe(types.flatMap(({ fields }) => fields).length)
})
