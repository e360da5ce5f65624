import { describe, expect, it } from 'vitest'
import { divideThoughts } from '../../../src/models/body/thoughts.ts'

describe('thoughts at the beginning of an answer are no part of it', () => {
  it.each([
    ['<think>hm</think>Yes', 'hm', 'Yes'],
    ['\n<think>\nhm\n</think>\n\nYes', 'hm', '\n\nYes'],
    ['\ufeff<THINK>hm</Think>Yes', 'hm', 'Yes'],
    ['<think></think>\n\nYes', null, '\n\nYes'],
    ['<think>a</think>\n<think>b</think>Yes', 'a\n\nb', 'Yes'],
    ['<think type="deep">hm</think>Yes', 'hm', 'Yes'],
    ['<think>the tag `</think>` ends it</think>Yes', 'the tag `</think>` ends it', 'Yes'],
    ['<think>hm</thinking>Yes', 'hm', 'Yes'],
    ['<think>hm</think>\n<answer>\nYes\n</answer>', 'hm', '\nYes\n'],
    ['<think>hm</think><response>Yes</response>', 'hm', 'Yes'],
    ['<thinking>hm</thinking>Yes', 'hm', 'Yes'],
    ['<thought>hm</thought>Yes', 'hm', 'Yes'],
    ['<reasoning>hm</reasoning>Yes', 'hm', 'Yes'],
    ['<seed:think>hm</seed:think>Yes', 'hm', 'Yes'],
    ['<longcat_think>hm</longcat_think>Yes', 'hm', 'Yes'],
    ['[THINK]hm[/THINK]Yes', 'hm', 'Yes'],
    ['◁think▷hm◁/think▷Yes', 'hm', 'Yes'],
    ['<|START_THINKING|>hm<|END_THINKING|><|START_RESPONSE|>Yes<|END_RESPONSE|>', 'hm', 'Yes'],
    ['<|inner_prefix|>hm<|inner_suffix|>Yes', 'hm', 'Yes'],
    ['<unused94>thought\nhm<unused95>Yes', 'hm', 'Yes'],
    ['<|channel>thought\nhm<channel|>Yes', 'hm', 'Yes'],
    [
      '<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Yes<|return|>',
      'hm',
      'Yes',
    ],
    ['<|channel|>final<|message|>Yes', null, 'Yes'],
    ['analysisWe think.assistantfinalYes', 'We think.', 'Yes'],
    ['Here is my thought process: hm\nHere is my response: Yes', 'hm', ' Yes'],
    ['hm</think>Yes', 'hm', 'Yes'],
    ['hm\n</think>\n\n{"a":1}', 'hm', '\n\n{"a":1}'],
    ['{"a":1} is a draft</think>{"a":2}', '{"a":1} is a draft', '{"a":2}'],
    ['hm[/THINK]Yes', 'hm', 'Yes'],
    ['hm</seed:think>Yes', 'hm', 'Yes'],
    // Those who think again in their answer.
    ['<think>a</think>Yes.\n<think>b</think>No.', 'a\n\nb', 'Yes.\nNo.'],
    ['<think>a</think>Working.<think>b</think>', 'a\n\nb', 'Working.'],
    ['a</think>Yes.\n\n<thinking>b</thinking>\nNo.', 'a\n\nb', 'Yes.\n\n\nNo.'],
    ['<think>a</think>Yes.\n<think>b', 'a', 'Yes.\n<think>b'],
    ['<think>a</think>Write <think>x</think> first.', 'a', 'Write <think>x</think> first.'],
    ['<think>a</think>Use `<think>x</think>`.', 'a', 'Use `<think>x</think>`.'],
    ['<think>a</think>```\n<think>x</think>\n```', 'a', '```\n<think>x</think>\n```'],
    ['<think>a</think>{"a":"x.<think>y</think>"}', 'a', '{"a":"x.<think>y</think>"}'],
  ])('%j', (text, thoughts, answer) => {
    expect(divideThoughts(text)).toEqual({ thoughts, answer })
  })

  it.each([
    ['<think>hm', 'hm'],
    ['<think>hm ```json\n{"a":1}\n```', 'hm ```json\n{"a":1}\n```'],
    ['[THINK]hm', 'hm'],
    ['<think>a</think><think>b', 'a\n\nb'],
    ['<|channel|>analysis<|message|>hm<|end|>', 'hm'],
  ])('%j never ends, and is followed by no answer', (text, thoughts) => {
    expect(divideThoughts(text)).toEqual({ thoughts, answer: '' })
  })
})

it.each([
  'Yes',
  '',
  'Write <think> and </think> around thoughts.',
  'An answer.\n<think>and a tag that is spoken of</think>\nMore.',
  'Close with `</think>` first.',
  'It ends with "</think>".',
  '{"text": "hm</think>Yes"}',
  '["</think>"]',
  '```html\n</think>\n```',
  'thinking aloud, I say yes',
  '<thinker>hm</thinker>Yes',
  '<p>Yes</p>',
  'analysis of a market',
  'Here is my thought process: all of it is the answer',
])('%j has none', (text) => {
  expect(divideThoughts(text)).toEqual({ thoughts: null, answer: text })
})
