import { describe, expect, it } from 'vitest'
import { completeRunConfig, defaultRunConfig, parseRunConfig } from '../../../src/config/files/run-config.ts'

const read = (text: string): unknown => parseRunConfig(text, 'run.yaml')

describe('a run config', () => {
  it("has the reference's defaults", () => {
    expect(defaultRunConfig).toEqual({
      disable_early_shutdown: false,
      shutdown_error_rate: 0.5,
      shutdown_error_window: 10,
      buffer_size: 1000,
      max_concurrent_row_groups: 3,
      max_in_flight_tasks: 1024,
      non_inference_max_parallel_workers: 4,
      max_conversation_restarts: 5,
      max_conversation_correction_steps: 0,
      async_trace: false,
      write_scheduler_events: false,
      display_tui: false,
      progress_interval: 5,
      otel_metrics_port: 9464,
      preserve_dropped_columns: true,
      jinja_rendering_engine: 'secure',
      request_admission: null,
      engine: 'concurrent',
      salvage: false,
      max_request_attempts: 5,
      wait_for_endpoint_seconds: 0,
      prices: {},
      inference: {},
    })
  })

  it('knows which keys a file gave, even when they are the defaults', () => {
    expect(read('buffer_size: 1000\nengine: sequential')).toEqual({ buffer_size: 1000, engine: 'sequential' })
    expect(read('')).toEqual({})
  })

  it('is completed by the defaults', () => {
    expect(completeRunConfig({ buffer_size: 5 })).toEqual({ ...defaultRunConfig, buffer_size: 5 })
  })

  it('without early shutdown lets every request fail', () => {
    expect(
      completeRunConfig({ disable_early_shutdown: true, shutdown_error_rate: 0.1 }).shutdown_error_rate,
    ).toBe(1)
  })

  it('reads the spellings the reference has given up', () => {
    expect(
      read('progress_bar: true\nthrottle: {reduce_factor: 0.5, ceiling_overshoot: 0.1, rampup_seconds: 3}'),
    ).toEqual({
      display_tui: true,
      request_admission: {
        multiplicative_decrease_factor: 0.5,
        additive_increase_step: 1,
        successes_until_increase: 25,
        cooldown_seconds: 2,
        startup_ramp_seconds: 3,
      },
    })
    expect(() => read('request_admission: {}\nthrottle: {}')).toThrow(
      'run.yaml:2: throttle: cannot stand next to request_admission, which replaces it',
    )
  })

  it('reads what models cost', () => {
    expect(read('prices: {writer: {input: 0.15, output: 0.6}, painter: {request: 0.04}}')).toEqual({
      prices: {
        writer: { input: 0.15, cached_input: null, output: 0.6, request: 0 },
        painter: { input: 0, cached_input: null, output: 0, request: 0.04 },
      },
    })
  })

  const wrong: [string, string][] = [
    ['prices: {a: {input: -1}}', 'run.yaml:1: prices.a.input: must be at least 0 (seen -1)'],
    ['prices: {a: {input: 1.0000000001}}', 'run.yaml:1: prices.a.input: must have at most nine decimals'],
    ['prices: {a: {inputs: 1}}', 'run.yaml:1: prices.a.inputs: unknown key'],
    ['[]', 'run.yaml:1: must be a map (seen a list)'],
    ['buffer_size: 0', 'run.yaml:1: buffer_size: must be at least 1 (seen 0)'],
    ['\nshutdown_error_rate: 1.5', 'run.yaml:2: shutdown_error_rate: must be at most 1 (seen 1.5)'],
    [
      'engine: fast',
      'run.yaml:1: engine: is not one of the allowed values (seen "fast"); allowed concurrent, sequential',
    ],
  ]
  for (const [text, message] of wrong) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(() => read(text)).toThrow(message))
  }

  it('refuses an unknown key and names the one that was meant', () => {
    expect(() => read('buffer: 5')).toThrow(
      /^run.yaml:1: buffer: unknown key; allowed .*; did you mean "buffer_size"\?$/,
    )
  })

  it('made in code is checked too', () => {
    expect(() => completeRunConfig({ buffer_size: -1 })).toThrow(
      'run config: buffer_size: must be at least 1',
    )
  })
})
