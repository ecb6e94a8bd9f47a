import OpenAI, { BadRequestError } from 'openai'
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { compiled, type LiveServer, serving } from '../cli/support.ts'
import { model, person, personQuestion, refusal, weatherAnswer, weatherQuestion, weatherResult, weatherTool } from './demo.ts'

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

test('parallel_tool_calls: false allows one call', async () => {
  const request = { ...asking('What is the weather in Oslo and in Rome?'), tools, parallel_tool_calls: false }
  const { message, finish_reason } = (await client.chat.completions.create(request)).choices[0]!
  assert.equal([message.tool_calls?.length, finish_reason], [1, 'tool_calls'])
})

test('tool_choice: none, required and named are kept', async () => {
  const choice = async (content: string, tool_choice: OpenAI.ChatCompletionToolChoiceOption) =>
    (await client.chat.completions.create({ ...asking(content), tools, tool_choice })).choices[0]!
  const none = await choice(weatherQuestion, 'none')
  assert.equal([none.message.tool_calls, none.finish_reason], [undefined, 'stop'])
  assert.ok(none.message.content)
  for (const wished of ['required', { type: 'function', function: { name: 'get_weather' } }] as const) {
    const { message, finish_reason } = await choice('Hello', wished)
    const [call] = message.tool_calls!
    assert.ok(call?.type === 'function' && typeof JSON.parse(call.function.arguments).city === 'string')
    assert.equal([call.function.name, message.content], ['get_weather', null])
    assert.is(finish_reason, 'tool_calls')
  }
  const auto = await choice('Hello', 'auto')
  assert.match(auto.message.content!, /^Hello/)
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

const Person = z.object({ name: z.string(), age: z.int() })

test('a zod schema is the form of the answer, parsed by the helper, streamed or not', async () => {
  const request = { ...asking(personQuestion), response_format: zodResponseFormat(Person, 'person') }
  const whole = await client.chat.completions.parse(request)
  assert.equal(whole.choices[0]!.message.parsed, person)
  assert.is(whole.choices[0]!.finish_reason, 'stop')
  const streamed = await client.chat.completions.stream(request).finalChatCompletion()
  assert.equal(streamed.choices[0]!.message.parsed, person)
})

test('a schema is kept where the model would not have done so by itself', async () => {
  const Verdict = z.object({ verdict: z.enum(['yes', 'no']), reasons: z.array(z.string().max(20)).max(2) })
  const request = { ...asking('Tell me a story about an owl'), response_format: zodResponseFormat(Verdict, 'verdict') }
  const { parsed } = (await client.chat.completions.parse(request)).choices[0]!.message
  assert.ok(parsed && ['yes', 'no'].includes(parsed.verdict))
})

test('json_object gives an object; a choice is one of those given', async () => {
  const format = { type: 'json_object' as const }
  const free = await client.chat.completions.create({ ...asking(personQuestion), response_format: format })
  assert.equal(JSON.parse(free.choices[0]!.message.content!), person)
  const chosen = async (fields: object) =>
    (await client.chat.completions.create({ ...asking('What is the capital of France?'), ...fields })).choices[0]!.message.content
  const cities = ['Berlin', 'Paris', 'Rome']
  assert.ok(cities.includes((await chosen({ guided_choice: cities }))!))
  assert.ok(cities.includes((await chosen({ structured_outputs: { choice: cities } }))!))
  assert.match((await chosen({ guided_regex: '[a-z]{3}-[0-9]{2}' }))!, /^[a-z]{3}-[0-9]{2}$/)
})

test('a schema that cannot be kept, and a tool that is not there, are refused, and the field named', async () => {
  const schema = { type: 'object', properties: { a: { type: 'string', not: { const: 'x' } } } }
  const badFormat = { type: 'json_schema' as const, json_schema: { name: 'bad', strict: true, schema } }
  for (const [fields, param] of [
    [{ response_format: badFormat }, /^response_format/],
    [{ tools, tool_choice: { type: 'function' as const, function: { name: 'another' } } }, /^tool_choice/],
    [{ tool_choice: 'required' as const }, /^tool_choice/],
    [{ tools: [] }, /^tools/],
  ] as const) {
    const error = await refusal(() => client.chat.completions.create({ ...asking('Hello'), ...(fields as object) }))
    assert.instance(error, BadRequestError)
    assert.match((error as BadRequestError).param ?? '', param)
  }
})

test.run()
