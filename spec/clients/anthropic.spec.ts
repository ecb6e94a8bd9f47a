import Anthropic, { AuthenticationError, BadRequestError, NotFoundError } from '@anthropic-ai/sdk'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compiled, folder, type LiveServer, serving } from '../cli/support.ts'

const test = suite('anthropic')
const model = 'demo-chat'
const say = { model, max_tokens: 64, messages: [{ role: 'user' as const, content: 'Say this is a test' }] }
const weather: Anthropic.Tool = {
  name: 'get_weather',
  description: 'Get the weather of a city.',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}
const key = folder({ key: 'right\n' })

let server: LiveServer
let client: Anthropic

test.before(async () => {
  server = await serving(['--api_key_file', `${key.path}/key`], { program: compiled })
  client = new Anthropic({ baseURL: server.url, apiKey: 'right', maxRetries: 0 })
})
test.after(async () => {
  await server.stop()
  key.remove()
})

/** The error of a call that must be refused. */
async function refusal(call: PromiseLike<unknown>): Promise<unknown> {
  try {
    await call
  } catch (error) {
    return error
  }
  return undefined
}

test('unary', async () => {
  const message = await client.messages.create(say)
  assert.match(message.id, /^msg_/)
  assert.equal([message.type, message.role, message.model], ['message', 'assistant', model])
  const [block] = message.content
  assert.ok(block?.type === 'text')
  assert.match(block.text, /this is a test/i)
  assert.equal([message.stop_reason, message.stop_sequence], ['end_turn', null])
  assert.ok(message.usage.input_tokens > 0 && message.usage.output_tokens > 0)
  assert.match(message._request_id ?? '', /./)
})

test('streamed: the deltas are the text of the unary answer', async () => {
  const unary = await client.messages.create(say)
  let text = ''
  for await (const event of await client.messages.create({ ...say, stream: true })) {
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') text += event.delta.text
  }
  assert.equal([{ type: 'text', text, citations: null }], unary.content)
})

test('through the helper that gathers a stream', async () => {
  const stream = client.messages.stream(say)
  const final = await stream.finalMessage()
  assert.is(final.stop_reason, 'end_turn')
  assert.match(await stream.finalText(), /this is a test/i)
})

test('a conversation with a system prompt, tools and their results is accepted', async () => {
  const message = await client.messages.create({
    model,
    max_tokens: 64,
    system: [{ type: 'text', text: 'You are a helpful assistant.', cache_control: { type: 'ephemeral' } }],
    messages: [
      { role: 'user', content: "What's the weather like in Paris?" },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Paris' } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: '{"weather":"sunny"}' }] },
    ],
    tools: [weather],
    tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    metadata: { user_id: 'someone' },
  })
  assert.ok(message.content.length > 0)
})

const question = { role: 'user' as const, content: "What's the weather like in Paris?" }

test('uses a tool, whose result goes into the next request', async () => {
  const asked = { model, max_tokens: 64, tools: [weather] }
  const first = await client.messages.create({ ...asked, messages: [question] })
  assert.is(first.stop_reason, 'tool_use')
  const use = first.content.find((block) => block.type === 'tool_use')
  assert.equal([use?.name, use?.input], ['get_weather', { city: 'Paris' }])
  const result = { type: 'tool_result' as const, tool_use_id: use!.id, content: '{"weather":"sunny"}' }
  const messages = [
    question,
    { role: 'assistant' as const, content: first.content },
    { role: 'user' as const, content: [result] },
  ]
  const second = await client.messages.create({ ...asked, messages })
  const [answer] = second.content
  assert.ok(answer?.type === 'text')
  assert.match(answer.text, /sunny/)
})

test('a use is streamed as fragments that the SDK reads as they come', async () => {
  const stream = client.messages.stream({ model, max_tokens: 64, tools: [weather], messages: [question] })
  const snapshots: unknown[] = []
  stream.on('inputJson', (_, snapshot) => snapshots.push(snapshot))
  const { content, stop_reason } = await stream.finalMessage()
  assert.is(stop_reason, 'tool_use')
  const use = content.find((block) => block.type === 'tool_use')
  assert.equal(use?.input, { city: 'Paris' })
  // How many there are depends on how many tokens came at once.
  assert.equal(snapshots.at(-1), { city: 'Paris' })
})

test('a tool that must be used is used', async () => {
  const message = await client.messages.create({ ...say, tools: [weather], tool_choice: { type: 'tool', name: 'get_weather' } })
  assert.equal(
    message.content.map((block) => block.type === 'tool_use' && block.name),
    ['get_weather'],
  )
})

test('a stop sequence ends the answer, and is named', async () => {
  const message = await client.messages.create({ ...say, stop_sequences: ['a test', 'nothing'] })
  assert.equal([message.stop_reason, message.stop_sequence], ['stop_sequence', 'a test'])
})

test('the answer goes on with what the assistant has said', async () => {
  const messages = [...say.messages, { role: 'assistant' as const, content: 'This is' }]
  const [block] = (await client.messages.create({ ...say, messages })).content
  assert.ok(block?.type === 'text')
  assert.match(block.text, /^ a test/)
})

test('max_tokens cuts, and says so', async () => {
  assert.is((await client.messages.create({ ...say, max_tokens: 2 })).stop_reason, 'max_tokens')
})

test('counts the tokens of a conversation', async () => {
  const { messages } = say
  const { input_tokens } = await client.messages.countTokens({ model, messages })
  const { usage } = await client.messages.create(say)
  assert.is(input_tokens, usage.input_tokens + (usage.cache_read_input_tokens ?? 0))
})

test('a refusal is the error that the SDK has for it', async () => {
  const unknown = await refusal(client.messages.create({ ...say, model: 'nobody' }))
  assert.ok(unknown instanceof NotFoundError)
  assert.is(unknown.type, 'not_found_error')
  const wrong = await refusal(client.messages.create({ ...say, max_tokens: 0 }))
  assert.ok(wrong instanceof BadRequestError)
  assert.match(wrong.message, /max_tokens must be/)
  assert.ok(wrong.requestID)
  const stranger = new Anthropic({ baseURL: server.url, apiKey: 'wrong', maxRetries: 0 })
  assert.ok((await refusal(stranger.messages.create(say))) instanceof AuthenticationError)
})

test.run()
