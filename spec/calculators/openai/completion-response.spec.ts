import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { foldCompletion, streamCompletion } from '../../../calculators/openai/completion-response.ts'
import type { CompletionRequestValue, TextDeltaValue } from '../../../calculators/packets.ts'

const request: CompletionRequestValue = {
  model: 'm',
  id: 'cmpl-1',
  created: 5,
  stream: true,
  includeUsage: true,
  n: 1,
  echo: false,
  prompts: ['Hi'],
}
const heading = { id: 'cmpl-1', object: 'text_completion', created: 5, model: 'm', system_fingerprint: null }
const usage = {
  prompt_tokens: 7,
  completion_tokens: 3,
  total_tokens: 10,
  prompt_tokens_details: { cached_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0 },
}
const deltas: readonly TextDeltaValue[] = [
  { choice: 0, text: 'Hel', tokens: 1, finish: undefined },
  { choice: 0, text: 'lo', tokens: 2, finish: 'length' },
]

test('streams texts, the last with its finish reason, and the usage', () => {
  const answer = streamCompletion(request, 7)
  assert.equal(
    [...deltas.flatMap((delta) => answer.push(delta)), ...answer.end()],
    [
      { ...heading, choices: [{ index: 0, text: 'Hel', logprobs: null, finish_reason: null }], usage: null },
      { ...heading, choices: [{ index: 0, text: 'lo', logprobs: null, finish_reason: 'length' }], usage: null },
      { ...heading, choices: [], usage },
    ],
  )
})

test('answers whole with the fold of the deltas', () => {
  const answer = foldCompletion(request, 7)
  assert.equal(
    [...deltas.flatMap((delta) => answer.push(delta)), ...answer.end()],
    [{ ...heading, choices: [{ index: 0, text: 'Hello', logprobs: null, finish_reason: 'length' }], usage }],
  )
})

test.run()
