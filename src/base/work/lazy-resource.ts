/** Something that is opened when it is first needed, and closed if it was. */
export class LazyResource<T extends { close(): Promise<void> }> {
  readonly #open: () => Promise<T>
  #opened: Promise<T> | undefined
  #closed: Promise<void> | undefined

  constructor(open: () => Promise<T>) {
    this.#open = open
  }

  open(): Promise<T> {
    this.#opened ??= this.#open()
    return this.#opened
  }

  async close(): Promise<void> {
    this.#closed ??= this.#opened?.then((opened) => opened.close())
    await this.#closed
  }
}
