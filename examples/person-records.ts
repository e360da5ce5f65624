/** person-records.yaml, in TypeScript. */
import { dataset } from 'rowsmith'
import { category, datetime, expr, person, poisson, scipy, subcategory, timedelta } from 'rowsmith/columns'

const kinds = ['garden', 'books', 'games'] as const

export default dataset()
  // A helper: what is taken from it below stays, the record itself is left out.
  .column('who', person({ locale: 'en_GB', ageRange: [18, 90], drop: true }))
  .columns({
    customer: expr('{{ who.first_name }} {{ who.last_name }}'),
    age: expr('{{ who.age }}', { as: 'int' }),
    email: expr('{{ who.email_address }}'),
    address: expr('{{ who.street_number }} {{ who.street_name }}, {{ who.city }} {{ who.postcode }}'),
    // Drawn otherwise where a condition about other sampled columns holds.
    kind: category(kinds, {
      weights: [2, 3, 4],
      when: { 'who.age >= 60': { values: kinds, weights: [5, 4, 1] } },
    }),
  })
  // One list for each value of the category.
  .column(
    'article',
    subcategory('kind', {
      garden: ['rake', 'watering can', 'rose bush'],
      books: ['atlas', 'crime novel'],
      games: ['chess set', 'puzzle'],
    }),
  )
  .columns({
    pieces: poisson({ mean: 1.5 }),
    price: scipy({ distribution: 'lognorm', parameters: { s: 0.6, scale: 20 }, decimals: 2 }),
    ordered: datetime({ start: '2025-01-01', end: '2026-01-01', unit: 'm' }),
  })
  .column('delivered', timedelta({ after: 'ordered', min: 1, max: 10, as: '%d %b %Y' }))
  .constrain('pieces', '>=', 1)
  .constrain('price', '<', 200)
