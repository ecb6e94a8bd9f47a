import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import fc from 'fast-check'
import OpenAI, { BadRequestError } from 'openai'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { compiled, type LiveServer, serving } from '../cli/support.ts'

const test = suite('structured output of a live server')

let server: LiveServer
let client: OpenAI

test.before(async () => {
  server = await serving([], { program: compiled })
  client = new OpenAI({ baseURL: `${server.url}/v3`, apiKey: 'unused', maxRetries: 0 })
})
test.after(async () => {
  await server.stop()
})

const user = (content: string) => [{ role: 'user' as const, content }]
const base = { model: 'demo-chat', messages: user('Where is the Eiffel Tower?'), max_tokens: 200, temperature: 0.8, seed: 1 }
const Place = z.strictObject({ city: z.string().max(20), country: z.enum(['France', 'Italy']), old: z.boolean() })
const place = { type: 'json_schema' as const, json_schema: { name: 'place', strict: true, schema: z.toJSONSchema(Place) } }
const schemaFormat = (schema: object) => ({ type: 'json_schema' as const, json_schema: { name: 'x', schema: { ...schema } } })

const weather = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    description: 'Weather of a city',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string', maxLength: 20 }, unit: { enum: ['celsius', 'fahrenheit'] } },
      required: ['city', 'unit'],
      additionalProperties: false,
    },
  },
}
const time = {
  type: 'function' as const,
  function: {
    name: 'get_time',
    parameters: { type: 'object', properties: { hour: { type: 'integer', minimum: 0, maximum: 23 } }, required: ['hour'] },
  },
}
const Weather = z.strictObject({ city: z.string(), unit: z.enum(['celsius', 'fahrenheit']) })

test('a JSON Schema holds the answer, whole and streamed, for every choice', async () => {
  const { choices } = await client.chat.completions.create({ ...base, n: 4, response_format: place })
  assert.is(choices.length, 4)
  for (const { message, finish_reason } of choices) {
    assert.is(finish_reason, 'stop')
    Place.parse(JSON.parse(message.content ?? ''))
  }
  const stream = await client.chat.completions.create({ ...base, stream: true, response_format: place })
  let text = ''
  for await (const { choices } of stream) text += choices[0]?.delta.content ?? ''
  assert.is(text, choices[0]?.message.content)
})

test('JSON, a pattern, a choice, a grammar and structural tags hold it, too, by all names that clients use', async () => {
  const yes = 'root ::= "yes" | "no"'
  for (const [fields, expected] of [
    [{ response_format: { type: 'json_object' } }, /^\{[\s\S]*\}$/],
    [{ response_format: { type: 'json_object', schema: { const: { a: 1 } } } }, /^\{\s*"a"\s?:\s?1\s*\}$/],
    [{ response_format: { type: 'structural_tag', format: { type: 'regex', pattern: '[A-C]{3}' } } }, /^[A-C]{3}$/],
    [{ response_format: { type: 'const_string', value: 'so' } }, /^so$/],
    [{ structured_outputs: { regex: '\\d{4}-\\d{2}' } }, /^\d{4}-\d{2}$/],
    [{ structured_outputs: { choice: ['Paris', 'Rome'] } }, /^(Paris|Rome)$/],
    [{ structured_outputs: { grammar: yes } }, /^(yes|no)$/],
    [{ structured_outputs: { json: '{"enum":[7]}' } }, /^7$/],
    [{ structured_outputs: { json_object: true } }, /^\{[\s\S]*\}$/],
    [{ guided_regex: '[xyz]{5}', guided_decoding_backend: 'outlines' }, /^[xyz]{5}$/],
    [{ guided_choice: ['"', '\\'] }, /^["\\]$/],
    [{ guided_grammar: yes }, /^(yes|no)$/],
    [
      { guided_json: { type: 'array', items: { type: 'boolean' }, minItems: 2, maxItems: 2 } },
      /^\[\s*(true|false),\s*(true|false)\s*\]$/,
    ],
  ] as const) {
    const { choices } = await client.chat.completions.create({ ...base, ...(fields as object) })
    const [choice] = choices
    if (choice?.finish_reason === 'stop') assert.match(choice.message.content ?? '', expected, JSON.stringify(fields))
    else
      assert.ok('json_object' in (fields as { structured_outputs?: object }).structured_outputs! || 'response_format' in fields)
  }
})

test('completions are held to the same, and told apart choice by choice', async () => {
  const { choices } = await client.completions.create({
    model: 'demo-chat',
    prompt: ['A place:', 'Another:'],
    max_tokens: 100,
    ...{ guided_json: z.toJSONSchema(Place) },
  })
  for (const { text, finish_reason } of choices) if (finish_reason === 'stop') Place.parse(JSON.parse(text))
})

test('a call that is required is made, with arguments by the schema; so is the one that is named', async () => {
  const { choices } = await client.chat.completions.create({ ...base, n: 3, tools: [weather, time], tool_choice: 'required' })
  for (const { message, finish_reason } of choices) {
    assert.is(finish_reason, 'tool_calls')
    assert.ok((message.tool_calls?.length ?? 0) >= 1)
    for (const call of message.tool_calls ?? []) {
      if (call.type !== 'function') continue
      const value = JSON.parse(call.function.arguments)
      if (call.function.name === 'get_weather') Weather.parse(value)
      else z.strictObject({ hour: z.int().min(0).max(23) }).parse(value)
    }
  }
  const named = { type: 'function' as const, function: { name: 'get_time' } }
  const stream = await client.chat.completions.create({
    ...base,
    stream: true,
    tools: [weather, time],
    tool_choice: named,
    parallel_tool_calls: false,
  })
  const names: string[] = []
  let text = ''
  for await (const { choices } of stream) {
    for (const call of choices[0]?.delta.tool_calls ?? []) {
      if (call.function?.name) names.push(call.function.name)
      text += call.function?.arguments ?? ''
    }
  }
  assert.equal(names, ['get_time'])
  assert.is(typeof JSON.parse(text).hour, 'number')
})

/** What the chunks of an answer add up to. */
async function streamed(asked: OpenAI.ChatCompletionCreateParamsNonStreaming) {
  let content = ''
  let finish: string | null = null
  const calls: { name: string; arguments: string }[] = []
  for await (const { choices } of await client.chat.completions.create({ ...asked, stream: true })) {
    content += choices[0]?.delta.content ?? ''
    finish = choices[0]?.finish_reason ?? finish
    for (const { function: called } of choices[0]?.delta.tool_calls ?? []) {
      if (called?.name) calls.push({ name: called.name, arguments: '' })
      calls.at(-1)!.arguments += called?.arguments ?? ''
    }
  }
  return { content, calls, finish }
}

test('a call that has to be made and is cut shows no markers, whole and streamed', async () => {
  for (const tool_choice of ['required', { type: 'function', function: { name: 'get_weather' } }] as const) {
    for (const max_tokens of [1, 2, 3, 4, 6, 8, 12]) {
      const asked = { ...base, max_tokens, tools: [weather, time], tool_choice, seed: 1 }
      const [whole] = (await client.chat.completions.create(asked)).choices
      const { content, calls, finish } = await streamed(asked)
      assert.equal([whole!.message.content ?? '', content], ['', ''])
      assert.equal([whole!.finish_reason, finish], ['length', 'length'])
      assert.equal(whole!.message.tool_calls?.map((call) => call.type === 'function' && call.function) ?? [], calls)
    }
  }
})

test('a call of a strict function is valid once it has begun; what is text stays free', async () => {
  const strict = { ...weather, function: { ...weather.function, strict: true } }
  for (const seed of [1, 2, 3]) {
    const asked = {
      ...base,
      seed,
      messages: user('What is the weather in Rome? Use the tool.'),
      tools: [strict],
      tool_choice: 'auto' as const,
    }
    const { choices } = await client.chat.completions.create(asked)
    for (const call of choices[0]?.message.tool_calls ?? []) {
      if (call.type === 'function') Weather.parse(JSON.parse(call.function.arguments))
    }
  }
  const { choices } = await client.chat.completions.create({ ...base, messages: user('Hello!'), tools: [strict] })
  assert.ok((choices[0]?.message.content ?? '').length > 0 || choices[0]?.message.tool_calls)
})

test('with a form of text and tools to choose from, the answer has the form, or it is a call', async () => {
  for (const seed of [1, 2, 3, 4]) {
    const { choices } = await client.chat.completions.create({ ...base, seed, response_format: place, tools: [weather] })
    const { message, finish_reason } = choices[0]!
    if (finish_reason === 'tool_calls') assert.ok(message.tool_calls)
    else if (finish_reason === 'stop') Place.parse(JSON.parse(message.content ?? ''))
  }
})

test('whatever a small schema says, answers are valid by it', async () => {
  const ajv = formats.default(new Ajv2020({ strict: false }))
  const leaf = fc.oneof(
    fc.constant({ type: 'boolean' }),
    fc.constant({ type: 'null' }),
    fc
      .tuple(fc.integer({ min: -50, max: 50 }), fc.nat(60))
      .map(([minimum, more]) => ({ type: 'integer', minimum, maximum: minimum + more })),
    fc
      .uniqueArray(fc.constantFrom('red', 'grün', 'a"b', 3, null), { minLength: 1, maxLength: 3 })
      .map((values) => ({ enum: values })),
    fc.nat(5).map((maxLength) => ({ type: 'string', maxLength })),
    fc.constantFrom({ type: 'string', format: 'date' }, { type: 'string', pattern: '^[A-Z]{2}\\d$' }),
  )
  const { schema } = fc.letrec<{ schema: object }>((tie) => ({
    schema: fc.oneof(
      { depthSize: 'small', maxDepth: 3 },
      leaf,
      fc.tuple(tie('schema'), fc.nat(2)).map(([items, maxItems]) => ({ type: 'array', items, maxItems })),
      fc
        .tuple(fc.dictionary(fc.constantFrom('a', 'b', 'name', 'é'), tie('schema'), { maxKeys: 3 }), fc.boolean())
        .map(([properties, all]) => ({
          type: 'object',
          properties,
          required: all ? Object.keys(properties) : [],
          additionalProperties: false,
        })),
      fc.array(tie('schema'), { minLength: 1, maxLength: 2 }).map((anyOf) => ({ anyOf })),
    ),
  }))
  await fc.assert(
    fc.asyncProperty(schema, fc.nat(1000), async (schema, seed) => {
      const { choices } = await client.chat.completions.create({ ...base, seed, response_format: schemaFormat(schema) })
      const { message, finish_reason } = choices[0]!
      if (finish_reason === 'stop')
        assert.ok(ajv.validate(schema, JSON.parse(message.content ?? '')), `${message.content} of ${JSON.stringify(schema)}`)
    }),
    { numRuns: 25 },
  )
})

const refusals: readonly (readonly [name: string, fields: object, param: string, code: string, message: RegExp])[] = [
  [
    'a schema keyword that cannot be enforced',
    { response_format: schemaFormat({ properties: { x: { not: {} } } }) },
    'response_format.json_schema.schema.properties.x.not',
    'unsupported_parameter',
    /cannot be enforced/,
  ],
  [
    'a schema that is none',
    { response_format: schemaFormat({ type: 'text' }) },
    'response_format.json_schema.schema.type',
    'invalid_value',
    /allowed values/,
  ],
  [
    'a schema elsewhere',
    { response_format: schemaFormat({ $ref: 'https://example.com/a' }) },
    'response_format.json_schema.schema.$ref',
    'unsupported_parameter',
    /within the schema/,
  ],
  [
    'json_schema without one',
    { response_format: { type: 'json_schema' } },
    'response_format.json_schema',
    'missing_required_parameter',
    /missing/,
  ],
  ['two forms', { guided_regex: 'a', response_format: { type: 'json_object' } }, 'guided_regex', 'invalid_value', /one of them/],
  [
    'two structured outputs',
    { structured_outputs: { regex: 'a', choice: ['a'] } },
    'structured_outputs.choice',
    'invalid_value',
    /one of them/,
  ],
  ['no structured output', { structured_outputs: {} }, 'structured_outputs', 'invalid_value', /one of/],
  ['a bad pattern', { guided_regex: '(a', n: 3 }, 'guided_regex', 'invalid_value', /unmatched/],
  [
    'a pattern with look-ahead',
    { structured_outputs: { regex: '(?=a)b' } },
    'structured_outputs.regex',
    'invalid_value',
    /look-around/,
  ],
  ['a bad grammar', { guided_grammar: 'root ::= missing', n: 3 }, 'guided_grammar', 'invalid_value', /not defined/],
  ['a grammar with odd classes', { guided_grammar: 'root ::= [a-é]' }, 'guided_grammar', 'unsupported_parameter', /ASCII/],
  ['no choices', { guided_choice: [] }, 'guided_choice', 'invalid_value', /empty/],
  [
    'a bad structural tag',
    { response_format: { type: 'structural_tag', format: { type: 'tag', begin: 3 } } },
    'response_format.format',
    'invalid_value',
    /cannot be used/,
  ],
  [
    'deep schemas',
    {
      guided_json: JSON.stringify(Array.from({ length: 60 }).reduce<object>((items) => ({ type: 'array', items: [items] }), {})),
    },
    'guided_json',
    'invalid_value',
    /nested/,
  ],
  [
    'a required call by a bad schema',
    {
      tools: [
        {
          ...weather,
          function: {
            ...weather.function,
            parameters: { type: 'object', properties: { a: { uniqueItems: true, type: 'array' } } },
          },
        },
      ],
      tool_choice: 'required',
    },
    'tools[0].function.parameters.properties.a.uniqueItems',
    'unsupported_parameter',
    /cannot be enforced/,
  ],
]

test('what cannot be held to is refused before anything is computed, with the field and the reason', async () => {
  for (const [name, fields, param, code, message] of refusals) {
    for (const stream of [false, true]) {
      const refusal: unknown = await client.chat.completions.create({ ...base, ...fields, stream }).then(
        () => assert.unreachable(`${name} is taken`),
        (error: unknown) => error,
      )
      if (!(refusal instanceof BadRequestError)) throw refusal
      assert.equal([refusal.param, refusal.code], [param, code], name)
      assert.match(refusal.message, message, name)
    }
  }
  const { choices } = await client.chat.completions.create({ ...base, ...{ guided_choice: ['ok'] } })
  assert.is(choices[0]?.message.content, 'ok')
})

test('a stop string may cut what is held', async () => {
  const { choices } = await client.chat.completions.create({ ...base, response_format: place, stop: [':'] })
  assert.match(choices[0]?.message.content ?? '', /^\{\s*"city" ?$/)
})

test.run()
