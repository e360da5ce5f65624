/** Endpoints that are down, that come back, that refuse for good, and what a run makes of them. */
import { describe, expect, it } from 'vitest'
import { create, preview, type RunEvent } from '../../../src/index.ts'
import { failure } from '../../support/scripted-transport.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  quick,
  rowOf,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'

const folder = artifactFolder()
const config = () => smallConfig(undefined, 4n)
const options = (rows: number, runConfig: object) => ({
  ...smallOptions(folder.path, rows),
  runConfig: { buffer_size: 4, ...runConfig },
})

describe('a run whose endpoint goes down', () => {
  it('waits when it is told to, says so, asks one at a time, and goes on by itself without losing a row', async () => {
    let asked = 0
    let inFlight = 0
    let mostWhileDown = 0
    const { components } = quick(async (each) => {
      asked++
      if (asked <= 8 || asked > 40) return echo(each)
      inFlight++
      // The requests that were on their way when it was noticed are over by then.
      if (asked > 20) mostWhileDown = Math.max(mostWhileDown, inFlight)
      await new Promise((resolve) => setImmediate(resolve))
      inFlight--
      return failure(503)
    })
    const run = create(config(), options(24, { wait_for_endpoint_seconds: 36_000 }), components)
    const events: RunEvent[] = []
    const watching = (async () => {
      for await (const event of run.events()) events.push(event)
    })()
    const { summary } = await run
    await watching
    expect(summary).toMatchObject({ rows_written: 24, rows_dropped: 0 })
    expect(mostWhileDown).toBe(1)
    const down = events.filter((event) => event.type === 'endpoint-down')
    expect(down.length).toBeGreaterThanOrEqual(10)
    expect(down[0]).toMatchObject({ model: 'simulator/m', code: 'server_error' })
    expect(down.at(-1)!.waitMs).toBeGreaterThan(down[0]!.waitMs)
    expect(events.filter((event) => event.type === 'endpoint-back')).toHaveLength(1)
    const waiting = events.filter(
      (event) => event.type === 'progress' && event.waitingFor.includes('simulator/m'),
    )
    expect(waiting.length).toBeGreaterThan(0)
    expect(events.findLast((event) => event.type === 'progress')).toMatchObject({ waitingFor: [] })
  })

  it('stops when it has waited long enough, and the same command goes on', async () => {
    const { asked, components } = quick((each) => (rowOf(each) < 4 ? echo(each) : failure(502)))
    const error = await failureOf(
      create(config(), options(24, { wait_for_endpoint_seconds: 600 }), components),
    )
    expect(error).toMatchObject({
      code: 'endpoint_unreachable',
      message: expect.stringMatching(
        /^simulator\/m answered no request for \d+ s: The provider answered 502/,
      ),
      summary: { rows_dropped: 0, rows_written: 4, rows_open: 20 },
    })
    // Ten minutes, of which the last requests are a minute apart.
    expect(asked.length).toBeLessThan(60)
    const again = await create(config(), options(24, {}), quick().components)
    expect(again.summary).toMatchObject({ rows_written: 24, rows_dropped: 0 })
  })

  it('stops after a few tries by default, however many were in flight', async () => {
    const wide = smallConfig(undefined, 64n)
    const { asked, components } = quick(() => failure(503))
    const error = await failureOf(create(wide, options(200, { buffer_size: 100 }), components))
    expect(error).toMatchObject({
      code: 'endpoint_unreachable',
      summary: { rows_dropped: 0, rows_open: 200 },
    })
    expect(asked.length).toBeLessThan(64 + 10)
  })
})

describe('max_request_attempts', () => {
  it('is how often one row is asked for when others are answered', async () => {
    const { asked, components } = quick((each) => (rowOf(each) === 2 ? failure(500) : echo(each)))
    const run = create(config(), options(40, { buffer_size: 40, max_request_attempts: 3 }), components)
    expect((await run).summary).toMatchObject({
      rows_written: 39,
      failures: [{ column: 'text', code: 'server_error', rows: 1 }],
    })
    expect(asked.filter((each) => rowOf(each) === 2)).toHaveLength(3)
  })

  it('does not count 429s, of which none costs a row', async () => {
    const { components } = quick((each) =>
      each.before < 12 && rowOf(each) % 3 === 0 ? failure(429) : echo(each),
    )
    const run = create(config(), options(12, { max_request_attempts: 1 }), components)
    expect((await run).summary).toMatchObject({ rows_written: 12, rows_dropped: 0 })
  })
})

describe('a quota that is full again later', () => {
  const day = { message: 'Rate limit reached on requests per day (RPD): Limit 4, Used 4. Try again in 20m.' }

  it('stops the run, and says until when', async () => {
    const { components } = quick((each) => (rowOf(each) < 4 ? echo(each) : failure(429, day.message)))
    const error = await failureOf(create(config(), options(24, {}), components))
    expect(error).toMatchObject({
      code: 'quota_exhausted',
      message: expect.stringMatching(
        /Limit 4, Used 4.* Requests are possible again at \d{4}-\d\d-\d\dT\d\d:\d\dZ\.$/,
      ),
      summary: { rows_written: 4, rows_dropped: 0 },
    })
  })

  it('is waited for where the run may wait so long, and not otherwise', async () => {
    const refusing = () => {
      let asked = 0
      return quick((each) => (asked++ === 4 ? failure(429, day.message) : echo(each)))
    }
    const patient = options(24, { wait_for_endpoint_seconds: 3600 })
    const { summary } = await create(config(), patient, refusing().components)
    expect(summary).toMatchObject({ rows_written: 24, rows_dropped: 0 })
    const hasty = { ...options(24, { wait_for_endpoint_seconds: 600 }), datasetName: 'hasty' }
    const error = await failureOf(create(config(), hasty, refusing().components))
    expect(error).toMatchObject({ code: 'quota_exhausted' })
  })
})

describe('what only its owner can mend', () => {
  it.each([
    ['a wrong key', 401, 'no', 'authentication_failed'],
    ['an unknown model', 404, 'no such model', 'model_not_found'],
    ['no credit', 429, 'You exceeded your current quota, please check your plan.', 'quota_exhausted'],
  ])('%s stops the run at once with one sentence, and costs no row', async (_, status, message, code) => {
    const { asked, components } = quick(() => failure(status, message))
    const error = await failureOf(
      create(smallConfig(undefined, 8n), options(100, { buffer_size: 100 }), components),
    )
    expect(error).toMatchObject({ code, summary: { rows_dropped: 0, rows_open: 100 } })
    expect(error.message).not.toContain('\n')
    expect(asked.length).toBeLessThanOrEqual(8)
  })
})

describe('a preview', () => {
  it('stops early by the settings of its run config, as a run does', async () => {
    const failing = () => quick(() => failure(400))
    const asking = { artifactPath: folder.path, numRecords: 30 }
    const stopped = failing()
    const runConfig = { shutdown_error_window: 4, shutdown_error_rate: 1 }
    const error = await failureOf(
      preview(smallConfig(undefined, 1n), { ...asking, runConfig }, stopped.components),
    )
    expect(error).toMatchObject({ code: 'early_shutdown', facts: { window: 4, error_rate: 1 } })
    expect(stopped.asked.length).toBeLessThanOrEqual(7)
    const patient = failing()
    await preview(
      smallConfig(undefined, 1n),
      { ...asking, runConfig: { disable_early_shutdown: true } },
      patient.components,
    )
    // What was on its way when the run stopped is no verdict, and is asked again.
    expect(patient.asked.length).toBeGreaterThanOrEqual(30 - stopped.asked.length)
  })
})
