// An MCP server over stdio for tests. Every call it takes is a line in the file of its first argument, with its process id.
// A tool whose name begins with `slow_` takes 25 ms.
import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const [log, description = 'Says it back.', ...extra] = process.argv.slice(2)
const schema = { type: 'object', properties: { text: { type: 'string' } } }
const names = ['echo', 'fail', 'hang', 'die', 'die_once', 'environment', 'picture', ...extra]
const tools = names.map((name) => ({ name, description, inputSchema: schema }))

const note = (line) => appendFileSync(log, `${line}\n`)
note(`started ${process.pid}`)

const text = (said) => ({ content: [{ type: 'text', text: said }] })

function call(name, given) {
  note(`${name} ${JSON.stringify(given)} ${process.pid}`)
  switch (name) {
    case 'fail':
      return { ...text('no such thing'), isError: true }
    case 'hang':
      return undefined
    case 'die':
      return process.exit(1)
    case 'die_once':
      if (existsSync(`${log}.died`)) return text('alive')
      writeFileSync(`${log}.died`, '')
      return process.exit(1)
    case 'environment':
      return text(String(process.env[given.text]))
    case 'picture':
      return {
        content: [
          { type: 'text', text: 'a dot' },
          {
            type: 'image',
            mimeType: 'image/png',
            data: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
          },
        ],
      }
    default:
      return text(`echo ${given.text}`)
  }
}

function answer({ method, params }) {
  switch (method) {
    case 'initialize':
      return {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'test', version: '1.0.0' },
      }
    case 'tools/list':
      // Two pages.
      return params?.cursor === 'rest'
        ? { tools: tools.slice(2) }
        : { tools: tools.slice(0, 2), nextCursor: 'rest' }
    case 'tools/call':
      return call(params.name, params.arguments)
    default:
      return {}
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line)
  const result = request.id === undefined ? undefined : answer(request)
  if (result === undefined) continue
  const say = () => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id: request.id, result })}\n`)
  if (request.params?.name?.startsWith('slow_')) setTimeout(say, 25)
  else say()
}
