import { present } from '../../base/errors/present.ts'

/**
 * Fenced code blocks of an answer, as CommonMark has them: three or more backticks or tildes open one, on a line that is
 * indented by three spaces at most; at least as many of the same close it.
 */
export interface FencedBlock {
  /** The first word behind the opening fence, in lower case; empty when there is none. */
  readonly tag: string
  /** The lines inside, without the last line's end. */
  readonly text: string
}

const fence = /^ {0,3}(`{3,}|~{3,})[ \t]*([^\s`]*)[^`]*$/

/** All blocks, in order. One that nothing closes ends with the text. */
export function fencedBlocks(text: string): FencedBlock[] {
  const blocks: FencedBlock[] = []
  let open: { readonly mark: string; readonly tag: string; readonly lines: string[] } | undefined
  const close = (): void => {
    if (open !== undefined) blocks.push({ tag: open.tag, text: open.lines.join('\n') })
    open = undefined
  }
  for (const line of text.split(/\r?\n/)) {
    const found = fence.exec(line)
    if (open === undefined) {
      if (found !== null)
        open = { mark: present(found[1], 'found'), tag: present(found[2], 'found').toLowerCase(), lines: [] }
      continue
    }
    const closes =
      found !== null &&
      present(found[1], 'found')[0] === open.mark[0] &&
      present(found[1], 'found').length >= open.mark.length &&
      line.trim() === found[1]
    if (closes) close()
    else open.lines.push(line)
  }
  close()
  return blocks
}
