/** The keys of a page: a dialog, and the button that opens it. */
import { h } from './dom.ts'

export class Help {
  readonly button = h(
    'button.quiet',
    { onclick: () => this.show(), 'aria-label': 'Keys', title: 'Keys (?)' },
    '?',
  )
  readonly dialog = h('dialog', { 'aria-label': 'Keys' }) as HTMLDialogElement

  /** @param keys what each does: `['Esc', 'close']` */
  constructor(keys: readonly (readonly [key: string, what: string])[]) {
    const rows = keys.flatMap(([key, what]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, what)])
    this.dialog.append(
      h('h2', {}, 'Keys'),
      h('dl.keys', {}, ...rows),
      h('button', { onclick: () => this.dialog.close() }, 'Close'),
    )
  }

  get isOpen(): boolean {
    return this.dialog.open
  }

  show(): void {
    this.dialog.showModal()
  }
}
