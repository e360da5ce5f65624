/** What a model thought aloud inside its answer, in the tags that many put around it. */
const thought = /<(think|thinking|thought|reasoning)>[\s\S]*?(?:<\/\1>|$)|^[\s\S]*<\/(?:think|thinking)>/gi

/** A text whose parts outside of thoughts are changed; thoughts stay as they are. */
export async function outsideThoughts(
  text: string,
  change: (part: string) => Promise<string>,
): Promise<string> {
  const parts: string[] = []
  let from = 0
  for (const { 0: thoughts, index } of text.matchAll(thought)) {
    parts.push(await change(text.slice(from, index)), thoughts)
    from = index + thoughts.length
  }
  return [...parts, await change(text.slice(from))].join('')
}

export function withoutThoughts(text: string): string {
  return text.replaceAll(thought, '')
}
