/** Quotes one word for a POSIX shell, only when it needs it, so that a printed command can be pasted. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
