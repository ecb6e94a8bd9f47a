import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { forCompiler, tagForCompiler } from '../../../servables/grammar/schema.ts'

const bounded = { type: 'string', minLength: 1, maxLength: 3 }
const safe = { type: 'string', pattern: '^[^"\\\\\\x00-\\x1f]{1,3}$' }

test('strings with a length become patterns, wherever schemas stand', () => {
  const schema = (each: object) => ({
    type: 'object',
    properties: { a: each, b: { type: 'array', items: each, prefixItems: [each] }, c: { anyOf: [each, { type: 'null' }] } },
    additionalProperties: each,
    $defs: { d: each },
  })
  assert.equal(forCompiler(schema(bounded)), schema(safe))
  assert.equal(forCompiler({ type: 'string', minLength: 2 }), { type: 'string', pattern: '^[^"\\\\\\x00-\\x1f]{2,}$' })
})

test('patterns become those of JSON strings', () => {
  assert.equal(forCompiler({ type: 'string', pattern: 'a"' }), { type: 'string', pattern: 'a(\\\\["])' })
})

test('what only looks like such a schema stays as it is', () => {
  const schema = {
    properties: { maxLength: { type: 'integer' }, type: { const: { type: 'string', maxLength: 2 } } },
    enum: [{ type: 'string', maxLength: 2 }],
  }
  assert.equal(forCompiler(schema), schema)
  for (const same of [true, null, 3, { type: 'string', format: 'date', maxLength: 10 }, { type: 'string', minLength: 'x' }])
    assert.equal(forCompiler(same), same)
  // A length that contradicts itself is for the compiler to refuse.
  assert.equal(forCompiler({ type: 'string', minLength: 3, maxLength: 2 }), { type: 'string', minLength: 3, maxLength: 2 })
})

test('in structural tags, their schemas', () => {
  const tag = (schema: object) => ({
    type: 'triggered_tags',
    triggers: ['<'],
    tags: [{ type: 'tag', begin: '<', content: { type: 'json_schema', json_schema: schema }, end: '>' }],
  })
  assert.equal(tagForCompiler(tag(bounded)), tag(safe))
})

test.run()
