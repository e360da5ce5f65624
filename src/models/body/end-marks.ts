/** Marks with which templates of models end a turn: where a server leaves them, they stand behind the answer. */
const marks = /(?:\s*(?:<[|｜][^<>|｜\s]{1,40}[|｜]>|<\/s>|<eos>|<end_of_turn>|<\/?assistant>))+\s*$/i

/** Example: `Yes<|im_end|>` is "Yes". An `</s>` that closes an element of the text stays. */
export function withoutEndMarks(text: string): string {
  return /<s\b/i.test(text) ? text : text.replace(marks, '')
}
