/** The first characters of a text, at most `most` (code units), never half of a character. */
export function beginning(text: string, most: number): string {
  const last = text.charCodeAt(most - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? most - 1 : most)
}
