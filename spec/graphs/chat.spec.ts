import { setImmediate } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type EngineError, liveRuns } from '../../engine/index.ts'
import { plainFormat } from '../../servables/answer-format/index.ts'
import type { Llm } from '../../servables/index.ts'
import { byteTokenizer, type FakeLlm, fakeLlm, lineTemplate, payloadOf } from '../support/fakes.ts'
import { bodiesOf, libraryGraph } from '../support/run-graph.ts'

const before = liveRuns()
const chat = await libraryGraph('chat/completions')
const user = { role: 'user', content: 'Hi' }

const ask = (llm: FakeLlm, json: object) =>
  bodiesOf(chat, payloadOf(json), { LLM: llm, TOKENIZER: byteTokenizer, CHAT_TEMPLATE: lineTemplate, ANSWER_FORMAT: plainFormat })

interface Choice {
  readonly index: number
  readonly finish_reason: string | null
  readonly message?: { readonly content: string }
  readonly delta?: { readonly content?: string }
}

async function askWhole(llm: FakeLlm, json: object) {
  const bodies = await ask(llm, json)
  assert.is(bodies.length, 1)
  assert.is(bodies[0]!.contentType, 'application/json')
  return JSON.parse(bodies[0]!.data) as { choices: Choice[]; usage: Record<string, number>; object: string; id: string }
}

async function askStreaming(llm: FakeLlm, json: object) {
  const bodies = await ask(llm, { ...json, stream: true })
  assert.ok(bodies.every(({ contentType }) => contentType === 'text/event-stream'))
  assert.is(bodies.pop()!.data, 'data: [DONE]\n\n')
  return bodies.map(({ data }) => JSON.parse(data.slice('data: '.length)) as { choices: Choice[]; usage?: object })
}

const refusal = async (json: object, llm = fakeLlm(() => 'Hello')): Promise<EngineError> =>
  ask(llm, json).then(
    () => assert.unreachable() as never,
    (error) => error,
  )

test('answers whole', async () => {
  const llm = fakeLlm(() => 'Hello, né!')
  const answer = await askWhole(llm, { messages: [user], temperature: 0 })
  assert.is(answer.object, 'chat.completion')
  assert.is(answer.id, 'chatcmpl-r1')
  assert.equal(answer.choices, [
    {
      index: 0,
      message: { role: 'assistant', content: 'Hello, né!', refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    } as Choice,
  ])
  assert.is(byteTokenizer.decode(llm.requests[0]!.prompts[0]!), 'user: Hi\nassistant: ')
  assert.is(llm.requests[0]!.params.temperature, 0)
  assert.is(llm.finished, 1)
})

test('a chat prompt begins without a second special token', async () => {
  const llm = fakeLlm(() => 'Hello')
  await askWhole(llm, { messages: [user] })
  assert.is(llm.requests[0]!.prompts[0]![0], 'u'.charCodeAt(0))
})

test('counts tokens', async () => {
  const { usage } = await askWhole(
    fakeLlm(() => 'Hello'),
    { messages: [user], n: 2 },
  )
  const prompt = 'user: Hi\nassistant: '.length
  assert.equal([usage.prompt_tokens, usage.completion_tokens, usage.total_tokens], [prompt, 10, prompt + 10])
})

test('streams the same text as it answers whole', async () => {
  const request = { messages: [user], n: 3, stop: ['sto'], stream_options: { include_usage: true } }
  const answers = ['a long answer to be stopped', 'na\u00efve \u{1f600}', 'st']
  const chunks = await askStreaming(
    fakeLlm((choice) => answers[choice]!),
    request,
  )
  const { stream_options: _, ...unary } = request
  const whole = await askWhole(
    fakeLlm((choice) => answers[choice]!),
    unary,
  )
  const streamed = whole.choices.map(({ index }) =>
    chunks
      .flatMap(({ choices }) => choices)
      .filter((choice) => choice.index === index)
      .map(({ delta }) => delta?.content ?? '')
      .join(''),
  )
  assert.equal(
    streamed,
    whole.choices.map(({ message }) => message!.content),
  )
  assert.equal(streamed, ['a long answer to be ', 'na\u00efve \u{1f600}', 'st'])
  assert.equal(chunks.at(-1)!.choices, [])
  assert.equal(chunks.at(-1)!.usage, whole.usage)
})

test('a choice that met its stop string leaves the batch', async () => {
  const llm = fakeLlm((choice) => (choice === 0 ? 'one STOP two three four' : 'something else'))
  const { choices } = await askWhole(llm, { messages: [user], n: 2, stop: 'STOP' })
  assert.equal(
    choices.map(({ message, finish_reason }) => [message!.content, finish_reason]),
    [
      ['one ', 'stop'],
      ['something else', 'stop'],
    ],
  )
  assert.equal(llm.dropped, [0])
})

test('max_completion_tokens wins over max_tokens, and both over the model', async () => {
  const llm = fakeLlm(() => 'a long answer', { defaults: { maxTokens: 5 } })
  const lengths = [{}, { max_tokens: 4 }, { max_tokens: 4, max_completion_tokens: 3 }]
  const answers = await Promise.all(lengths.map((fields) => askWhole(llm, { messages: [user], ...fields })))
  assert.equal(
    answers.map(({ choices }) => [choices[0]!.message!.content, choices[0]!.finish_reason]),
    [
      ['a lon', 'length'],
      ['a lo', 'length'],
      ['a l', 'length'],
    ],
  )
})

test("a client's mistakes keep their code and param", async () => {
  const wrong = await refusal({ messages: [{ role: 'robot', content: 'Hi' }] })
  assert.equal([wrong.code, wrong.param], ['invalid_value', 'messages[0].role'])
  const refused = await refusal({ messages: [{ role: 'user', content: 'refuse' }] })
  assert.equal([refused.code, refused.param], ['invalid_value', 'messages'])
  const long = await refusal(
    { messages: [user] },
    fakeLlm(() => 'Hello', { maxModelLength: 3 }),
  )
  assert.equal([long.code, long.param], ['context_length_exceeded', 'messages'])
})

test('a model without a template says so', async () => {
  const run = chat.start({ sides: { LLM: fakeLlm(() => 'Hello'), TOKENIZER: byteTokenizer, ANSWER_FORMAT: plainFormat } })
  run.push('PAYLOAD', payloadOf({ messages: [user] }))
  run.close()
  const error = await run.done.then(
    () => assert.unreachable() as never,
    (error: EngineError) => error,
  )
  assert.is(error.code, 'invalid_value')
})

test('a slow reader holds its own generation back', async () => {
  let steps = 0
  const llm: Llm = {
    ...fakeLlm(() => ''),
    async *generate() {
      for (;;) {
        steps++
        yield [{ choice: 0, token: 97, finish: undefined, drop() {} }]
      }
    },
  }
  const run = chat.start({
    sides: { LLM: llm, TOKENIZER: byteTokenizer, CHAT_TEMPLATE: lineTemplate, ANSWER_FORMAT: plainFormat },
  })
  const bodies = run.read('BODY')
  run.push('PAYLOAD', payloadOf({ messages: [user], stream: true }))
  run.close()
  for (let read = 0; read < 300; read++) {
    await bodies.next()
    await setImmediate()
    assert.ok(steps < read + 600, `${steps} steps after ${read} reads`)
  }
  await bodies.return?.()
  await run.done.catch((error: EngineError) => assert.is(error.code, 'cancelled'))
})

test('a reader that leaves takes its request out of the batch', async () => {
  const llm = fakeLlm(() => 'x'.repeat(100_000))
  const run = chat.start({
    sides: { LLM: llm, TOKENIZER: byteTokenizer, CHAT_TEMPLATE: lineTemplate, ANSWER_FORMAT: plainFormat },
  })
  const bodies = run.read('BODY')
  run.push('PAYLOAD', payloadOf({ messages: [user], stream: true }))
  run.close()
  await bodies.next()
  await bodies.return?.()
  await run.done.catch((error: EngineError) => assert.is(error.code, 'cancelled'))
  assert.is(llm.finished, 1)
})

test('no run outlives its request', () => {
  assert.is(liveRuns(), before)
})

test.run()
