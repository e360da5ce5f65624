import { present } from '../../base/errors/present.ts'

/** Line and column in characters from 1. @param position counts characters from 0 */
export function placeOfCharacters(text: string, position: number): [line: number, column: number] {
  const before = [...text].slice(0, position).join('').split('\n')
  return [before.length, [...present(before.at(-1), 'before')].length + 1]
}

/** @param position counts bytes of UTF-8 from 0 */
export function placeOfBytes(bytes: Buffer, position: number): [line: number, column: number] {
  const before = bytes.subarray(0, position).toString().split('\n')
  return [before.length, [...present(before.at(-1), 'before')].length + 1]
}
