/**
 * The embedding of a text: each word throws the dice for a direction, and the text is their sum, of length 1. So equal texts
 * have equal vectors, and texts that share words are near each other.
 */
import { hash } from 'node:crypto'
import { Dice } from '../requested/dice.ts'

export function vectorOf(text: string, dimensions: number, seed: bigint): Float32Array {
  const sum = new Float64Array(dimensions)
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [text]) {
    const dice = new Dice(hash('sha256', `${seed}\nvector\n${word}`, 'buffer'))
    for (let at = 0; at < dimensions; at += 32) {
      const bits = dice.uint32()
      for (let bit = 0; bit < 32 && at + bit < dimensions; bit++)
        sum[at + bit] = (sum[at + bit] ?? 0) + ((bits >>> bit) & 1 ? 1 : -1)
    }
  }
  let square = 0
  for (const value of sum) square += value * value
  // Words may cancel each other out.
  if (square === 0) {
    sum[0] = 1
    square = 1
  }
  const length = Math.sqrt(square)
  return Float32Array.from(sum, (value) => value / length)
}
