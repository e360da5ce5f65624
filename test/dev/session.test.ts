/** A session of `dev` on real files: what is asked again, what it costs, what a kill leaves. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { loadConfigAgain } from '../../src/api/load.ts'
import type { DevOptions } from '../../src/dev/options.ts'
import { DevSession, type DevView } from '../../src/dev/session.ts'
import { type Components, type CreateOptions, create } from '../../src/index.ts'
import type { Asked } from '../support/scripted-transport.ts'
import { artifactFolder, echo, quick } from '../support/small-runs.ts'

const folder = artifactFolder()
const sessions: DevSession[] = []
afterEach(async () => {
  for (const session of sessions.splice(0)) await session.close()
})

const yaml = (review: string, verdict = 'Judge {{ review }}') => `
model_configs: [{ alias: writer, provider: simulator, model: m, inference_parameters: { max_tokens: 5 } }]
columns:
  - { name: topic, column_type: sampler, sampler_type: category, params: { values: [a, b, c] } }
  - { name: review, column_type: llm-text, model_alias: writer, prompt: "${review} {{ topic }}" }
  - { name: verdict, column_type: llm-text, model_alias: writer, prompt: "${verdict}" }
`

interface Started {
  readonly session: DevSession
  readonly write: (text: string) => void
  /** Resolves once the session is as asked. */
  readonly until: (what: (view: DevView) => boolean) => Promise<DevView>
}

async function started(
  components: Components,
  more: Partial<DevOptions> & { name?: string; run?: CreateOptions } = {},
): Promise<Started> {
  const { name = 'c.yaml', run = {}, ...options } = more
  const path = join(folder.path, name)
  const session = new DevSession(
    {
      path,
      load: async () => ({
        config: await loadConfigAgain(path, []),
        options: { graceMs: 1_000_000, ...run },
      }),
      place: { artifactPath: join(folder.path, 'artifacts'), datasetName: 'dataset' },
      files: [],
      isCode: name.endsWith('.ts'),
      rows: 3,
      maxCost: null,
      yes: false,
      command: 'rowsmith create',
      ...options,
    },
    components,
  )
  sessions.push(session)
  await session.start()
  const until = async (what: (view: DevView) => boolean): Promise<DevView> => {
    for (;;) {
      const view = session.view()
      if (what(view)) return view
      await new Promise((next) => setTimeout(next, 5))
    }
  }
  return { session, write: (text) => writeFileSync(path, text), until }
}

const isDone = (n: number) => (view: DevView) =>
  view.saves.at(-1)?.n === n && view.saves.at(-1)?.state === 'complete' && view.state.run === 'none'

/** Columns that were asked, with how often. */
function askedBy(asked: readonly Asked[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { prompt } of asked) {
    const word = prompt.split(' ')[0] ?? ''
    counts[word] = (counts[word] ?? 0) + 1
  }
  return counts
}

describe('a session of dev', () => {
  test('asks again what changed and what depends on it, nothing for an earlier text, and create reuses it all', async () => {
    const { asked, components } = quick(echo)
    writeFileSync(join(folder.path, 'c.yaml'), yaml('Praise'))
    const { session, write, until } = await started(components)
    await until(isDone(1))
    expect(askedBy(asked)).toEqual({ Praise: 3, Judge: 3 })
    asked.length = 0
    write(yaml('Praise', 'Rate {{ review }}'))
    const second = await until(isDone(2))
    expect(askedBy(asked)).toEqual({ Rate: 3 })
    expect(second.saves.at(-1)).toMatchObject({
      sent: 3,
      reused: 3,
      changes: [
        {
          column: 'verdict',
          why: 'its prompt',
          texts: [{ before: 'Judge {{ review }}', after: 'Rate {{ review }}' }],
        },
      ],
      columns: [
        { column: 'review', requested: 0, there: 3 },
        { column: 'verdict', requested: 3, there: 0 },
      ],
    })
    asked.length = 0
    write(yaml('Scold', 'Rate {{ review }}'))
    const third = await until(isDone(3))
    expect(askedBy(asked)).toEqual({ Scold: 3, Rate: 3 })
    expect(third.saves.at(-1)?.changes.map(({ column, why }) => [column, why])).toEqual([
      ['review', 'its prompt'],
      ['verdict', 'uses review'],
    ])
    asked.length = 0
    // Back to both earlier texts, which never stood together with anything but each other.
    write(yaml('Praise'))
    expect((await until(isDone(4))).saves.at(-1)).toMatchObject({ sent: 0, sameAs: 1 })
    write(`${yaml('Praise')}# a comment\n`)
    await until(({ note, state }) => note !== null && state.config === 'current')
    expect(asked).toEqual([])
    const [first, last] = [session.save(1), session.save(4)]
    expect(await session.rowsOf(last!)).toEqual(await session.rowsOf(first!))
    const config = await loadConfigAgain(join(folder.path, 'c.yaml'), [])
    const { summary } = await create(
      config,
      { artifactPath: join(folder.path, 'artifacts'), numRecords: 3 },
      components,
    )
    expect([summary.this_run.requests_sent, asked]).toEqual([0, []])
  })

  test('keeps the last good rows while the config is broken, and says what is wrong', async () => {
    const { asked, components } = quick(echo)
    writeFileSync(join(folder.path, 'c.yaml'), yaml('Praise'))
    const { session, write, until } = await started(components)
    await until(isDone(1))
    asked.length = 0
    for (const broken of [
      'columns: [',
      yaml('Praise', 'Judge {{ reviw }}'),
      yaml('Praise').replace('llm-text', 'llm-txt'),
    ]) {
      write(broken)
      const { error } = await until(({ state, error }) => state.config === 'broken' && error !== null)
      expect(error?.message).toContain('c.yaml')
      expect(await session.rowsOf(session.save(1)!)).toHaveLength(3)
      write(yaml('Praise'))
      await until(({ state }) => state.config === 'current')
    }
    expect(asked).toEqual([])
  })

  test('a save during a run stops it, loses no answer that was paid for, and runs the newest config', async () => {
    let release = (): void => {}
    const held = new Promise<void>((free) => (release = free))
    let isHeld = true
    const { asked, components } = quick(async (request) => {
      if (isHeld && request.prompt.startsWith('Praise')) await held
      return echo(request)
    })
    writeFileSync(join(folder.path, 'c.yaml'), yaml('Praise'))
    const { write, until } = await started(components)
    await until(({ state }) => state.run === 'requesting' && asked.length === 3)
    for (const word of ['Blame', 'Doubt', 'Scold']) write(yaml('Praise', `${word} {{ review }}`))
    await until(({ state }) => state.run === 'settling' && state.config === 'next')
    isHeld = false
    release()
    const { saves } = await until(({ saves }) => saves.length === 2 && saves[1]?.state === 'complete')
    expect(saves[0]).toMatchObject({ state: 'stopped', sent: 3 })
    expect(saves[1]).toMatchObject({ sent: 3, reused: 3 })
    expect(askedBy(asked)).toEqual({ Praise: 3, Scold: 3 })
  })

  test('waits for consent where answers cost, and spends no more than the budget of the session', async () => {
    const prices = { prices: { writer: { input: 1_000_000, output: 1_000_000 } } }
    const providers = [
      { name: 'paid', endpoint: 'http://127.0.0.1:9', provider_type: 'openai', api_key: 'x' },
    ]
    const run = { runConfig: prices, providers } as unknown as CreateOptions
    const { asked, components } = quick(echo)
    const paid = (text: string) => yaml(text).replace('provider: simulator', 'provider: paid')
    writeFileSync(join(folder.path, 'c.yaml'), paid('Praise'))
    const { session, write, until } = await started(components, { run })
    const { waiting } = await until(({ waiting }) => waiting !== null)
    expect([waiting?.requests, waiting?.why, asked.length]).toEqual([6, 'first', 0])
    session.ask()
    // Ten tokens in and five out for each of six answers.
    expect(await until(isDone(1))).toMatchObject({ spent: 90, saves: [{ cost: 90, sent: 6 }] })
    session.setMaxCost(100)
    write(paid('Scold'))
    const stuck = await until(({ waiting }) => waiting?.why === 'budget')
    expect([stuck.spent, asked.length]).toEqual([90, 6])
    session.ask()
    const { saves } = await until(({ saves, state }) => saves[1]?.state === 'failed' && state.run === 'none')
    expect(saves[1]?.error?.code).toBe('budget_reached')
    expect(session.view().spent).toBeLessThanOrEqual(100)
    session.setMaxCost(500)
    expect((await until(isDone(2))).spent).toBe(180)
    expect(asked).toHaveLength(12)
  })

  test('goes on after a kill: what was paid for is not asked again, and counts', async () => {
    let isHanging = true
    const { asked, components } = quick(async (request) => {
      if (isHanging && request.prompt.startsWith('Judge')) await new Promise(() => {})
      return echo(request)
    })
    writeFileSync(join(folder.path, 'c.yaml'), yaml('Praise'))
    const killed = await started(components)
    await killed.until(() => asked.filter(({ prompt }) => prompt.startsWith('Judge')).length > 0)
    sessions.splice(0)
    // A killed process leaves its files as they are: a copy of them is what the next one finds.
    cpSync(join(folder.path, 'artifacts'), join(folder.path, 'copy'), { recursive: true })
    for (const path of readdirSync(join(folder.path, 'copy'), { recursive: true, encoding: 'utf8' })) {
      // It names this process, which lives.
      if (/lock\.\d+$/.test(path)) rmSync(join(folder.path, 'copy', path))
    }
    isHanging = false
    const praised = askedBy(asked).Praise
    asked.length = 0
    const again = await started(components, {
      place: { artifactPath: join(folder.path, 'copy'), datasetName: 'dataset' },
    })
    const { saves } = await again.until(isDone(1))
    expect(saves).toHaveLength(1)
    expect(saves[0]).toMatchObject({ state: 'complete', failures: [] })
    expect(praised).toBe(3)
    expect(askedBy(asked)).toMatchObject({ Judge: 3 })
    expect(askedBy(asked).Praise ?? 0).toBe(0)
  })

  test('hears of a prompt file that a module reads, and of a seed file', async () => {
    const { asked, components } = quick(echo)
    mkdirSync(join(folder.path, 'prompts'))
    const prompt = join(folder.path, 'prompts', 'review.txt')
    writeFileSync(prompt, 'Praise {{ topic }}')
    writeFileSync(join(folder.path, 'topics.csv'), 'topic\nsea\nsky\nwind\n')
    writeFileSync(
      join(folder.path, 'c.ts'),
      `import { readFileSync } from 'node:fs'
const column = { column_type: 'llm-text', model_alias: 'writer' }
export default {
  model_configs: [{ alias: 'writer', provider: 'simulator', model: 'm' }],
  seed_config: { source: { seed_type: 'local', path: ${JSON.stringify(join(folder.path, 'topics.csv'))} } },
  columns: [
    { ...column, name: 'review', prompt: readFileSync(${JSON.stringify(prompt)}, 'utf8') },
    { ...column, name: 'verdict', prompt: 'Judge {{ review }}' },
  ],
}
`,
    )
    const { until } = await started(components, { name: 'c.ts' })
    await until(isDone(1))
    asked.length = 0
    writeFileSync(prompt, 'Scold {{ topic }}')
    await until(isDone(2))
    expect(askedBy(asked)).toEqual({ Scold: 3, Judge: 3 })
    asked.length = 0
    const seed = readFileSync(join(folder.path, 'topics.csv'), 'utf8')
    writeFileSync(join(folder.path, 'topics.csv'), seed.replace('sky', 'fire'))
    const { saves } = await until(isDone(3))
    expect(askedBy(asked)).toEqual({ Scold: 1, Judge: 1 })
    expect(saves.at(-1)?.changes.map(({ column, why }) => [column, why])).toContainEqual([
      'topic',
      'the seed',
    ])
  })
})
