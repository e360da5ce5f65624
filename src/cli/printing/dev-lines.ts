/** What a session of `dev` says in the terminal: a line for each save, an error once. */
import type { DevView } from '../../entries/pages.ts'
import { counted, formatAmount } from '../text/amounts.ts'
import { style } from '../text/style.ts'
import { onOneLine } from '../text/terminal-text.ts'

type Save = DevView['saves'][number]

export class DevLines {
  readonly #write: (text: string) => void
  readonly #said = new Set<string>()
  #last = ''

  constructor(write: (text: string) => void) {
    this.#write = write
  }

  show({ error, waiting, note, saves, state, spent, maxCost, command }: DevView): void {
    const save = saves.at(-1)
    if (error !== null) {
      const stay = saves.length > 0 ? ' The rows of the last good save stay.' : ''
      const text = `${error.message} [${error.code}]\nFix it and save: it is read again.${stay}`
      this.#once(`error ${error.message}`, text, `${style('red', 'error:')} `)
    } else if (state.config === 'waiting' && waiting !== null) {
      const cost = waiting.cost === null ? '' : `, about ${formatAmount(waiting.cost)}`
      const why =
        waiting.why === 'budget' ? 'the budget does not suffice' : 'nothing is sent before you agree'
      this.#once(
        `waiting ${waiting.requests} ${waiting.cost}`,
        `${counted(waiting.requests, 'request')}${cost}: ${why}. Press Ask in the page, or start with --yes or --max-cost.`,
      )
    } else if (state.config !== 'reading' && note !== null && state.run === 'none')
      this.#once(`note ${note}`, note)
    if (save === undefined || save.state === 'requesting' || this.#said.has(saveKey(save))) return
    this.#said.add(saveKey(save))
    this.#write(`${onOneLine(saveLine(save))}\n`)
    if (save.error !== null)
      this.#write(
        `  ${onOneLine(save.error.message)} [${save.error.code}]\n  ${onOneLine(save.error.next)}\n`,
      )
    if (maxCost !== null) this.#write(`  ${formatAmount(spent)} of ${formatAmount(maxCost)} this session\n`)
    if (save.n === 1 && save.state === 'complete') this.#write(`  the whole: ${onOneLine(command)}\n`)
  }

  /** What is said again and again without a change between is said once. */
  #once(key: string, text: string, before = ''): void {
    if (this.#last === key) return
    this.#last = key
    this.#write(`${before}${text.split('\n').map(onOneLine).join('\n  ')}\n`)
  }
}

function saveKey({ n, state, rows, sent }: Save): string {
  return `${n} ${state} ${rows} ${sent}`
}

/** `save 3: review (its prompt), insight (uses review) · 20 requests, 30 answers reused · $0.0029 · 3.9 s` */
function saveLine({ n, state, changes, removed, sameAs, sent, reused, cost, ms }: Save): string {
  const changed = [
    ...changes.map(({ column, why }) => `${column} (${why})`),
    ...removed.map((column) => `${column} removed`),
  ]
  const what =
    sameAs !== null
      ? `as save ${sameAs}`
      : changed.length > 0
        ? changed.join(', ')
        : n === 1
          ? 'the config'
          : 'no column'
  const parts = [
    `save ${n}: ${what}`,
    `${counted(sent, 'request')}, ${counted(reused, 'answer')} reused`,
    ...(cost === null ? [] : [formatAmount(cost)]),
    `${(ms / 1000).toFixed(1)} s`,
    ...(state === 'complete' ? [] : [state]),
  ]
  return parts.join(' · ')
}
