import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseJson } from '../../../src/base/values/json.ts'
import { isValueObject, type Value } from '../../../src/base/values/value.ts'
import { compileTemplate } from '../../../src/template/rendering/template.ts'

/** What Python's Jinja2 gave, once with its strict and once with its ordinary undefined. */
interface Case {
  readonly name: string
  readonly template: string
  readonly variables?: readonly string[]
  readonly strict: { readonly ok?: string; readonly error?: string }
  readonly lenient: { readonly ok?: string; readonly error?: string }
}

type Context = Readonly<Record<string, Value>>

function load(name: string): { context: Context; cases: readonly Case[] } {
  const text = readFileSync(new URL(`../../fixtures/jinja/${name}`, import.meta.url), 'utf8')
  const document = parseJson(text)
  const context = isValueObject(document) ? document.context : undefined
  if (!isValueObject(context)) throw new Error(`${name} has no context`)
  return { context, cases: (JSON.parse(text) as { cases: Case[] }).cases }
}

/** Cases that are not Jinja's on purpose, and why. One that gives Jinja's answer after all must leave the list. */
const different: Readonly<Record<string, string>> = {
  "{% for n in nums %}{% if loop.first %}{% set s = 'f' %}{% else %}{% set s = 'r' %}{% endif %}{{ s }}{% endfor %}":
    'a name assigned in every branch is not read from the row',
  '{{ [1, person.nope] }}': 'strict: a missing value inside a list is an error too, Jinja prints "Undefined"',
}

function outcome(template: string, context: Context, strict: boolean): string {
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

function readsOf(template: string): readonly string[] {
  return compileTemplate(template).reads
}

describe.each([
  ['cases.json', 155],
  ['more-cases.json', 434],
])('templates give what Python Jinja2 gives: %s', (name, count) => {
  const { context, cases } = load(name)

  test('the file is whole', () => {
    expect(cases.length).toBe(count)
  })

  for (const one of cases) {
    const strict = expected(one.strict)
    // Strict about names, lenient about attributes: a name that is missing fails as in Jinja's strict mode.
    const missesName = one.variables?.some((variable) => !Object.hasOwn(context, variable)) ?? false
    const ordinary = missesName ? strict : expected(one.lenient)
    if (one.name in different) {
      test(`${one.name} (${different[one.name]})`, () => {
        const same =
          outcome(one.template, context, true) === strict &&
          outcome(one.template, context, false) === ordinary &&
          readsOf(one.template).join() === one.variables?.join()
        expect(same, 'it gives the same now: take it off the list').toBe(false)
      })
      continue
    }
    test(one.name, () => {
      expect(outcome(one.template, context, true)).toBe(strict)
      expect(outcome(one.template, context, false)).toBe(ordinary)
      if (one.variables !== undefined) expect(readsOf(one.template)).toEqual(one.variables)
    })
  }
})

test('every case listed as different exists', () => {
  const names = new Set(load('more-cases.json').cases.map((one) => one.name))
  expect(Object.keys(different).filter((name) => !names.has(name))).toEqual([])
})
