/** What agents did, as seed rows: a session of each format, and what is no session. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readSeed, seedFolder } from '../opened.ts'

const folder = seedFolder()
const lines = (...records: unknown[]) => records.map((record) => JSON.stringify(record)).join('\n')
const read = (format: string, more: object = {}) =>
  readSeed({ seed_type: 'agent_rollout', format, path: 'sessions', ...more }, { folders: [folder.path] })
const words = (text: string) => [{ type: 'text', text }]
const call = (id: string, name: string, args: unknown) => ({
  id,
  type: 'function',
  function: { name, arguments: typeof args === 'string' ? args : JSON.stringify(args) },
})

describe('a session of an agent', () => {
  it('of atif is a document with steps', async () => {
    const path = folder.write(
      'sessions/a.json',
      JSON.stringify({
        schema_version: 'ATIF-v1.4',
        session_id: 's1',
        agent: { name: 'terminus', version: '2' },
        steps: [
          { step_id: 1, timestamp: '2025-01-01T10:00:00Z', source: 'system', message: 'Be brief' },
          { step_id: 2, timestamp: '2025-01-01T12:00:00+03:00', source: 'user', message: 'List files' },
          {
            step_id: 3,
            timestamp: '2025-01-01T10:00:05Z',
            source: 'agent',
            message: '',
            reasoning_content: 'I should look',
            tool_calls: [{ tool_call_id: 'c1', function_name: 'ls', arguments: { path: '.' } }],
            observation: {
              results: [
                { source_call_id: 'c1', content: 'a.md', subagent_trajectory_ref: [{ session_id: 's2' }] },
              ],
            },
            metrics: { prompt_tokens: 7 },
          },
          { step_id: 4, source: 'agent', message: 'There is a.md', is_copied_context: true },
        ],
      }),
    )
    const { rows, types } = await read('atif')
    expect(types).toEqual([
      'trace_id string',
      'source_kind string',
      'source_path string',
      'root_session_id string',
      'agent_id string',
      'is_sidechain bool',
      'cwd string',
      'project_path string',
      'git_branch string',
      'started_at string',
      'ended_at string',
      'messages json',
      'source_meta json',
      'message_count int',
      'tool_call_count int',
      'final_assistant_message string',
    ])
    expect(rows).toEqual([
      {
        trace_id: 's1',
        source_kind: 'atif',
        source_path: path,
        root_session_id: 's1',
        agent_id: 'terminus',
        is_sidechain: false,
        cwd: null,
        project_path: null,
        git_branch: null,
        // Moments are compared as moments, whatever their offsets, and spelled as they were.
        started_at: '2025-01-01T12:00:00+03:00',
        ended_at: '2025-01-01T10:00:05Z',
        messages: [
          { role: 'system', content: words('Be brief') },
          { role: 'user', content: words('List files') },
          {
            role: 'assistant',
            content: [],
            reasoning_content: 'I should look',
            tool_calls: [call('c1', 'ls', { path: '.' })],
          },
          { role: 'tool', content: words('a.md'), tool_call_id: 'c1' },
          { role: 'assistant', content: words('There is a.md') },
        ],
        source_meta: {
          schema_version: 'ATIF-v1.4',
          agent: { name: 'terminus', version: '2' },
          copied_context_step_ids: [4n],
          steps: [
            { step_id: 3n, metrics: { prompt_tokens: 7n }, subagent_trajectory_ref: [{ session_id: 's2' }] },
            { step_id: 4n, is_copied_context: true },
          ],
        },
        message_count: 5n,
        tool_call_count: 1n,
        final_assistant_message: 'There is a.md',
      },
    ])
  })

  it.each<[string, object, RegExp]>([
    ['a version', { schema_version: undefined }, /lacks schema_version/],
    ['an agent with a name', { agent: {} }, /lacks agent\.name/],
    ['steps', { steps: [] }, /lacks steps/],
    [
      'steps in order',
      { steps: [{ step_id: 2, source: 'user', message: 'x' }] },
      /steps\[0\]\.step_id must be 1/,
    ],
    ['messages', { steps: [{ step_id: 1, source: 'user' }] }, /steps\[0\] lacks message/],
    [
      'reasoning of the agent alone',
      { steps: [{ step_id: 1, source: 'user', message: 'x', reasoning_content: 'y' }] },
      /no agent's/,
    ],
    [
      'results of calls there are',
      {
        steps: [
          {
            step_id: 1,
            source: 'agent',
            message: 'x',
            observation: { results: [{ source_call_id: 'c', content: '' }] },
          },
        ],
      },
      /observation\.results\[0\] is of no call/,
    ],
  ])('of atif has %s', async (_, change, message) => {
    const steps = [{ step_id: 1, source: 'user', message: 'x' }]
    const whole = { schema_version: '1', session_id: 's', agent: { name: 'a' }, steps, ...change }
    folder.write('sessions/a.json', JSON.stringify(whole))
    await expect(read('atif')).rejects.toMatchObject({
      code: 'seed_unreadable',
      message: expect.stringMatching(message),
    })
  })

  it('of Claude Code is a file of records; what tools answered comes as user records', async () => {
    const at = (second: number) => `2025-02-01T00:00:0${second}.000Z`
    const base = { sessionId: 'abc', cwd: '/home/me/shop', gitBranch: 'main', version: '2.0.1' }
    folder.write(
      'sessions/shop/abc.jsonl',
      lines(
        { type: 'file-history-snapshot', snapshot: {} },
        { ...base, type: 'user', timestamp: at(1), message: { role: 'user', content: 'Fix the test' } },
        {
          ...base,
          type: 'assistant',
          timestamp: at(2),
          message: {
            id: 'm1',
            model: 'claude',
            content: [{ type: 'thinking', thinking: 'Hm', signature: 'x' }],
          },
        },
        {
          ...base,
          type: 'assistant',
          timestamp: at(3),
          message: {
            id: 'm1',
            model: 'claude',
            content: [
              { type: 'text', text: 'I look.' },
              { type: 'tool_use', id: 't1', name: 'Read', input: { file: 'a' } },
            ],
          },
        },
        {
          ...base,
          type: 'user',
          timestamp: at(4),
          message: {
            role: 'user',
            content: [
              { type: 'tool_result', tool_use_id: 't1', content: [{ type: 'text', text: 'text of a' }] },
              { type: 'text', text: 'Go on' },
            ],
          },
        },
        {
          ...base,
          type: 'assistant',
          timestamp: at(5),
          message: { id: 'm2', model: 'claude', content: [{ type: 'text', text: 'Done.' }] },
        },
      ),
    )
    folder.write(
      'sessions/shop/agent-7.jsonl',
      lines({ ...base, type: 'user', agentId: '7', isSidechain: true, message: { content: 'Look it up' } }),
    )
    folder.write('sessions/history.jsonl', 'not json')
    folder.write('sessions/shop/tool-results/big.jsonl', 'not json')
    folder.write(
      'sessions/shop/sessions-index.json',
      JSON.stringify({
        version: 1,
        entries: [{ sessionId: 'abc', projectPath: '/shop', summary: 'A fix', firstPrompt: 'Fix' }],
      }),
    )
    const { rows, warnings } = await read('claude_code')
    expect(warnings).toEqual([])
    expect(rows).toHaveLength(2)
    expect(rows[1]).toMatchObject({
      trace_id: 'abc:7',
      root_session_id: 'abc',
      agent_id: '7',
      is_sidechain: true,
      message_count: 1n,
      final_assistant_message: null,
    })
    expect(rows[0]).toMatchObject({
      trace_id: 'abc',
      agent_id: null,
      is_sidechain: false,
      cwd: '/home/me/shop',
      project_path: '/shop',
      git_branch: 'main',
      started_at: at(1),
      ended_at: at(5),
      messages: [
        { role: 'user', content: words('Fix the test') },
        {
          role: 'assistant',
          content: words('I look.'),
          reasoning_content: 'Hm',
          tool_calls: [call('t1', 'Read', { file: 'a' })],
        },
        { role: 'tool', content: words('text of a'), tool_call_id: 't1' },
        { role: 'user', content: words('Go on') },
        { role: 'assistant', content: words('Done.') },
      ],
      source_meta: { version: '2.0.1', models: ['claude'], summary: 'A fix', first_prompt: 'Fix' },
      message_count: 5n,
      tool_call_count: 1n,
      final_assistant_message: 'Done.',
    })
  })

  it('of Claude Code is the branch that was gone on with, without what the program put in', async () => {
    const said = (
      uuid: string,
      parentUuid: string | null,
      type: string,
      content: unknown,
      more: object = {},
    ) => ({
      ...{ sessionId: 's', uuid, parentUuid, type, ...more },
      message: { id: type === 'assistant' ? `m-${uuid}` : undefined, content },
    })
    const use = { type: 'tool_use', id: 't', name: 'Read', input: {} }
    const result = { type: 'tool_result', tool_use_id: 't', content: 'no such file', is_error: true }
    const answer = said('5', '4', 'assistant', words('yo'))
    folder.write(
      'sessions/s.jsonl',
      `\uFEFF${lines(
        said('0', null, 'user', 'Caveat', { isMeta: true }),
        said('1', '0', 'user', 'What time is it'),
        said('2', '1', 'assistant', words('abandoned')),
        said('3', '0', 'user', 'Read a'),
        said('3a', '3', 'assistant', [use]),
        said('4', '3a', 'user', [result]),
        said('e', '4', 'assistant', words('API Error: 529'), { isApiErrorMessage: true }),
        answer,
        answer,
        said('6', '5', 'user', 'Summary of it all', { isCompactSummary: true }),
      )}\n${'\0'.repeat(40)}`,
    )
    const { rows, warnings } = await read('claude_code')
    expect(warnings).toEqual([])
    expect(rows).toMatchObject([
      {
        messages: [
          { role: 'user', content: words('Read a') },
          { role: 'assistant', tool_calls: [call('t', 'Read', {})] },
          { role: 'tool', content: words('no such file'), is_error: true },
          { role: 'assistant', content: words('yo') },
        ],
        final_assistant_message: 'yo',
      },
    ])
  })

  it('of Codex from before there was session_meta is read, and records that say nothing are passed over', async () => {
    folder.write(
      'sessions/rollout-old.jsonl',
      lines(
        { id: 'r0', timestamp: '2025-01-01T00:00:00Z', instructions: null, git: { branch: 'main' } },
        { record_type: 'state' },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Go' }] },
        { type: 'event_msg', payload: null },
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Gone' }] },
      ),
    )
    const { rows, warnings } = await read('codex')
    expect(warnings).toEqual([])
    expect(rows).toMatchObject([
      { trace_id: 'r0', git_branch: 'main', message_count: 2n, final_assistant_message: 'Gone' },
    ])
  })

  it('of Codex is a rollout; reasoning belongs to what follows it, and counts once', async () => {
    const item = (payload: object, second: number) => ({
      timestamp: `2025-03-01T00:00:0${second}Z`,
      type: 'response_item',
      payload,
    })
    folder.write(
      'sessions/2025/rollout-1.jsonl',
      lines(
        {
          timestamp: '2025-03-01T00:00:00Z',
          type: 'session_meta',
          payload: { id: 'r1', cwd: '/w', originator: 'cli', cli_version: '1', git: { branch: 'dev' } },
        },
        item({ type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Rules' }] }, 1),
        item({ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Go' }] }, 2),
        { type: 'turn_context', payload: { model: 'gpt' } },
        { type: 'event_msg', payload: { type: 'agent_reasoning', text: 'Think' } },
        item(
          { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Think' }], encrypted_content: 'zz' },
          3,
        ),
        item({ type: 'function_call', name: 'shell', arguments: '{"cmd":"ls"}', call_id: 'c1' }, 4),
        item({ type: 'function_call_output', call_id: 'c1', output: 'a\nb' }, 5),
        item({ type: 'custom_tool_call', name: 'apply_patch', input: '*** Begin', call_id: 'c2' }, 6),
        item({ type: 'custom_tool_call_output', call_id: 'c2', output: { content: 'ok', success: true } }, 7),
        item({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Finished' }] }, 8),
        item({ type: 'reasoning', summary: [{ type: 'summary_text', text: 'And now' }] }, 9),
      ),
    )
    folder.write('sessions/other.jsonl', 'not json')
    const { rows, warnings } = await read('codex')
    expect(warnings).toEqual([])
    expect(rows).toMatchObject([
      {
        trace_id: 'r1',
        cwd: '/w',
        git_branch: 'dev',
        started_at: '2025-03-01T00:00:00Z',
        ended_at: '2025-03-01T00:00:09Z',
        messages: [
          { role: 'system', content: words('Rules') },
          { role: 'user', content: words('Go') },
          {
            role: 'assistant',
            content: [],
            reasoning_content: 'Think',
            tool_calls: [call('c1', 'shell', '{"cmd":"ls"}')],
          },
          { role: 'tool', content: words('a\nb'), tool_call_id: 'c1' },
          { role: 'assistant', content: [], tool_calls: [call('c2', 'apply_patch', '*** Begin')] },
          { role: 'tool', content: words('ok'), tool_call_id: 'c2' },
          { role: 'assistant', content: words('Finished') },
        ],
        source_meta: {
          originator: 'cli',
          cli_version: '1',
          models: ['gpt'],
          unattached_reasoning: ['And now'],
        },
        tool_call_count: 2n,
        final_assistant_message: 'Finished',
      },
    ])
  })

  it('of Hermes is a document of the command line, or messages of the gateway', async () => {
    folder.write(
      'sessions/session_1.json',
      JSON.stringify({
        session_id: '1',
        model: 'm',
        session_start: '2025-01-01T00:00:00',
        last_updated: '2025-01-01T00:01:00',
        system_prompt: 'Be kind',
        tools: [{ type: 'function' }],
        messages: [
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: 'Hello', reasoning: 'Greet', tool_calls: [call('c', 'f', '{}')] },
          { role: 'tool', content: 'r', tool_call_id: 'c' },
        ],
      }),
    )
    folder.write(
      'sessions/g2.jsonl',
      lines(
        { role: 'session_meta', model: 'm2', platform: 'chat', timestamp: '2025-01-02T00:00:00Z' },
        { role: 'user', content: 'Hey', timestamp: '2025-01-02T00:00:01Z' },
      ),
    )
    folder.write('sessions/sessions.json', JSON.stringify({ key: { session_id: 'g2', display_name: 'Ann' } }))
    folder.write('sessions/config.json', '{')
    const { rows, warnings } = await read('hermes_agent')
    expect(warnings).toEqual([])
    expect(rows).toMatchObject([
      {
        trace_id: 'g2',
        message_count: 1n,
        source_meta: { model: 'm2', platform: 'chat', display_name: 'Ann' },
      },
      {
        trace_id: '1',
        started_at: '2025-01-01T00:00:00',
        ended_at: '2025-01-01T00:01:00',
        messages: [
          { role: 'system', content: words('Be kind') },
          { role: 'user', content: words('Hi') },
          {
            role: 'assistant',
            content: words('Hello'),
            reasoning_content: 'Greet',
            tool_calls: [call('c', 'f', '{}')],
          },
          { role: 'tool', content: words('r'), tool_call_id: 'c' },
        ],
        source_meta: { model: 'm', tools: [{ type: 'function' }] },
        final_assistant_message: 'Hello',
      },
    ])
  })

  it('of Pi is the way from its last entry to the root; branches that were left are not part of it', async () => {
    const entry = (id: string, parentId: string | null, more: object) => ({ id, parentId, ...more })
    const said = (role: string, content: unknown, more: object = {}) => ({
      type: 'message',
      message: { role, content, ...more },
    })
    folder.write(
      'sessions/p.jsonl',
      lines(
        { type: 'session', version: 3, id: 'p1', timestamp: '2025-04-01T00:00:00Z', cwd: '/p' },
        entry('1', null, said('user', 'Start')),
        entry(
          '2',
          '1',
          said('assistant', words('A wrong way'), { model: 'x', provider: 'q', stopReason: 'stop' }),
        ),
        entry('3', '1', { type: 'branch_summary', summary: 'Went back' }),
        entry('4', '3', { type: 'message', message: { role: 'bashExecution', command: 'ls', output: 'a' } }),
        entry(
          '5',
          '4',
          said(
            'assistant',
            [
              { type: 'thinking', thinking: 'So' },
              { type: 'toolCall', id: 't', name: 'read', arguments: { path: 'a' } },
            ],
            { model: 'y', provider: 'q', stopReason: 'toolUse' },
          ),
        ),
        entry('6', '5', said('toolResult', words('text'), { toolCallId: 't', toolName: 'read' })),
        entry('7', '6', said('assistant', words('Right'), { model: 'y', provider: 'q', stopReason: 'stop' })),
      ),
    )
    const { rows } = await read('pi_coding_agent')
    expect(rows).toMatchObject([
      {
        trace_id: 'p1',
        cwd: '/p',
        messages: [
          { role: 'user', content: words('Start') },
          { role: 'system', content: words('Went back') },
          { role: 'assistant', content: [], tool_calls: [call('bash-1', 'bash', { command: 'ls' })] },
          { role: 'tool', content: words('a'), tool_call_id: 'bash-1' },
          {
            role: 'assistant',
            content: [],
            reasoning_content: 'So',
            tool_calls: [call('t', 'read', { path: 'a' })],
          },
          { role: 'tool', content: words('text'), tool_call_id: 't' },
          { role: 'assistant', content: words('Right') },
        ],
        source_meta: { version: 3n, has_branches: true, models: ['q/y'], stop_reasons: ['toolUse', 'stop'] },
        tool_call_count: 2n,
        final_assistant_message: 'Right',
      },
    ])
  })
})

describe('a file that is no session', () => {
  const good = (id: string) =>
    lines(
      { type: 'session', id },
      { id: '1', parentId: null, type: 'message', message: { role: 'user', content: id } },
    )
  const pi = (more: object = {}, around: object = {}) =>
    readSeed(
      { seed_type: 'agent_rollout', format: 'pi_coding_agent', path: 'sessions', ...more },
      { folders: [folder.path] },
      around,
    )

  it.each<[string, string, RegExp]>([
    ['is empty', '\n', /bad\.jsonl: is empty$/],
    ['is cut off', `${good('x')}\n{"id": "2", "par`, /bad\.jsonl:3: is not JSON: /],
    ['has a line that is no object', `${good('x')}\n[1]`, /bad\.jsonl:3: is not a JSON object$/],
    ['begins wrong', good('x').split('\n')[1]!, /bad\.jsonl:1: does not begin with a session/],
    ['has a parent it lacks', `${good('x')}\n{"id":"2","parentId":"9"}`, /bad\.jsonl:3: has no entry 9/],
    ['turns in a circle', `${good('x')}\n{"id":"2","parentId":"2"}`, /bad\.jsonl:3: .* its own ancestor/],
  ])(
    'since it %s is passed over with its place, and the rows of the others count on without a gap',
    async (_, text, place) => {
      folder.write('sessions/a.jsonl', good('a'))
      const bad = folder.write('sessions/bad.jsonl', text)
      folder.write('sessions/c.jsonl', good('c'))
      const { rows, warnings, selection } = await pi({}, { selection_strategy: { start: 1, end: 1 } })
      expect(rows.map((row) => row.trace_id)).toEqual(['a', 'c'])
      expect(selection).toEqual({ start: 1, size: 1 })
      expect(warnings).toEqual([expect.stringMatching(place)])
      rmSync(bad)
      expect((await pi()).warnings).toEqual([])
    },
  )

  it('is an error when there is no other', async () => {
    folder.write('sessions/bad.jsonl', '{')
    await expect(pi()).rejects.toMatchObject({
      code: 'seed_unreadable',
      message: expect.stringMatching(
        /no file in it is a session of pi_coding_agent; the last one: .*bad\.jsonl:1: is not JSON/,
      ),
    })
  })

  it('is not looked for where files are named otherwise, or lie deeper', async () => {
    folder.write('sessions/a.jsonl', good('a'))
    folder.write('sessions/deep/b.jsonl', good('b'))
    expect((await pi({ recursive: false })).rows).toHaveLength(1)
    expect((await pi({ file_pattern: 'b*' })).rows).toMatchObject([{ trace_id: 'b' }])
  })

  it('is looked for in the folder of the agent when none is named', async () => {
    folder.write('.pi/agent/sessions/a.jsonl', good('a'))
    const before = process.env.HOME
    process.env.HOME = folder.path
    try {
      const { rows } = await pi({ path: null })
      expect(rows).toMatchObject([{ source_path: join(folder.path, '.pi/agent/sessions/a.jsonl') }])
    } finally {
      process.env.HOME = before
    }
  })
})
