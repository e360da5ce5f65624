/**
 * `.rowsmith/tools.json`: the tools that models see, by tool alias, as they were when the dataset was created. They are
 * part of every request, so a resumed run offers the same ones: stored answers match, whatever a server says today.
 */

import { formatJson } from '../../base/values/json.ts'
import { isValueObject, type Value } from '../../base/values/value.ts'
import type { Found } from '../../plan/facts.ts'
import type { OfferedTool, ToolLists } from '../../tools/call/contract.ts'
import type { FileOwner } from '../files/atomic-file.ts'
import { requireChecksum, withChecksum } from '../files/checksum.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'
import { Fields, readJsonFile } from '../files/read-file.ts'

const NAME = '.rowsmith/tools.json'

/** Writes the file, atomically and durably. */
export async function writeToolsFile(
  directory: DatasetDirectory,
  lists: ToolLists,
  writer: FileOwner,
): Promise<void> {
  const { layout } = directory
  const aliases = Object.fromEntries(
    [...lists].map(([alias, tools]): [string, Value] => [
      alias,
      tools.map(({ provider, name, description, parameters, does }) => ({
        provider,
        name,
        description,
        parameters,
        ...(does === undefined ? {} : { does }),
      })),
    ]),
  )
  await directory.replace(layout.tools, `${formatJson(withChecksum({ aliases }), { indent: 2 })}\n`, writer)
}

/** Never throws for what is wrong with the file. */
export function readToolsFile(directory: DatasetDirectory): Promise<Found<ToolLists>> {
  const { layout, disk } = directory
  return readJsonFile(disk, layout.tools, NAME, 'run_json_damaged', (object) => {
    requireChecksum(object, NAME, 'run_json_damaged')
    const aliases = new Fields(object, NAME, 'run_json_damaged').object('aliases')
    return new Map(aliases.names().map((alias) => [alias, aliases.objects(alias).map(offeredTool)] as const))
  })
}

function offeredTool(fields: Fields): OfferedTool {
  const parameters = fields.any('parameters')
  const does = fields.names().includes('does') ? fields.string('does') : undefined
  return {
    provider: fields.string('provider'),
    name: fields.string('name'),
    description: fields.string('description'),
    parameters: isValueObject(parameters) ? parameters : fields.wrong('parameters', 'an object'),
    ...(does === undefined ? {} : { does }),
  }
}
