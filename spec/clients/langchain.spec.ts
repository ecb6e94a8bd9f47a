import { type AIMessageChunk, HumanMessage, SystemMessage, type UsageMetadata } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { ChatOpenAI, OpenAI } from '@langchain/openai'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { compiled, type LiveServer, serving } from '../cli/support.ts'
import {
  cityParameters,
  endless,
  model,
  person,
  personQuestion,
  refusal,
  tooLong,
  weatherAnswer,
  weatherQuestion,
  weatherResult,
} from './demo.ts'

const test = suite('@langchain/openai')

let server: LiveServer
test.before(async () => {
  server = await serving([], { program: compiled })
})
test.after(async () => {
  assert.is(await server.stop(), 0)
})

const settings = () => ({
  model,
  apiKey: 'unused',
  temperature: 0,
  maxRetries: 0,
  configuration: { baseURL: `${server.url}/v1` },
})
const chat = (more: object = {}) => new ChatOpenAI({ ...settings(), ...more })
const question = 'Say this is a test'
const answer = 'This is a test.'

/** The types of messages lose it. */
const usageOf = ({ usage_metadata }: { usage_metadata?: unknown }) => usage_metadata as UsageMetadata

const getWeather = tool(async () => weatherResult, {
  name: 'get_weather',
  description: 'Get the weather in a city',
  // As JSON Schema: zod's `$schema` in front of it is more than the demo model has learned to read.
  schema: cityParameters,
})

test('invoke: a question, a conversation, several at once', async () => {
  const message = await chat().invoke(question)
  assert.is(message.text, answer)
  assert.is(message.response_metadata.finish_reason, 'stop')
  assert.ok(usageOf(message).output_tokens > 0)
  const named = [new SystemMessage('You are a helpful assistant named Llama-3.'), new HumanMessage('What is your name?')]
  assert.match((await chat().invoke(named)).text, /Llama/)
  const [first, second] = await chat().batch([question, 'What is the capital of France?'])
  assert.is(first!.text, answer)
  assert.match(second!.text, /Paris/)
})

test('stream: the same text in pieces, with usage', async () => {
  let gathered: AIMessageChunk | undefined
  let pieces = 0
  for await (const chunk of await chat().stream(question)) {
    gathered = gathered?.concat(chunk) ?? chunk
    pieces++
  }
  assert.ok(pieces > 3)
  assert.is(gathered!.text, answer)
  assert.ok(usageOf(gathered!).total_tokens > 0)
})

test('completions, whole and streamed', async () => {
  const llm = new OpenAI({ ...settings(), maxTokens: 12 })
  const text = await llm.invoke('Once upon a time')
  assert.match(text, /there was/)
  let streamed = ''
  for await (const piece of await llm.stream('Once upon a time')) streamed += piece
  assert.is(streamed, text)
})

test('logprobs', async () => {
  const message = await chat({ logprobs: true, topLogprobs: 2 }).invoke(question)
  const told = message.response_metadata.logprobs as { content: { token: string; top_logprobs: unknown[] }[] }
  assert.ok(
    told.content
      .map(({ token }) => token)
      .join('')
      .startsWith(answer),
  )
  assert.is(told.content[0]!.top_logprobs.length, 2)
})

test('a call, its result, and the answer', async () => {
  const llm = chat().bindTools([getWeather])
  const asked = new HumanMessage(weatherQuestion)
  const first = await llm.invoke([asked])
  const [call] = first.tool_calls!
  assert.equal([call!.name, call!.args], ['get_weather', { city: 'Paris' }])
  const result = await getWeather.invoke(call!)
  assert.match((await llm.invoke([asked, first, result])).text, weatherAnswer)
})

test('streamed calls come as fragments that join', async () => {
  let gathered: AIMessageChunk | undefined
  for await (const chunk of await chat().bindTools([getWeather]).stream('What is the weather in Oslo and in Rome?'))
    gathered = gathered?.concat(chunk) ?? chunk
  assert.equal(
    gathered!.tool_calls!.map(({ name, args }) => [name, args]),
    [
      ['get_weather', { city: 'Oslo' }],
      ['get_weather', { city: 'Rome' }],
    ],
  )
})

test('tool_choice: any, and by name', async () => {
  for (const tool_choice of ['any', 'get_weather']) {
    const message = await chat().bindTools([getWeather], { tool_choice }).invoke('Hello')
    assert.is(message.tool_calls?.[0]?.name, 'get_weather')
  }
})

test('withStructuredOutput, by schema, by function and by JSON mode', async () => {
  const Person = z.object({ name: z.string(), age: z.int() })
  for (const method of ['jsonSchema', 'functionCalling', 'jsonMode'] as const) {
    const structured = chat().withStructuredOutput(Person, { name: 'person', method })
    const found = await structured.invoke(personQuestion)
    if (method === 'functionCalling') Person.parse(found)
    else assert.equal(found, person)
  }
})

test('the responses API', async () => {
  const llm = chat({ useResponsesApi: true })
  assert.is((await llm.invoke(question)).text, answer)
  let streamed = ''
  for await (const chunk of await llm.stream(question)) streamed += chunk.text
  assert.is(streamed, answer)
  const called = await llm.bindTools([getWeather]).invoke(weatherQuestion)
  assert.equal(called.tool_calls![0]!.args, { city: 'Paris' })
})

test('errors are those of the SDK: 404, 400 with its field, too long', async () => {
  const of = async (more: object, content = 'Hello') =>
    (await refusal(() => chat(more).invoke(content))) as Record<string, unknown>
  const unknown = await of({ model: 'no-such-model' })
  assert.equal([unknown.status, unknown.code], [404, 'model_not_found'])
  const wrong = await of({ topP: -1 })
  assert.equal([wrong.status, wrong.param], [400, 'top_p'])
  const { name, cause } = await of({}, tooLong)
  assert.equal([name, (cause as Record<string, unknown>).code], ['ContextOverflowError', 'context_length_exceeded'])
})

test('leaving a stream, and aborting a call: the server goes on', async () => {
  const llm = chat({ modelKwargs: endless })
  for await (const _ of await llm.stream('Tell me a story')) break
  const abort = new AbortController()
  const aborted = await refusal(async () => {
    for await (const _ of await llm.stream('Tell me a story', { signal: abort.signal })) abort.abort()
  })
  assert.instance(aborted, Error)
  assert.is((await chat().invoke(question)).text, answer)
})

test.run()
