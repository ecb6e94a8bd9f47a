import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Adjustments } from '../../../servables/llm/adjustments.ts'
import { LlmEngine, type TokenEvent } from '../../../servables/llm/engine.ts'
import { unpackLogprobs } from '../../../servables/llm/logprobs.ts'
import type { Sampling } from '../../../servables/llm/sampler.ts'
import type { SequenceCommand } from '../../../servables/llm/sequence.ts'
import { blockBytesOf, command, greedy, openTiny, promptOf } from './tiny-models.ts'

/** Every event of each command, when the engine has all of them at once, or one after the other. */
const eventsOf = async (
  model: string,
  commands: readonly SequenceCommand[],
  options: object = {},
  oneByOne = false,
): Promise<readonly (readonly TokenEvent[])[]> => {
  const { runner, init, dispose } = await openTiny(model, options)
  const events = commands.map((): TokenEvent[] => [])
  const engine = new LlmEngine(runner, init, {
    started: () => {},
    emit: (emitted) => {
      for (const [id, event] of emitted) if (0 in event) events[id]!.push(event)
    },
    fail: (_, error) => {
      throw error
    },
  })
  for (const [id, what] of commands.entries()) {
    engine.add(id, what)
    if (oneByOne) await engine.idle()
  }
  await engine.idle()
  await dispose()
  return events
}

const same = (found: readonly (readonly TokenEvent[])[], expected: typeof found, what: string) => {
  for (const [id, events] of expected.entries())
    for (const [index, event] of events.entries())
      assert.is(JSON.stringify(found[id]![index]), JSON.stringify(event), `${what}: sequence ${id}, event ${index}`)
  assert.equal(
    found.map(({ length }) => length),
    expected.map(({ length }) => length),
    what,
  )
}

const tokensOf = (events: readonly TokenEvent[]) => events.map(([token]) => token).filter((token) => token >= 0)
const logprobsOf = (events: readonly TokenEvent[]) => events.flatMap(([, , packed]) => (packed ? [unpackLogprobs(packed)] : []))

const sampled: Sampling = { temperature: 1, topK: 60, topP: 0.97, minP: 0.001, typicalP: 0.95, seed: 77, choice: 0 }
const asked: readonly Partial<SequenceCommand>[] = [
  { adjustments: { repetitionPenalty: 1.4 }, logprobs: 3 },
  { adjustments: { presencePenalty: 1.5, frequencyPenalty: 0.7 }, logprobs: 0 },
  { adjustments: { logitBias: [[40, 4]], repetitionPenalty: 0.8 } },
  { promptLogprobs: 2, logprobs: 1 },
  { adjustments: { allowedTokens: Array.from({ length: 50 }, (_, token) => 30 + token), frequencyPenalty: 2 }, logprobs: 20 },
  { adjustments: { minTokens: 12, badWords: [[40], [50, 60]] }, endTokens: Array.from({ length: 200 }, (_, token) => token) },
  {},
]
const commands = [17, 60, 5, 34, 100, 2, 1, 64, 9, 48, 3, 21, 30, 12].map((length, index) => ({
  ...command(promptOf(length, index), 24, index % 3 === 0 ? greedy : { ...sampled, choice: index }),
  ...asked[index % asked.length],
}))

for (const model of ['tiny-llama', 'tiny-qwen2', 'tiny-llama-optimum']) {
  test(`${model}: penalties, masks and logprobs do not depend on company, on chunks, or on a restart between`, async () => {
    const alone = await eventsOf(model, commands, {}, true)
    assert.ok(alone.some((events) => events.at(-1)![1] === 'length') && alone.some((events) => events.at(-1)![1] === 'stop'))
    same(await eventsOf(model, commands), alone, 'together')
    same(await eventsOf(model, commands, { max_num_seqs: 5, max_num_batched_tokens: 9 }), alone, 'in chunks')

    const cut = (id: number) => Math.min((id * 5) % 23, tokensOf(alone[id]!).length - 1)
    const resumed = commands.map((what, id) => ({ ...what, emitted: tokensOf(alone[id]!).slice(0, cut(id)) }))
    const rest = alone.map((events, id) => events.slice(cut(id)))
    same(await eventsOf(model, resumed), rest, 'resumed')
  })
}

interface Golden {
  readonly texts: readonly {
    readonly tokens: readonly number[]
    readonly prompt_length: number
    readonly logprobs: readonly number[]
    readonly likeliest: readonly (readonly number[])[]
  }[]
}

test('logprobs of prompts and answers are those that transformers computes', async () => {
  const golden: Golden = JSON.parse(readFileSync(join(import.meta.dirname, 'logprobs.golden.json'), 'utf8'))
  const commands = golden.texts.map(({ tokens, prompt_length }) => ({
    ...command(tokens.slice(0, prompt_length), tokens.length - prompt_length),
    logprobs: 3,
    promptLogprobs: 3,
  }))
  for (const [id, events] of (await eventsOf('tiny-llama', commands)).entries()) {
    const { tokens, logprobs, likeliest } = golden.texts[id]!
    const told = [...(events[0]![3] ?? []).map(unpackLogprobs), ...logprobsOf(events)]
    assert.equal(
      told.map(({ token }) => token),
      tokens.slice(1),
    )
    for (const [index, { logprob, top }] of told.entries()) {
      assert.ok(Math.abs(logprob - logprobs[index]!) < 1e-3, `text ${id}, token ${index}: ${logprob} for ${logprobs[index]}`)
      assert.equal(
        top.map(([token]) => token),
        likeliest[index],
      )
    }
  }
})

test('the logprobs of a prompt are those that its tokens had as an answer', async () => {
  const prompt = promptOf(20, 4)
  const [answered] = await eventsOf('tiny-llama', [{ ...command(prompt, 20), logprobs: 2 }])
  const answer = tokensOf(answered!)
  const scored = { ...command([...prompt, ...answer], 0), promptLogprobs: 2 }
  const [[event, ...more] = []] = await eventsOf('tiny-llama', [scored], { max_num_batched_tokens: 7 })
  const [token, finish, own, told] = event!
  assert.equal([token, finish, own, more], [-1, 'length', undefined, []])
  const table = told!.map(unpackLogprobs)
  assert.equal(
    table.map(({ token }) => token),
    [...prompt, ...answer].slice(1),
  )
  for (const [index, expected] of logprobsOf(answered!).entries()) {
    const found = table[prompt.length - 1 + index]!
    assert.ok(Math.abs(found.logprob - expected.logprob) < 1e-3, `${found.logprob} for ${expected.logprob}`)
    assert.is(found.rank, expected.rank)
    assert.is(found.top[0]![0], expected.top[0]![0])
  }
})

test('logprobs are the model’s own: greedy tokens are the likeliest, and penalties show in the rank', async () => {
  const plain = { ...command(promptOf(30, 1), 40), logprobs: 1 }
  const penalized = { ...plain, adjustments: { frequencyPenalty: 2, repetitionPenalty: 5 } }
  const [first, second] = (await eventsOf('tiny-llama', [plain, penalized])).map(logprobsOf)
  assert.ok(first!.every(({ token, rank, logprob, top }) => rank === 1 && top[0]![0] === token && top[0]![1] === logprob))
  assert.ok(second!.some(({ rank, logprob, top }) => rank > 1 && logprob < top[0]![1]))
})

test('tokens of an answer do not come again under a heavy penalty', async () => {
  const penalized = { ...command(promptOf(9, 2), 40), adjustments: { presencePenalty: 1e6 } }
  const [plain, varied] = (await eventsOf('tiny-llama', [command(promptOf(9, 2), 40), penalized])).map(tokensOf)
  assert.ok(new Set(plain).size < 40)
  assert.is(new Set(varied).size, 40)
})

test('an end waits until there are as many tokens as there must be', async () => {
  const prompt = promptOf(9, 2)
  const [[first] = []] = (await eventsOf('tiny-llama', [command(prompt, 8)])).map(tokensOf)
  const ending = { ...command(prompt, 8), endTokens: [first!] }
  const waiting = { ...ending, adjustments: { minTokens: 3 } }
  const [ended, waited] = await eventsOf('tiny-llama', [ending, waiting])
  assert.equal(ended, [[-1, 'stop']])
  assert.ok(tokensOf(waited!).length >= 3)
})

test('a last token ends an answer and is told, with its logprobs', async () => {
  const prompt = promptOf(9, 2)
  const [tokens = []] = (await eventsOf('tiny-llama', [command(prompt, 8)])).map(tokensOf)
  const [events] = await eventsOf('tiny-llama', [{ ...command(prompt, 8), lastTokens: [tokens[0]!], logprobs: 0 }])
  assert.is(events!.length, 1)
  const [token, finish, packed] = events![0]!
  assert.equal([token, finish, packed?.length], [tokens[0], 'stop', 3])
})

test('an answer whose request leaves no token ends there', async () => {
  const closed: Adjustments = {
    allowedTokens: [7, 8],
    badWords: [
      [7, 8, 7],
      [8, 8],
      [7, 7],
      [8, 7, 8],
    ],
  }
  const commands = [greedy, sampled].map((sampling) => ({ ...command(promptOf(9, 2), 30, sampling), adjustments: closed }))
  for (const events of await eventsOf('tiny-llama', [...commands, { ...commands[0]!, logprobs: 2 }])) {
    assert.equal(events.at(-1)!.slice(0, 2), [-1, 'stop'])
    assert.is(tokensOf(events).length, 2)
  }
})

test('the logprobs of a prompt are told whole, and once, though its beginning is kept or it is preempted', async () => {
  const plain = command(promptOf(100, 1), 40)
  const telling = { ...plain, promptLogprobs: 2 }
  const [cold] = await eventsOf('tiny-llama', [telling], { enable_prefix_caching: false })
  assert.is(cold![0]![3]?.length, 99)
  same(await eventsOf('tiny-llama', [telling, telling, telling], {}, true), [cold!, cold!, cold!], 'kept')
  // Room for one of them at full length, and for both at first.
  const cache_size = (9 * (await blockBytesOf('tiny-llama'))) / 2 ** 30
  same(await eventsOf('tiny-llama', [telling, telling], { cache_size }), [cold!, cold!], 'preempted')
})

test.run()
