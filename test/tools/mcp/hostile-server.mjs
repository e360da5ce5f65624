// An MCP server over stdio that answers as its first argument says: JSON with the texts or values of each method.
//   list: pages of tools/list; each is the result (`{ tools, nextCursor }`). The last one is repeated.
//   call: by tool, the whole result; `{ "$exit": true }` ends the process, `{ "$line": "…" }` prints a text, `{ "$error": … }` is
//   the error, `{ "$late": ms, … }` answers late, `{ "$until": tool }` once that tool is called, `{ "$size": n }` a text of so many letters,
//   `{ "$progress": n }` tells so many times that it goes on.
//   noise: texts that are printed at the start; `mute`: nothing is answered, and the log tells of what is heard.
import { appendFileSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const [file, log] = process.argv.slice(2)
const {
  list = [{ tools: [] }],
  call = {},
  noise = [],
  mute = false,
  stderr = '',
} = JSON.parse(readFileSync(file, 'utf8'))
const note = (line) => appendFileSync(log, `${line}\n`)
note('started')
for (const text of noise) process.stdout.write(text)
if (stderr !== '') {
  process.stderr.write(stderr)
  process.exit(1)
}

const say = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
let pages = 0
const calls = new Map()
const firstCall = (tool) => {
  if (!calls.has(tool)) calls.set(tool, Promise.withResolvers())
  return calls.get(tool)
}

async function answer(line) {
  const { id, method, params } = JSON.parse(line)
  if (method === 'initialize') {
    const { protocolVersion } = params
    return say({
      id,
      result: { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'h', version: '1' } },
    })
  }
  if (method === 'tools/list') {
    note('list')
    return say({ id, result: list[Math.min(pages++, list.length - 1)] })
  }
  if (method !== 'tools/call') return id === undefined ? undefined : say({ id, result: {} })
  note(params.name === 'raw' ? line : `${params.name} ${JSON.stringify(params.arguments)}`)
  const { $exit, $line, $error, $late = 0, $size, $progress = 0, $until, ...result } = call[params.name] ?? {}
  if ($exit) process.exit(1)
  firstCall(params.name).resolve()
  for (let step = 1; step <= $progress; step++) {
    say({
      method: 'notifications/progress',
      params: { progressToken: params._meta?.progressToken, progress: step },
    })
  }
  await wait($late)
  if ($until !== undefined) await firstCall($until).promise
  if ($line !== undefined) return process.stdout.write($line.replaceAll('$id', id))
  if ($error !== undefined) return say({ id, error: $error })
  if ($size !== undefined)
    return say({ id, result: { content: [{ type: 'text', text: 'x'.repeat($size) }] } })
  return say({ id, result: 'value' in result ? result.value : result })
}

for await (const line of createInterface({ input: process.stdin })) {
  if (mute) note('heard')
  else void answer(line)
}
