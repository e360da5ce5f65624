import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { usageError } from '../../../base/text/flag-values.ts'
import { managedAssetsFolder } from '../../../entries/config.ts'
import {
  downloadPersonas,
  personaCatalogue,
  personaFile,
  personasOf,
} from '../../options/persona-downloads.ts'
import { writeErr, writeOut } from '../../output/output.ts'
import { formatTable } from '../../text/table.ts'
import { widthOf } from '../../text/width.ts'

interface Values {
  locale?: string[]
  all?: true
  list?: true
  dryRun?: true
  overwrite?: true
  managedAssets?: string
}

export function addDownload(program: Command): void {
  program
    .command('download')
    .command('personas')
    .summary('fetch the person datasets of NVIDIA')
    .description(
      "Fetches the datasets that the person sampler draws from, into the folder where Data Designer has them. They are NVIDIA's, and come by its own command `ngc`, which needs an account.",
    )
    .option('-l, --locale <locale...>', 'locales, such as en_US')
    .option('--all', 'all locales')
    .option('--list', 'list the locales, and which are downloaded')
    .option('--dry-run', 'print what would be downloaded; download nothing')
    .option('--overwrite', 'download existing files again')
    .option('--managed-assets <dir>', "the folder, as for create (default: Data Designer's own)")
    .action(async (values: Values) => {
      const folder = folderOf(values)
      if (values.list) return writeOut(listed(folder))
      const chosen = values.all ? personaCatalogue : personasOf(values.locale ?? [])
      if (chosen.length === 0) {
        throw usageError(
          'No locale is named',
          'Name some with --locale en_US, or all with --all; --list shows them.',
        )
      }
      const due = chosen.filter(({ locale }) => values.overwrite || !existsSync(personaFile(folder, locale)))
      for (const each of chosen) {
        if (!due.includes(each))
          writeErr(`${each.locale} is here already: ${personaFile(folder, each.locale)}\n`)
      }
      for (const each of due) {
        const path = personaFile(folder, each.locale)
        writeErr(`${each.locale}, ${each.size}: ${each.resource} -> ${path}\n`)
        if (values.dryRun) continue
        await downloadPersonas(each, folder)
        writeOut(`${path}\n`)
      }
    })
}

function folderOf({ managedAssets }: Values): string {
  return managedAssetsFolder({ given: managedAssets ?? null, env: process.env })
}

function listed(folder: string): string {
  const rows = personaCatalogue.map(({ locale, size }) => ({
    locale,
    size,
    here: existsSync(personaFile(folder, locale)) ? personaFile(folder, locale) : '',
  }))
  return `${formatTable(rows, widthOf(process.stdout, 110))}\n`
}
