import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { Components, McpProviderConfig } from '../../src/index.ts'
import { inThread } from '../../src/testing/datasets/in-thread.ts'

type Transport = ReturnType<NonNullable<Components['transport']>>
type StdioProvider = Extract<McpProviderConfig, { provider_type: 'stdio' }>

/** A fresh folder for each test of the file, and what stdio servers of it were asked. */
export function serverFolder() {
  const folder = { path: '' }
  beforeEach(() => {
    folder.path = mkdtempSync(join(tmpdir(), 'rowsmith-tools-'))
  })
  afterEach(() => rmSync(folder.path, { recursive: true, force: true }))
  const linesOf = (name: string): string[] => {
    const log = join(folder.path, `${name}.log`)
    return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []
  }
  return {
    get path() {
      return folder.path
    },
    /** A provider whose server is a program. @param more its tools' description, and names of more tools */
    stdio(name: string, more: readonly string[] = [], fields: Partial<StdioProvider> = {}): StdioProvider {
      const script = join(import.meta.dirname, 'stdio-server.mjs')
      const args = [script, join(folder.path, `${name}.log`), ...more]
      return { name, provider_type: 'stdio', command: process.execPath, args, env: {}, ...fields }
    },
    /** The calls that a provider's servers took, without process ids. */
    calls: (name: string): string[] =>
      linesOf(name)
        .filter((line) => !line.startsWith('started '))
        .map((line) => line.replace(/ \d+$/, '')),
    /** The processes that were started. */
    pids: (name: string): number[] =>
      linesOf(name)
        .filter((line) => line.startsWith('started '))
        .map((line) => Number(line.slice('started '.length))),
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

interface Conversation {
  readonly role: string
  readonly content: string | readonly { readonly type: string }[]
}

/** What a model is asked: all messages, and the tools it is told of. */
export interface ToolAsked {
  readonly key: string
  readonly messages: readonly Conversation[]
  readonly tools: readonly { readonly function: { readonly name: string; readonly description: string } }[]
  /** What tools gave so far, in order. */
  readonly results: readonly Conversation['content'][]
}

/** A text, or the calls that a model makes: names with their arguments. */
export type ToolReply = string | readonly (readonly [name: string, given: object | string])[]

/** A model that calls tools. */
export function callingModel(reply: (asked: ToolAsked) => ToolReply | Promise<ToolReply>) {
  const asked: ToolAsked[] = []
  const transport: Transport = {
    async post(_url, headers, body, signal) {
      const { messages, tools = [] } = JSON.parse(body) as Pick<ToolAsked, 'messages' | 'tools'>
      const results = messages.filter(({ role }) => role === 'tool').map(({ content }) => content)
      const request = { key: headers['x-rowsmith-effect'] ?? '', messages, tools, results }
      asked.push(request)
      const { promise: stopped, reject } = Promise.withResolvers<never>()
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      const said = await Promise.race([reply(request), stopped])
      signal.throwIfAborted()
      const calls =
        typeof said === 'string'
          ? {}
          : {
              tool_calls: said.map(([name, given], index) => ({
                id: `call-${messages.length}-${index}`,
                type: 'function',
                function: { name, arguments: typeof given === 'string' ? given : JSON.stringify(given) },
              })),
            }
      const message = { role: 'assistant', content: typeof said === 'string' ? said : '', ...calls }
      const finish = typeof said === 'string' ? 'stop' : 'tool_calls'
      const text = JSON.stringify({
        choices: [{ message, finish_reason: finish }],
        usage: { prompt_tokens: 10, completion_tokens: 5 },
      })
      return { status: 200, headers: {}, body: text }
    },
    close: async () => {},
  }
  return { asked, components: { transport: () => transport, encoder: () => inThread } satisfies Components }
}
