import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkChatRequest } from '../../../calculators/openai/chat-request.ts'
import { toSamplingParams } from '../../../calculators/openai/generation-fields.ts'
import { toConversation } from '../../../calculators/openai/messages.ts'
import { EngineError, type ErrorCode } from '../../../engine/index.ts'
import type { Llm, SamplingParams } from '../../../servables/index.ts'

const user = { role: 'user', content: 'Hi' }
const weather = { type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }
const allowed = (mode: string, ...names: string[]) => ({
  type: 'allowed_tools',
  allowed_tools: { mode, tools: names.map((name) => ({ type: 'function', function: { name } })) },
})
const sampling = (fields: Parameters<typeof toSamplingParams>[0], maxTokens?: number, model: Partial<Llm> = {}) =>
  toSamplingParams(fields, maxTokens, { defaults: {}, vocabularySize: 100, ...model }, 'messages')
const call = (fields: object) => ({ role: 'assistant', tool_calls: [{ id: 'a', type: 'function', ...fields }] })

const refusalOf = (body: unknown): Promise<EngineError> =>
  checkChatRequest(body).then(
    () => assert.unreachable(`accepted ${JSON.stringify(body)}`),
    (error) => error,
  )

/** What is laid over `{ messages: [user] }`, and the code and param of the error. */
const bad: readonly (readonly [Record<string, unknown>, ErrorCode, string])[] = [
  [{ temperature: Number.POSITIVE_INFINITY }, 'invalid_value', 'temperature'],
  [{ max_tokens: Number.POSITIVE_INFINITY }, 'invalid_value', 'max_tokens'],
  [{ top_k: 2 ** 63 }, 'invalid_value', 'top_k'],
  [{ messages: undefined }, 'missing_required_parameter', 'messages'],
  [{ messages: null }, 'missing_required_parameter', 'messages'],
  [{ messages: 'Hi' }, 'invalid_type', 'messages'],
  [{ messages: [] }, 'invalid_value', 'messages'],
  [{ messages: Array(16_385).fill(user) }, 'invalid_value', 'messages'],
  [{ messages: ['Hi'] }, 'invalid_type', 'messages[0]'],
  [{ messages: [user, null] }, 'invalid_type', 'messages[1]'],
  [{ messages: [user, user, { content: 'Hi' }] }, 'missing_required_parameter', 'messages[2].role'],
  [{ messages: [{ role: 'robot', content: 'Hi' }] }, 'invalid_value', 'messages[0].role'],
  [{ messages: [{ role: 7, content: 'Hi' }] }, 'invalid_type', 'messages[0].role'],
  [{ messages: [{ role: 'user' }] }, 'missing_required_parameter', 'messages[0].content'],
  [{ messages: [{ role: 'system', content: null }] }, 'missing_required_parameter', 'messages[0].content'],
  [{ messages: [{ role: 'user', content: 5 }] }, 'invalid_type', 'messages[0].content'],
  [{ messages: [{ role: 'user', content: {} }] }, 'invalid_type', 'messages[0].content'],
  [{ messages: [{ role: 'user', content: [] }] }, 'invalid_value', 'messages[0].content'],
  [{ messages: [{ role: 'user', content: ['Hi'] }] }, 'invalid_type', 'messages[0].content[0]'],
  [{ messages: [{ role: 'user', content: [{ text: 'Hi' }] }] }, 'missing_required_parameter', 'messages[0].content[0].type'],
  [{ messages: [{ role: 'user', content: [{ type: 'text' }] }] }, 'missing_required_parameter', 'messages[0].content[0].text'],
  [{ messages: [{ role: 'user', content: [{ type: 'text', text: 5 }] }] }, 'invalid_type', 'messages[0].content[0].text'],
  [
    { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:' } }] }] },
    'invalid_value',
    'messages[0].content[0].type',
  ],
  [
    { messages: [{ role: 'user', content: Array(257).fill({ type: 'text', text: 'a' }) }] },
    'invalid_value',
    'messages[0].content',
  ],
  [{ messages: [call({})] }, 'missing_required_parameter', 'messages[0].tool_calls[0].function'],
  [{ messages: [call({ function: {} })] }, 'missing_required_parameter', 'messages[0].tool_calls[0].function.name'],
  [
    { messages: [call({ function: { name: 'f', arguments: 5 } })] },
    'invalid_type',
    'messages[0].tool_calls[0].function.arguments',
  ],
  [{ messages: [call({ type: 'custom', function: { name: 'f' } })] }, 'invalid_value', 'messages[0].tool_calls[0].type'],
  [{ messages: [{ role: 'assistant', tool_calls: 'f' }] }, 'invalid_type', 'messages[0].tool_calls'],

  [{ stream: 'true' }, 'invalid_type', 'stream'],
  [{ stream: true, stream_options: true }, 'invalid_type', 'stream_options'],
  [{ stream: true, stream_options: { include_usage: 'yes' } }, 'invalid_type', 'stream_options.include_usage'],
  [{ stream: true, stream_options: { continuous_usage_stats: 1 } }, 'invalid_type', 'stream_options.continuous_usage_stats'],
  [{ stream_options: { include_usage: true } }, 'invalid_value', 'stream_options'],

  [{ max_tokens: 0 }, 'invalid_value', 'max_tokens'],
  [{ max_tokens: -1 }, 'invalid_value', 'max_tokens'],
  [{ max_tokens: 1.5 }, 'invalid_type', 'max_tokens'],
  [{ max_tokens: '10' }, 'invalid_type', 'max_tokens'],
  [{ max_tokens: 4_294_967_296 }, 'invalid_value', 'max_tokens'],
  [{ max_completion_tokens: 0 }, 'invalid_value', 'max_completion_tokens'],
  [{ n: 0 }, 'invalid_value', 'n'],
  [{ n: 129 }, 'invalid_value', 'n'],
  [{ n: '2' }, 'invalid_type', 'n'],
  [{ temperature: -0.1 }, 'invalid_value', 'temperature'],
  [{ temperature: 2.1 }, 'invalid_value', 'temperature'],
  [{ temperature: 'hot' }, 'invalid_type', 'temperature'],
  [{ top_p: 0 }, 'invalid_value', 'top_p'],
  [{ top_p: 1.1 }, 'invalid_value', 'top_p'],
  [{ top_k: -2 }, 'invalid_value', 'top_k'],
  [{ top_k: 1.5 }, 'invalid_type', 'top_k'],
  [{ min_p: 1 }, 'invalid_value', 'min_p'],
  [{ min_p: -0.1 }, 'invalid_value', 'min_p'],
  [{ seed: 'abc' }, 'invalid_type', 'seed'],
  [{ seed: 0.5 }, 'invalid_value', 'seed'],
  [{ seed: 1e30 }, 'invalid_value', 'seed'],
  [{ stop: 5 }, 'invalid_type', 'stop'],
  [{ stop: '' }, 'invalid_value', 'stop'],
  [{ stop: ['a', ''] }, 'invalid_value', 'stop[1]'],
  [{ stop: ['a', 5] }, 'invalid_type', 'stop[1]'],
  [{ stop: Array(17).fill('a') }, 'invalid_value', 'stop'],
  [{ ignore_eos: 'yes' }, 'invalid_type', 'ignore_eos'],
  [{ include_stop_str_in_output: 1 }, 'invalid_type', 'include_stop_str_in_output'],

  [{ frequency_penalty: 'high' }, 'invalid_type', 'frequency_penalty'],
  [{ frequency_penalty: 3 }, 'invalid_value', 'frequency_penalty'],
  [{ presence_penalty: -2.5 }, 'invalid_value', 'presence_penalty'],
  [{ repetition_penalty: 0 }, 'invalid_value', 'repetition_penalty'],
  [{ repetition_penalty: '1' }, 'invalid_type', 'repetition_penalty'],
  [{ typical_p: 0 }, 'invalid_value', 'typical_p'],
  [{ typical_p: 1.1 }, 'invalid_value', 'typical_p'],
  [{ logprobs: 1 }, 'invalid_type', 'logprobs'],
  [{ logprobs: true, top_logprobs: 21 }, 'invalid_value', 'top_logprobs'],
  [{ logprobs: true, top_logprobs: -1 }, 'invalid_value', 'top_logprobs'],
  [{ logprobs: true, top_logprobs: '5' }, 'invalid_type', 'top_logprobs'],
  [{ top_logprobs: 2 }, 'invalid_value', 'top_logprobs'],
  [{ logprobs: false, top_logprobs: 2 }, 'invalid_value', 'top_logprobs'],
  [{ num_assistant_tokens: 0 }, 'invalid_value', 'num_assistant_tokens'],
  [{ num_assistant_tokens: 2.5 }, 'invalid_type', 'num_assistant_tokens'],
  [{ max_ngram_size: 0 }, 'invalid_value', 'max_ngram_size'],
  [{ max_ngram_size: '3' }, 'invalid_type', 'max_ngram_size'],
  [{ assistant_confidence_threshold: 0 }, 'invalid_value', 'assistant_confidence_threshold'],
  [{ assistant_confidence_threshold: 1.1 }, 'invalid_value', 'assistant_confidence_threshold'],
  [{ num_assistant_tokens: 5, assistant_confidence_threshold: 0.4 }, 'invalid_value', 'assistant_confidence_threshold'],
  [{ prompt_logprobs: 21 }, 'invalid_value', 'prompt_logprobs'],
  [{ prompt_logprobs: true }, 'invalid_type', 'prompt_logprobs'],
  [{ prompt_logprobs: 1, stream: true }, 'invalid_value', 'prompt_logprobs'],
  [{ logit_bias: [] }, 'invalid_type', 'logit_bias'],
  [{ logit_bias: { 5: 'high' } }, 'invalid_type', 'logit_bias.5'],
  [{ stop_token_ids: 5 }, 'invalid_type', 'stop_token_ids'],
  [{ stop_token_ids: [5, '6'] }, 'invalid_type', 'stop_token_ids[1]'],
  [{ stop_token_ids: [-1] }, 'invalid_value', 'stop_token_ids[0]'],
  [{ stop_token_ids: Array(65).fill(5) }, 'invalid_value', 'stop_token_ids'],
  [{ allowed_token_ids: [] }, 'invalid_value', 'allowed_token_ids'],
  [{ allowed_token_ids: [1.5] }, 'invalid_type', 'allowed_token_ids[0]'],
  [{ bad_words: 'no' }, 'invalid_type', 'bad_words'],
  [{ bad_words: ['a', ''] }, 'invalid_value', 'bad_words[1]'],
  [{ bad_words: [' '] }, 'invalid_value', 'bad_words[0]'],
  [{ bad_words: [5] }, 'invalid_type', 'bad_words[0]'],
  [{ bad_words: Array(129).fill('a') }, 'invalid_value', 'bad_words'],
  [{ min_tokens: -1 }, 'invalid_value', 'min_tokens'],
  [{ min_tokens: '1' }, 'invalid_type', 'min_tokens'],
  [{ return_token_ids: 1 }, 'invalid_type', 'return_token_ids'],
  [{ response_format: 'json' }, 'invalid_type', 'response_format'],
  [{ response_format: { type: 'yaml' } }, 'invalid_value', 'response_format.type'],
  [{ response_format: {} }, 'missing_required_parameter', 'response_format.type'],
  [{ response_format: { type: 'json_schema' } }, 'missing_required_parameter', 'response_format.json_schema'],
  [
    { response_format: { type: 'json_schema', json_schema: { schema: 'x' } } },
    'invalid_type',
    'response_format.json_schema.schema',
  ],
  [{ response_format: { type: 'structural_tag' } }, 'missing_required_parameter', 'response_format.format'],
  [{ best_of: 0 }, 'invalid_value', 'best_of'],
  [{ best_of: '2' }, 'invalid_type', 'best_of'],
  [{ best_of: 2 ** 31 }, 'invalid_value', 'best_of'],
  [{ use_beam_search: 1 }, 'invalid_type', 'use_beam_search'],
  [{ length_penalty: 'long' }, 'invalid_type', 'length_penalty'],
  [{ length_penalty: 11 }, 'invalid_value', 'length_penalty'],
  [{ early_stopping: 'soon' }, 'invalid_value', 'early_stopping'],
  [{ early_stopping: 5 }, 'invalid_type', 'early_stopping'],
  [{ num_beams: 2 }, 'unsupported_parameter', 'num_beams'],
  [{ diversity_penalty: 0.5 }, 'unsupported_parameter', 'diversity_penalty'],
  [{ guided_choice: 'a' }, 'invalid_type', 'guided_choice'],
  [{ guided_regex: 5 }, 'invalid_type', 'guided_regex'],
  [{ guided_json: 5 }, 'invalid_type', 'guided_json'],
  [{ structured_outputs: 'json' }, 'invalid_type', 'structured_outputs'],
  [{ structured_outputs: { choice: [] } }, 'invalid_value', 'structured_outputs.choice'],
  [{ skip_special_tokens: 'no' }, 'invalid_type', 'skip_special_tokens'],
  [{ spaces_between_special_tokens: 'no' }, 'invalid_type', 'spaces_between_special_tokens'],
  [{ return_tokens_as_token_ids: 1 }, 'invalid_type', 'return_tokens_as_token_ids'],
  [{ add_special_tokens: 'yes' }, 'invalid_type', 'add_special_tokens'],
  [{ truncate_prompt_tokens: 0 }, 'invalid_value', 'truncate_prompt_tokens'],
  [{ truncate_prompt_tokens: -2 }, 'invalid_value', 'truncate_prompt_tokens'],
  [{ truncate_prompt_tokens: 1.5 }, 'invalid_type', 'truncate_prompt_tokens'],
  [{ truncation_side: 'middle' }, 'invalid_value', 'truncation_side'],
  [{ request_id: '' }, 'invalid_value', 'request_id'],
  [{ request_id: 'a\nb' }, 'invalid_value', 'request_id'],
  [{ cache_salt: '' }, 'invalid_value', 'cache_salt'],
  [{ priority: 'high' }, 'invalid_type', 'priority'],
  [{ modalities: ['text', 'audio'] }, 'unsupported_parameter', 'modalities'],
  [{ audio: { voice: 'alloy', format: 'wav' } }, 'unsupported_parameter', 'audio'],
  [{ chat_template: '{{ messages }}' }, 'unsupported_parameter', 'chat_template'],
  [{ prompt_embeds: 'AAAA' }, 'unsupported_parameter', 'prompt_embeds'],
  [{ thinking_token_budget: -2 }, 'invalid_value', 'thinking_token_budget'],
  [{ no_repeat_ngram_size: -1 }, 'invalid_value', 'no_repeat_ngram_size'],
  [{ repetition_detection: { max_pattern_size: 3 } }, 'missing_required_parameter', 'repetition_detection.min_count'],
  [{ repetition_detection: { max_pattern_size: 3, min_count: 1 } }, 'invalid_value', 'repetition_detection.min_count'],
  [
    { repetition_detection: { max_pattern_size: 3, min_pattern_size: 4, min_count: 2 } },
    'invalid_value',
    'repetition_detection.min_pattern_size',
  ],
  [{ logprob_token_ids: [1] }, 'invalid_value', 'logprob_token_ids'],
  [{ logprobs: true, logprob_token_ids: Array(129).fill(1) }, 'invalid_value', 'logprob_token_ids'],
  [{ logits_processors: ['f'] }, 'unsupported_parameter', 'logits_processors'],

  [{ user: 5 }, 'invalid_type', 'user'],
  [{ store: 'no' }, 'invalid_type', 'store'],
  [{ metadata: 'a=b' }, 'invalid_type', 'metadata'],
  [{ service_tier: 1 }, 'invalid_type', 'service_tier'],
  [{ prediction: 'text' }, 'invalid_type', 'prediction'],
  [{ prediction: { type: 'guess' } }, 'invalid_value', 'prediction.type'],
  [{ echo: 'yes' }, 'invalid_type', 'echo'],
  [{ include_reasoning: 'yes' }, 'invalid_type', 'include_reasoning'],
  [{ documents: 'text' }, 'invalid_type', 'documents'],
  [{ documents: ['text'] }, 'invalid_type', 'documents[0]'],
  [{ add_generation_prompt: 'no' }, 'invalid_type', 'add_generation_prompt'],
  [{ continue_final_message: 1 }, 'invalid_type', 'continue_final_message'],
  [{ continue_final_message: true, add_generation_prompt: true }, 'invalid_value', 'continue_final_message'],
  [
    { messages: [user, { role: 'assistant', content: null }], continue_final_message: true },
    'invalid_value',
    'messages[1].content',
  ],

  [{ functions: 'f' }, 'invalid_type', 'functions'],
  [{ functions: [{}] }, 'missing_required_parameter', 'functions[0].name'],
  [{ functions: [{ name: 'f' }], tools: [weather] }, 'invalid_value', 'functions'],
  [{ function_call: 'always' }, 'invalid_value', 'function_call'],
  [{ function_call: { name: 'f' } }, 'invalid_value', 'function_call'],
  [{ functions: [{ name: 'f' }], function_call: { name: 'g' } }, 'invalid_value', 'function_call.name'],
  [{ messages: [{ role: 'assistant', function_call: {} }] }, 'missing_required_parameter', 'messages[0].function_call.name'],
  [{ messages: [{ role: 'assistant', reasoning: 5 }] }, 'invalid_type', 'messages[0].reasoning'],
  [{ messages: [{ role: 'assistant', refusal: 5 }] }, 'invalid_type', 'messages[0].refusal'],

  [{ tools: {} }, 'invalid_type', 'tools'],
  [{ tools: [] }, 'invalid_value', 'tools'],
  [{ tools: Array(129).fill(weather) }, 'invalid_value', 'tools'],
  [{ tools: ['weather'] }, 'invalid_type', 'tools[0]'],
  [{ tools: [{ function: { name: 'f' } }] }, 'missing_required_parameter', 'tools[0].type'],
  [{ tools: [{ type: 'browser' }] }, 'invalid_value', 'tools[0].type'],
  [{ tools: [{ type: 'function', function: {} }] }, 'missing_required_parameter', 'tools[0].function.name'],
  ...['', 'a b', 'a/b', 'é', 'a\n', 'a'.repeat(129)].flatMap((name): typeof bad => [
    [{ tools: [{ type: 'function', function: { name } }] }, 'invalid_value', 'tools[0].function.name'],
    [{ functions: [{ name }] }, 'invalid_value', 'functions[0].name'],
  ]),
  [{ tools: [{ type: 'function', function: { name: 'f', parameters: [] } }] }, 'invalid_type', 'tools[0].function.parameters'],
  [{ tools: [weather], tool_choice: 'always' }, 'invalid_value', 'tool_choice'],
  [{ tools: [weather], tool_choice: 5 }, 'invalid_type', 'tool_choice'],
  [{ tool_choice: 'required' }, 'invalid_value', 'tool_choice'],
  [{ tool_choice: 'auto' }, 'invalid_value', 'tool_choice'],
  [
    { tools: [weather], tool_choice: { type: 'function', function: { name: 'time' } } },
    'invalid_value',
    'tool_choice.function.name',
  ],
  [
    { tools: [weather], tool_choice: allowed('auto', 'weather', 'time') },
    'invalid_value',
    'tool_choice.allowed_tools.tools[1].function.name',
  ],
  [{ tool_choice: allowed('required', 'weather') }, 'invalid_value', 'tool_choice'],
  [{ tools: [weather], tool_choice: { type: 'custom' } }, 'invalid_value', 'tool_choice.type'],
  [{ chat_template_kwargs: 'think' }, 'invalid_type', 'chat_template_kwargs'],
  [{ reasoning_effort: 5 }, 'invalid_type', 'reasoning_effort'],
  [{ reasoning_effort: 'huge' }, 'invalid_value', 'reasoning_effort'],
]

test('says which field is wrong, and in which way', async () => {
  for (const [fields, code, param] of bad) {
    const body = { model: 'm', messages: [user], ...fields }
    try {
      await checkChatRequest(body)
    } catch (error) {
      assert.instance(error, EngineError)
      const found = error as EngineError
      assert.equal([found.code, found.param], [code, param], JSON.stringify(fields).slice(0, 200))
      continue
    }
    assert.unreachable(`accepted ${JSON.stringify(fields).slice(0, 200)}`)
  }
})

test('says all that a field may be when it is missing, or of another type', async () => {
  const messages: readonly (readonly [object, RegExp])[] = [
    [{ n: '2' }, /^n must be an integer; got "2"\.$/],
    [{ stop_token_ids: ['2'] }, /^stop_token_ids\[0\] must be an integer; got "2"\.$/],
    [{ seed: '2' }, /^seed must be an integer of 64 bits; got "2"\.$/],
    [{ temperature: '2' }, /^temperature must be a number; got "2"\.$/],
    [{ messages: [{ role: 'user', content: [{ type: 'text' }] }] }, /content\[0\]\.text is missing; it must be a string\.$/],
    [
      { messages: [{ role: 'assistant', function_call: { name: 'f', arguments: 5 } }] },
      /arguments must be a string of JSON; got 5\.$/,
    ],
  ]
  for (const [fields, message] of messages) {
    assert.match((await refusalOf({ messages: [user], ...fields })).message, message)
  }
})

test('refuses bodies that are no object', async () => {
  for (const body of [undefined, null, [], 'Hi', 5, true]) {
    const { code, param } = await refusalOf(body)
    assert.equal([code, param], ['invalid_type', undefined])
  }
})

test('whatever JSON comes, it is read or is a mistake that names itself', async () => {
  const known = [
    'messages',
    'tools',
    'tool_choice',
    'stop',
    'stream',
    'stream_options',
    'response_format',
    'seed',
    'n',
    'max_tokens',
  ]
  const part = fc.oneof(fc.constant({ type: 'text', text: 'a' }), fc.jsonValue())
  const message = fc.record(
    {
      role: fc.constantFrom('user', 'assistant', 'tool', 'x'),
      content: fc.oneof(fc.string(), fc.array(part)),
      tool_calls: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  const value = fc.oneof(fc.jsonValue(), fc.array(fc.oneof(message, fc.jsonValue())))
  const body = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...known), value))
  const mistakes: ErrorCode[] = ['missing_required_parameter', 'invalid_type', 'invalid_value', 'unsupported_parameter']
  await fc.assert(
    fc.asyncProperty(body, async (body) => {
      try {
        toConversation(await checkChatRequest(body))
      } catch (error) {
        assert.instance(error, EngineError)
        assert.ok(mistakes.includes((error as EngineError).code))
      }
    }),
    { numRuns: 2000 },
  )
})

test('does not send a long value back in its message', async () => {
  const long = { messages: [{ role: 'x'.repeat(100_000), content: 'Hi' }] }
  const { code, message } = await refusalOf(long)
  assert.is(code, 'invalid_value')
  assert.ok(message.length < 300)
})

test('accepts values that change nothing, and fields that it does not know', async () => {
  const fields = await checkChatRequest({
    model: 'm',
    messages: [user],
    frequency_penalty: 0,
    presence_penalty: 0,
    repetition_penalty: 1,
    logprobs: false,
    top_logprobs: 0,
    logit_bias: {},
    response_format: { type: 'text' },
    best_of: 1,
    modalities: ['text'],
    tool_choice: 'none',
    parallel_tool_calls: true,
    user: 'u',
    store: false,
    metadata: { a: 'b' },
    service_tier: 'auto',
    prediction: { type: 'content', content: 'Hi' },
    spaces_between_special_tokens: false,
    safety_identifier: 's',
    prompt_cache_key: 'k',
    verbosity: 'low',
    functions: [],
    function_call: 'none',
    something_new: { of: 'tomorrow' },
  })
  assert.equal(fields.messages, [user])
})

test('tells which fields nobody knows', async () => {
  const told: (readonly string[])[] = []
  const ignored = (fields: readonly string[]) => told.push(fields)
  await checkChatRequest({ model: 'm', messages: [user], store: true, chat_template: null, audio: null }, ignored)
  assert.equal(told, [])
  await checkChatRequest({ messages: [user], temprature: 0, ['x'.repeat(1000)]: 1, none: null }, ignored)
  assert.equal(told, [['temprature', 'x'.repeat(64)]])
})

test('takes null for absent', async () => {
  const nulls = Object.fromEntries(
    [
      'stream',
      'stream_options',
      'n',
      'max_tokens',
      'max_completion_tokens',
      'temperature',
      'top_p',
      'top_k',
      'min_p',
      'seed',
      'stop',
    ]
      .concat(['tools', 'tool_choice', 'response_format', 'logprobs', 'logit_bias', 'frequency_penalty', 'best_of', 'functions'])
      .map((field) => [field, null]),
  )
  assert.equal(await checkChatRequest({ messages: [user], ...nulls }), { messages: [user] })
})

test('how far to guess ahead is said in the fields of OpenVINO Model Server', () => {
  const { guessing } = sampling({ num_assistant_tokens: 4, max_ngram_size: 2 })
  assert.equal(guessing, { tokens: 4, ngramSize: 2, confidence: undefined })
  assert.is(sampling({ assistant_confidence_threshold: 0.4 }).guessing?.confidence, 0.4)
})

test('n-grams, repetition and told tokens are as vLLM and transformers have them', () => {
  const { noRepeatNgram, repetition, logprobTokens } = sampling({
    no_repeat_ngram_size: 3,
    repetition_detection: { max_pattern_size: 8, min_count: 4 },
    logprob_token_ids: [7, 3, 7],
  })
  assert.equal([noRepeatNgram, repetition, logprobTokens], [3, { minSize: 1, maxSize: 8, count: 4 }, [7, 3]])
  const off = sampling({
    no_repeat_ngram_size: 0,
    repetition_detection: { max_pattern_size: 0, min_count: 2 },
    logprob_token_ids: [],
  })
  assert.equal([off.noRepeatNgram, off.repetition, off.logprobTokens], [undefined, undefined, undefined])
  const fault = faultOf(() => sampling({ logprob_token_ids: [1, 100] }))
  assert.equal([fault.code, fault.param], ['invalid_value', 'logprob_token_ids'])
})

test('the request wins over the model, and the model over the defaults', () => {
  const defaults = { temperature: 0.7, topP: 0.8, topK: 20, minP: 0.1, typicalP: 0.9, repetitionPenalty: 1.1 }
  const chosen = ({ temperature, topP, topK, minP, typicalP, repetitionPenalty }: SamplingParams) => [
    temperature,
    topP,
    topK,
    minP,
    typicalP,
    repetitionPenalty,
  ]
  assert.equal(chosen(sampling({})), [1, 1, 0, 0, 1, 1])
  assert.equal(chosen(sampling({}, undefined, { defaults })), [0.7, 0.8, 20, 0.1, 0.9, 1.1])
  const neutral = { temperature: 0, top_p: 1, top_k: -1, min_p: 0, typical_p: 1, repetition_penalty: 1 }
  assert.equal(chosen(sampling(neutral, undefined, { defaults })), [0, 1, 0, 0, 1, 1])
})

test('a seed of 64 bits becomes one that is exact', () => {
  const { seed } = sampling({ seed: 2 ** 63 })
  assert.ok(Number.isSafeInteger(seed))
  assert.is(sampling({ seed: -7 }).seed, -7)
})

/** The error of a call. */
const faultOf = (call: () => unknown): EngineError => {
  try {
    call()
  } catch (error) {
    return error as EngineError
  }
  return assert.unreachable() as never
}

test("tokens that are none of the model's are named all at once", () => {
  const bias = faultOf(() => sampling({ logit_bias: { 5: 1, 100: 1, cat: 1, '-1': 1, 99: 1 } }))
  assert.equal([bias.code, bias.param], ['invalid_value', 'logit_bias'])
  for (const wrong of ['100', 'cat', '-1']) assert.match(bias.message, new RegExp(`\\b${wrong}|${wrong}\\b`))
  assert.not.match(bias.message, '99,')
  const stop = faultOf(() => sampling({ stop_token_ids: [1, 100, 2, 300] }))
  assert.equal([stop.code, stop.param], ['invalid_value', 'stop_token_ids'])
  assert.match(stop.message, '100, 300')
  const many = Array.from({ length: 1024 }, (_, token) => 10 ** 6 + token)
  const allowed = faultOf(() => sampling({ allowed_token_ids: many }))
  assert.equal([allowed.code, allowed.param], ['invalid_value', 'allowed_token_ids'])
  assert.ok(allowed.message.length < 400)
})

test('an answer cannot be shorter than it must be', () => {
  const fault = faultOf(() => sampling({ min_tokens: 6 }, 5))
  assert.equal([fault.code, fault.param], ['invalid_value', 'min_tokens'])
  assert.is(sampling({ min_tokens: 5 }, 5).minTokens, 5)
})

test('a bias beyond 100 counts as 100', () => {
  const { logitBias } = sampling({ logit_bias: { 7: 1e9, 8: -1e9, 9: 2.5 } })
  assert.equal(logitBias, [
    [7, 100],
    [8, -100],
    [9, 2.5],
  ])
})

test('writes a conversation as templates want it', async () => {
  const { messages } = await checkChatRequest({
    messages: [
      { role: 'developer', content: 'Be kind.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'one' },
          { type: 'text', text: 'two' },
        ],
        name: 'Ann',
      },
      call({ function: { name: 'weather', arguments: '{"city":"Oslo"}' } }),
      call({ function: { name: 'weather', arguments: 'not JSON' } }),
      call({ function: { name: 'weather' } }),
      { role: 'tool', tool_call_id: 'a', content: 'rain' },
    ],
  })
  const conversation = toConversation({ messages, reasoning_effort: 'low', chat_template_kwargs: { enable_thinking: false } })
  const calls = (args: unknown) => [{ id: 'a', type: 'function', function: { name: 'weather', arguments: args } }]
  assert.equal(conversation.messages, [
    { role: 'system', content: 'Be kind.' },
    { name: 'Ann', role: 'user', content: 'one\ntwo' },
    { role: 'assistant', content: null, tool_calls: calls({ city: 'Oslo' }) },
    { role: 'assistant', content: null, tool_calls: calls('not JSON') },
    { role: 'assistant', content: null, tool_calls: calls({}) },
    { tool_call_id: 'a', role: 'tool', content: 'rain' },
  ])
  assert.equal(conversation.variables, { reasoning_effort: 'low', enable_thinking: false })
  assert.ok(conversation.addGenerationPrompt)
})

test('a history has what was thought, refused, and called by OpenAI’s older name', async () => {
  const { messages } = await checkChatRequest({
    messages: [
      { role: 'assistant', content: 'Yes.', reasoning: 'Why not?' },
      { role: 'assistant', content: 'No.', reasoning_content: 'Why?', reasoning: null },
      { role: 'assistant', refusal: 'I will not.' },
      { role: 'assistant', content: null, function_call: { name: 'weather', arguments: '{"city":"Oslo"}' } },
      { role: 'function', name: 'weather', content: 'rain' },
      { role: 'tool', content: null },
    ],
  })
  assert.equal(toConversation({ messages }).messages, [
    { role: 'assistant', content: 'Yes.', reasoning_content: 'Why not?', reasoning: 'Why not?' },
    { role: 'assistant', content: 'No.', reasoning_content: 'Why?', reasoning: 'Why?' },
    { role: 'assistant', content: 'I will not.' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ type: 'function', function: { name: 'weather', arguments: { city: 'Oslo' } } }],
    },
    { name: 'weather', role: 'tool', content: 'rain' },
    { role: 'tool', content: null },
  ])
})

test('the template learns where the prompt is to end, and what the request tells it', () => {
  const messages = [{ role: 'assistant' as const, content: 'So' }]
  const { addGenerationPrompt, continueFinalMessage } = toConversation({ messages, continue_final_message: true })
  assert.equal([addGenerationPrompt, continueFinalMessage], [false, true])
  assert.not(toConversation({ messages, add_generation_prompt: false }).addGenerationPrompt)
  const told = toConversation({ messages, chat_template_kwargs: { add_generation_prompt: false, tone: 'kind' } })
  assert.equal([told.addGenerationPrompt, told.variables], [false, { tone: 'kind' }])
  assert.equal(toConversation({ messages, reasoning_effort: 'none', documents: [{ title: 'T' }] }).variables, {
    reasoning_effort: 'none',
    enable_thinking: false,
    documents: [{ title: 'T' }],
  })
})

test.run()
