/** Providers that do not tell what an answer took, or tell nonsense. */
import { describe, expect, it } from 'vitest'
import { create, type RunEvent } from '../../../src/index.ts'
import { usageIn } from '../../../src/models/wire/reply.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  quick,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'

const folder = artifactFolder()

const bodyWith = (usage: unknown, content = 'Hi'): string =>
  JSON.stringify({ choices: [{ message: { content }, finish_reason: 'stop' }], usage })

const provider = (usage: unknown) =>
  quick((each) => {
    const { body, ...rest } = echo(each) as { body: string; status: number; headers: object }
    return { ...rest, headers: {}, body: JSON.stringify({ ...JSON.parse(body), usage }) }
  })

describe('usage', () => {
  it.each([
    [{ prompt_tokens: 10, completion_tokens: 5 }, 10, 5],
    [{ prompt_tokens: '10', completion_tokens: '5' }, 10, 5],
    [{ input_tokens: 10, output_tokens: 5 }, 10, 5],
  ])('is read: %o', (given, inputTokens, outputTokens) => {
    expect(usageIn(bodyWith(given))).toMatchObject({ inputTokens, outputTokens })
    expect(usageIn(bodyWith(given)).usageUnknown).toBeUndefined()
  })

  it.each([
    [undefined],
    [null],
    [{}],
    [[]],
    [{ prompt_tokens: 10 }],
    [{ prompt_tokens: 0, completion_tokens: 0 }],
    [{ prompt_tokens: 10, completion_tokens: -5 }],
    [{ prompt_tokens: 10, completion_tokens: 1e20 }],
    [{ prompt_tokens: 1e20, completion_tokens: 5 }],
    [{ prompt_tokens: 10, completion_tokens: 'many' }],
    [{ prompt_tokens: 10, completion_tokens: 2.5 }],
    [{ prompt_tokens: 10, completion_tokens: 0 }],
  ])('is nonsense, and nobody told it: %o', (given) => {
    expect(usageIn(bodyWith(given))).toMatchObject({ inputTokens: 0, outputTokens: 0, usageUnknown: true })
  })

  it('of an answer without a word may have no output', () => {
    expect(usageIn(bodyWith({ prompt_tokens: 10, completion_tokens: 0 }, '')).usageUnknown).toBeUndefined()
  })
})

describe('a run whose provider tells no usage', () => {
  const prices = { writer: { input: 1, cached_input: null, output: 10, request: 0.000001 } }

  it.each([[undefined], [{ prompt_tokens: 10, completion_tokens: -1 }]])(
    'stops at its budget of money, as if each answer had cost the most: %o',
    async (usage) => {
      const { asked, components } = provider(usage)
      const options = {
        ...smallOptions(folder.path, 30),
        runConfig: { buffer_size: 4, prices },
        maxCost: 0.5,
      }
      const error = await failureOf(create(smallConfig(), options, components))
      expect(error.code).toBe('budget_reached')
      expect(asked.length).toBeGreaterThan(2)
      expect(asked.length).toBeLessThan(8)
      const again = await failureOf(create(smallConfig(), options, provider(usage).components))
      expect(again.code).toBe('budget_reached')
    },
  )

  it('stops at its budget of tokens', async () => {
    const { asked, components } = provider(null)
    const options = { ...smallOptions(folder.path, 30), maxTokens: 30_000 }
    expect(await failureOf(create(smallConfig(), options, components))).toMatchObject({
      code: 'budget_reached',
    })
    expect(asked).toHaveLength(3)
  })

  it('says so once, and that its bill is not complete', async () => {
    const { components } = provider(undefined)
    const options = { ...smallOptions(folder.path, 6), runConfig: { buffer_size: 4, prices } }
    const run = create(smallConfig(), options, components)
    const warnings: RunEvent[] = []
    const watching = (async () => {
      for await (const event of run.events()) if (event.type === 'warning') warnings.push(event)
    })()
    const { summary } = await run
    await watching
    expect(warnings.filter((each) => 'code' in each && each.code === 'usage_untold')).toHaveLength(1)
    expect(summary.total).toMatchObject({ requests: 6, cost_complete: false })
    // Six requests are paid for by themselves; 8192 tokens of output each are the most that they may have cost besides.
    expect(summary.total.cost).toBeCloseTo(0.000006, 9)
    expect(summary.total.unseen_cost).toBeGreaterThan((6 * 8192 * 10) / 1e6)
    expect(summary.total.unseen_cost).toBeLessThan((6 * 9000 * 10) / 1e6)
    expect(summary.this_run.columns[0]).toMatchObject({ cost_complete: false })
  })
})

describe('the command after a budget stopped a run', () => {
  it.each([
    ['requests', { maxRequests: 3 }],
    ['tokens', { maxTokens: 10 }],
    ['cost', { maxCost: 0.0001 }],
  ])('names a larger budget of %s, with which it goes on', async (name, limit) => {
    const prices = { writer: { input: 1, cached_input: null, output: 10, request: 0 } }
    const options = { ...smallOptions(folder.path, 30), runConfig: { buffer_size: 4, prices } }
    const error = await failureOf(create(smallConfig(), { ...options, ...limit }, quick().components))
    const { resume_command: command = '' } = error.summary as { readonly resume_command?: string }
    const [, raised] = new RegExp(`^rowsmith resume \\S+ --max-${name} ([\\d.]+)$`).exec(command) ?? []
    const more = quick()
    const larger = { ...options, [Object.keys(limit)[0]!]: Number(raised) }
    await create(smallConfig(), larger, more.components).catch(() => {})
    expect(more.asked.length).toBeGreaterThan(0)
  })
})
