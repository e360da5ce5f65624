/** What `view`, `dev` and `simulate` say of a port that they cannot use. */
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { addPortOption, listening } from '../../../src/cli/process/serving.ts'

const portOf = (text: string): number =>
  addPortOption(new Command()).parse(['--port', text], { from: 'user' }).opts().port

test.each([['0', 0] as const, ['65535', 65_535] as const])('--port %s is a port', (text, port) => {
  expect(portOf(text)).toBe(port)
})

test.each([
  ['65536', 'at most 65535, not "65536"'],
  ['-1', 'at least 0, not "-1"'],
  ['http', 'at least 0, not "http"'],
])('--port %s is refused before anything listens', (text, message) => {
  expect(() => portOf(text)).toThrow(
    expect.objectContaining({ code: 'usage', message: expect.stringContaining(message) }),
  )
})

test('a port that another program has is said with a next step; other errors stay what they are', async () => {
  const taken = Object.assign(new Error('in use'), { code: 'EADDRINUSE' })
  await expect(listening(Promise.reject(taken), 80)).rejects.toMatchObject({
    code: 'usage',
    message: 'Cannot listen on port 80: EADDRINUSE',
    nextStep: 'Choose another --port.',
  })
  const other = new Error('of another kind')
  await expect(listening(Promise.reject(other), 80)).rejects.toBe(other)
})
