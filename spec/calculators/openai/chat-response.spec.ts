import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Answer } from '../../../calculators/openai/answer.ts'
import { foldChat, streamChat } from '../../../calculators/openai/chat-response.ts'
import type { GenerationRequestValue, MessageDeltaValue } from '../../../calculators/packets.ts'

const request: GenerationRequestValue = {
  model: 'm',
  id: 'chatcmpl-1',
  created: 5,
  stream: true,
  includeUsage: true,
  n: 1,
}

const answerOf = (answer: Answer<MessageDeltaValue>, deltas: readonly MessageDeltaValue[]) => [
  ...deltas.flatMap((delta) => answer.push(delta)),
  ...answer.end(),
]

interface Chunk {
  readonly choices: readonly { index: number; delta: { role?: string; content?: string }; finish_reason: string | null }[]
  readonly usage: unknown
}

test('streams a role, texts, a finish reason and the usage', () => {
  const objects = answerOf(streamChat(request, 7), [
    { choice: 0, parts: [{ type: 'content', text: 'Hel' }], tokens: 1, finish: undefined },
    { choice: 0, parts: [{ type: 'content', text: 'lo' }], tokens: 2, finish: 'stop' },
  ])
  const heading = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 5, model: 'm', system_fingerprint: null }
  const chunk = (delta: object, finish_reason: string | null = null) => ({
    ...heading,
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
    usage: null,
  })
  const usage = {
    prompt_tokens: 7,
    completion_tokens: 3,
    total_tokens: 10,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  }
  assert.equal(objects, [
    chunk({ role: 'assistant', content: '' }),
    chunk({ content: 'Hel' }),
    chunk({ content: 'lo' }),
    chunk({}, 'stop'),
    { ...heading, choices: [], usage },
  ])
})

test('says nothing of the usage when nobody asked', () => {
  const objects = answerOf(streamChat({ ...request, includeUsage: false }, 7), [
    { choice: 0, parts: [{ type: 'content', text: 'a' }], tokens: 1, finish: 'length' },
  ])
  assert.is(objects.length, 3)
  assert.not(objects.some((object) => 'usage' in object))
})

test('the whole answer is the fold of the streamed one', () => {
  const choice = fc.record({
    texts: fc.array(fc.string(), { minLength: 1, maxLength: 6 }),
    finish: fc.constantFrom('stop', 'length'),
  })
  const cases = fc.tuple(fc.array(choice, { minLength: 1, maxLength: 4 }), fc.infiniteStream(fc.nat(100)))
  fc.assert(
    fc.property(cases, ([choices, random]) => {
      const deltas: MessageDeltaValue[] = []
      const rest = choices.map(({ texts }) => [...texts])
      while (rest.some((texts) => texts.length > 0)) {
        const open = rest.flatMap((texts, index) => (texts.length > 0 ? [index] : []))
        const index = open[random.next().value % open.length]!
        const text = rest[index]!.shift()!
        const finish = rest[index]!.length === 0 ? (choices[index]!.finish as 'stop' | 'length') : undefined
        deltas.push({ choice: index, parts: [{ type: 'content', text }], tokens: 1, finish })
      }
      const chunks = answerOf(streamChat(request, 3), deltas) as Chunk[]
      const [whole] = answerOf(foldChat(request, 3), deltas) as { choices: unknown[]; usage: unknown }[]

      const folded = choices.map((_, index) => {
        const own = chunks.flatMap((chunk) => chunk.choices.filter((choice) => choice.index === index))
        assert.is(own[0]!.delta.role, 'assistant')
        assert.is(own.filter((choice) => choice.finish_reason !== null).length, 1)
        const content = own.map((choice) => choice.delta.content ?? '').join('')
        const message = { role: 'assistant', content, refusal: null }
        return { index, message, logprobs: null, finish_reason: own.at(-1)!.finish_reason }
      })
      assert.equal(whole!.choices, folded)
      assert.equal(whole!.usage, chunks.at(-1)!.usage)
    }),
  )
})

test.run()
