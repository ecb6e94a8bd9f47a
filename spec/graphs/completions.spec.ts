import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EngineError } from '../../engine/index.ts'
import { byteTokenizer, type FakeLlm, fakeLlm, lineTemplate, payloadOf } from '../support/fakes.ts'
import { bodiesOf, libraryGraph } from '../support/run-graph.ts'

const completions = await libraryGraph('completions')
const tokenize = await libraryGraph('tokenize')

interface Completion {
  readonly object: string
  readonly id: string
  readonly choices: readonly { index: number; text: string; finish_reason: string | null }[]
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number }
}

const complete = async (llm: FakeLlm, json: object) => {
  const bodies = await bodiesOf(completions, payloadOf(json), { LLM: llm, TOKENIZER: byteTokenizer })
  return bodies.map(({ data }) => data)
}
const completeWhole = async (llm: FakeLlm, json: object) => JSON.parse((await complete(llm, json))[0]!) as Completion

test('completes a text, 16 tokens by default', async () => {
  const llm = fakeLlm(() => 'and so on and so on and so on')
  const { object, id, choices, usage } = await completeWhole(llm, { prompt: 'Once' })
  assert.equal([object, id], ['text_completion', 'cmpl-r1'])
  assert.equal(choices, [{ index: 0, text: 'and so on and so', logprobs: null, finish_reason: 'length' } as never])
  assert.equal([usage.prompt_tokens, usage.completion_tokens], [5, 16])
  assert.equal(llm.requests[0]!.prompts, [[256, ...new TextEncoder().encode('Once')]])
})

test('takes prompts as token ids, which it leaves as they are', async () => {
  const llm = fakeLlm(() => 'ok')
  await completeWhole(llm, { prompt: [1, 2, 3] })
  await completeWhole(llm, { prompt: [[1], [2, 3]] })
  assert.equal(
    llm.requests.map(({ prompts }) => prompts),
    [[[1, 2, 3]], [[1], [2, 3]]],
  )
})

test('refuses token ids beyond the vocabulary', async () => {
  const failure = async (prompt: unknown) => {
    const error = await complete(
      fakeLlm(() => 'ok'),
      { prompt },
    ).catch((error: EngineError) => error)
    return [(error as EngineError).code, (error as EngineError).param]
  }
  assert.equal(await failure([1, 257]), ['invalid_value', 'prompt[1]'])
  assert.equal(await failure([[1], [5, 300]]), ['invalid_value', 'prompt[1][1]'])
})

test('a prompt that is too long is named by its field', async () => {
  const llm = fakeLlm(() => 'ok', { maxModelLength: 3 })
  const error = await complete(llm, { prompt: 'Once upon a time' }).catch((error: EngineError) => error)
  assert.equal([(error as EngineError).code, (error as EngineError).param], ['context_length_exceeded', 'prompt'])
})

test('answers several prompts n times each, prompts first', async () => {
  const llm = fakeLlm((choice) => `answer ${choice}`)
  const { choices } = await completeWhole(llm, { prompt: ['a', 'b'], n: 2, echo: true })
  assert.equal(
    choices.map(({ index, text }) => [index, text]),
    [
      [0, 'aanswer 0'],
      [1, 'aanswer 1'],
      [2, 'banswer 2'],
      [3, 'banswer 3'],
    ],
  )
})

test('echoes token ids as text', async () => {
  const { choices } = await completeWhole(
    fakeLlm(() => '!'),
    { prompt: [72, 105], echo: true },
  )
  assert.is(choices[0]!.text, 'Hi!')
})

test('streams the same text as it answers whole', async () => {
  const answers = ['one two STOP three', 'na\u00efve']
  const request = { prompt: 'x', n: 2, stop: ['STOP'], max_tokens: 100, echo: true }
  const events = await complete(
    fakeLlm((choice) => answers[choice]!),
    { ...request, stream: true },
  )
  assert.is(events.pop(), 'data: [DONE]\n\n')
  const chunks = events.map((event) => JSON.parse(event.slice('data: '.length)) as Completion)
  const whole = await completeWhole(
    fakeLlm((choice) => answers[choice]!),
    request,
  )
  for (const { index, text, finish_reason } of whole.choices) {
    const own = chunks.flatMap(({ choices }) => choices).filter((choice) => choice.index === index)
    assert.is(own.map(({ text }) => text).join(''), text)
    assert.is(own.at(-1)!.finish_reason, finish_reason)
  }
  assert.equal(
    whole.choices.map(({ text }) => text),
    ['xone two ', 'xna\u00efve'],
  )
})

const tokensOf = async (json: object) => {
  const sides = { LLM: fakeLlm(() => ''), TOKENIZER: byteTokenizer, CHAT_TEMPLATE: lineTemplate }
  const [body] = await bodiesOf(tokenize, payloadOf(json), sides)
  return JSON.parse(body!.data)
}

test('tokenizes a text, or a list of texts', async () => {
  assert.equal(await tokensOf({ text: 'ab' }), { tokens: [256, 97, 98] })
  assert.equal(await tokensOf({ text: ['ab', 'c'], add_special_tokens: false }), { tokens: [[97, 98], [99]] })
})

test('cuts tokens off and fills them up', async () => {
  assert.equal(await tokensOf({ text: ['abc', 'a'], add_special_tokens: false, max_length: 2, pad_to_max_length: true }), {
    tokens: [
      [97, 98],
      [97, 0],
    ],
  })
})

test("answers vLLM's spellings in vLLM's shape", async () => {
  assert.equal(await tokensOf({ prompt: 'ab' }), { count: 3, max_model_len: 4096, tokens: [256, 97, 98] })
  const named = { count: 3, max_model_len: 4096, tokens: [256, 97, 98], token_strs: ['<begin>', 'a', 'b'] }
  assert.equal(await tokensOf({ prompt: 'ab', return_token_strs: true }), named)
  const { count, tokens } = await tokensOf({ messages: [{ role: 'user', content: 'Hi' }] })
  assert.is(byteTokenizer.decode(tokens), 'user: Hi\nassistant: ')
  assert.is(count, tokens.length)
  assert.is.not(tokens[0], 256)
})

test.run()
