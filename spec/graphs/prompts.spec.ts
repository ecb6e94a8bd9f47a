import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EngineError } from '../../engine/index.ts'
import { byteTokenizer, fakeLlm, lineTemplate, payloadOf } from '../support/fakes.ts'
import { bodiesOf, libraryGraph } from '../support/run-graph.ts'

const sides = { LLM: fakeLlm(() => ''), TOKENIZER: byteTokenizer, CHAT_TEMPLATE: lineTemplate }
const messages = [{ role: 'user', content: 'Hi' }]
const prompt = 'user: Hi\nassistant: '

async function ask(route: string, json: object): Promise<unknown> {
  const [body] = await bodiesOf(await libraryGraph(route), payloadOf(json), sides)
  return JSON.parse(body!.data)
}
const refusal = (route: string, json: object): Promise<EngineError> =>
  ask(route, json).then(
    () => assert.unreachable() as never,
    (error) => error,
  )

test('a prompt is rendered as text and as tokens, and nothing is generated', async () => {
  const token_ids = [...new TextEncoder().encode(prompt)]
  assert.equal(await ask('chat/completions/render', { messages }), {
    prompt,
    token_ids,
    count: prompt.length,
    max_model_len: 4096,
  })
  assert.is(sides.LLM.requests.length, 0)
})

test('rendering refuses what chat refuses', async () => {
  assert.is((await refusal('chat/completions/render', { messages, n: 0 })).param, 'n')
  const long = { messages: [{ role: 'user', content: 'x'.repeat(5000) }] }
  assert.is((await refusal('chat/completions/render', long)).code, 'context_length_exceeded')
})

test('the tokens of a conversation are counted, also of one too long to answer', async () => {
  const count = { object: 'response.input_tokens', input_tokens: prompt.length }
  assert.equal(await ask('chat/completions/input_tokens', { messages }), count)
  const long = [{ role: 'user', content: 'x'.repeat(5000) }]
  const answer = (await ask('chat/completions/input_tokens', { messages: long })) as { input_tokens: number }
  assert.ok(answer.input_tokens > 5000)
})

test('tokens become the text that they stand for', async () => {
  assert.equal(await ask('detokenize', { tokens: [...new TextEncoder().encode('né')] }), { prompt: 'né' })
  assert.equal(await ask('detokenize', { tokens: [] }), { prompt: '' })
})

test('tokens that are none are refused, each in its place', async () => {
  const cases: [object, string, string][] = [
    [{}, 'missing_required_parameter', 'tokens'],
    [{ tokens: 'x' }, 'invalid_type', 'tokens'],
    [{ tokens: [1, 'x'] }, 'invalid_type', 'tokens[1]'],
    [{ tokens: [-1] }, 'invalid_value', 'tokens[0]'],
    [{ tokens: [1, 257] }, 'invalid_value', 'tokens[1]'],
  ]
  for (const [json, code, param] of cases) {
    const error = await refusal('detokenize', json)
    assert.equal([error.code, error.param], [code, param])
  }
})

test.run()
