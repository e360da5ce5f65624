/** A text as a part of a regular expression that matches it and nothing else. (`RegExp.escape`, which the oldest Node we run on lacks.) */
export function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

/** A pattern in which `*` stands for any characters, and everything else for itself. Matches whole texts. */
export function wildcard(pattern: string): RegExp {
  return new RegExp(`^${pattern.split('*').map(literally).join('.*')}$`, 's')
}
