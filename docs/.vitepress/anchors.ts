/**
 * The anchor of a heading, as GitHub makes it: lower case, without punctuation, a hyphen for each space.
 *
 * @example anchorOf('When `create` stops') // 'when-create-stops'
 */
export function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
    .replaceAll(' ', '-')
}
