import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { toValue } from '../../../src/base/values/value.ts'
import { parseProviders } from '../../../src/config/files/providers.ts'
import { calmScenario, parseScenario, scenarioFromValue } from '../../../src/config/files/scenario.ts'

const message = (text: string): string => {
  try {
    parseScenario(text, 's.yaml')
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('The scenario was read.')
}

describe('a scenario file', () => {
  it('is read wherever docs/simulator.md shows one', () => {
    const page = readFileSync(new URL('../../../docs/simulator.md', import.meta.url), 'utf8')
    const shown = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) => text!)
    expect(shown.length).toBeGreaterThan(2)
    for (const text of shown) expect(parseScenario(text, 'simulator.md')).not.toEqual(calmScenario)
  })

  it('may be empty, which is a provider with which nothing goes wrong', () => {
    expect(parseScenario('', 's.yaml')).toEqual(calmScenario)
  })

  it('reads durations in milliseconds, and three kinds of latency', () => {
    expect(parseScenario('latency: 1.5s', 's.yaml').latency).toBe(1500)
    expect(parseScenario('latency: 0', 's.yaml').latency).toBe(0)
    expect(parseScenario('latency: {median: 2m, sigma: 0.5}', 's.yaml').latency).toEqual({
      median: 120_000,
      sigma: 0.5,
    })
    expect(parseScenario('latency: {per_token: 5ms}', 's.yaml').latency).toEqual({
      first_token: 0,
      per_token: 5,
    })
  })

  it('is the same written as code', () => {
    const text = 'seed: -1\nfaults:\n  - {fault: stall, for: 10s, nth: [2, 3]}\nlimits: [{workers: 3}]'
    const value = {
      seed: -1n,
      faults: [{ fault: 'stall', for: '10s', nth: [2n, 3n] }],
      limits: [{ workers: 3n }],
    }
    const read = parseScenario(text, 's.yaml')
    expect(scenarioFromValue(toValue(value))).toEqual(read)
    expect(read.seed).toBe(2n ** 64n - 1n)
  })

  it.each([
    ['laten: 3s', /^s\.yaml:1: laten: unknown key; .*did you mean "latency"\?$/],
    ['\nwords: many', /^s\.yaml:2: words: must be a whole number or a map \(seen "many"\)$/],
    ['words: 0', /^s\.yaml:1: words: must be at least 1 \(seen 0\)$/],
    ['words: {median: 5}', /^s\.yaml:1: words\.sigma: is required/],
    ['latency: 200', /latency: must be a duration such as 200ms, 1\.5s or 2m or a map \(seen 200\)$/],
    ['latency: 3 weeks', /latency: must be a duration/],
    ['latency: {first_token: 1s}', /latency\.per_token: is required; it must be a duration/],
    ['answers: random', /answers: is not one of the allowed values .* repeatable, serial/],
    ['seed: x', /seed: must be a whole number of 64 bits/],
    ['faults: [{fault: statsu}]', /faults\[0\]\.fault: .*did you mean "status"\?$/],
    ['faults: [{}]', /faults\[0\]\.fault: is required/],
    ['faults:\n  - fault: reset\n    rate: 2', /^s\.yaml:3: faults\[0\]\.rate: must be at most 1/],
    ['faults: [{fault: status}]', /faults\[0\]\.status: is required/],
    ['faults: [{fault: status, status: 200}]', /faults\[0\]\.status: must be at least 400 \(seen 200\)$/],
    ['faults: [{fault: reset, nth: 0}]', /faults\[0\]\.nth: must be at least 1/],
    ['faults: [{fault: reset, retry_after: 1s}]', /faults\[0\]\.retry_after: unknown key/],
    [
      'faults: [{fault: empty, from: 9s, until: 5s}]',
      /faults\[0\]\.until: must be later than from(?! \(and)/,
    ],
    ['faults: [{fault: empty, route: chats}]', /faults\[0\]\.route: .*did you mean "chat"\?$/],
    ['limits: [{}]', /limits\[0\]: needs requests_per_second, tokens_per_minute, in_flight or workers$/],
    ['limits: [{workers: 1, burst: 3}]', /limits\[0\]\.burst: means nothing without requests_per_second$/],
    ['limits: [{requests_per_second: 0}]', /requests_per_second: must be above 0/],
    ['prices: {m: {input: -1}}', /prices\.m\.input: must be at least 0/],
    ['tools: {turns: -1}', /tools\.turns: must be at least 0/],
    ['images: {pixels: 9000}', /images\.pixels: must be at most 512/],
    ['replies: [{latency: soon}]', /replies\[0\]\.latency: must be a duration/],
    ['- a', /s\.yaml:1: must be a map/],
    ['a: [', /s\.yaml:1: not readable as YAML/],
  ])('is refused with its place: %j', (text, expected) => {
    expect(message(text)).toMatch(expected)
  })
})

describe('the scenario of a provider', () => {
  const provider = (more: string): string =>
    `providers:\n  - name: flaky\n    endpoint: "simulator:"\n${more.replaceAll(/^/gm, '    ')}`

  it('stands in the providers file, or in a file that it names', () => {
    const inline = parseProviders(provider('provider_type: simulator\nscenario:\n  words: 5'), 'p.yaml')
    expect(inline[0]?.scenario).toEqual({ ...calmScenario, words: 5 })
    const named = parseProviders(provider('provider_type: simulator\nscenario: bad-day.yaml'), 'p.yaml')
    expect(named[0]?.scenario).toBe('bad-day.yaml')
  })

  it('is refused with its place, and for providers that are real', () => {
    expect(() =>
      parseProviders(provider('provider_type: simulator\nscenario:\n  word: 5'), 'p.yaml'),
    ).toThrow(/^p\.yaml:6: providers\[0\]\.scenario\.word: unknown key/)
    const real = 'providers:\n  - {name: a, endpoint: "http://x/v1", scenario: {words: 5}}'
    expect(() => parseProviders(real, 'p.yaml')).toThrow(/scenario: means something only for/)
  })
})
