import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { EngineError } from '../../../engine/index.ts'
import { GrammarService } from '../../../servables/grammar/index.ts'
import { schemaGrammar } from '../../../servables/grammar/schema.ts'
import { byteTokens, byteVocabulary, nextBytes, vocabularyOf, walk } from './walks.ts'

const ajv = formats.default(new Ajv2020({ strict: false }))
const small = { type: 'integer', minimum: 0, maximum: 9 }
const object = (properties: Record<string, unknown>, more: object = {}) => ({ type: 'object', properties, ...more })

/** With a pattern beside each format. */
const jsonSchemaOf = (kind: z.ZodType) => z.toJSONSchema(kind)

/** Whatever is made of these is valid. */
const held: readonly object[] = [
  { type: 'null' },
  { type: ['boolean', 'null'] },
  { type: 'integer' },
  { type: 'number' },
  { type: 'integer', minimum: 3, maximum: 120 },
  { type: 'integer', exclusiveMinimum: -5, exclusiveMaximum: 17 },
  { type: 'integer', minimum: 98 },
  { type: 'integer', maximum: -3 },
  { type: 'integer', format: 'int32' },
  { type: 'number', minimum: 0, maximum: 1 },
  { type: 'number', exclusiveMinimum: 0 },
  { type: 'number', exclusiveMinimum: -1.5, exclusiveMaximum: 2.25 },
  { type: 'number', minimum: 1.25, maximum: 1.3 },
  { type: 'number', exclusiveMinimum: 0.1, exclusiveMaximum: 0.12 },
  { type: 'number', maximum: -0.5 },
  { type: 'number', minimum: 1e-7, maximum: 2e-7 },
  { type: 'string', maxLength: 3 },
  { type: 'string', minLength: 2, maxLength: 5 },
  { type: 'string', pattern: '^[A-Z]{2}-\\d+$' },
  { type: 'string', pattern: '^[a-z]*$', maxLength: 3 },
  { type: 'string', pattern: '^[à-ü]{2}$' },
  { type: 'string', pattern: '^[\\u4e00-\\u9fff]{1,3}$' },
  { type: 'string', pattern: '^(a"|\\\\|\\n){1,2}$' },
  { type: 'string', pattern: 'ab?' },
  ...['date', 'time', 'date-time', 'duration', 'ipv4', 'ipv6', 'uuid', 'uri', 'uri-reference', 'hostname', 'json-pointer'].map(
    (format) => ({ type: 'string', format }),
  ),
  ...[z.uuid(), z.uuidv7(), z.guid(), z.iso.date(), z.iso.datetime(), z.iso.datetime({ offset: true })].map(jsonSchemaOf),
  ...[z.iso.duration(), z.ipv4(), z.ipv6(), z.hostname()].map(jsonSchemaOf),
  { enum: ['a', 'b"c', 3, null, { x: [1, 2] }] },
  { const: { a: 1, b: [] } },
  { type: 'string', enum: ['a', 3, 'b'] },
  { type: 'array', items: small, minItems: 2, maxItems: 4 },
  { type: 'array', prefixItems: [small, { type: 'boolean' }], items: { type: 'null' }, maxItems: 4 },
  { type: 'array', prefixItems: [small, { type: 'boolean' }] },
  { type: 'array', items: small, maxItems: 1, uniqueItems: true },
  object({ a: small, b: small }, { required: ['a', 'b'] }),
  object({ a: small, b: small, c: small }, { required: ['b'] }),
  object({ a: small, b: small }),
  object({ a: small, b: small }, { minProperties: 1 }),
  object({ a: { type: 'null' } }, { additionalProperties: small, required: ['a'] }),
  { type: 'object', propertyNames: { enum: ['a', 'b'] }, additionalProperties: small, minProperties: 1, maxProperties: 2 },
  { type: 'object', patternProperties: { '^x_[a-z]+$': small }, additionalProperties: false },
  { anyOf: [{ type: 'boolean' }, small, false] },
  { anyOf: [{ required: ['a'] }, { required: ['b'] }], ...object({ a: small, b: small }) },
  {
    oneOf: [
      object({ k: { const: 'a' }, v: small }, { required: ['k', 'v'] }),
      object({ k: { const: 'b' }, w: small }, { required: ['k'] }),
    ],
    discriminator: { propertyName: 'k' },
  },
  { oneOf: [{ type: 'string', enum: ['x'] }, { type: 'boolean' }, { type: 'null' }] },
  {
    allOf: [
      object({ a: { type: 'integer', minimum: 3 } }, { required: ['a'] }),
      { properties: { a: { maximum: 5 }, b: { type: 'null' } }, required: ['b'] },
    ],
  },
  {
    $ref: '#/$defs/list',
    $defs: {
      list: object({ v: small, next: { anyOf: [{ $ref: '#/$defs/list' }, { type: 'null' }] } }, { required: ['v', 'next'] }),
    },
  },
  object({ c: { type: 'array', items: { $ref: '#' }, maxItems: 2 } }),
  object({
    a: { $ref: '#/properties/b', description: 'as b' },
    b: { type: 'boolean', title: 'B', default: true, readOnly: true },
  }),
]

test('whatever a schema allows is valid by it', async () => {
  const vocabulary = await vocabularyOf('demo-chat')
  const service = new GrammarService(vocabulary, { threads: 1 })
  try {
    for (const schema of held) {
      const validate = ajv.compile(schema)
      const walks = await Promise.all(
        [1, 2, 3, 4, 5, 6].map((seed) => walk(service, vocabulary, { type: 'json_schema', schema }, seed)),
      )
      const texts = walks.filter(({ ended }) => ended).map(({ bytes }) => bytes.toString())
      assert.ok(texts.length > 0, `nothing came to an end of ${JSON.stringify(schema)}`)
      // Bytes that are no characters are the tokenizer's, which a model knows how to join.
      for (const text of texts.filter((each) => !each.includes('\ufffd'))) {
        assert.ok(validate(JSON.parse(text)), `${text} of ${JSON.stringify(schema)}: ${JSON.stringify(validate.errors)}`)
      }
    }
  } finally {
    await service.dispose()
  }
})

/** What each of these says at its place cannot be held to. */
const refused: readonly (readonly [schema: object, param: string, code?: string])[] = [
  [{ not: { type: 'string' } }, 's.not'],
  [object({ x: { not: {} } }), 's.properties.x.not'],
  [{ type: 'array', items: small, uniqueItems: true }, 's.uniqueItems'],
  [{ type: 'array', contains: small }, 's.contains'],
  [{ type: 'number', multipleOf: 3 }, 's.multipleOf'],
  [{ if: {} }, 's.if'],
  [object({}, { dependentSchemas: {} }), 's.dependentSchemas'],
  [object({}, { dependentRequired: {} }), 's.dependentRequired'],
  [object({ a: small }, { patternProperties: { '^b': small } }), 's.patternProperties'],
  [object({ a: small }, { minProperties: 2 }), 's.minProperties', 'invalid_value'],
  [object({ a: small, b: small, c: small }, { minProperties: 2 }), 's.minProperties'],
  [{ type: 'object', unevaluatedProperties: false, anyOf: [{}] }, 's.unevaluatedProperties'],
  [{ type: 'string', minlength: 3 }, 's.minlength'],
  [{ type: 'string', format: 'iri' }, 's.format'],
  [{ type: 'string', pattern: '(?=a)b' }, 's.pattern'],
  [{ type: 'string', pattern: '\\bb' }, 's.pattern'],
  [{ type: 'string', pattern: '(a)\\1' }, 's.pattern'],
  [{ type: 'string', pattern: 'a$b' }, 's.pattern'],
  [{ type: 'string', pattern: '^(ab)+$', maxLength: 3 }, 's.maxLength'],
  [{ type: 'string', pattern: 'a', format: 'date' }, 's.format'],
  [{ enum: ['a', 'bc'], minLength: 2 }, 's.minLength'],
  [{ oneOf: [small, { type: 'number' }] }, 's.oneOf[1]'],
  [{ oneOf: [object({ a: small }), object({ b: small })] }, 's.oneOf[1]'],
  [{ $ref: 'https://example.com/schema' }, 's.$ref'],
  [{ $ref: 'other.json#/a' }, 's.$ref'],
  [{ $dynamicRef: '#a' }, 's.$dynamicRef'],
  [{ $ref: '#/$defs/missing' }, 's.$ref', 'invalid_value'],
  [{ $ref: '#' }, 's', 'invalid_value'],
  [{ anyOf: [{ $ref: '#' }, { type: 'null' }] }, 's', 'invalid_value'],
  [object({ c: { $ref: '#' } }, { required: ['c'] }), 's', 'invalid_value'],
  [{ allOf: [{ type: 'string' }, { type: 'null' }] }, 's', 'invalid_value'],
  [object({ a: false }, { required: ['a'] }), 's', 'invalid_value'],
]

test('what cannot be enforced is refused by name and place, and so are schemas without values', () => {
  for (const [schema, param, code = 'unsupported_parameter'] of refused) {
    try {
      schemaGrammar(schema, 's')
      assert.unreachable(`${JSON.stringify(schema)} is taken`)
    } catch (error) {
      if (!(error instanceof EngineError)) throw error
      const where = code === 'invalid_value' && param === 's.minProperties' ? 's' : param
      assert.equal([error.code, error.param], [code, where], JSON.stringify(schema))
    }
  }
})

test('of a format and the pattern that zod writes beside it, the narrower is enough', () => {
  assert.is(schemaGrammar(jsonSchemaOf(z.email()), 's'), schemaGrammar({ type: 'string', format: 'email' }, 's'))
  const { type, format, pattern } = jsonSchemaOf(z.uuid())
  assert.is(schemaGrammar({ type, format, pattern }, 's'), schemaGrammar({ type, pattern }, 's'))
})

test('annotations say nothing', () => {
  const bare = object({ a: small })
  const noted = {
    ...bare,
    title: 'T',
    description: 'D',
    default: {},
    examples: [{}],
    $comment: 'C',
    deprecated: true,
    'x-order': 1,
  }
  assert.is(schemaGrammar(noted, 's'), schemaGrammar(bare, 's'))
})

test('properties come in their order, and no others than are named', async () => {
  const service = new GrammarService(byteVocabulary, { threads: 1 })
  try {
    const schema = object({ ab: small, cd: small, ef: small }, { required: ['cd'] })
    for (const [taken, next] of [
      ['{"', 'ac'],
      ['{"ab":1,"', 'c'],
      ['{"cd":1', ' ,}\n'],
      ['{"cd":1,"', 'e'],
    ] as const) {
      const matcher = await service.open({ type: 'json_schema', schema }, byteTokens(taken))
      await matcher.settled()
      assert.is([...nextBytes(matcher.masks[0])].sort().join(''), [...next].sort().join(''), taken)
      matcher.close()
    }
  } finally {
    await service.dispose()
  }
})

test('a hostile schema costs little', () => {
  const wide = { anyOf: Array.from({ length: 40 }, (_, index) => ({ const: index })) }
  const many = { allOf: Array.from({ length: 12 }, () => wide) }
  const twice = Object.fromEntries(
    Array.from({ length: 60 }, (_, index) => [
      `d${index}`,
      { allOf: [{ $ref: `#/$defs/d${index + 1}` }, { $ref: `#/$defs/d${index + 1}` }] },
    ]),
  )
  const chain = (next: (index: number) => object) =>
    Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`d${index}`, next(index)]))
  const deep = { $ref: '#/$defs/d0', $defs: chain((index) => ({ type: 'array', items: { $ref: `#/$defs/d${index + 1}` } })) }
  const aliases = { $ref: '#/$defs/d0', $defs: chain((index) => ({ $ref: `#/$defs/d${index + 1}` })) }
  for (const schema of [deep, aliases, many, { $ref: '#/$defs/d0', $defs: { ...twice, d60: {} } }]) {
    const started = performance.now()
    assert.throws(
      () => schemaGrammar(schema, 's'),
      (error: unknown) => error instanceof EngineError && error.code === 'invalid_value',
    )
    assert.ok(performance.now() - started < 2000)
  }
})

test.run()
