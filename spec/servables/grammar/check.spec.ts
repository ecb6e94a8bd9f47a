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

test('counts within counts that would take the compiler minutes are refused, with what to do', () => {
  const list = (items: object, maxItems = 1000) => ({ type: 'array', items, maxItems })
  const regex = (pattern: string) => refusal({ type: 'regex', pattern })
  const schema = (schema: object) => refusal({ type: 'json_schema', schema })
  for (const pattern of ['((a{1,1000}){1,1000}){1,1000}', '((a{200};){200}:){200}', '(\\w{1,1000} ){1,1000}'])
    assert.equal(regex(pattern), ['invalid_value', 'at'], pattern)
  for (const each of [
    list({ type: 'string', maxLength: 1000 }),
    list({ type: 'object', properties: { a: { type: 'string', minLength: 200 }, b: { type: 'string', maxLength: 200 } } }),
    list(list(list({ type: 'string', pattern: '^[ab]{1,200}$' }))),
    list({ type: 'string', pattern: '^(x{1,1000}y){1,1000}$' }),
    { $ref: '#/$defs/list', $defs: { list: list({ $ref: '#/$defs/text' }), text: { type: 'string', maxLength: 500 } } },
  ])
    assert.equal(schema(each), ['invalid_value', 'at'], JSON.stringify(each))
  const said = () => checkGrammar({ type: 'regex', pattern: '((a{1,1000}){1,1000}){1,1000}' }, 'guided_regex')
  assert.throws(said, /guided_regex cannot be used: .* lower their bounds, or leave upper bounds out/)
})

test('counts that the compiler takes seconds over, and what recurs within itself, are taken', () => {
  const list = (items: object, maxItems = 1000) => ({ type: 'array', items, maxItems })
  const tree = { type: 'object', properties: { children: list({ $ref: '#' }), name: { type: 'string', maxLength: 100 } } }
  for (const pattern of ['[a-z]{1,100000}', '((a{1,100}){1,100}){1,100}', '(a{1,1000};){1,1000}', '([0-9]{1,200};){1,200}'])
    assert.equal(refusal({ type: 'regex', pattern }), ['accepted', undefined], pattern)
  for (const schema of [tree, list({ type: 'string', maxLength: 100 }), list(list(list({ type: 'string' })))])
    assert.equal(refusal({ type: 'json_schema', schema }), ['accepted', undefined], JSON.stringify(schema))
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
