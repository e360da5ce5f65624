/** Members of `--json` that have a new name: both are there and hold the same, and nothing of the user's is touched. */
import { readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { errorCodes, legacyCodes } from '../../../src/base/errors/error-codes.ts'
import { RowsmithError } from '../../../src/base/errors/errors.ts'
import { decisionAliases, memberAliases, withAliases } from '../../../src/cli/output/json-aliases.ts'
import { legacyCode } from '../../../src/cli/output/json-output.ts'

describe('a member that has a new name', () => {
  it.each(Object.entries(memberAliases))('%s is printed as %s too', (old, name) => {
    expect(withAliases({ [old]: [1, { [old]: null }] })).toEqual({
      [old]: [1, { [old]: null, [name]: null }],
      [name]: [1, { [old]: null, [name]: null }],
    })
  })

  it('stands right behind the old one', () => {
    expect(JSON.stringify(withAliases({ a: 1, bought: 2, b: 3 }))).toBe(
      '{"a":1,"bought":2,"requested":2,"b":3}',
    )
  })

  it('is what the object says itself, where it has one of that name', () => {
    expect(withAliases({ fate: 'open', state: 'there' })).toEqual({ fate: 'open', state: 'there' })
  })
})

test.each([
  ...Object.entries(decisionAliases),
  ['resume', 'resume'],
  ['already_complete', 'already_complete'],
])('the decision %s is the action %s', (decision, action) => {
  expect(withAliases({ decision })).toEqual({ decision, action })
})

test('no new name is an old one, and no two members have the same', () => {
  const names = Object.values(memberAliases)
  expect(names.filter((name) => Object.hasOwn(memberAliases, name))).toEqual([])
  expect(new Set(names).size).toBe(names.length)
})

test('rows, prompts, answers and facts stay as they are', () => {
  const own = { stage: 1, round: { fate: 2 } }
  const found = { rows: [own], value: own, values: own, prompt: own, reply: own, content: own, facts: own }
  expect(withAliases(found)).toEqual(found)
})

test('names that objects have by themselves are names', () => {
  const shown = withAliases(JSON.parse('{"__proto__": {"bought": 1}, "constructor": 2}')) as object
  expect(JSON.stringify(shown)).toBe('{"__proto__":{"bought":1,"requested":1},"constructor":2}')
})

test('docs/observability.md lists every new name', () => {
  const page = readFileSync('docs/observability.md', 'utf8')
  const listed = [...page.matchAll(/^\| `(\w+)` \| `(\w+)` \|$/gm)].map(([, old, name]) => [old, name])
  expect(listed).toEqual(Object.entries(memberAliases))
  for (const [old, name] of Object.entries(decisionAliases))
    expect(page).toContain(`\`${old}\` is \`${name}\``)
})

test.each(Object.entries(legacyCodes))('an error %s says that its code was %s', (code, legacy) => {
  expect(legacyCode(new RowsmithError(code as keyof typeof legacyCodes, 'x'))).toEqual({
    legacy_code: legacy,
  })
  expect(errorCodes).not.toHaveProperty(legacy)
})

test('an error whose code is the same as ever says nothing of it', () => {
  expect(legacyCode(new RowsmithError('usage', 'x'))).toEqual({})
})
