/** The command `workflow`: real processes, really killed, and what it prints. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { begin, completion, folder, providersFor, rowsmith, server } from '../../support.ts'

const chain = (provider: string) => `
workflow: chain
model_configs:
  - { alias: writer, provider: ${provider}, model: simulated, inference_parameters: { max_parallel_requests: 2 } }
stages:
  - name: facts
    num_records: 6
    config:
      columns:
        - { name: id, column_type: sampler, sampler_type: uuid, params: {} }
        - { name: fact, column_type: llm-text, model_alias: writer, prompt: "Fact {{ id }}" }
  - name: questions
    config: questions.yaml
  - name: answers
    config:
      columns: [{ name: answer, column_type: llm-text, model_alias: writer, prompt: "Answer {{ question }}" }]
`
const questions = (prompt = 'Ask about {{ fact }}') => `
columns: [{ name: question, column_type: llm-text, model_alias: writer, prompt: "${prompt}" }]
`

test('killed in every stage, the same command goes on, and buys again only what was in flight', async () => {
  const kills = [2, 9, 15]
  let child: { kill(signal: 'SIGKILL'): boolean } | undefined
  const place = await server((_request, response, body) => {
    // The answer never leaves: the process dies with the request in flight.
    if (place.requests.length === kills[0]) {
      kills.shift()
      child?.kill('SIGKILL')
      response.destroy()
      return
    }
    const prompt = JSON.parse(body).messages.at(-1).content as string
    response.end(completion(`to ${prompt}`))
  })
  const cwd = folder({
    'chain.yaml': chain('local'),
    'questions.yaml': questions(),
    'providers.yaml': providersFor(place.endpoint),
  })
  const args = ['workflow', 'chain.yaml', '--providers', 'providers.yaml', '--seed', '3', '--json']
  const options = { cwd, env: { LOCAL_KEY: 'secret-key' } }
  const ends: (number | null)[] = []
  for (let run = 0; run < 4; run++) {
    const started = begin(args, options)
    child = started.child
    const ended = await started.ended
    ends.push(ended.code)
    if (ended.code !== 0) continue
    const told = JSON.parse(ended.stdout)
    expect(told.stages.map(({ status }: { status: string }) => status)).toEqual(Array(3).fill('completed'))
  }
  expect(ends).toEqual([null, null, null, 0])
  // 18 answers are needed; each kill costs at most the two that were in flight.
  expect(place.requests.length).toBeGreaterThanOrEqual(18 + 3)
  expect(place.requests.length).toBeLessThanOrEqual(18 + 3 * 2)
  const whole = begin([...args, '-d', 'whole'], options)
  child = undefined
  expect((await whole.ended).code).toBe(0)
  for (const stage of ['stage-0-facts', 'stage-1-questions', 'stage-2-answers']) {
    const files = (workflow: string) => {
      const path = join(cwd, 'artifacts', workflow, stage, 'parquet-files')
      return readdirSync(path).map((name) => readFileSync(join(path, name)))
    }
    expect(files('chain')).toEqual(files('whole'))
  }
  const status = await rowsmith(['status', 'artifacts/chain'], { cwd })
  expect(status.stdout).toMatch(
    /Workflow artifacts\/chain\n\nfacts: completed\n.*stage-0-facts\n {2}rows +6 of 6/,
  )
})

describe('the command', () => {
  test('tells of every stage, also of those it was not to run', async () => {
    const cwd = folder({ 'chain.yaml': chain('simulator'), 'questions.yaml': questions() })
    const first = await rowsmith(['workflow', 'chain.yaml', '-n', '4'], { cwd })
    expect(first.code).toBe(0)
    expect(first.stderr).toMatch(/Stage 1 of 3: facts\n[\s\S]*Stage 3 of 3: answers\n/)
    expect(first.stdout).toMatch(
      /^\nWorkflow artifacts\/chain\n {2}facts {6}completed {2}4 of 4 rows, 4 requests sent, 4 in total {2}artifacts\/chain\/stage-0-facts\n/,
    )
    const until = await rowsmith(['workflow', 'chain.yaml', '-n', '4', '--until', 'facts', '--json'], { cwd })
    expect(JSON.parse(until.stdout)).toMatchObject({
      workflow_path: 'artifacts/chain',
      stages: [
        { name: 'facts', summary: { decision: 'already_complete' } },
        { summary: null },
        { summary: null },
      ],
      exit_code: 0,
    })
  })

  test('validate looks through all stages, each with the columns it will get', async () => {
    const cwd = folder({ 'chain.yaml': chain('simulator'), 'questions.yaml': questions() })
    const valid = await rowsmith(['validate', 'chain.yaml'], { cwd })
    expect(valid).toMatchObject({
      code: 0,
      stdout:
        'chain.yaml is valid\n  facts: id, fact\n  questions: id, fact, question\n  answers: id, fact, question, answer\n',
    })
    const misspelt = folder({
      'chain.yaml': chain('simulator'),
      'questions.yaml': questions('Ask {{ fakt }}'),
    })
    const told = await rowsmith(['workflow', 'chain.yaml'], { cwd: misspelt })
    expect(told).toMatchObject({ code: 2, stdout: '' })
    expect(told.stderr).toMatch(
      /^error: Stage "questions": questions\.yaml:2: columns\[0\]\.prompt: "fakt" is not a column; did you mean "fact"\?/,
    )
    expect(readdirSync(misspelt).sort()).toEqual(['chain.yaml', 'questions.yaml'])
  })

  test('create says that a workflow is none of its configs', async () => {
    const cwd = folder({ 'chain.yaml': chain('simulator') })
    const told = await rowsmith(['create', 'chain.yaml'], { cwd })
    expect(told.code).toBe(2)
    expect(told.stderr).toMatch(/chain\.yaml:5: stages: this is a workflow: give it to `rowsmith workflow`/)
  })
})
