// A small MCP server over stdio, without a library: one line of JSON in, one out.
import { createInterface } from 'node:readline'

const orders = {
  'A-1001': [
    ['teapot', 24.5],
    ['cups', 12],
  ],
  'A-1002': [['lamp', 39.9]],
  'A-1003': [
    ['kettle', 31],
    ['filter', 7.25],
    ['tea', 4.75],
  ],
}

const tools = [
  {
    name: 'find_order',
    description: 'The items of an order, with their prices.',
    inputSchema: {
      type: 'object',
      properties: { order: { type: 'string', enum: Object.keys(orders) } },
      required: ['order'],
    },
  },
  {
    name: 'add_up',
    description: 'Adds prices up.',
    inputSchema: {
      type: 'object',
      properties: { prices: { type: 'array', items: { type: 'number' } } },
      required: ['prices'],
    },
  },
  {
    name: 'cancel_order',
    description: 'Cancels an order for good.',
    inputSchema: { type: 'object', properties: { order: { type: 'string' } }, required: ['order'] },
  },
]

function call(name, given) {
  if (name === 'find_order') {
    const items = orders[given.order]
    if (items === undefined) throw new Error(`There is no order ${given.order}.`)
    return items.map(([item, price]) => `${item}: ${price.toFixed(2)}`).join('\n')
  }
  if (name === 'add_up') return given.prices.reduce((sum, price) => sum + price, 0).toFixed(2)
  throw new Error(`There is no tool ${name}.`)
}

function answer({ method, params }) {
  switch (method) {
    case 'initialize':
      return {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'shop', version: '1.0.0' },
      }
    case 'tools/list':
      return { tools }
    case 'tools/call':
      try {
        return { content: [{ type: 'text', text: call(params.name, params.arguments) }] }
      } catch (error) {
        return { content: [{ type: 'text', text: error.message }], isError: true }
      }
    default:
      return {}
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line)
  // What has no id wants no answer.
  if (request.id === undefined) continue
  const result = answer(request)
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id: request.id, result })}\n`)
}
