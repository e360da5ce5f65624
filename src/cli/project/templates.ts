/** The datasets that a project can start from: each is an example of the package. */

export const languages = ['yaml', 'typescript'] as const
export type Language = (typeof languages)[number]

export interface Template {
  readonly name: string
  readonly summary: string
  /** In examples/, as `.yaml` and as `.ts`. */
  readonly example: string
  /** Files of examples/ that it reads. */
  readonly files: readonly string[]
}

export const templates: readonly Template[] = [
  {
    name: 'reviews',
    summary: 'product reviews, and what a shop can learn from each',
    example: 'product-reviews',
    files: [],
  },
  {
    name: 'text-to-sql',
    summary: 'questions with the SQL that answers each, checked by a parser',
    example: 'text-to-sql',
    files: [],
  },
  {
    name: 'rag-qa',
    summary: 'questions and answers about documents of a file',
    example: 'document-qa',
    files: ['document-qa.csv'],
  },
  {
    name: 'preference-pairs',
    summary: 'two answers to a request, and which one a judge prefers',
    example: 'preference-pairs',
    files: [],
  },
  { name: 'chat', summary: 'questions and answers as chat messages', example: 'chat-turns', files: [] },
  {
    name: 'judge',
    summary: 'answers to tickets, scored by a judge',
    example: 'judged-answers',
    files: [],
  },
]
