import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { APICallError, generateObject, generateText, Output, stepCountIs, streamObject, streamText, tool } from 'ai'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { compiled, type LiveServer, serving } from '../cli/support.ts'
import {
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

const test = suite('ai and @ai-sdk/openai-compatible')

let server: LiveServer
test.before(async () => {
  server = await serving([], { program: compiled })
})
test.after(async () => {
  assert.is(await server.stop(), 0)
})

const provider = (supportsStructuredOutputs = true) =>
  createOpenAICompatible({ name: 'ovms', baseURL: `${server.url}/v1`, includeUsage: true, supportsStructuredOutputs })
const settings = () => ({ model: provider()(model), temperature: 0, maxRetries: 0 })
const prompt = 'Say this is a test'
const answer = 'This is a test.'

const tools = {
  get_weather: tool({
    description: 'Get the weather in a city',
    inputSchema: z.object({ city: z.string() }),
    execute: async () => JSON.parse(weatherResult) as object,
  }),
}
const Person = z.object({ name: z.string(), age: z.int() })

test('generateText: a question, and a conversation', async () => {
  const { text, finishReason, usage } = await generateText({ ...settings(), prompt })
  assert.equal([text, finishReason], [answer, 'stop'])
  assert.is(usage.totalTokens, usage.inputTokens! + usage.outputTokens!)
  const named = await generateText({
    ...settings(),
    system: 'You are a helpful assistant named Llama-3.',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'What is your name?' }] }],
  })
  assert.match(named.text, /Llama/)
})

test('streamText: the same text in pieces, with usage', async () => {
  const { textStream, usage, finishReason } = streamText({ ...settings(), prompt })
  const pieces = []
  for await (const piece of textStream) pieces.push(piece)
  assert.ok(pieces.length > 1)
  assert.is(pieces.join(''), answer)
  assert.ok((await usage).outputTokens! > 0)
  assert.is(await finishReason, 'stop')
})

test('the completions API, whole and streamed', async () => {
  const request = { ...settings(), model: provider().completionModel(model), prompt: 'Once upon a time', maxOutputTokens: 12 }
  const { text } = await generateText(request)
  let streamed = ''
  for await (const piece of streamText(request).textStream) streamed += piece
  assert.ok(text.length > 0)
  assert.is(streamed, text)
})

test('a call, its result, and the answer, in one loop, whole and streamed', async () => {
  const request = { ...settings(), prompt: weatherQuestion, tools, stopWhen: stepCountIs(3) }
  const whole = await generateText(request)
  assert.equal(
    whole.steps.map(({ finishReason }) => finishReason),
    ['tool-calls', 'stop'],
  )
  assert.equal(whole.steps[0]!.toolCalls[0]!.input, { city: 'Paris' })
  assert.match(whole.text, weatherAnswer)

  const fragments: string[] = []
  let text = ''
  for await (const part of streamText(request).fullStream) {
    if (part.type === 'tool-input-delta') fragments.push(part.delta)
    if (part.type === 'text-delta') text += part.text
  }
  assert.equal(JSON.parse(fragments.join('')), { city: 'Paris' })
  assert.is(text, whole.text)
})

test('two calls in one answer', async () => {
  const { toolCalls } = await generateText({ ...settings(), prompt: 'What is the weather in Oslo and in Rome?', tools })
  assert.equal(
    toolCalls.map(({ input }) => input),
    [{ city: 'Oslo' }, { city: 'Rome' }],
  )
})

test('toolChoice: none, required and named', async () => {
  const choice = (content: string, toolChoice: 'none' | 'required' | { type: 'tool'; toolName: 'get_weather' }) =>
    generateText({ ...settings(), prompt: content, tools, toolChoice })
  assert.equal((await choice(weatherQuestion, 'none')).toolCalls, [])
  for (const wished of ['required', { type: 'tool', toolName: 'get_weather' }] as const)
    assert.is((await choice('Hello', wished)).toolCalls[0]?.toolName, 'get_weather')
})

test('generateObject, streamObject and Output.object, with a schema and in JSON mode', async () => {
  assert.equal((await generateObject({ ...settings(), prompt: personQuestion, schema: Person })).object, person)
  const { partialObjectStream, object } = streamObject({ ...settings(), prompt: personQuestion, schema: Person })
  let partial: unknown
  for await (const each of partialObjectStream) partial = each
  assert.equal([partial, await object], [person, person])
  const { output } = await generateText({ ...settings(), prompt: personQuestion, output: Output.object({ schema: Person }) })
  assert.equal(output, person)
  const cities = ['Berlin', 'Paris', 'Rome']
  const chosen = await generateObject({ ...settings(), prompt: 'What is the capital of France?', output: 'enum', enum: cities })
  assert.ok(cities.includes(chosen.object))
  const inJsonMode = { ...settings(), model: provider(false)(model), prompt: personQuestion, output: 'no-schema' as const }
  assert.equal((await generateObject(inJsonMode)).object, person)
})

test('errors are APICallErrors with their status and message', async () => {
  const of = async (more: object) => {
    const error = await refusal(() => generateText({ ...settings(), prompt, ...more }))
    assert.ok(APICallError.isInstance(error))
    return [error.statusCode, JSON.parse(error.responseBody!).error.code, error.message.length > 0] as const
  }
  assert.equal(await of({ model: provider()('no-such-model') }), [404, 'model_not_found', true])
  assert.is((await of({ temperature: 9 }))[0], 400)
  assert.equal(await of({ prompt: tooLong }), [400, 'context_length_exceeded', true])
})

test('aborting a stream: the server goes on', async () => {
  const abort = new AbortController()
  const request = { ...settings(), prompt: 'Tell me a story', providerOptions: { ovms: endless } }
  const stream = streamText({ ...request, abortSignal: abort.signal })
  const kinds = []
  for await (const { type } of stream.fullStream) {
    kinds.push(type)
    if (type === 'text-delta') abort.abort()
  }
  assert.is(kinds.at(-1), 'abort')
  assert.is((await generateText({ ...settings(), prompt })).text, answer)
})

test.run()
