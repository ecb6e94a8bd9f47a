import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ChatTemplateCalculator } from '../../../calculators/text/chat-template.ts'
import { TokenizerCalculator } from '../../../calculators/text/tokenizer.ts'
import type { EngineError } from '../../../engine/index.ts'
import type { Conversation } from '../../../servables/index.ts'
import { byteTokenizer, fakeLlm, lineTemplate, samplingParams } from '../../support/fakes.ts'
import { runCalculator } from '../../support/run-calculator.ts'

const tokenize = async (options: object, inputs: Record<string, readonly unknown[]> = {}) => {
  const settings = { inputs: { TEXTS: [['ab', 'c']], ...inputs }, sides: { TOKENIZER: byteTokenizer }, options }
  const { TOKENS } = await runCalculator<{ TOKENS: number[][] }>(TokenizerCalculator, settings)
  return TOKENS.map(({ value }) => value)
}

test('tokenizes each text, with special tokens unless told otherwise', async () => {
  assert.equal(await tokenize({}), [
    [
      [256, 97, 98],
      [256, 99],
    ],
  ])
  assert.equal(await tokenize({ add_special_tokens: false }), [[[97, 98], [99]]])
})

test('what the request says wins over the option', async () => {
  assert.equal(await tokenize({}, { OPTIONS: [{ addSpecialTokens: false }] }), [[[97, 98], [99]]])
})

const refusal = async (TEXTS: readonly string[], sides: Readonly<Record<string, unknown>>, inputs: object = {}) => {
  const run = runCalculator(TokenizerCalculator, { inputs: { TEXTS: [TEXTS], ...inputs }, sides })
  return ((await run.catch((error) => error)) as EngineError).code
}

test('a text that the model can never answer is refused by its length, without tokenizing it', async () => {
  const asked: string[] = []
  const tokenizer = {
    ...byteTokenizer,
    longestToken: 2,
    encode: (text: string) => {
      asked.push(text)
      return byteTokenizer.encode(text)
    },
  }
  const sides = { TOKENIZER: tokenizer, LLM: fakeLlm(() => '', { maxModelLength: 4 }) }
  const SAMPLING = [samplingParams()]
  assert.is(await refusal(['ab', 'abcdefghi'], sides, { SAMPLING }), 'context_length_exceeded')
  assert.equal(asked, [])
  const unbounded = { ...sides, TOKENIZER: { ...tokenizer, longestToken: undefined } }
  assert.is(await refusal(['abcdefghi'], unbounded, { SAMPLING }), undefined)
  assert.equal(asked, ['abcdefghi'])
})

test('a text that turns out too long is refused before its ids are read', async () => {
  const sides = { TOKENIZER: { ...byteTokenizer, longestToken: 9 }, LLM: fakeLlm(() => '', { maxModelLength: 4 }) }
  assert.is(await refusal(['abcde'], sides, { SAMPLING: [samplingParams()] }), 'context_length_exceeded')
})

test('a text of more than a million tokens is refused, whatever model there is', async () => {
  assert.is(await refusal(['a'.repeat(1_048_576)], { TOKENIZER: byteTokenizer }), 'invalid_value')
})

test('texts of more than a million characters are refused before they are tokenized, where no model bounds them', async () => {
  const TOKENIZER = { ...byteTokenizer, encode: () => assert.unreachable() }
  assert.is(await refusal(['a'.repeat(600_000), 'b'.repeat(600_000)], { TOKENIZER }), 'invalid_value')
})

const conversation: Conversation = {
  messages: [{ role: 'user', content: 'Hi' }],
  tools: undefined,
  addGenerationPrompt: true,
  variables: {},
}

test('writes a conversation with the template', async () => {
  const inputs = { CONVERSATION: [{ value: conversation, timestamp: 3 }] }
  const { TEXTS } = await runCalculator(ChatTemplateCalculator, { inputs, sides: { CHAT_TEMPLATE: lineTemplate } })
  assert.equal(TEXTS, [{ value: ['user: Hi\nassistant: '], timestamp: 3 }])
})

test('says so when there is no template', async () => {
  const failure = await runCalculator(ChatTemplateCalculator, { inputs: { CONVERSATION: [conversation] } }).catch(
    (error) => error,
  )
  assert.equal([(failure as EngineError).code, (failure as EngineError).param], ['invalid_value', 'messages'])
})

test.run()
