/** A text as one word of a command that a user pastes into a shell. */
export function shellWord(text: string): string {
  return /^[\w./-][\w./=@:,+-]*$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
