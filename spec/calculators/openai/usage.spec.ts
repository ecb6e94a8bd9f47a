import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkChatRequest } from '../../../calculators/openai/chat-request.ts'
import { foldCompletion, streamCompletion } from '../../../calculators/openai/completion-response.ts'
import { toSamplingParams } from '../../../calculators/openai/generation-fields.ts'
import type { CompletionRequestValue, TextDeltaValue } from '../../../calculators/packets.ts'
import { EngineError } from '../../../engine/index.ts'

const request: CompletionRequestValue = {
  model: 'm',
  id: 'cmpl-1',
  created: 5,
  stream: true,
  includeUsage: true,
  n: 2,
  echo: false,
  prompts: ['a', 'b', 'c'],
}

test('the usage tells the cached tokens of each prompt once, as its first answer found them', () => {
  const cached = [64, 96, 0, 32, 32, 32]
  const deltas = cached.flatMap((cachedTokens, choice): TextDeltaValue[] => [
    { choice, text: 'x', tokens: 1, finish: undefined, ...(cachedTokens > 0 && { cachedTokens }) },
    { choice, text: 'y', tokens: 1, finish: 'stop', ...(cachedTokens > 0 && { cachedTokens }) },
  ])
  for (const answer of [streamCompletion(request, 300), foldCompletion(request, 300)]) {
    for (const delta of deltas) answer.push(delta)
    const [last] = answer.end() as { usage: object }[]
    assert.equal(last?.usage, {
      prompt_tokens: 300,
      completion_tokens: 12,
      total_tokens: 312,
      prompt_tokens_details: { cached_tokens: 96 },
      completion_tokens_details: { reasoning_tokens: 0 },
    })
  }
})

const messages = [{ role: 'user', content: 'Hi' }]

test('cache_salt and priority reach the model as they are sent, and are absent when they are not', async () => {
  const params = async (fields: object) =>
    toSamplingParams(await checkChatRequest({ messages, ...fields }), undefined, { defaults: {}, vocabularySize: 9 }, 'messages')
  const { cacheSalt, priority } = await params({ cache_salt: 'tenant 7', priority: -3 })
  assert.equal([cacheSalt, priority], ['tenant 7', -3])
  assert.not('cacheSalt' in (await params({})))
  assert.not('priority' in (await params({})))
})

test('a salt that is no text or too long, and a priority that is no number, are refused by name', async () => {
  const wrong: readonly (readonly [field: string, value: unknown])[] = [
    ['cache_salt', ''],
    ['cache_salt', 'x'.repeat(513)],
    ['cache_salt', 5],
    ['priority', 'high'],
    ['priority', 0.5],
    ['priority', 2 ** 31],
  ]
  for (const [param, value] of wrong) {
    try {
      await checkChatRequest({ messages, [param]: value })
      assert.unreachable(`${param}: ${value}`)
    } catch (error) {
      assert.instance(error, EngineError)
      assert.is((error as EngineError).param, param)
    }
  }
})

test.run()
