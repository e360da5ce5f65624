import type { Command } from 'commander'
export function addCrashtest(program: Command, _end: (exitCode: number) => void): void {
  program.command('crashtest').argument('<config>')
}
