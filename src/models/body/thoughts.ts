/**
 * Thoughts that stand in the text of an answer, in tags: where a server does not take them apart, the text begins with them.
 *
 * Rules:
 *   1. Only thoughts at the beginning count. Example: `<think>hm</think>Yes` is "Yes"; `Write <think> first` has none.
 *   2. The opening tag may be missing, since templates of some models write it into the prompt. Example: `hm</think>Yes` is "Yes".
 *      A closing tag in backticks or quotes, in a fenced block, or in a text that is JSON closes nothing.
 *   3. Thoughts that never end are followed by no answer. Example: `<think>hm` is "".
 *   4. Who began with thoughts may think again: what its answer holds in the same tags, from the beginning of a line or the end of a sentence,
 *      are thoughts if they end. Example: `<think>a</think>Yes.\n<think>b</think>No.` is "Yes.\nNo." Code keeps its tags.
 */

/** What a model thought, and what it said. */
export interface Divided {
  /** Null when there are none. */
  readonly thoughts: string | null
  readonly answer: string
}

interface Tag {
  /** At the beginning of a text. */
  readonly open: RegExp
  readonly close: RegExp
  /** What may stand around the answer behind it. */
  readonly around?: RegExp
  /** Words that any author may write: without the closing tag they are the answer. */
  readonly isPlain?: true
}

/** What stands around the answer where thoughts are in an element. */
const around = /^\s*<(answer|final_answer|response|output|solution|result)>([\s\S]*?)(?:<\/\1>\s*)?$/i

function element(name: string): Tag {
  return { open: new RegExp(`^<${name}(?: [^<>]*)?>`, 'i'), close: new RegExp(`</${name}>`, 'gi'), around }
}

/** Names that prompts give: only with both tags are they thoughts. */
function prompted(name: string): Tag {
  return { ...element(name), isPlain: true }
}

/** Tags, with the families of models that write them. A model that closes with another name of the list has closed. */
const tags: readonly Tag[] = [
  // DeepSeek R1, Qwen 3, QwQ, GLM, Kimi K2, MiniMax M2, Phi 4 reasoning, Nemotron, Hunyuan, ERNIE, OLMo
  element('think'),
  element('thinking'),
  // EXAONE Deep, Gemini through its OpenAI format
  element('thought'),
  element('thoughts'),
  // Reka, and models trained to write <reasoning> before their <answer>
  element('reasoning'),
  // Seed-OSS
  element('seed:think'),
  // LongCat
  element('longcat_think'),
  // MiniMax
  element('mm:think'),
  // Claude, on request
  prompted('ant_?thinking'),
  prompted('reason'),
  prompted('reflection'),
  prompted('scratchpad'),
  prompted('thought_process'),
  prompted('chain_of_thought'),
  prompted('internal_monologue'),
  // GLM in its own chat, Open WebUI
  { open: /^<details [^<>]*\btype="reasoning"[^<>]*>/, close: /<\/details>/g, isPlain: true },
  // Proxies of Gemini
  {
    open: /^(?:```|~~~)(?:think|thinking|thoughts?)[ \t]*\n/,
    close: /\n(?:```|~~~)[ \t]*(?:\n|$)/g,
    isPlain: true,
  },
  // Magistral
  { open: /^\[THINK(?:ING)?\]/i, close: /\[\/THINK(?:ING)?\]/gi },
  // Kimi-VL
  { open: /^◁think▷/, close: /◁\/think▷/g },
  // OpenThinker, Sky-T1
  {
    open: /^<\|begin_of_thought\|>/,
    close: /<\|end_of_thought\|>/g,
    around: /^\s*<\|begin_of_solution\|>([\s\S]*?)(?:<\|end_of_solution\|>\s*)?$/,
  },
  { open: /^<\|(?:think|thinking|thought)\|>/, close: /<\|\/(?:think|thinking|thought)\|>/g },
  // Command A Reasoning
  {
    open: /^<\|START_THINKING\|>/,
    close: /<\|END_THINKING\|>/g,
    around: /^\s*<\|START_RESPONSE\|>([\s\S]*?)(?:<\|END_RESPONSE\|>\s*)?$/,
  },
  // Apertus
  { open: /^<\|inner_prefix\|>/, close: /<\|inner_suffix\|>/g },
  // MedGemma
  { open: /^<unused94>(?:thought\b)?/, close: /<unused95>/g },
  // Gemma 4
  { open: /^<\|channel>thought\b/, close: /<channel\|>/g },
  // gpt-oss without its parser
  {
    open: /^(?:<\|start\|>assistant)?<\|channel\|>(?:analysis|commentary)<\|message\|>/,
    close: /<\|channel\|>final(?: ?<\|constrain\|> ?\w+)?<\|message\|>/g,
    around: /^([\s\S]*?)(?:<\|(?:return|end)\|>\s*)?$/,
  },
  { open: /^assistantanalysis|^analysis(?=[A-Z])/, close: /assistantfinal/g, isPlain: true },
  // Granite 3.2
  { open: /^Here is my thought process:/, close: /Here is my response:/gi, isPlain: true },
]

/** Closing tags that say what they close also where nothing opened. */
const closings = tags.filter(({ isPlain }) => isPlain !== true)

/** Nearly all answers have no tag at all: one look says so, where each tag on its own would take one. */
const anyOpen = anyOf(tags.map(({ open }) => open))
const anyClosing = anyOf(closings.map(({ close }) => close))

/** Matches what one of them does, and perhaps more, since it takes no notice of case. */
function anyOf(patterns: readonly RegExp[]): RegExp {
  return new RegExp(patterns.map(({ source }) => `(?:${source})`).join('|'), 'i')
}

/** Takes thoughts at the beginning of a text apart from the answer behind them. */
export function divideThoughts(text: string): Divided {
  const { thoughts, answer } = withoutLeading(text)
  if (thoughts === undefined) return { thoughts: null, answer }
  const left = withoutLater(answer)
  return { thoughts: joined([...thoughts, ...left.thoughts]), answer: left.answer }
}

/** The thoughts that an answer begins with; undefined where it does not. What is left is the end of the text. */
function withoutLeading(text: string): {
  readonly thoughts: readonly string[] | undefined
  readonly answer: string
} {
  const thoughts: string[] = []
  let rest = text
  for (;;) {
    const trimmed = rest.replace(/^[\s\ufeff]+/, '')
    const tag = anyOpen.test(trimmed) ? tags.find(({ open }) => open.test(trimmed)) : undefined
    if (tag === undefined) break
    const inside = trimmed.slice(tag.open.exec(trimmed)?.[0].length)
    const end = endOf(inside, tag)
    if (end === undefined) {
      if (tag.isPlain === true) break
      return { thoughts: [...thoughts, inside], answer: '' }
    }
    thoughts.push(inside.slice(0, end.from))
    rest = unwrapped(inside.slice(end.to), tag)
  }
  const { thoughts: more, answer } = withoutOpening(rest)
  if (more !== null) thoughts.push(more)
  return { thoughts: thoughts.length === 0 ? undefined : thoughts, answer }
}

/** An element of thoughts further back, with the white space before it. Rule 4. */
const later =
  /(?<before>(?:^|(?<=[.!?…:。！？)\]]))\s*)<(?<name>think|thinking|thoughts?|reasoning|seed:think)>(?<inside>[\s\S]*?)<\/\k<name>>[ \t]*/gim
const lastClosing = /.*<\/(?:think|thinking|thoughts?|reasoning|seed:think)>/is

function withoutLater(text: string): { readonly thoughts: readonly string[]; readonly answer: string } {
  const [toLast = ''] = lastClosing.exec(text) ?? []
  if (toLast === '' || isJson(text)) return { thoughts: [], answer: text }
  const thoughts: string[] = []
  const answer = toLast.replaceAll(later, (found, before: string, _name, inside: string, at: number) => {
    if (isInFence(toLast.slice(0, at))) return found
    thoughts.push(inside)
    return before
  })
  if (thoughts.length === 0) return { thoughts, answer: text }
  return { thoughts, answer: `${answer}${text.slice(toLast.length)}`.trim() }
}

interface Span {
  readonly from: number
  readonly to: number
}

/** Where thoughts end: at their own closing tag, else at that of another name. */
function endOf(inside: string, { close }: Tag): Span | undefined {
  return placeOf(inside, close) ?? firstOf(closings.map((other) => placeOf(inside, other.close)))
}

/** The first closing tag that is no word about the tag: in backticks or quotes. */
function placeOf(text: string, close: RegExp): Span | undefined {
  for (const { 0: mark, index: from } of text.matchAll(close)) {
    const to = from + mark.length
    const isQuoted = quotes.test(text[from - 1] ?? '') && quotes.test(text[to] ?? '')
    if (!isQuoted) return { from, to }
  }
  return undefined
}

const quotes = /[`"'“”‘’«»]/

function firstOf(spans: readonly (Span | undefined)[]): Span | undefined {
  return spans.reduce(
    (first, span) => (span !== undefined && (first === undefined || span.from < first.from) ? span : first),
    undefined,
  )
}

/** Rule 2. */
function withoutOpening(text: string): Divided {
  const none = { thoughts: null, answer: text }
  if (!anyClosing.test(text) || isJson(text)) return none
  for (const tag of closings) {
    const span = placeOf(text, tag.close)
    if (span === undefined) continue
    const [thoughts, answer] = [text.slice(0, span.from), text.slice(span.to)]
    // A tag that is opened somewhere before is spoken of.
    const name = /^<\/([\w:]+)>$/.exec(text.slice(span.from, span.to).toLowerCase())?.[1]
    if (name !== undefined && thoughts.toLowerCase().includes(`<${name}`)) continue
    if (isInFence(thoughts)) continue
    return { thoughts: joined([thoughts]), answer: unwrapped(answer, tag) }
  }
  return none
}

function isJson(text: string): boolean {
  if (!/^\s*[{["]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Whether a fenced block is open at the end of a text. */
function isInFence(text: string): boolean {
  return (text.match(/^ {0,3}(?:```|~~~)/gm) ?? []).length % 2 === 1
}

function unwrapped(answer: string, { around }: Tag): string {
  return around?.exec(answer)?.at(-1) ?? answer
}

function joined(thoughts: readonly string[]): string | null {
  const text = thoughts
    .map((each) => each.replace(/<\|end\|>\s*(?:<\|start\|>assistant)?\s*$/, '').trim())
    .filter((each) => each !== '')
    .join('\n\n')
  return text === '' ? null : text
}

/** Thoughts anywhere in a text, as those who draw write them before and between their images. */
const thought = /<(think|thinking|thought|reasoning)>[\s\S]*?(?:<\/\1>|$)/gi

/** A text whose parts outside of thoughts are changed; thoughts stay as they are. */
export async function outsideThoughts(
  text: string,
  change: (part: string) => Promise<string>,
): Promise<string> {
  const { answer } = withoutLeading(text)
  const begin = text.lastIndexOf(answer)
  const parts: string[] = [text.slice(0, begin)]
  let from = begin
  for (const { 0: thoughts, index } of answer.matchAll(thought)) {
    parts.push(await change(text.slice(from, begin + index)), thoughts)
    from = begin + index + thoughts.length
  }
  const end = begin + answer.length
  return [...parts, await change(text.slice(from, end)), text.slice(end)].join('')
}

export function withoutThoughts(text: string): string {
  return divideThoughts(text).answer.replaceAll(thought, '')
}

/** Thoughts in the middle of an answer begin a line. Example: a draft between two sentences, which may never end. */
const thoughtOfLines = /^[ \t]*<(think|thinking|thought|reasoning)>[\s\S]*?(?:<\/\1>|(?![\s\S]))/gim

/** What JSON and code are looked for in. */
export function exceptThoughts(text: string): string {
  return text.replaceAll(thoughtOfLines, '')
}
