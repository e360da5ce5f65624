/** agent-sessions.yaml, in TypeScript. */
import { dataset } from 'rowsmith'
import { dropColumns, expr, llmStructured } from 'rowsmith/columns'

const distiller = {
  provider: 'simulator',
  model: 'simulated-distiller',
  temperature: 0.4,
  maxParallelRequests: 16,
}

export default dataset({
  models: { distiller },
  seed: { agentSessions: 'atif', path: 'agent-sessions' },
})
  // Enough of a session to know it by: how it began, and how it ended.
  .column(
    'gist',
    expr(
      "{% for message in messages[:1] + messages[-1:] %}{{ message.role }}: {{ message.content | map(attribute='text') | join(' ') }} {% endfor %}",
      { drop: true },
    ),
  )
  .column(
    'pair',
    llmStructured({
      model: 'distiller',
      prompt: `An agent worked like this, with {{ tool_call_count }} calls of tools in between:

{{ gist }}

Word its task so that it can be understood alone, and the answer a good assistant would give.
`,
      schema: {
        type: 'object',
        properties: {
          instruction: { type: 'string' },
          answer: { type: 'string' },
          faithful: { type: 'integer', minimum: 1, maximum: 5 },
        },
        required: ['instruction', 'answer', 'faithful'],
      },
    }),
  )
  .column('recommended', expr('{{ pair.faithful >= 4 and tool_call_count > 0 }}', { as: 'bool' }))
  // Whole sessions stay where they are; the dataset holds what was made of them.
  .processor(
    'lean',
    dropColumns([
      'source_path',
      'source_meta',
      'messages',
      'is_sidechain',
      'cwd',
      'project_path',
      'git_branch',
      'agent_id',
    ]),
  )
