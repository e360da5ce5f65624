/** mcp-tools.yaml, in TypeScript. */
import { dataset } from 'rowsmith'
import { category, llmText } from 'rowsmith/columns'

export default dataset({
  models: { clerk: 'simulator/clerk' },
  tools: { shop: { providers: ['shop'], allow: ['find_order', 'add_up'], maxTurns: 4, timeout: 20 } },
})
  .column('order', category(['A-1001', 'A-1002', 'A-1003'], { as: 'str' }))
  .column(
    'answer',
    llmText({
      model: 'clerk',
      tools: 'shop',
      system: 'You are the clerk of a shop. Say nothing of an order that you have not looked up.',
      prompt: 'What did the customer of order {{ order }} buy, and for how much? Use find_order and add_up.',
      trace: 'all_messages',
    }),
  )
