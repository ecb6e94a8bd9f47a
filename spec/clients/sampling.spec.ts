import { join } from 'node:path'
import OpenAI, { BadRequestError } from 'openai'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compiled, type LiveServer, root, serving } from '../cli/support.ts'

const test = suite('sampling through a live server')
const model = 'tiny'
const messages = [{ role: 'user' as const, content: 'Hello' }]

let server: LiveServer
let client: OpenAI

test.before(async () => {
  const directory = join(root, 'spec/fixtures/models/tiny-llama')
  server = await serving(['--model_path', directory, '--model_name', model], { program: compiled })
  client = new OpenAI({ baseURL: `${server.url}/v3`, apiKey: 'unused', maxRetries: 0 })
})
test.after(async () => {
  await server.stop()
})

test('chat: logprobs with bytes and alternatives, the same whole and streamed', async () => {
  const request = { model, messages, temperature: 0, max_tokens: 12, logprobs: true, top_logprobs: 4 } as const
  const whole = await client.chat.completions.create(request)
  const told = whole.choices[0]!.logprobs!.content!
  assert.is(told.length, whole.usage!.completion_tokens)
  assert.ok(told.every(({ logprob, top_logprobs }) => top_logprobs.length === 4 && top_logprobs[0]!.logprob === logprob))
  assert.is(Buffer.from(told.flatMap(({ bytes }) => bytes!)).toString(), whole.choices[0]!.message.content)

  const streamed = []
  for await (const { choices } of await client.chat.completions.create({ ...request, stream: true }))
    streamed.push(...(choices[0]?.logprobs?.content ?? []))
  assert.equal(streamed, told)
})

test('completions: a text is scored without an answer', async () => {
  const prompt = 'The weather in Paris'
  const { choices } = await client.completions.create({ model, prompt, echo: true, logprobs: 2, max_tokens: 0 })
  const { tokens, token_logprobs, text_offset } = choices[0]!.logprobs!
  assert.is(choices[0]!.text, prompt)
  assert.is(tokens!.join(''), prompt)
  assert.is(token_logprobs![0], null)
  assert.ok(token_logprobs!.slice(1).every((logprob) => logprob < 0))
  assert.equal(
    text_offset!.map((offset, index) => prompt.startsWith(tokens![index]!, offset)),
    tokens!.map(() => true),
  )
})

test('penalties, bias and allowed tokens change the answer', async () => {
  const answer = async (more: object) => {
    const { choices } = await client.chat.completions.create({ model, messages, temperature: 0, max_tokens: 24, ...more })
    return choices[0]!.message.content
  }
  const plain = await answer({})
  assert.is(await answer({ presence_penalty: 0, logit_bias: {} }), plain)
  assert.is.not(await answer({ frequency_penalty: 2, presence_penalty: 2 }), plain)
  assert.is.not(await answer({ repetition_penalty: 3 }), plain)
  assert.match((await answer({ logit_bias: { 70: 100 } })) ?? '', /^(.)\1{23}$/)
})

for (const [param, fields] of [
  ['logit_bias', { logit_bias: { 512: 1 } }],
  ['top_logprobs', { top_logprobs: 2 }],
  ['stop_token_ids', { stop_token_ids: [4000] }],
  ['min_tokens', { min_tokens: 9, max_tokens: 8 }],
] as const) {
  test(`${JSON.stringify(fields)} is refused, and the field named`, async () => {
    const error = await client.chat.completions.create({ model, messages, ...fields } as never).catch((error: unknown) => error)
    assert.instance(error, BadRequestError)
    assert.is((error as BadRequestError).param, param)
  })
}

test.run()
