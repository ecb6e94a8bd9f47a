import OpenAI from 'openai'
import { zodFunction } from 'openai/helpers/zod'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { compiled, type LiveServer, serving } from '../cli/support.ts'
import { model, weatherAnswer, weatherQuestion, weatherResult, weatherTool } from './demo.ts'

const test = suite('openai: tools and structured output')

let server: LiveServer
let client: OpenAI

test.before(async () => {
  server = await serving([], { program: compiled })
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'unused', maxRetries: 0 })
})
test.after(async () => {
  assert.is(await server.stop(), 0)
})

const asking = (content: string) => ({ model, temperature: 0, messages: [{ role: 'user' as const, content }] })
const tools = [weatherTool]

test('a call, its result, and the answer', async () => {
  const { messages, ...rest } = asking(weatherQuestion)
  const first = (await client.chat.completions.create({ ...rest, messages, tools })).choices[0]!
  assert.is(first.finish_reason, 'tool_calls')
  assert.is(first.message.content, null)
  const [call, ...others] = first.message.tool_calls!
  assert.equal(others, [])
  assert.ok(call?.type === 'function' && call.function.name === 'get_weather')
  assert.equal(JSON.parse(call.function.arguments), { city: 'Paris' })

  const result = { role: 'tool' as const, tool_call_id: call.id, content: weatherResult }
  const second = await client.chat.completions.create({ ...rest, messages: [...messages, first.message, result], tools })
  assert.match(second.choices[0]!.message.content!, weatherAnswer)
  assert.is(second.choices[0]!.finish_reason, 'stop')
})

test('a streamed call comes as fragments that join to the same call', async () => {
  const request = { ...asking('What is the weather in Oslo and in Rome?'), tools }
  const whole = (await client.chat.completions.create(request)).choices[0]!.message.tool_calls!
  const calls: { id: string; type: string; function: { name: string; arguments: string } }[] = []
  const finishes = []
  for await (const { choices } of await client.chat.completions.create({ ...request, stream: true })) {
    const { delta, finish_reason } = choices[0]!
    assert.ok(!delta.content, 'text beside the calls')
    if (finish_reason) finishes.push(finish_reason)
    for (const { index, id, type, function: part } of delta.tool_calls ?? []) {
      if (id !== undefined) calls[index] = { id, type: type!, function: { name: part!.name!, arguments: part!.arguments ?? '' } }
      else calls[index]!.function.arguments += part!.arguments
    }
  }
  assert.equal(finishes, ['tool_calls'])
  assert.equal(
    calls.map(({ function: { name, arguments: text } }) => [name, JSON.parse(text)]),
    [
      ['get_weather', { city: 'Oslo' }],
      ['get_weather', { city: 'Rome' }],
    ],
  )
  const withoutId = (each: { id: string }) => ({ ...each, id: undefined })
  assert.equal(calls.map(withoutId), whole.map(withoutId))
  assert.is(new Set([...calls, ...whole].map(({ id }) => id)).size, 4)
})

test('runTools calls a function of the program, and ends with the answer, streamed or not', async () => {
  for (const stream of [false, true]) {
    const asked: unknown[] = []
    const weather = {
      type: 'function' as const,
      function: {
        ...weatherTool.function,
        parse: JSON.parse,
        function: (argument: unknown) => {
          asked.push(argument)
          return weatherResult
        },
      },
    }
    const request = { ...asking(weatherQuestion), tools: [weather] }
    const runner = stream
      ? client.chat.completions.runTools({ ...request, stream: true })
      : client.chat.completions.runTools({ ...request, stream: false })
    assert.match((await runner.finalContent())!, weatherAnswer)
    assert.equal(asked, [{ city: 'Paris' }])
  }
})

test('a zod function is called strictly, and its arguments come parsed', async () => {
  const weather = zodFunction({
    name: 'get_weather',
    description: 'Get the weather in a city',
    parameters: z.object({ city: z.string() }),
  })
  const completion = await client.chat.completions.parse({ ...asking(weatherQuestion), tools: [weather] })
  assert.equal(completion.choices[0]!.message.tool_calls?.[0]?.function.parsed_arguments, { city: 'Paris' })
})

test.run()
