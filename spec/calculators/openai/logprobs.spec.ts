import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { completionLogprobs, formatChatLogprobs, formatPromptLogprobs } from '../../../calculators/openai/logprobs.ts'
import type { LikelyTokenValue, TokenLogprobsValue } from '../../../calculators/packets.ts'

const likely = (id: number, bytes: readonly number[], logprob = -1): LikelyTokenValue => {
  const spelled = Uint8Array.from(bytes)
  return { id, text: new TextDecoder().decode(spelled), bytes: spelled, logprob }
}
const utf8 = (text: string) => [...new TextEncoder().encode(text)]
const token = (bytes: readonly number[], top: readonly LikelyTokenValue[] = []): TokenLogprobsValue => ({
  ...likely(9, bytes),
  rank: 3,
  top,
})

test('chat: tokens with their bytes, and the likeliest in their place', () => {
  const half = token([0xf0, 0x9f], [likely(1, utf8(' a'), -0.5), likely(2, utf8('b'), -Infinity)])
  assert.equal(formatChatLogprobs([half]), {
    content: [
      {
        token: '\ufffd',
        logprob: -1,
        bytes: [0xf0, 0x9f],
        top_logprobs: [
          { token: ' a', logprob: -0.5, bytes: [0x20, 0x61] },
          { token: 'b', logprob: -9999, bytes: [0x62] },
        ],
      },
    ],
    refusal: null,
  })
  assert.is(formatChatLogprobs(undefined), null)
})

test('completions: offsets count characters, from part to part, and a token inside a character has its offset', () => {
  const format = completionLogprobs()
  const offsets = (...tokens: readonly (readonly number[])[]) =>
    (format(tokens.map((bytes) => token(bytes))) as { text_offset: number[] }).text_offset
  assert.equal(offsets(utf8('né'), utf8('!')), [0, 2])
  assert.equal(offsets([0xf0, 0x9f], [0x98], [0x80, 0x61]), [3, 3, 3])
  assert.equal(offsets([], utf8('x'), utf8('y')), [5, 5, 6])
})

test('completions: the token itself is among the likeliest, and of those that look alike the likeliest counts', () => {
  const format = completionLogprobs()
  const top = [likely(1, [0xf0], -0.25), likely(2, [0xf1], -0.5)]
  assert.equal(format([token(utf8('a'), top), { id: 256, text: '<begin>', bytes: Uint8Array.of(60) }]), {
    tokens: ['a', '<begin>'],
    token_logprobs: [-1, null],
    top_logprobs: [{ '\ufffd': -0.25, a: -1 }, null],
    text_offset: [0, 1],
  })
})

test('prompts: null, then by id the token and the likeliest with their ranks', () => {
  assert.equal(formatPromptLogprobs([token(utf8('a'), [likely(1, utf8('b'), -0.5)])]), [
    null,
    {
      1: { logprob: -0.5, rank: 1, decoded_token: 'b' },
      9: { logprob: -1, rank: 3, decoded_token: 'a' },
    },
  ])
})

test.run()
