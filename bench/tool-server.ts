/** An MCP server over stdio with one tool that answers at once: both clients of the grid start it. */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { z } from 'zod'

const server = new McpServer({ name: 'bench', version: '1' })
const inputSchema = { word: z.string() }
server.registerTool('look_up', { description: 'Looks a word up.', inputSchema }, async ({ word }) => ({
  content: [{ type: 'text', text: `${word}: found` }],
}))
await server.connect(new StdioServerTransport())
