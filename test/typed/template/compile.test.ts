/** The compiler's side of typed datasets, in one compiler; `npm run types` has three, all templates of Jinja, and what it costs. */
import { expect, test } from 'vitest'
import { compile, corpusSource, refusedProblems, refusedSource } from '../../../scripts/types.ts'

test('what must not compile does not, and says what is wrong; templates that Jinja renders raise no alarm', async () => {
  const compiled = await compile('typescript-7', {
    'refused.ts': refusedSource,
    'corpus.ts': corpusSource(10),
  })
  expect(refusedProblems(compiled)).toEqual([])
  expect(compiled.complaints.filter(({ file }) => file.endsWith('corpus.ts'))).toEqual([])
})
