import { Argument, type Command } from 'commander'
import { jsonSchema, type SchemaKind, schemaKinds } from '../../../entries/config.ts'
import { writeOut } from '../../output/output.ts'

export function addSchema(program: Command): void {
  program
    .command('schema')
    .description(
      'Print the JSON Schema of a kind of file, for editors and programs. In YAML, name it in the first line: # yaml-language-server: $schema=FILE',
    )
    .addArgument(new Argument('[kind]', 'the kind of file').choices([...schemaKinds]).default('config'))
    .action((kind: SchemaKind) => writeOut(`${JSON.stringify(jsonSchema(kind), null, 2)}\n`))
}
