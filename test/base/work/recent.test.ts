import { describe, expect, it } from 'vitest'
import { Recent } from '../../../src/base/work/recent.ts'

describe('a cache of what was made last', () => {
  const counting = (recent: Recent<string>) => {
    const made: string[] = []
    const get = (name: string) =>
      recent.get(name, async () => {
        made.push(name)
        return name
      })
    return { made, get }
  }

  it('makes a thing once for everyone, and removes what was used the longest time ago', async () => {
    const { made, get } = counting(new Recent(2))
    expect(await Promise.all([get('a'), get('a'), get('b')])).toEqual(['a', 'a', 'b'])
    await get('a')
    await get('c')
    await get('a')
    await get('b')
    expect(made).toEqual(['a', 'b', 'c', 'b'])
  })

  it('counts weights, and stores one thing that is too heavy, until the next', async () => {
    const { made, get } = counting(new Recent(3, (name) => name.length))
    await get('heavy')
    await get('heavy')
    await get('ab')
    await get('c')
    await get('ab')
    await get('heavy')
    expect(made).toEqual(['heavy', 'ab', 'c', 'heavy'])
  })

  it('does not store a failure', async () => {
    const recent = new Recent<number>(2)
    await expect(recent.get('a', async () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await recent.get('a', async () => 1)).toBe(1)
  })
})
