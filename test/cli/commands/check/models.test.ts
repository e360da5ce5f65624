import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startSimulator } from '../../../../src/entries/simulator.ts'
import { folder, rowsmith } from '../../support.ts'

const text = (alias: string, provider: string, more = ''): string => `
  - alias: ${alias}
    model: m
    provider: ${provider}
${more}`

const models = `model_configs:${text('good', 'simulator')}${text('bad', 'nowhere')}${text('keyless', 'openai')}${text(
  'resting',
  'nowhere',
  '    skip_health_check: true',
)}`

const config = `${models}
columns:
${['good', 'bad', 'keyless', 'resting']
  .map((alias) => `  - {name: ${alias}_text, column_type: llm-text, model_alias: ${alias}, prompt: Say hi}`)
  .join('\n')}
`

const nobody = 'providers:\n  - {name: nowhere, endpoint: "http://127.0.0.1:9/v1"}\n'

const run = (cwd: string, args: readonly string[], env: Record<string, string> = {}) =>
  rowsmith(args, { cwd, env })

describe('rowsmith models check', () => {
  it('tells of every alias whether it answers and what is wrong, and fails when one is', async () => {
    const cwd = folder({ 'config.yaml': config, 'providers.yaml': nobody })
    const { code, stdout } = await run(cwd, [
      'models',
      'check',
      'config.yaml',
      '--providers',
      'providers.yaml',
    ])
    expect(stdout).toMatch(/good +simulator\/m +chat +ok +\d+ ms/)
    expect(stdout).toMatch(/bad +nowhere\/m +chat +FAILED/)
    expect(stdout).toMatch(/resting +nowhere\/m +chat +skipped/)
    expect(stdout).toContain('ECONNREFUSED')
    expect(stdout).toMatch(/keyless: .*OPENAI_API_KEY, which is not set.* \(missing_api_key\)/)
    expect(code).toBe(5)
  })

  it('is also called check-models, and prints one JSON object', async () => {
    const cwd = folder({ 'config.yaml': config })
    const override = ['bad', 'keyless', 'resting'].flatMap((alias) => ['--model', `${alias}=simulator/x`])
    const { code, stdout } = await run(cwd, ['check-models', 'config.yaml', '--json', ...override])
    const printed = JSON.parse(stdout)
    expect(printed.exit_code).toBe(0)
    expect(printed.models.map(({ alias, status }: Record<string, string>) => `${alias} ${status}`)).toEqual([
      'good ok',
      'bad ok',
      'keyless ok',
      'resting skipped',
    ])
    expect(code).toBe(0)
  })

  it('checks the models of the home folder when no config is named', async () => {
    const home = folder({ 'model_configs.yaml': `model_configs:${text('home-text', 'simulator')}` })
    const cwd = folder()
    const env = { DATA_DESIGNER_HOME: home }
    expect(await run(cwd, ['models', 'check'], env)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('home-text'),
    })
    expect(await run(cwd, ['models', 'check', '--no-home'], env)).toMatchObject({ code: 2 })
  })
})

describe("Data Designer's home folder", () => {
  const bare = 'columns:\n  - {name: t, column_type: llm-text, model_alias: home-text, prompt: Say hi}\n'

  it('gives a config without models those that are there, and providers, also to resume; --no-home ignores it', async () => {
    const home = folder({
      'model_configs.yaml': `model_configs:${text('home-text', 'mine')}`,
      'model_providers.yaml':
        'providers:\n  - {name: mine, endpoint: "simulator:", provider_type: simulator}\n',
    })
    const cwd = folder({ 'config.yaml': bare })
    const env = { DATA_DESIGNER_HOME: home }
    expect(await run(cwd, ['validate', 'config.yaml'], env)).toMatchObject({ code: 0 })
    expect(await run(cwd, ['create', 'config.yaml', '-n', '2', '-q'], env)).toMatchObject({ code: 0 })
    expect(await run(cwd, ['resume', 'artifacts/dataset', '-n', '3', '-q'])).toMatchObject({ code: 0 })
    const without = await run(cwd, ['validate', 'config.yaml', '--no-home'], env)
    expect(without).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('unknown model alias "home-text"'),
    })
  })

  it('is not needed for the models that Data Designer puts there: they run with the key of the environment', async () => {
    const simulator = await startSimulator()
    onTestFinished(() => simulator.close())
    const providers = `providers:\n  - {name: nvidia, endpoint: "${simulator.url}/v1", api_key: NVIDIA_API_KEY}\n`
    const cwd = folder({
      'config.yaml': bare.replace('home-text', 'nvidia-text'),
      'providers.yaml': providers,
    })
    const args = ['create', 'config.yaml', '-n', '2', '-q', '--providers', 'providers.yaml']
    expect(await run(cwd, args)).toMatchObject({ code: 2, stderr: expect.stringContaining('NVIDIA_API_KEY') })
    expect(await run(cwd, args, { NVIDIA_API_KEY: 'nvapi-0123456789' })).toMatchObject({ code: 0 })
    expect(simulator.stats().requests).toBe(2)
    const stored = JSON.parse(readFileSync(join(cwd, 'artifacts/dataset/builder_config.json'), 'utf8'))
    expect(stored.data_designer.model_configs).toHaveLength(12)
    expect(await run(cwd, [...args, '--no-home'])).toMatchObject({ code: 2 })
  })
})
