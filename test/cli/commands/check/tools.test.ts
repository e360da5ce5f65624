import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isAlive, serverFolder } from '../../../tools/support.ts'
import { folder, rowsmith } from '../../support.ts'

const servers = serverFolder()

const columns = ['shop', 'desk']
  .map(
    (alias) =>
      `  - {name: ${alias}_text, column_type: llm-text, model_alias: m, tool_alias: ${alias}, prompt: Say hi}`,
  )
  .join('\n')

const configOf = (allowed: string): string => `
model_configs: [{alias: m, provider: simulator, model: m}]
tool_configs:
  - {tool_alias: shop, providers: [one], allow_tools: [${allowed}]}
  - {tool_alias: desk, providers: [two]}
  - {tool_alias: unused, providers: [nowhere]}
columns:
${columns}
`

/** A folder with a config, and a file with both of its providers. */
function prepared(allowed: string, two: object = servers.stdio('two')): string {
  const cwd = folder({ 'config.yaml': configOf(allowed) })
  const providers = [servers.stdio('one', [], { once: ['fail'] }), two]
  writeFileSync(join(cwd, 'mcp.yaml'), JSON.stringify({ providers }))
  return cwd
}

const check = (cwd: string, ...more: string[]) =>
  rowsmith(['tools', 'check', 'config.yaml', '--mcp-providers', 'mcp.yaml', ...more], { cwd })

describe('rowsmith tools check', () => {
  it('lists the tools of every alias that columns use, the allowed ones marked, and leaves no server behind', async () => {
    const { code, stdout, stderr } = await check(prepared('echo, fail'))
    expect(stderr).toBe('')
    expect(stdout).toMatch(/shop +one +echo +yes +Says it back/)
    expect(stdout).toMatch(/shop +one +fail +yes +once +Says it back/)
    expect(stdout).toMatch(/shop +one +hang +no /)
    expect(stdout).toMatch(/desk +two +hang +yes /)
    expect(code).toBe(0)
    expect([servers.calls('one'), servers.calls('two')]).toEqual([[], []])
    const pids = [...servers.pids('one'), ...servers.pids('two')]
    expect([pids.length, pids.filter(isAlive)]).toEqual([2, []])
  })

  it('says what is missing, of every alias, and fails', async () => {
    const cwd = prepared('ekho', servers.stdio('two', [], { command: '/nowhere/at/all' }))
    const { code, stdout } = await check(cwd, '--json')
    const { tools, exit_code: exitCode } = JSON.parse(stdout)
    expect([code, exitCode]).toEqual([5, 5])
    const [shop, desk] = tools
    expect(shop).toMatchObject({
      alias: 'shop',
      status: 'failed',
      problems: [
        { provider: null, code: 'config_invalid', message: expect.stringMatching(/did you mean "echo"/) },
      ],
    })
    expect(shop.tools).toContainEqual({
      provider: 'one',
      name: 'echo',
      description: 'Says it back.',
      allowed: false,
      once: false,
    })
    expect(desk).toMatchObject({
      alias: 'desk',
      status: 'failed',
      tools: [],
      problems: [{ provider: 'two', code: 'tools_unreachable', message: expect.stringMatching(/ENOENT/) }],
    })
  })
})

describe('rowsmith validate', () => {
  it('knows whether providers of tools are there, without starting one', async () => {
    const cwd = prepared('echo', servers.stdio('twoo'))
    const { code, stderr } = await rowsmith(['validate', 'config.yaml', '--mcp-providers', 'mcp.yaml'], {
      cwd,
    })
    expect(stderr).toMatch(/"desk" names provider "two", which is not defined; did you mean "twoo"/)
    expect(code).toBe(2)
    expect(servers.pids('one')).toEqual([])
  })

  it('says that they were not checked when no file of them is given', async () => {
    const { code, stderr } = await rowsmith(['validate', 'config.yaml'], { cwd: prepared('echo') })
    expect(stderr).toMatch(
      /^warning: No MCP providers are given: whether there is "one", "two" was not checked/,
    )
    expect(code).toBe(0)
  })
})
