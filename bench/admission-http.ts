/**
 * The servers of `admission-servers.ts` over real HTTP, in a process of their own: what a real run makes of them, as multiples of
 * the ideal. `npm run bench:admission-http` plays four; `npm run bench:admission-http -- '10/s'` those whose name holds that.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configFromValue } from '../src/entries/config.ts'
import { create } from '../src/index.ts'
import { reported, type Scenario, targets, unlisted } from '../test/proof/clock/admission-servers.ts'

const scenarios = [...targets, ...reported, ...unlisted]
const usual = [
  '10/s, 429',
  '10/s, reported as by OpenAI',
  'capacity 4, reset',
  'capacity 4, 503 + Retry-After 2',
]
const answer = JSON.stringify({
  choices: [{ message: { role: 'assistant', content: 'It is written.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 },
})

/** The server process: prints its port, and at the end when it answered first and last, and how often it refused. */
function serve({ server }: Scenario): void {
  const began = performance.now()
  const now = () => performance.now() - began
  const offered = server(now, Math.random)
  const seen = { refused: 0, first: Number.POSITIVE_INFINITY, last: 0 }
  const http = createServer((request, response) => {
    request.resume().on('end', () => {
      seen.first = Math.min(seen.first, now())
      const served = offered(0, Number.POSITIVE_INFINITY)
      if ('takesMs' in served) {
        setTimeout(() => {
          served.over?.()
          seen.last = now()
          response.writeHead(200, { 'content-type': 'application/json', ...served.headers }).end(answer)
        }, served.takesMs)
        return
      }
      seen.refused++
      if (typeof served.refuses !== 'number') request.socket.destroy()
      else response.writeHead(served.refuses, served.headers).end('{"error":{"message":"Try again later."}}')
    })
  })
  http.listen(0, '127.0.0.1', () => process.send!({ port: (http.address() as AddressInfo).port }))
  process.on('message', () => {
    process.send!(seen, () => process.exit())
  })
}

function configOf(limit: number) {
  const parameters = { max_parallel_requests: BigInt(limit) }
  return configFromValue(
    {
      model_configs: [{ alias: 'writer', provider: 'bench', model: 'm', inference_parameters: parameters }],
      columns: [{ name: 'text', column_type: 'llm-text', model_alias: 'writer', prompt: 'Write about it.' }],
    },
    'bench',
  )
}

async function measure(scenario: Scenario): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'rowsmith-bench-'))
  const child = fork(import.meta.filename, ['--serve', scenario.name])
  try {
    const [{ port }] = (await once(child, 'message')) as [{ port: number }]
    const provider = {
      name: 'bench',
      endpoint: `http://127.0.0.1:${port}/v1`,
      provider_type: 'openai' as const,
    }
    await create(configOf(scenario.limit), {
      numRecords: scenario.rows,
      artifactPath: folder,
      providers: [{ ...provider, api_key: null, extra_body: null, extra_headers: null }],
    })
    child.send('end')
    const [seen] = (await once(child, 'message')) as [{ refused: number; first: number; last: number }]
    const seconds = (seen.last - seen.first) / 1000
    const { name, idealSeconds, ratio } = scenario
    return `| ${name} | ${idealSeconds} | ${seen.refused} | ${(seconds / idealSeconds).toFixed(2)}x | ${ratio}x |`
  } finally {
    child.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

const [first, second] = process.argv.slice(2)
if (first === '--serve') serve(scenarios.find(({ name }) => name === second)!)
else {
  const chosen = scenarios.filter(({ name }) =>
    first === undefined ? usual.includes(name) : name.includes(first),
  )
  console.log('| server | ideal, s | refused | time | target |\n|---|--:|--:|--:|--:|')
  for (const scenario of chosen) console.log(await measure(scenario))
}
