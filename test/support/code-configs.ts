/** Configs written as code, as users of the installed package write them: a custom column, a tool and a processor in each. */

const asModule = (types: string) => `
import { customColumn, defineConfig, defineTool } from 'rowsmith'
const twice = customColumn({ requiredColumns: ['n'], type: 'int' }, ({ n }) => Number(n) * 2)
const look = defineTool({ name: 'look', description: 'x', parameters: { type: 'object', properties: {} } }, () => 'seen')
const rows${types} = { all: async function* (given) { for await (const row of given) yield row } }
export default defineConfig({
  model_configs: [{ alias: 'writer', provider: 'simulator', model: 'm' }],
  tool_configs: [{ tool_alias: 'tools', providers: [look] }],
  columns: [
    { name: 'n', column_type: 'sampler', sampler_type: 'category', params: { values: [1, 2] } },
    { name: 'm', column_type: 'custom', generator_function: twice },
    { name: 't', column_type: 'llm-text', model_alias: 'writer', tool_alias: 'tools', prompt: 'Use the tool {{ n }}' },
  ],
  processors: [{ name: 'all', processor_type: 'function', function: rows.all }],
})
`
const asCommonJs = asModule('')
  .replace(/import (\{.*\}) from 'rowsmith'/, "const $1 = require('rowsmith')")
  .replace('export default', 'module.exports =')

/** By file name. `config.js` has `import` and `export`, whatever the project's package.json says. */
export const codeConfigs: Readonly<Record<string, string>> = {
  'config.ts': asModule(': Record<string, any>'),
  'config.js': asModule(''),
  'config.cjs': asCommonJs,
}
