/** `rowsmith mcp`, driven by the official client over stdio. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bin } from '../../support.ts'

const config = `
model_configs: [{ alias: writer, provider: simulator, model: any }]
columns:
  - { name: n, column_type: sampler, sampler_type: uniform, params: { low: 1, high: 9 }, convert_to: int }
  - { name: text, column_type: llm-text, model_alias: writer, prompt: "Write about {{ n }}." }
`

describe('the MCP server', () => {
  let folder = ''
  let client: Client

  async function connect(): Promise<Client> {
    const connected = new Client({ name: 'test', version: '1' })
    const env = { PATH: `${dirname(process.execPath)}:${process.env.PATH}`, HOME: folder }
    const transport = new StdioClientTransport({
      command: bin,
      args: ['mcp'],
      cwd: folder,
      env,
      stderr: 'inherit',
    })
    await connected.connect(transport)
    return connected
  }

  // biome-ignore lint/suspicious/noExplicitAny: what a tool gives back is JSON.
  async function call(name: string, given: object = {}): Promise<any> {
    const { content } = await client.callTool({ name, arguments: { ...given } })
    const [first] = content as { text: string }[]
    return JSON.parse(first!.text)
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rowsmith-mcp-'))
    writeFileSync(join(folder, 'good.yaml'), config)
    writeFileSync(join(folder, 'bad.yaml'), config.replace('{{ n }}', '{{ m }}'))
    writeFileSync(join(folder, 'code.mjs'), 'export default {}')
    symlinkSync('/etc', join(folder, 'link'))
    client = await connect()
  })
  afterAll(async () => {
    await client.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  test('has nine tools, of which two may spend, and the schema and docs as resources', async () => {
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toEqual([
      ...['get_schema', 'validate_config', 'render_prompts', 'preview', 'forecast'],
      ...['status', 'read_rows', 'inspect_row', 'create'],
    ])
    const spending = tools.filter(({ annotations }) => annotations?.readOnlyHint === false)
    expect(spending.map(({ name }) => name)).toEqual(['preview', 'create'])
    const { resources } = await client.listResources()
    expect(resources.map(({ uri }) => uri)).toEqual(
      expect.arrayContaining(['rowsmith://schema', 'rowsmith://docs/agents.md']),
    )
  })

  test('describes types, checks configs and renders prompts', async () => {
    expect((await call('get_schema', { name: 'uniform' })).types[0].fields[0]).toMatchObject({
      name: 'low',
      required: true,
    })
    expect(await call('validate_config', { config: 'good.yaml' })).toMatchObject({ columns: ['n', 'text'] })
    expect((await call('validate_config', { config: 'bad.yaml' })).error).toMatchObject({
      code: 'config_invalid',
    })
    expect((await call('render_prompts', { config: 'good.yaml', rows: 1 })).prompts).toMatch(
      /Write about \d\./,
    )
  })

  test.each([
    ['a path out of the folder', 'validate_config', { config: '../x.yaml' }, 'path_escapes'],
    ['a link out of the folder', 'validate_config', { config: 'link/passwd' }, 'path_escapes'],
    ['a web address', 'validate_config', { config: 'https://example.com/x.yaml' }, 'path_escapes'],
    ['code', 'validate_config', { config: 'code.mjs' }, 'usage'],
    ['a dataset without a budget', 'create', { config: 'good.yaml', rows: 2 }, 'usage'],
    ['a preview that may spend, without a budget', 'preview', { config: 'good.yaml', spend: true }, 'usage'],
    ['a dataset that is not there', 'status', { dataset: 'artifacts/nothing' }, 'dataset_not_found'],
  ])('refuses %s', async (_what, name, given, code) => {
    expect((await call(name, given)).error).toMatchObject({ code, next_step: expect.any(String) })
  })

  test('creates a dataset, which another server continues after a kill', async () => {
    const asked = { config: 'good.yaml', rows: 12, seed: 7, max_requests: 100 }
    expect(await call('forecast', { config: 'good.yaml', rows: 12 })).toMatchObject({ rows_to_make: 12 })
    const { dataset } = await call('create', asked)
    const died = new Promise<void>((resolve) => {
      client.onclose = resolve
    })
    process.kill((client.transport as StdioClientTransport).pid!, 'SIGKILL')
    await died
    client = await connect()
    expect((await call('create', asked)).dataset).toBe(dataset)
    let found = await call('status', { dataset })
    while (found.run?.state === 'running') found = await call('status', { dataset })
    expect(found).toMatchObject({ status: { rows_written: 12, rows_open: 0 } })
    const { rows } = await call('read_rows', { dataset, limit: 3, columns: ['text'] })
    expect(rows.map(({ values }: { values: object }) => Object.keys(values))).toEqual([
      ['text'],
      ['text'],
      ['text'],
    ])
    expect(JSON.stringify(await call('inspect_row', { dataset, row: 0 }))).toContain('Write about')
    const { of, matching } = await call('read_rows', { dataset, where: 'n > 100' })
    expect([of, matching]).toEqual([0, 0])
  })
})
