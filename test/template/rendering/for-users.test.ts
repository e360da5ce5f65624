import { describe, expect, it } from 'vitest'
import { compileTemplate } from '../../../src/entries/template.ts'

describe('a template in a program', () => {
  it('tells what it reads, and renders ordinary values', () => {
    const template = compileTemplate('{% for tag in tags %}{{ tag | upper }} {% endfor %}{{ price * 2 }}')
    expect(template.variables).toEqual(['price', 'tags'])
    expect(template.render({ tags: ['a', 'b'], price: 1.5 })).toBe('A B 3.0')
  })

  it('evaluates one expression to its value, and anything else to its text', () => {
    expect(compileTemplate('{{ price * 2 }}').evaluate({ price: 2 })).toBe(4n)
    expect(compileTemplate('{{ price / 2 }}').evaluate({ price: 3 })).toBe(1.5)
    expect(compileTemplate('{{ tags }}').evaluate({ tags: ['a', null, { b: true }] })).toEqual([
      'a',
      null,
      { b: true },
    ])
    expect(compileTemplate('={{ price }}').evaluate({ price: 2 })).toBe('=2')
  })

  it('never looks at what it does not read', () => {
    const context = {
      a: 1,
      f: () => 1,
      get broken(): never {
        throw new Error('looked at')
      },
    }
    expect(compileTemplate('{{ a }}').render(context)).toBe('1')
  })

  it('says where it is wrong, and which name is missing', () => {
    expect(() => compileTemplate('a\n{{ b | nope }}')).toThrow(
      expect.objectContaining({ code: 'template_invalid', facts: expect.objectContaining({ line: 2 }) }),
    )
    expect(() => compileTemplate('{{ a }} {{ b }}').render({ a: 1 })).toThrow(
      expect.objectContaining({
        code: 'template_failed',
        facts: expect.objectContaining({ variable: 'b', line: 1, column: 12 }),
      }),
    )
  })
})
