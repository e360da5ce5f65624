import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseJson } from '../../src/base/json.ts'
import { isValueObject, type Value } from '../../src/base/value.ts'
import { compileTemplate } from '../../src/template/template.ts'

/** What Python's Jinja2 gave, once with its strict and once with its ordinary undefined. */
interface Case {
  readonly name: string
  readonly template: string
  readonly variables?: readonly string[]
  readonly strict: { readonly ok?: string; readonly error?: string }
  readonly lenient: { readonly ok?: string; readonly error?: string }
}

const file = readFileSync(new URL('../fixtures/jinja/cases.json', import.meta.url), 'utf8')
const cases = (JSON.parse(file) as { cases: Case[] }).cases
const context = contextOf(parseJson(file))

function contextOf(document: Value): Record<string, Value> {
  if (!isValueObject(document) || !isValueObject(document.context ?? null)) throw new Error('no context')
  return document.context as Record<string, Value>
}

/** Cases that do not give Jinja's answer yet, and why. A case that does must leave this list. */
const later: Readonly<Record<string, string>> = {}

/** What we do with a case: its text, or the code of its error. */
function outcome(template: string, strict: boolean): string {
  try {
    return `text: ${compileTemplate(template, { strict }).render(context)}`
  } catch (error) {
    return `error: ${(error as { code?: string }).code ?? String(error)}`
  }
}

function expected(answer: Case['strict']): string {
  if (answer.ok !== undefined) return `text: ${answer.ok}`
  const invalid = answer.error === 'TemplateSyntaxError' || answer.error === 'TemplateAssertionError'
  return `error: ${invalid ? 'template_invalid' : 'template_failed'}`
}

describe('templates give what Python Jinja2 gives', () => {
  test('the fixture is whole', () => {
    expect(cases.length).toBe(155)
    expect(Object.keys(later).filter((name) => cases.every((one) => one.name !== name))).toEqual([])
  })

  for (const one of cases) {
    const isLater = one.name in later
    test(`${one.name}${isLater ? ' (not yet)' : ''}`, () => {
      const wantStrict = expected(one.strict)
      // Ours is strict about names and lenient about attributes: a missing name fails as in Jinja's strict mode.
      const missesName = one.variables?.some((name) => !Object.hasOwn(context, name)) ?? false
      const want = missesName ? wantStrict : expected(one.lenient)
      const matches = outcome(one.template, true) === wantStrict && outcome(one.template, false) === want
      if (isLater) {
        expect(matches, 'it matches now: take it off the list').toBe(false)
        return
      }
      expect(outcome(one.template, true)).toBe(wantStrict)
      expect(outcome(one.template, false)).toBe(want)
      if (one.variables !== undefined) expect(compileTemplate(one.template).reads).toEqual(one.variables)
    })
  }
})
