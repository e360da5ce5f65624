/**
 * The MCP server on standard input and output.
 *
 * Rules:
 *   1. Standard output has the protocol and nothing else: what a config prints goes to standard error.
 *   2. It ends when its client closes standard input.
 */
import { readdirSync } from 'node:fs'
import { jsonSchema } from '../../entries/config.ts'
import { packageFile, packageFolder, packageVersion } from '../project/package-files.ts'
import { agentTools, errorObject, type ToolContext } from './tools.ts'

export interface AgentServer {
  /** Settles when the client has closed its end. */
  readonly closed: Promise<void>
  close(): Promise<void>
}

export async function serve(context: ToolContext): Promise<AgentServer> {
  console.log = console.error
  console.info = console.error
  const [{ McpServer }, { StdioServerTransport }] = await Promise.all([
    import('@modelcontextprotocol/sdk/server/mcp.js'),
    import('@modelcontextprotocol/sdk/server/stdio.js'),
  ])
  const server = new McpServer(
    { name: 'rowsmith', version: packageVersion() },
    { instructions: packageFile('AGENTS.md') },
  )
  for (const { name, description, input, hints, call } of agentTools) {
    server.registerTool(
      name,
      { description, inputSchema: input, annotations: hints },
      async (given: unknown) => {
        try {
          return { content: [textOf(await call(given as never, context))] }
        } catch (thrown) {
          return { content: [textOf(errorObject(thrown))], isError: true }
        }
      },
    )
  }
  const resource = (uri: string, text: () => string, mimeType: string): void => {
    server.registerResource(uri, uri, { mimeType }, async () => ({
      contents: [{ uri, text: text(), mimeType }],
    }))
  }
  resource('rowsmith://schema', () => JSON.stringify(jsonSchema('config')), 'application/schema+json')
  for (const page of readdirSync(packageFolder('docs'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.md'),
  )) {
    resource(`rowsmith://docs/${page}`, () => packageFile(`docs/${page}`), 'text/markdown')
  }
  const closed = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve)
    process.stdin.once('close', resolve)
  })
  await server.connect(new StdioServerTransport())
  return { closed, close: () => server.close() }
}

function textOf(object: object): { type: 'text'; text: string } {
  return {
    type: 'text',
    text: JSON.stringify(object, (_key, value) => (typeof value === 'bigint' ? String(value) : value)),
  }
}
