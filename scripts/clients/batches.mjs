import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import OpenAI, { toFile } from 'openai'
import { all, deepEqual, equal, ok, refusal, run, url } from './checking.mjs'

const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })
const anthropic = new Anthropic({ baseURL: url, apiKey: 'none', maxRetries: 0 })
const google = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: url } })
const messages = [{ role: 'user', content: 'Say something long about kettles.' }]
const line = (custom_id) =>
  JSON.stringify({
    custom_id,
    method: 'POST',
    url: '/v1/chat/completions',
    body: { model: 'gpt-4o', messages },
  })

async function openAiBatch(...ids) {
  const file = await toFile(Buffer.from(ids.map(line).join('\n')), 'in.jsonl')
  const input = await openai.files.create({ file, purpose: 'batch' })
  const about = { input_file_id: input.id, endpoint: '/v1/chat/completions', completion_window: '24h' }
  return openai.batches.create({ ...about, metadata: { rowsmith: ids[0] } })
}

await run('openai (npm), batches', {
  'a file becomes a batch, and its results a file': async () => {
    const { id } = await openAiBatch('one', 'two')
    const batch = await openai.batches.retrieve(id)
    equal(batch.status, 'completed')
    deepEqual(batch.request_counts, { total: 2, completed: 2, failed: 0 })
    const text = await (await openai.files.content(batch.output_file_id)).text()
    const results = text
      .trim()
      .split('\n')
      .map((each) => JSON.parse(each))
    deepEqual(
      results.map(({ custom_id }) => custom_id),
      ['one', 'two'],
    )
    ok(results[0].response.body.choices[0].message.content.length > 20)
    const alone = await openai.chat.completions.create({ model: 'gpt-4o', messages })
    equal(results[0].response.body.choices[0].message.content, alone.choices[0].message.content)
  },
  'lists are newest first, in pages, with marks': async () => {
    for (const id of ['a', 'b', 'c']) await openAiBatch(id)
    const marks = []
    for await (const { metadata } of openai.batches.list({ limit: 2 })) marks.push(metadata.rowsmith)
    deepEqual(marks.slice(0, 3), ['c', 'b', 'a'])
  },
  'files can be looked at and deleted': async () => {
    const input = await openai.files.create({
      file: await toFile(Buffer.from(line('x')), 'x.jsonl'),
      purpose: 'batch',
    })
    equal((await openai.files.retrieve(input.id)).filename, 'x.jsonl')
    await openai.files.delete(input.id)
    equal((await refusal(openai.files.retrieve(input.id))).status, 404)
  },
  'what is cancelled too late is completed': async () => {
    const { id } = await openAiBatch('late')
    equal((await openai.batches.cancel(id)).status, 'completed')
  },
})

await run('@anthropic-ai/sdk, batches', {
  'requests become a batch, and results a stream': async () => {
    const params = { model: 'claude-haiku-4-5', max_tokens: 200, messages }
    const requests = ['one', 'two'].map((custom_id) => ({ custom_id, params }))
    const { id } = await anthropic.messages.batches.create({ requests })
    const batch = await anthropic.messages.batches.retrieve(id)
    equal(batch.processing_status, 'ended')
    equal(batch.request_counts.succeeded, 2)
    const results = await all(await anthropic.messages.batches.results(id))
    deepEqual(
      results.map(({ custom_id }) => custom_id),
      ['one', 'two'],
    )
    ok(results[0].result.message.content[0].text.length > 20)
  },
  'lists are newest first': async () => {
    const [first] = (await anthropic.messages.batches.list({ limit: 1 })).data
    ok(first.id.startsWith('batch_') && first.request_counts.succeeded === 2)
  },
  'a custom_id with a slash is refused': async () => {
    const requests = [{ custom_id: 'a/b', params: { model: 'x', max_tokens: 5, messages } }]
    equal((await refusal(anthropic.messages.batches.create({ requests }))).status, 400)
  },
})

await run('@google/genai, batches', {
  'requests become a batch, and responses stand in it': async () => {
    const src = ['one', 'two'].map((key) => ({
      contents: [{ role: 'user', parts: [{ text: 'Say something about kettles.' }] }],
      metadata: { key },
    }))
    const made = await google.batches.create({
      model: 'gemini-2.5-flash',
      src,
      config: { displayName: 'mark-1' },
    })
    const job = await google.batches.get({ name: made.name })
    equal(job.state, 'JOB_STATE_SUCCEEDED')
    equal(job.displayName, 'mark-1')
    deepEqual(
      job.dest.inlinedResponses.map(({ metadata }) => metadata.key),
      ['one', 'two'],
    )
    ok(job.dest.inlinedResponses[0].response.candidates[0].content.parts[0].text.length > 20)
  },
  'lists have display names': async () => {
    const jobs = []
    for await (const job of await google.batches.list({ config: { pageSize: 1 } })) jobs.push(job.displayName)
    ok(jobs.includes('mark-1'))
  },
})
