import OpenAI, { APIUserAbortError, BadRequestError, NotFoundError } from 'openai'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compiled, type LiveServer, serving } from '../cli/support.ts'
import { endless, model, refusal } from './demo.ts'

const test = suite('openai')
const messages = [{ role: 'user' as const, content: 'Say this is a test' }]

let server: LiveServer
let client: OpenAI

test.before(async () => {
  server = await serving([], { program: compiled })
  client = new OpenAI({ baseURL: `${server.url}/v3`, apiKey: 'unused', maxRetries: 0 })
})
test.after(async () => {
  await server.stop()
})

test('chat, unary', async () => {
  const answer = await client.chat.completions.create({ model, messages, temperature: 0 })
  assert.is(answer.object, 'chat.completion')
  assert.is(answer.model, model)
  assert.match(answer.id, /^chatcmpl-/)
  assert.match(answer.choices[0]?.message.content ?? '', /this is a test/i)
  assert.is(answer.choices[0]?.finish_reason, 'stop')
  assert.ok(answer.usage && answer.usage.total_tokens === answer.usage.prompt_tokens + answer.usage.completion_tokens)
})

test('chat, streamed: the same text, one id, a role first, usage last', async () => {
  const unary = await client.chat.completions.create({ model, messages, temperature: 0 })
  const stream = await client.chat.completions.create({
    model,
    messages,
    temperature: 0,
    stream: true,
    stream_options: { include_usage: true },
  })
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  assert.is(new Set(chunks.map(({ id }) => id)).size, 1)
  assert.is(chunks[0]?.choices[0]?.delta.role, 'assistant')
  assert.is(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join(''), unary.choices[0]?.message.content)
  assert.equal(chunks.at(-1)?.choices, [])
  assert.equal(chunks.at(-1)?.usage, unary.usage)
})

test('chat through the helper that gathers a stream', async () => {
  const runner = client.chat.completions.stream({ model, messages, temperature: 0 })
  assert.match((await runner.finalContent()) ?? '', /this is a test/i)
})

test('several choices differ, and each ends', async () => {
  const answer = await client.chat.completions.create({
    model,
    messages: [{ role: 'user', content: 'Tell me a story.' }],
    n: 4,
    temperature: 2,
    seed: 5,
    max_tokens: 64,
  })
  assert.equal(
    answer.choices.map(({ index }) => index),
    [0, 1, 2, 3],
  )
  assert.ok(new Set(answer.choices.map(({ message }) => message.content)).size > 1)
})

test('a conversation with parts, a system prompt and tools: the model calls one', async () => {
  const answer = await client.chat.completions.create({
    model,
    messages: [
      { role: 'system', content: 'You are a helpful assistant.' },
      { role: 'user', content: [{ type: 'text', text: "What's the weather like in Paris?" }] },
    ],
    tools: [
      {
        type: 'function',
        function: {
          name: 'get_weather',
          description: 'Get the weather of a city.',
          parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        },
      },
    ],
    temperature: 0,
  })
  const call = answer.choices[0]?.message.tool_calls?.[0]
  assert.is(call?.type === 'function' && call.function.name, 'get_weather')
  assert.is(answer.choices[0]?.finish_reason, 'tool_calls')
})

test('completions, unary and streamed: the same text', async () => {
  const request = { model, prompt: 'Once upon a time', max_tokens: 12, temperature: 0 }
  const unary = await client.completions.create(request)
  assert.is(unary.object, 'text_completion')
  let text = ''
  for await (const chunk of await client.completions.create({ ...request, stream: true })) text += chunk.choices[0]?.text ?? ''
  assert.ok(text.length > 0)
  assert.is(text, unary.choices[0]?.text)
})

test('a seed repeats, another seed differs', async () => {
  const answer = async (seed: number) => {
    const request = { model, prompt: 'Once upon a time', max_tokens: 24, temperature: 1.5, seed }
    return (await client.completions.create(request)).choices[0]?.text
  }
  assert.is(await answer(1), await answer(1))
  assert.ok(new Set(await Promise.all([1, 2, 3, 4, 5, 6].map(answer))).size > 1)
})

test('a stop string ends the answer, and is not part of it', async () => {
  const answer = await client.chat.completions.create({ model, messages, temperature: 0, stop: ' a ' })
  assert.match(answer.choices[0]?.message.content ?? '', /this is$/i)
  assert.is(answer.choices[0]?.finish_reason, 'stop')
})

test('leaving a stream: the client sees its abort, the server goes on', async () => {
  const abort = new AbortController()
  const request = { model, messages, stream: true as const, ...endless }
  const stream = await client.chat.completions.create(request, { signal: abort.signal })
  const error = await refusal(async () => {
    for await (const _ of stream) abort.abort()
  })
  assert.ok(error === undefined || error instanceof APIUserAbortError)
  const answer = await client.chat.completions.create({ model, messages, temperature: 0 })
  assert.match(answer.choices[0]?.message.content ?? '', /this is a test/i)
})

test('an unknown model is 404 model_not_found', async () => {
  const error = await refusal(() => client.chat.completions.create({ model: 'no-such-model', messages }))
  assert.instance(error, NotFoundError)
  assert.is((error as NotFoundError).code, 'model_not_found')
  assert.instance(await refusal(() => client.models.retrieve('no-such-model')), NotFoundError)
})

for (const [field, value] of [
  ['temperature', 3],
  ['max_tokens', 'many'],
  ['n', 0],
  ['stop', 7],
  ['top_p', -1],
] as const) {
  test(`${field}: ${JSON.stringify(value)} is refused, and the field named, streamed or not`, async () => {
    for (const stream of [false, true]) {
      const error = await refusal(() => client.chat.completions.create({ model, messages, stream, [field]: value }))
      assert.instance(error, BadRequestError)
      assert.is((error as BadRequestError).param, field)
    }
  })
}

test('a prompt longer than the context is refused in the words that clients know', async () => {
  const content = 'a long story '.repeat(4000)
  const error = await refusal(() => client.chat.completions.create({ model, messages: [{ role: 'user', content }] }))
  assert.instance(error, BadRequestError)
  assert.is((error as BadRequestError).code, 'context_length_exceeded')
})

test('models are listed and retrieved, under both prefixes', async () => {
  for (const prefix of ['/v3', '/v1']) {
    const each = new OpenAI({ baseURL: server.url + prefix, apiKey: 'unused' })
    const listed = []
    for await (const { id } of each.models.list()) listed.push(id)
    assert.ok(listed.includes(model))
    assert.is((await each.models.retrieve(model)).id, model)
  }
})

test.run()
