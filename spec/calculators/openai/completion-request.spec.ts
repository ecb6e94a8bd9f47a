import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkCompletionRequest } from '../../../calculators/openai/completion-request.ts'
import { toList } from '../../../calculators/openai/texts-or-tokens.ts'
import { EngineError, type ErrorCode } from '../../../engine/index.ts'

const bad: readonly (readonly [Record<string, unknown>, ErrorCode, string])[] = [
  [{ prompt: undefined }, 'missing_required_parameter', 'prompt'],
  [{ prompt: null }, 'missing_required_parameter', 'prompt'],
  [{ prompt: '' }, 'invalid_value', 'prompt'],
  [{ prompt: 5 }, 'invalid_type', 'prompt'],
  [{ prompt: {} }, 'invalid_type', 'prompt'],
  [{ prompt: [] }, 'invalid_value', 'prompt'],
  [{ prompt: ['a', ''] }, 'invalid_value', 'prompt[1]'],
  [{ prompt: [1, 2, -3] }, 'invalid_value', 'prompt[2]'],
  [{ prompt: [1, 2, 'a'] }, 'invalid_type', 'prompt[2]'],
  [{ prompt: [[1], [2, -3]] }, 'invalid_value', 'prompt[1][1]'],
  [{ prompt: [[1], []] }, 'invalid_value', 'prompt[1]'],
  [{ prompt: Array(257).fill('a') }, 'invalid_value', 'prompt'],
  [{ max_tokens: 0 }, 'invalid_value', 'max_tokens'],
  [{ echo: 'yes' }, 'invalid_type', 'echo'],
  [{ suffix: 5 }, 'invalid_type', 'suffix'],
  [{ suffix: ' end', echo: true }, 'invalid_value', 'suffix'],
  [{ suffix: ' end', prompt: [1, 2] }, 'invalid_value', 'suffix'],
  [{ prompt: ['a', [1, -2]] }, 'invalid_value', 'prompt[1][1]'],
  [{ prompt: ['a', 5] }, 'invalid_type', 'prompt[1]'],
  [{ prompt: [[1], {}] }, 'invalid_type', 'prompt[1]'],
  [{ logprobs: 'all' }, 'invalid_type', 'logprobs'],
  [{ logprobs: true }, 'invalid_type', 'logprobs'],
  [{ logprobs: 21 }, 'invalid_value', 'logprobs'],
  [{ logprobs: -1 }, 'invalid_value', 'logprobs'],
  [{ max_tokens: 0, logprobs: 1 }, 'invalid_value', 'max_tokens'],
  [{ max_tokens: -1, echo: true }, 'invalid_value', 'max_tokens'],
  [{ prompt_logprobs: 1, stream: true }, 'invalid_value', 'prompt_logprobs'],
  [{ best_of: 1.5 }, 'invalid_type', 'best_of'],
  [{ stream_options: {} }, 'invalid_value', 'stream_options'],
  [{ temperature: 3 }, 'invalid_value', 'temperature'],
]

test('says which field is wrong, and in which way', () => {
  for (const [fields, code, param] of bad) {
    try {
      checkCompletionRequest({ model: 'm', prompt: 'Hi', ...fields })
    } catch (error) {
      assert.instance(error, EngineError)
      const found = error as EngineError
      assert.equal([found.code, found.param], [code, param], JSON.stringify(fields).slice(0, 200))
      continue
    }
    assert.unreachable(`accepted ${JSON.stringify(fields)}`)
  }
})

test('accepts values that change nothing', () => {
  const neutral = { suffix: '', logprobs: null, best_of: 1, echo: false, frequency_penalty: 0, user: 'u' }
  assert.is(checkCompletionRequest({ prompt: 'Hi', logprobs: false }).logprobs, undefined)
  assert.is(checkCompletionRequest({ prompt: 'Hi', max_tokens: 0, echo: true }).max_tokens, 0)
  assert.is(checkCompletionRequest({ prompt: 'Hi', ...neutral }).prompt, 'Hi')
})

test('says all that a prompt may be when there is none', () => {
  assert.throws(() => checkCompletionRequest({}), /^prompt is missing; it must be a string, token ids, or a list of strings/)
})

test('reads the spellings of a prompt', () => {
  assert.equal(toList('a'), ['a'])
  assert.equal(toList(['a', 'b']), ['a', 'b'])
  assert.equal(toList([1, 2]), [[1, 2]])
  assert.equal(toList([[1], [2]]), [[1], [2]])
  assert.equal(toList(['a', [1, 2]]), ['a', [1, 2]])
})

test.run()
