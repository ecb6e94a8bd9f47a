import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ChatTemplateCalculator } from '../../../calculators/text/chat-template.ts'
import { TokenizerCalculator } from '../../../calculators/text/tokenizer.ts'
import type { EngineError } from '../../../engine/index.ts'
import type { Conversation } from '../../../servables/index.ts'
import { byteTokenizer, lineTemplate } from '../../support/fakes.ts'
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
