import { once } from 'node:events'
import type { Command } from 'commander'
import { loadProviders } from '../../../entries/config.ts'
import { Runs } from '../../agents/runs.ts'
import { serve } from '../../agents/server.ts'
import { Workspace } from '../../agents/workspace.ts'
import { readEnvironment, underNpm } from '../../options/environment.ts'
import { watchSignals } from '../../process/signals.ts'

interface Values {
  folder: string
  allowCode?: boolean
  providers?: string
  envFile?: string
}

export function addMcp(program: Command, end: (exitCode: number) => void): void {
  program
    .command('mcp')
    .description(
      'Serve nine tools to an MCP client on standard input and output. Two may spend money, and refuse without a budget. A stopped server loses nothing: the same call continues.',
    )
    .option('--folder <folder>', 'the folder that the client may work in', '.')
    .option('--allow-code', 'also run configs that are TypeScript or JavaScript')
    .option('--providers <file>', 'YAML file that defines providers')
    .option('--env-file <file>', 'read keys from this file instead of .env')
    .action(async ({ folder, allowCode = false, providers, envFile }: Values) => {
      const signals = watchSignals({ underNpm: underNpm() })
      const runs = new Runs()
      const server = await serve({
        workspace: new Workspace(folder, allowCode),
        runs,
        env: readEnvironment(envFile),
        providers: providers === undefined ? [] : await loadProviders(providers),
      })
      const stopped = signals.signal.aborted ? Promise.resolve() : once(signals.signal, 'abort')
      await Promise.race([server.closed, stopped])
      await runs.close()
      await server.close()
      signals.dispose()
      end(0)
    })
}
