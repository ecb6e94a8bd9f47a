import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { EngineError } from '../../../engine/index.ts'
import { checkGrammar, type GrammarSpec } from '../../../servables/grammar/index.ts'

function refusal(spec: GrammarSpec): readonly [string, string | undefined] {
  try {
    checkGrammar(spec, 'at')
  } catch (error) {
    if (error instanceof EngineError) return [error.code, error.param]
    throw error
  }
  return ['accepted', undefined]
}

const infinite = JSON.parse('1e999') as number

test('numbers and characters that no answer can hold are refused, wherever they stand', () => {
  for (const schema of [
    { const: infinite },
    { enum: [1, { a: [-infinite] }] },
    { type: 'number', minimum: infinite },
    { type: 'number', minimum: -infinite, maximum: 1 },
    { type: 'string', maxLength: infinite },
    { const: '\ud800' },
    { type: 'object', properties: { 'a\udc00': { type: 'null' } }, required: ['a\udc00'] },
  ]) {
    assert.equal(refusal({ type: 'json_schema', schema }), ['invalid_value', 'at'], JSON.stringify(schema))
  }
  assert.equal(refusal({ type: 'choice', options: ['a', '\ud800'] }), ['invalid_value', 'at'])
  assert.equal(refusal({ type: 'regex', pattern: '\udc00' }), ['invalid_value', 'at'])
  assert.equal(refusal({ type: 'json_schema', schema: { const: '😀', title: 'né' } }), ['accepted', undefined])
})

test('oneOf may have as many branches as can be compared with each other in good time', () => {
  const kind = (_: unknown, index: number) => ({
    type: 'object',
    properties: { kind: { const: `k${index}` }, text: { type: 'string' }, count: { type: 'integer' } },
    required: ['kind'],
  })
  const schema = (branches: number) => ({ oneOf: Array.from({ length: branches }, kind) })
  assert.equal(refusal({ type: 'json_schema', schema: schema(64) }), ['accepted', undefined])
  assert.equal(refusal({ type: 'json_schema', schema: schema(65) }), ['unsupported_parameter', 'at.oneOf[64]'])
})

test('a structural tag that lacks its text is no grammar for the word undefined', () => {
  const within = (format: object): GrammarSpec => ({ type: 'structural_tag', tag: { type: 'sequence', elements: [format] } })
  assert.equal(refusal(within({ type: 'regex' })), ['missing_required_parameter', 'at.elements[0].pattern'])
  assert.equal(refusal(within({ type: 'regex', pattern: 5 })), ['invalid_type', 'at.elements[0].pattern'])
  assert.equal(refusal(within({ type: 'grammar' })), ['missing_required_parameter', 'at.elements[0].grammar'])
  assert.equal(refusal(within({ type: 'regex', pattern: 'a' })), ['accepted', undefined])
})

test.run()
