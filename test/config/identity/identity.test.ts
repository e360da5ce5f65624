import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/form/load.ts'
import { differences, postProcessingIdentity, rowsIdentity } from '../../../src/config/identity/identity.ts'

const head = 'columns:\n- {name: a, column_type: llm-text, prompt: Hi, model_alias: m}\n'
const hash = (yaml: string, more = {}): string => rowsIdentity(parseConfig(yaml, 'c.yaml'), more).hash
const model = 'model_configs:\n- {alias: m, model: x, provider: p}\n'

describe("the rows' identity", () => {
  it('is blind to what cannot change a row', () => {
    const plain = hash(head + model)
    expect(hash(`${head}${model}- {alias: unused, model: y, provider: p}\n`)).toBe(plain)
    expect(hash(`${head}${model}profilers: [{model_alias: m}]\n`)).toBe(plain)
    expect(
      hash(
        `${head}model_configs:\n- {alias: m, model: x, provider: p, inference_parameters: {timeout: 9, max_parallel_requests: 9}}\n`,
      ),
    ).toBe(plain)
  })

  it('sees the prompt, the model, and what it is told besides the config', () => {
    const plain = hash(head + model)
    expect(hash(head.replace('Hi', 'Ho') + model)).not.toBe(plain)
    expect(hash(head + model.replace('x', 'z'))).not.toBe(plain)
    expect(hash(head + model, { simulated: ['m'] })).not.toBe(plain)
  })
})

describe('the stage identity', () => {
  it('does not change with processors that run within a batch', () => {
    const transform = 'processors: [{name: p, processor_type: schema_transform, template: {x: "{{ a }}"}}]\n'
    const identity = (yaml: string): string => postProcessingIdentity(parseConfig(yaml, 'c.yaml'))
    expect(identity(head + model + transform)).toBe(identity(head + model))
  })
})

describe('differences are shown field by field', () => {
  it('with the value before and the value now, cut at 80 characters', () => {
    expect(
      differences(
        { columns: [{ p: 'a' }, { p: 'x'.repeat(100) }] },
        { columns: [{ p: 'b' }, { p: 'y', q: 1n }] },
      ),
    ).toEqual([
      'columns[0].p: "a" -> "b"',
      `columns[1].p: "${'x'.repeat(76)}... -> "y"`,
      'columns[1].q: not there -> 1',
    ])
  })

  it('an integer is not a float', () => {
    expect(differences({ a: 1n }, { a: 1 })).toEqual(['a: 1 -> 1.0'])
  })

  it('a named item that comes in between is one difference', () => {
    const item = (name: string, v: string): { name: string; v: string } => ({ name, v })
    expect(
      differences([item('a', '1'), item('b', '2')], [item('a', '1'), item('n', '0'), item('b', '3')]),
    ).toEqual(['[1]: "n" is new', '[2].v: "2" -> "3"'])
    expect(differences([item('a', '1'), item('b', '2')], [item('b', '2')])).toEqual(['[0]: "a" is missing'])
    expect(differences([item('a', '1'), item('b', '2')], [item('b', '2'), item('a', '1')])).toEqual([
      ': in another order',
    ])
  })

  it('and equal documents have none', () => {
    expect(differences({ a: [1n, { b: null }] }, { a: [1n, { b: null }] })).toEqual([])
  })
})
