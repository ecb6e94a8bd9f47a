import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EngineError } from '../../engine/index.ts'
import { plainFormat } from '../../servables/answer-format/index.ts'
import { byteTokenizer, type FakeLlm, fakeLlm, lineTemplate, payloadOf } from '../support/fakes.ts'
import { bodiesOf, libraryGraph } from '../support/run-graph.ts'

const graphs = { chat: await libraryGraph('chat/completions'), completions: await libraryGraph('completions') }
const messages = [{ role: 'user', content: 'Hi' }]

type Route = keyof typeof graphs
interface Token {
  readonly token: string
  readonly logprob: number
  readonly bytes: readonly number[]
  readonly top_logprobs: readonly Omit<Token, 'top_logprobs'>[]
}
interface Logprobs {
  readonly content: readonly Token[]
  readonly tokens: readonly string[]
  readonly token_logprobs: readonly (number | null)[]
  readonly top_logprobs: readonly (Record<string, number> | null)[]
  readonly text_offset: readonly number[]
}
interface Choice {
  readonly index: number
  readonly text: string
  readonly delta: { readonly content?: string }
  readonly logprobs: Logprobs | null
  readonly token_ids?: readonly number[]
  readonly prompt_token_ids?: readonly number[]
  readonly prompt_logprobs?: readonly unknown[]
}
interface Reply {
  readonly choices: readonly Choice[]
  readonly prompt_token_ids?: readonly number[]
  readonly prompt_logprobs?: readonly unknown[]
}

const sidesOf = (llm: FakeLlm) => ({
  LLM: llm,
  TOKENIZER: byteTokenizer,
  CHAT_TEMPLATE: lineTemplate,
  ANSWER_FORMAT: plainFormat,
})
const ask = async (route: Route, json: object, llm = fakeLlm(() => 'né')): Promise<Reply> => {
  const { CHAT_TEMPLATE, ANSWER_FORMAT, ...sides } = sidesOf(llm)
  const [body] = await bodiesOf(
    graphs[route],
    payloadOf(json),
    route === 'chat' ? { ...sides, CHAT_TEMPLATE, ANSWER_FORMAT } : sides,
  )
  return JSON.parse(body!.data)
}
const stream = async (route: Route, json: object, llm = fakeLlm(() => 'né')): Promise<readonly Reply[]> => {
  const { CHAT_TEMPLATE, ANSWER_FORMAT, ...sides } = sidesOf(llm)
  const all = route === 'chat' ? { ...sides, CHAT_TEMPLATE, ANSWER_FORMAT } : sides
  const bodies = await bodiesOf(graphs[route], payloadOf({ ...json, stream: true }), all)
  return bodies.slice(0, -1).map(({ data }) => JSON.parse(data.slice('data: '.length)))
}
/** A choice's parts of a stream. */
const partsOf = (chunks: readonly Reply[], index: number) =>
  chunks.flatMap(({ choices }) => choices).filter((choice) => choice.index === index)

test('chat: every token has its logprob, its bytes and the likeliest in its place', async () => {
  const { choices } = await ask('chat', { messages, logprobs: true, top_logprobs: 2 })
  const { content } = choices[0]!.logprobs!
  assert.equal(
    content.map(({ token }) => token),
    ['n', '\ufffd', '\ufffd'],
  )
  assert.equal(
    content.flatMap(({ bytes }) => bytes),
    [...new TextEncoder().encode('né')],
  )
  assert.equal(content[0], {
    token: 'n',
    logprob: -1.11,
    bytes: [110],
    top_logprobs: [
      { token: 'o', logprob: -0.5, bytes: [111] },
      { token: 'n', logprob: -1.11, bytes: [110] },
    ],
  })
})

test('chat: without top_logprobs no alternatives are told, and without logprobs nothing', async () => {
  const llm = fakeLlm(() => 'a')
  const { choices } = await ask('chat', { messages, logprobs: true }, llm)
  assert.equal(choices[0]!.logprobs!.content[0]!.top_logprobs, [])
  assert.is((await ask('chat', { messages, logprobs: false, top_logprobs: 0 }, llm)).choices[0]!.logprobs, null)
  assert.equal(
    llm.requests.map(({ params }) => params.logprobs),
    [0, undefined],
  )
})

test('chat: streamed logprobs are those of the whole answer, with a stop string held back and n answers', async () => {
  const texts = ['so STOP it', 'né STORM']
  const request = { messages, n: 2, logprobs: true, top_logprobs: 3, stop: ['STOP'], return_token_ids: true }
  const whole = await ask(
    'chat',
    request,
    fakeLlm((choice) => texts[choice]!),
  )
  const chunks = await stream(
    'chat',
    request,
    fakeLlm((choice) => texts[choice]!),
  )
  for (const { index, logprobs, token_ids } of whole.choices) {
    const parts = partsOf(chunks, index)
    assert.equal(
      parts.flatMap((part) => part.logprobs?.content ?? []),
      logprobs!.content,
    )
    assert.equal(
      parts.flatMap((part) => part.token_ids ?? []),
      token_ids,
    )
    assert.is(token_ids!.length, logprobs!.content.length)
    assert.ok(parts.every(({ logprobs, delta }) => logprobs === null || delta.content !== undefined))
  }
  assert.is(whole.choices[0]!.logprobs!.content.length, 'so STOP'.length)
})

test('chat: token ids of prompt and answer, whole and streamed', async () => {
  const prompt = [...new TextEncoder().encode('user: Hi\nassistant: ')]
  const whole = await ask('chat', { messages, return_token_ids: true })
  assert.equal(whole.prompt_token_ids, prompt)
  assert.equal(whole.choices[0]!.token_ids, [0x6e, 0xc3, 0xa9])
  const [first, ...rest] = await stream('chat', { messages, return_token_ids: true })
  assert.equal(first!.prompt_token_ids, prompt)
  assert.ok(rest.every((chunk) => chunk.prompt_token_ids === undefined))
})

test('chat: logprobs of the prompt, null for its first token', async () => {
  const { prompt_logprobs } = await ask('chat', { messages, prompt_logprobs: 1 })
  assert.is(prompt_logprobs!.length, 'user: Hi\nassistant: '.length)
  assert.is(prompt_logprobs![0], null)
  assert.equal(prompt_logprobs![1], {
    114: { logprob: -0.5, rank: 1, decoded_token: 'r' },
    115: { logprob: -1.115, rank: 2, decoded_token: 's' },
  })
})

test('completions: tokens, logprobs, likeliest and offsets', async () => {
  const { choices } = await ask('completions', { prompt: 'x', logprobs: 1 })
  assert.equal(choices[0]!.logprobs, {
    tokens: ['n', '\ufffd', '\ufffd'],
    token_logprobs: [-1.11, -1.195, -1.169],
    top_logprobs: [{ o: -0.5, n: -1.11 }, { '\ufffd': -0.5 }, { '\ufffd': -0.5 }],
    text_offset: [0, 1, 1],
  } as never)
})

test('completions: with echo the logprobs begin with those of the prompt', async () => {
  const { choices } = await ask('completions', { prompt: [104, 105], echo: true, logprobs: 0, max_tokens: 1 })
  assert.is(choices[0]!.text, 'hin')
  assert.equal(choices[0]!.logprobs, {
    tokens: ['h', 'i', 'n'],
    token_logprobs: [null, -1.105, -1.11],
    top_logprobs: [null, { i: -1.105 }, { n: -1.11 }],
    text_offset: [0, 1, 2],
  } as never)
})

test('completions: no token may be asked for, which scores a prompt', async () => {
  const { choices } = await ask('completions', { prompt: [104, 105], echo: true, logprobs: 2, max_tokens: 0 })
  assert.is(choices[0]!.text, 'hi')
  assert.equal(choices[0]!.logprobs!.tokens, ['h', 'i'])
})

test('completions: streamed logprobs are those of the whole answers', async () => {
  const texts = ['so STOP it', 'né', 'STORM', 'a😀']
  const request = { prompt: ['né', 'x'], n: 2, logprobs: 3, echo: true, stop: ['STOP'], max_tokens: 99, return_token_ids: true }
  const whole = await ask(
    'completions',
    request,
    fakeLlm((choice) => texts[choice]!),
  )
  const chunks = await stream(
    'completions',
    request,
    fakeLlm((choice) => texts[choice]!),
  )
  assert.is(whole.choices.length, 4)
  for (const { index, logprobs, token_ids, prompt_token_ids } of whole.choices) {
    const parts = partsOf(chunks, index)
    for (const field of ['tokens', 'token_logprobs', 'top_logprobs', 'text_offset'] as const) {
      assert.equal(
        parts.flatMap((part): readonly unknown[] => part.logprobs![field]),
        logprobs![field] as readonly unknown[],
      )
    }
    assert.equal(
      parts.flatMap((part) => part.token_ids!),
      token_ids,
    )
    assert.equal(parts[0]!.prompt_token_ids, prompt_token_ids)
    assert.ok(parts.slice(1).every((part) => part.prompt_token_ids === undefined))
  }
})

test('completions: logprobs of the prompts, per choice', async () => {
  const { choices } = await ask('completions', { prompt: [[104, 105], [106]], prompt_logprobs: 0 })
  assert.equal(
    choices.map(({ prompt_logprobs }) => prompt_logprobs),
    [[null, { 105: { logprob: -1.105, rank: 2, decoded_token: 'i' } }], [null]],
  )
  assert.is(choices[0]!.logprobs, null)
})

test('what requests ask of the sampler reaches the model', async () => {
  const llm = fakeLlm(() => 'a')
  const fields = {
    repetition_penalty: 1.1,
    presence_penalty: 0.5,
    frequency_penalty: -0.5,
    typical_p: 0.9,
    logit_bias: { 97: 5 },
    bad_words: ['no'],
    allowed_token_ids: [97, 98],
    stop_token_ids: [99],
    min_tokens: 2,
  }
  await ask('chat', { messages, ...fields }, llm)
  await ask('completions', { prompt: 'x', ...fields }, llm)
  for (const { params } of llm.requests) {
    assert.equal([params.repetitionPenalty, params.presencePenalty, params.frequencyPenalty], [1.1, 0.5, -0.5])
    assert.equal([params.typicalP, params.minTokens], [0.9, 2])
    assert.equal([params.logitBias, params.badWords], [[[97, 5]], ['no']])
    assert.equal([params.allowedTokens, params.stopTokens], [[97, 98], [99]])
  }
})

test('tokens that the model does not have are a mistake of the client', async () => {
  for (const route of ['chat', 'completions'] as const) {
    for (const fields of [{ logit_bias: { 257: 1 } }, { stop_token_ids: [257] }, { allowed_token_ids: [1, 900] }]) {
      const error = await ask(route, { messages, prompt: 'x', ...fields }).catch((error: EngineError) => error)
      assert.equal([(error as EngineError).code, (error as EngineError).param], ['invalid_value', Object.keys(fields)[0]])
    }
  }
})

test.run()
