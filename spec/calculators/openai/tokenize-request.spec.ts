import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkTokenizeRequest } from '../../../calculators/openai/tokenize-request.ts'
import { EngineError, type ErrorCode } from '../../../engine/index.ts'

const bad: readonly (readonly [Record<string, unknown>, ErrorCode, string])[] = [
  [{}, 'missing_required_parameter', 'text'],
  [{ text: 5 }, 'invalid_type', 'text'],
  [{ text: [] }, 'invalid_value', 'text'],
  [{ text: ['a', 5] }, 'invalid_type', 'text[1]'],
  [{ text: 'a', prompt: 'b' }, 'invalid_value', 'prompt'],
  [{ prompt: 'a', messages: [{ role: 'user', content: 'Hi' }] }, 'invalid_value', 'messages'],
  [{ messages: [{ role: 'robot' }] }, 'invalid_value', 'messages[0].role'],
  [{ text: 'a', max_length: 0 }, 'invalid_value', 'max_length'],
  [{ text: 'a', max_length: '8' }, 'invalid_type', 'max_length'],
  [{ text: 'a', pad_to_max_length: 1 }, 'invalid_type', 'pad_to_max_length'],
  [{ text: 'a', pad_to_max_length: true }, 'missing_required_parameter', 'max_length'],
  [{ text: ['a', 'b'], pad_to_max_length: true, max_length: 524_289 }, 'invalid_value', 'max_length'],
  [{ text: 'a', padding_side: 'top' }, 'invalid_value', 'padding_side'],
  [{ text: 'a', add_special_tokens: 'no' }, 'invalid_type', 'add_special_tokens'],
]

test('says which field is wrong, and in which way', async () => {
  for (const [body, code, param] of bad) {
    try {
      await checkTokenizeRequest(body)
    } catch (error) {
      assert.instance(error, EngineError)
      const found = error as EngineError
      assert.equal([found.code, found.param], [code, param], JSON.stringify(body).slice(0, 200))
      continue
    }
    assert.unreachable(`accepted ${JSON.stringify(body)}`)
  }
})

test.run()
