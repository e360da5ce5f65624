/** Schemas as people write them, by what is special about them. */
export const schemas: Readonly<Record<string, object>> = {
  'a flat object': {
    type: 'object',
    properties: { title: { type: 'string' }, stars: { type: 'integer', minimum: 1, maximum: 5 } },
    required: ['title', 'stars'],
    additionalProperties: false,
  },
  'nested objects': {
    type: 'object',
    properties: {
      author: {
        type: 'object',
        properties: { name: { type: 'string' }, verified: { type: 'boolean' } },
        required: ['name', 'verified'],
      },
    },
    required: ['author'],
  },
  'enum, const and null': {
    type: 'object',
    properties: {
      mood: { enum: ['good', 'bad', 3, null] },
      kind: { const: 'review' },
      none: { type: 'null' },
    },
    required: ['mood', 'kind', 'none'],
  },
  'bounds of integers': {
    type: 'object',
    properties: {
      exclusive: { type: 'integer', exclusiveMinimum: 2, exclusiveMaximum: 4 },
      negative: { type: 'integer', maximum: -5 },
      even: { type: 'integer', minimum: 3, maximum: 9, multipleOf: 2 },
      only: { type: 'integer', minimum: 7, maximum: 7 },
      large: { type: 'integer', minimum: 1_000_000 },
    },
    required: ['exclusive', 'negative', 'even', 'only', 'large'],
  },
  'bounds of numbers': {
    type: 'object',
    properties: {
      share: { type: 'number', minimum: 0, maximum: 1 },
      inside: { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 0.01 },
      price: { type: 'number', minimum: 0.5, maximum: 20, multipleOf: 0.25 },
      below: { type: 'number', exclusiveMaximum: -1000 },
      point: { type: 'number', minimum: 2.5, maximum: 2.5 },
    },
    required: ['share', 'inside', 'price', 'below', 'point'],
  },
  'lengths of strings': {
    type: 'object',
    properties: {
      code: { type: 'string', minLength: 3, maxLength: 3 },
      long: { type: 'string', minLength: 500 },
      empty: { type: 'string', maxLength: 0 },
    },
    required: ['code', 'long', 'empty'],
  },
  'string formats': {
    type: 'object',
    properties: Object.fromEntries(
      ['date', 'time', 'date-time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'uuid'].map(
        (format) => [format, { type: 'string', format }],
      ),
    ),
    required: ['date', 'time', 'date-time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'uuid'],
  },
  'lists with bounds': {
    type: 'object',
    properties: {
      tags: { type: 'array', items: { type: 'string' }, minItems: 4, maxItems: 4 },
      few: { type: 'array', items: { type: 'integer' }, maxItems: 1 },
      none: { type: 'array', items: { type: 'integer' }, maxItems: 0 },
      unique: { type: 'array', items: { enum: ['a', 'b', 'c'] }, uniqueItems: true, minItems: 3 },
    },
    required: ['tags', 'few', 'none', 'unique'],
  },
  'a tuple': {
    type: 'array',
    prefixItems: [{ type: 'string' }, { type: 'integer' }],
    items: false,
    minItems: 2,
  },
  'a list at the top': { type: 'array', items: { type: 'number' }, minItems: 2 },
  'a list that must contain': { type: 'array', contains: { const: 42 } },
  'references to definitions': {
    type: 'object',
    properties: {
      lead: { $ref: '#/$defs/Person' },
      team: { type: 'array', items: { $ref: '#/$defs/Person' } },
    },
    required: ['lead', 'team'],
    $defs: {
      Person: {
        type: 'object',
        properties: { name: { type: 'string' }, age: { type: 'integer', minimum: 0, maximum: 120 } },
        required: ['name', 'age'],
        additionalProperties: false,
      },
    },
  },
  'a recursive tree': {
    $ref: '#/$defs/Node',
    $defs: {
      Node: {
        type: 'object',
        properties: {
          value: { type: 'integer' },
          children: { type: 'array', items: { $ref: '#/$defs/Node' } },
        },
        required: ['value', 'children'],
      },
    },
  },
  'a recursive list by a union': {
    type: 'object',
    properties: { head: { type: 'string' }, tail: { anyOf: [{ $ref: '#' }, { type: 'null' }] } },
    required: ['head', 'tail'],
  },
  'optional fields as Pydantic writes them': {
    title: 'Item',
    type: 'object',
    properties: {
      name: { title: 'Name', type: 'string' },
      note: { anyOf: [{ type: 'string' }, { type: 'null' }], default: null, title: 'Note' },
      size: { allOf: [{ $ref: '#/$defs/Size' }], default: 'S' },
    },
    required: ['name'],
    $defs: { Size: { enum: ['S', 'M', 'L'], title: 'Size', type: 'string' } },
  },
  'branches told apart by a constant': {
    oneOf: [
      {
        type: 'object',
        properties: { kind: { const: 'a' }, x: { type: 'integer' } },
        required: ['kind', 'x'],
        additionalProperties: false,
      },
      { type: 'object', properties: { kind: { const: 'b' } }, required: ['kind'] },
    ],
  },
  'all of several': {
    allOf: [
      { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
      { type: 'object', properties: { b: { type: 'integer', minimum: 3 } }, required: ['b'] },
    ],
  },
  'a list of types': {
    type: 'object',
    properties: { a: { type: ['null', 'integer'] }, b: { type: ['string', 'null'] } },
    required: ['a', 'b'],
  },
  'a map of things': {
    type: 'object',
    additionalProperties: { type: 'integer' },
    required: ['one', 'two'],
    minProperties: 4,
  },
  'no types at all': { properties: { a: { minimum: 3 }, b: { items: { minLength: 2 } }, c: {}, d: true } },
  'an empty schema': {},
}
