let isOver = false

/** Call when the command has come to its end: from now on the process may end. */
export function commandIsOver(): void {
  isOver = true
}

/** Whether it has. */
export function isCommandOver(): boolean {
  return isOver
}
