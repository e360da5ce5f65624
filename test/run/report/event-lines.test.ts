/** Events as lines of JSON. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { eventLine } from '../../../src/entries/commands.ts'
import { create } from '../../../src/index.ts'
import { failure } from '../../support/scripted-transport.ts'
import { artifactFolder, echo, quick, rowOf, smallConfig, smallOptions } from '../../support/small-runs.ts'

const folder = artifactFolder()

describe('an event as a line', () => {
  it.each([
    [
      { type: 'group-published', group: 1, rows: 3, dropped: 1 },
      { level: 'info', event: 'group-published', group: 1, rows: 3, dropped: 1 },
    ],
    [
      { type: 'row-dropped', row: 2, column: 'text', code: 'refused', message: 'no\u001b[1m' },
      { level: 'warning', event: 'row-dropped', row: 2 },
    ],
    [
      { type: 'endpoint-back', model: 'p/m', downMs: 20 },
      { level: 'info', event: 'endpoint-back', down_ms: 20 },
    ],
  ] as const)('%o', (event, line) => {
    const text = eventLine(event, 0)
    expect(JSON.parse(text)).toMatchObject({ time: '1970-01-01T00:00:00.000Z', ...line })
    expect(text).not.toContain('\u001b')
  })
})

describe('write_scheduler_events', () => {
  const options = (rows: number) => ({
    ...smallOptions(folder.path, rows),
    runConfig: { buffer_size: 4, write_scheduler_events: true },
  })
  const path = () => join(folder.path, 'dataset/scheduler_events.jsonl')
  const events = () =>
    readFileSync(path(), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).event)

  it('writes the events of a run beside the dataset, those of the next run in their place', async () => {
    const reply = (asked: Parameters<typeof echo>[0]) => (rowOf(asked) === 1 ? failure(400) : echo(asked))
    await create(smallConfig(), options(4), quick(reply).components)
    expect(events()).toEqual(expect.arrayContaining(['started', 'row-dropped', 'group-published']))
    await create(smallConfig(), options(8), quick().components)
    expect(events()).not.toContain('row-dropped')
  })

  it('writes none without it, and what cannot be written stops no run', async () => {
    await create(smallConfig(), smallOptions(folder.path, 4), quick().components)
    expect(existsSync(path())).toBe(false)
    mkdirSync(path())
    const run = create(smallConfig(), options(8), quick().components)
    const warnings: string[] = []
    for await (const event of run.events()) if (event.type === 'warning') warnings.push(event.code)
    expect((await run).summary.rows_written).toBe(8)
    expect(warnings).toEqual(['events_not_written'])
  })
})
