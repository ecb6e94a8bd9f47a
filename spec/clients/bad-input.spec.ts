import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { EngineError } from '../../engine/index.ts'
import { fakeLlm } from '../support/fakes.ts'
import { refusalOf } from '../support/graph-door.ts'
import { textDoor } from '../support/text-door.ts'

const test = suite('bad input')

const { ask } = textDoor({ llm: fakeLlm(() => 'Hello', { vocabularySize: 257 }) })
const user = { role: 'user', content: 'Hi' }
const tool = { type: 'function', function: { name: 'weather' } }
const chat = (fields: object) => ['chat/completions', { model: 'fake', messages: [user], ...fields }] as const
const completion = (fields: object) => ['completions', { model: 'fake', prompt: 'Hi', ...fields }] as const
const tokenize = (fields: object) => ['tokenize', { model: 'fake', ...fields }] as const

/** Each with the field that is named, the code, and words of the message. All are 400 and `invalid_request_error`. */
const bad: readonly (readonly [string, readonly [string, unknown], string | null, string, RegExp])[] = [
  // What the door sees.
  ['a body that is no JSON', ['chat/completions', '{"model": "fake", }'], null, 'invalid_json', /line 1, column \d+/],
  ['a list', ['chat/completions', '[]'], null, 'invalid_type', /JSON object/],
  ['a string', ['completions', '"Hi"'], null, 'invalid_type', /JSON object/],
  ['null', ['tokenize', 'null'], null, 'invalid_type', /JSON object/],
  ['a model that is a number', chat({ model: 5 }), 'model', 'invalid_type', /must be a string/],
  ['no model', chat({ model: undefined }), 'model', 'missing_required_parameter', /required/],
  // Types and ranges.
  [
    'no messages',
    chat({ messages: undefined }),
    'messages',
    'missing_required_parameter',
    /messages is missing; it must be a list/,
  ],
  ['no prompt', completion({ prompt: undefined }), 'prompt', 'missing_required_parameter', /prompt is missing/],
  [
    'content that is a number',
    chat({ messages: [user, user, { role: 'user', content: 5 }] }),
    'messages[2].content',
    'invalid_type',
    /list of text parts; got 5/,
  ],
  [
    'an unknown role',
    chat({ messages: [{ role: 'robot', content: 'Hi' }] }),
    'messages[0].role',
    'invalid_value',
    /one of "system"/,
  ],
  ['a seed beyond 64 bits', chat({ seed: 2 ** 70 }), 'seed', 'invalid_value', /64 bits/],
  [
    'a number beyond all',
    ['chat/completions', '{"model":"fake","messages":[{"role":"user","content":"Hi"}],"temperature":1e999}'],
    'temperature',
    'invalid_value',
    /finite/,
  ],
  ['a string for a number', chat({ max_tokens: '10' }), 'max_tokens', 'invalid_type', /an integer; got "10"/],
  ['a temperature above 2', completion({ temperature: 2.5 }), 'temperature', 'invalid_value', /at most 2; got 2.5/],
  ['stop that is a number', chat({ stop: 5 }), 'stop', 'invalid_type', /string or a list/],
  // Fields that must fit each other.
  [
    'stream_options without a stream',
    chat({ stream_options: { include_usage: true } }),
    'stream_options',
    'invalid_value',
    /"stream": true/,
  ],
  ['stream_options without a stream', completion({ stream_options: {} }), 'stream_options', 'invalid_value', /"stream": true/],
  ['no tools at all', chat({ tools: [] }), 'tools', 'invalid_value', /not be empty/],
  ['tool_choice without tools', chat({ tool_choice: 'required' }), 'tool_choice', 'invalid_value', /only allowed with "tools"/],
  [
    'a free tool_choice without tools',
    chat({ tool_choice: 'auto' }),
    'tool_choice',
    'invalid_value',
    /only allowed with "tools"/,
  ],
  [
    'a tool_choice that is no tool',
    chat({ tools: [tool], tool_choice: { type: 'function', function: { name: 'time' } } }),
    'tool_choice.function.name',
    'invalid_value',
    /one of the "tools"/,
  ],
  [
    'a tool_choice that is none',
    chat({ tools: [tool], tool_choice: 'always' }),
    'tool_choice',
    'invalid_value',
    /"none", "auto", "required"/,
  ],
  ['top_logprobs without logprobs', chat({ top_logprobs: 3 }), 'top_logprobs', 'invalid_value', /"logprobs": true/],
  ['top_logprobs above 20', chat({ logprobs: true, top_logprobs: 21 }), 'top_logprobs', 'invalid_value', /at most 20/],
  ['a string for top_logprobs', chat({ logprobs: true, top_logprobs: '2' }), 'top_logprobs', 'invalid_type', /an integer/],
  ['a string for logprobs', completion({ logprobs: '2' }), 'logprobs', 'invalid_type', /an integer/],
  ['logprobs above 20', completion({ logprobs: 21 }), 'logprobs', 'invalid_value', /at most 20/],
  [
    "the prompt's logprobs in a stream",
    chat({ prompt_logprobs: 1, stream: true }),
    'prompt_logprobs',
    'invalid_value',
    /"stream": true/,
  ],
  [
    'a message to go on with, and a new one',
    chat({ messages: [user, { role: 'assistant', content: 'So' }], continue_final_message: true, add_generation_prompt: true }),
    'continue_final_message',
    'invalid_value',
    /add_generation_prompt/,
  ],
  ['n above best_of', completion({ n: 3, best_of: 2 }), 'n', 'invalid_value', /at most best_of/],
  ['best_of in a stream', completion({ best_of: 3, stream: true }), 'best_of', 'invalid_value', /stream/],
  [
    'min_tokens above max_tokens',
    chat({ min_tokens: 5, max_tokens: 4 }),
    'min_tokens',
    'invalid_value',
    /at most max_tokens, which is 4/,
  ],
  ['max_tokens that asks for nothing', completion({ max_tokens: 0 }), 'max_tokens', 'invalid_value', /at least 1, unless "echo"/],
  ['functions beside tools', chat({ functions: [{ name: 'f' }], tools: [tool] }), 'functions', 'invalid_value', /"tools"/],
  ['two texts to tokenize', tokenize({ text: 'a', prompt: 'b' }), 'prompt', 'invalid_value', /must not come with "text"/],
  [
    'a template of its own',
    tokenize({ messages: [user], chat_template: 'x' }),
    'chat_template',
    'unsupported_parameter',
    /chat_template_kwargs/,
  ],
  ['nothing to tokenize', tokenize({}), 'text', 'missing_required_parameter', /"prompt" or "messages"/],
  // Tokens.
  ['a prompt of a negative token', completion({ prompt: [1, -5] }), 'prompt[1]', 'invalid_value', /at least 0; got -5/],
  [
    'a prompt out of vocabulary',
    completion({ prompt: [1, 257] }),
    'prompt[1]',
    'invalid_value',
    /257 is out of vocabulary.*0 to 256/,
  ],
  [
    'a prompt of many out of vocabulary',
    completion({ prompt: ['a', [1, 300]] }),
    'prompt[1][1]',
    'invalid_value',
    /out of vocabulary/,
  ],
  ['an empty prompt', completion({ prompt: '' }), 'prompt', 'invalid_value', /not be empty/],
  ['no prompts', completion({ prompt: [] }), 'prompt', 'invalid_value', /not be empty/],
  ['an empty prompt of several', completion({ prompt: [[1], []] }), 'prompt[1]', 'invalid_value', /not be empty/],
  [
    'biases of no tokens, all told',
    chat({ logit_bias: { cat: 1, 5: 1, '-1': 2, 300: 1 } }),
    'logit_bias',
    'invalid_value',
    /300, cat, -1/,
  ],
  ['a bias that is no number', chat({ logit_bias: { 5: 'high' } }), 'logit_bias.5', 'invalid_type', /a number; got "high"/],
  [
    'stop tokens that are none',
    completion({ stop_token_ids: [5, 300, 400] }),
    'stop_token_ids',
    'invalid_value',
    /0 to 256; got 300, 400/,
  ],
  // What this server does not do, and why.
  [
    'a suffix for a model that fills no gaps',
    completion({ suffix: '!' }),
    'suffix',
    'unsupported_parameter',
    /its tokenizer has no tokens/,
  ],
  ['a template of its own', chat({ chat_template: 'x' }), 'chat_template', 'unsupported_parameter', /chat_template_kwargs/],
  ['code', chat({ logits_processors: ['f'] }), 'logits_processors', 'unsupported_parameter', /can't bring code/],
  ['embeddings', completion({ prompt_embeds: 'AAAA' }), 'prompt_embeds', 'unsupported_parameter', /text or token ids/],
  [
    'a picture',
    chat({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'http://x/' } }] }] }),
    'messages[0].content[0].type',
    'invalid_value',
    /text only/,
  ],
  ['speech', chat({ modalities: ['audio'] }), 'modalities', 'unsupported_parameter', /writes text/],
  // Templates, and the model's length.
  [
    'a name that is the template’s own',
    chat({ chat_template_kwargs: { raise_exception: 1 } }),
    'chat_template_kwargs.raise_exception',
    'invalid_value',
    /cannot be set/,
  ],
]
for (const [what, [route, body], param, code, words] of bad) {
  test(`${route}: ${what} is 400 ${code}`, async () => {
    const response = await ask(route, body)
    const { message, ...rest } = await refusalOf(response)
    assert.equal({ status: response.status, ...rest }, { status: 400, type: 'invalid_request_error', param, code }, message)
    assert.match(message, words)
    assert.is(response.headers.get('content-type'), 'application/json')
    assert.ok(response.headers.get('x-request-id'))
  })
}

test('an unknown model is 404, and the nearest name is told', async () => {
  const response = await ask(...chat({ model: 'fke' }))
  const { message, ...rest } = await refusalOf(response)
  assert.equal(
    { status: response.status, ...rest },
    { status: 404, type: 'not_found_error', param: 'model', code: 'model_not_found' },
  )
  assert.match(message, 'fake')
})

test('a wrong key is 401, in the same shape as all else', async () => {
  const { ApiKey } = await import('../../cli/http/index.ts')
  const response = await textDoor({ apiKey: new ApiKey('right') }).ask(...chat({}), { authorization: 'Bearer wrong' })
  const { message: _, ...rest } = await refusalOf(response)
  assert.equal(
    { status: response.status, ...rest },
    { status: 401, type: 'authentication_error', param: null, code: 'invalid_api_key' },
  )
})

test('a body too large is 413, one of another kind 415', async () => {
  const large = await textDoor({ maxBodyBytes: 100 }).ask(...chat({ user: 'x'.repeat(200) }))
  assert.equal([large.status, (await refusalOf(large)).code], [413, 'request_too_large'])
  const other = await ask(...chat({}), { 'content-type': 'text/plain' })
  assert.equal([other.status, (await refusalOf(other)).code], [415, 'unsupported_media_type'])
})

test('a prompt too long is refused in OpenAI’s words, streamed or not', async () => {
  const content = 'x'.repeat(5000)
  for (const stream of [false, true]) {
    const long = await ask(...chat({ messages: [{ role: 'user', content }], stream }))
    const { param, code } = await refusalOf(long)
    assert.equal([long.status, param, code], [400, 'messages', 'context_length_exceeded'])
    const prompt = await ask(...completion({ prompt: content, stream }))
    assert.equal([prompt.status, (await refusalOf(prompt)).param], [400, 'prompt'])
  }
})

test('a model that is full is 503, and says when to try again', async () => {
  const full = fakeLlm(() => '', {
    // biome-ignore lint/correctness/useYield: it is refused before its first step
    async *generate() {
      throw new EngineError('overloaded', 'The model has 5 answers in work and takes 5.', { retryAfter: 1 })
    },
  })
  for (const stream of [false, true]) {
    const response = await textDoor({ llm: full }).ask(...chat({ stream }))
    const { type, code } = await refusalOf(response)
    assert.equal([response.status, type, code, response.headers.get('retry-after')], [503, 'server_error', 'overloaded', '1'])
  }
})

test('a failure of ours is 500, and keeps its reasons', async () => {
  const broken = fakeLlm(() => '', {
    // biome-ignore lint/correctness/useYield: it fails before its first step
    async *generate() {
      throw new TypeError('secret of the house')
    },
  })
  const response = await textDoor({ llm: broken }).ask(...chat({}))
  const { message, ...rest } = await refusalOf(response)
  assert.equal({ status: response.status, ...rest }, { status: 500, type: 'server_error', param: null, code: 'internal' })
  assert.not.match(message, 'secret')
})

test('a failure amid a stream is an event, then [DONE]', async () => {
  const dying = fakeLlm(() => '', {
    async *generate() {
      yield [{ choice: 0, token: 72, finish: undefined, drop() {} }]
      throw new EngineError('internal', 'The model broke.')
    },
  })
  const response = await textDoor({ llm: dying }).ask(...chat({ stream: true }))
  assert.is(response.status, 200)
  const events = (await response.text()).trim().split('\n\n')
  assert.is(events.at(-1), 'data: [DONE]')
  const { error } = JSON.parse(events.at(-2)!.slice('data: '.length))
  assert.equal([error.type, error.code, error.param], ['server_error', 'internal', null])
  const finished = events.slice(0, -2).map((event) => JSON.parse(event.slice('data: '.length)).choices[0].finish_reason)
  assert.ok(finished.every((reason) => reason === null))
})

test('a value is sent back in a few words, however long it is', async () => {
  const response = await ask(...chat({ messages: [{ role: 'x'.repeat(100_000), content: 'Hi' }] }))
  assert.ok((await response.text()).length < 500)
})

test('an unknown field is ignored, and logged for who debugs', async () => {
  const { ask, log } = textDoor()
  assert.is((await ask(...chat({ temprature: 0 }), { 'x-request-id': 'typo' })).status, 200)
  assert.equal(log.find(({ request_id, fields }) => request_id === 'typo' && fields)?.fields, ['temprature'])
})

test.run()
