import OpenAI, { BadRequestError, NotFoundError } from 'openai'
import { zodTextFormat } from 'openai/helpers/zod'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { compiled, type LiveServer, serving } from '../cli/support.ts'
import { model, person, personQuestion, refusal, tooLong } from './demo.ts'

const test = suite('responses')
const say = { model, input: 'Say this is a test', temperature: 0 }
const weather = {
  type: 'function' as const,
  name: 'get_weather',
  description: 'Get the weather of a city.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false },
  strict: null,
}

let server: LiveServer
let client: OpenAI

test.before(async () => {
  server = await serving([], { program: compiled })
  client = new OpenAI({ baseURL: `${server.url}/v3`, apiKey: 'unused', maxRetries: 0 })
})
test.after(async () => {
  await server.stop()
})

test('unary', async () => {
  const response = await client.responses.create({ ...say, metadata: { purpose: 'test' }, max_output_tokens: 64 })
  assert.match(response.output_text, /this is a test/i)
  assert.match(response.id, /^resp_/)
  assert.equal([response.object, response.status, response.model, response.error], ['response', 'completed', model, null])
  assert.equal([response.metadata, response.max_output_tokens, response.temperature], [{ purpose: 'test' }, 64, 0])
  const { usage } = response
  assert.ok(usage && usage.total_tokens === usage.input_tokens + usage.output_tokens && usage.output_tokens > 0)
})

test('streamed: the deltas are the text, the last event has the same response', async () => {
  const unary = await client.responses.create(say)
  let text = ''
  let last: OpenAI.Responses.Response | undefined
  let events = 0
  for await (const event of await client.responses.create({ ...say, stream: true })) {
    assert.is(event.sequence_number, events++)
    if (event.type === 'response.output_text.delta') text += event.delta
    if (event.type === 'response.completed') last = event.response
  }
  assert.is(text, unary.output_text)
  assert.equal([last?.status, last?.output.length], ['completed', 1])
  assert.is(last?.usage?.output_tokens, unary.usage?.output_tokens)
})

test('through the helper that gathers a stream', async () => {
  const final = await client.responses.stream(say).finalResponse()
  assert.match(final.output_text, /this is a test/i)
})

test('a conversation goes on with what was answered', async () => {
  const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: 'My name is Anna.' }]
  const first = await client.responses.create({ model, input, temperature: 0, store: false })
  input.push(...first.output.filter((item) => item.type === 'message'), { role: 'user', content: 'What is my name?' })
  const second = await client.responses.create({ model, input, temperature: 0, instructions: 'You are a helpful assistant.' })
  assert.match(second.output_text, /Anna/)
})

test('a cut answer is incomplete', async () => {
  const response = await client.responses.create({ ...say, max_output_tokens: 2 })
  assert.equal([response.status, response.incomplete_details], ['incomplete', { reason: 'max_output_tokens' }])
})

test('logprobs', async () => {
  const include = ['message.output_text.logprobs' as const]
  const { output } = await client.responses.create({ ...say, include, top_logprobs: 2 })
  const part = output[0]?.type === 'message' ? output[0].content[0] : undefined
  assert.ok(part?.type === 'output_text' && part.logprobs)
  assert.is(part.logprobs.map(({ token }) => token).join(''), part.text)
  assert.ok(part.logprobs.every(({ top_logprobs }) => top_logprobs.length === 2))
})

test('calls a function, whose result goes into the next request', async () => {
  const question = { role: 'user' as const, content: "What's the weather like in Paris?" }
  const asked = { model, tools: [weather], temperature: 0 }
  const first = await client.responses.create({ ...asked, input: [question] })
  assert.equal(first.tools, [weather])
  const [call] = first.output
  assert.ok(call?.type === 'function_call')
  assert.equal([call.name, JSON.parse(call.arguments), call.status], ['get_weather', { city: 'Paris' }, 'completed'])
  const result = { type: 'function_call_output' as const, call_id: call.call_id, output: '{"weather":"sunny"}' }
  const second = await client.responses.create({ ...asked, input: [question, call, result] })
  assert.match(second.output_text, /sunny/)
})

test('a call is streamed as fragments that add up to its arguments', async () => {
  const input = "What's the weather like in Paris?"
  let fragments = ''
  const stream = client.responses.stream({ model, input, tools: [weather], temperature: 0 })
  stream.on('response.function_call_arguments.delta', ({ delta }) => {
    fragments += delta
  })
  const [call] = (await stream.finalResponse()).output
  assert.ok(call?.type === 'function_call')
  assert.is(fragments, call.arguments)
  assert.equal(JSON.parse(fragments), { city: 'Paris' })
})

test('a function that must be called is called', async () => {
  const { output } = await client.responses.create({ ...say, tools: [weather], tool_choice: 'required' })
  assert.equal(
    output.map((item) => item.type === 'function_call' && item.name),
    ['get_weather'],
  )
})

test('an answer has the form that was asked for', async () => {
  const schema = { type: 'object', properties: { age: { type: 'integer' } }, required: ['age'], additionalProperties: false }
  const format = { type: 'json_schema' as const, name: 'person', schema, strict: true }
  const response = await client.responses.create({ ...say, text: { format }, max_output_tokens: 64 })
  assert.type(JSON.parse(response.output_text).age, 'number')
  assert.equal(response.text?.format, format)
})

test('a function that is not to be called is not called', async () => {
  const input = "What's the weather like in Paris?"
  const { output } = await client.responses.create({ model, input, tools: [weather], tool_choice: 'none', temperature: 0 })
  assert.equal(
    output.map(({ type }) => type),
    ['message'],
  )
})

test('counts the tokens of an input', async () => {
  const { input_tokens } = await client.responses.inputTokens.count({ model, input: say.input })
  assert.is(input_tokens, (await client.responses.create(say)).usage?.input_tokens)
})

test('responses.parse: a zod schema is the form of the answer', async () => {
  const Person = z.object({ name: z.string(), age: z.int() })
  const request = { model, input: personQuestion, temperature: 0, text: { format: zodTextFormat(Person, 'person') } }
  assert.equal((await client.responses.parse(request)).output_parsed, person)
})

test('an unknown model is a NotFoundError; wrong fields and too long inputs are BadRequestErrors', async () => {
  assert.instance(await refusal(() => client.responses.create({ ...say, model: 'no-such-model' })), NotFoundError)
  for (const [fields, code, param] of [
    [{ temperature: 9 }, 'invalid_value', 'temperature'],
    [{ max_output_tokens: 0 }, 'invalid_value', 'max_output_tokens'],
    [{ input: tooLong }, 'context_length_exceeded', 'input'],
  ] as const) {
    const error = await refusal(() => client.responses.create({ ...say, ...fields }))
    assert.instance(error, BadRequestError)
    assert.equal([(error as BadRequestError).code, (error as BadRequestError).param], [code, param])
  }
})

test('leaving a stream: the server goes on', async () => {
  const stream = await client.responses.create({ ...say, input: 'Tell me a story.', stream: true })
  for await (const event of stream) if (event.type === 'response.output_text.delta') break
  assert.match((await client.responses.create(say)).output_text, /this is a test/i)
})

test('what needs a memory is refused, and says why', async () => {
  try {
    await client.responses.create({ ...say, previous_response_id: 'resp_1' })
    assert.unreachable()
  } catch (error) {
    assert.ok(error instanceof BadRequestError)
    assert.equal([error.code, error.param], ['unsupported_parameter', 'previous_response_id'])
  }
})

test.run()
