import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { LlmEngine, type SequenceEvent, type TokenEvent } from '../../../servables/llm/engine.ts'
import { Pasts } from '../../../servables/llm/pasts.ts'
import type { Runner } from '../../../servables/llm/runner.ts'
import type { Sampling } from '../../../servables/llm/sampler.ts'
import type { Sequence, SequenceCommand } from '../../../servables/llm/sequence.ts'
import { command, goldenOf, greedy, type OpenModel, openTiny, promptOf } from './tiny-models.ts'

/** An engine in this process, and what it has answered. */
class Answers {
  readonly engine: LlmEngine
  readonly dispose: () => Promise<void>
  readonly tokens = new Map<number, number[]>()
  /** Tokens of prompts that were found in the prefix cache. */
  readonly found = new Map<number, number>()
  readonly finishes = new Map<number, string>()
  readonly started: number[] = []
  onToken: (id: number) => void = () => {}

  static async open(model: string, options: object = {}): Promise<Answers> {
    return new Answers(await openTiny(model, options))
  }

  private constructor(model: OpenModel) {
    this.dispose = model.dispose
    this.engine = new LlmEngine(model.runner, model.init, {
      started: (ids) => this.started.push(...ids),
      emit: (events) => {
        for (const [id, event] of events) this.#take(id, event)
      },
      fail: (id, error) => this.finishes.set(id, error.code),
    })
  }

  #take(id: number, event: SequenceEvent): void {
    if ('foundTokens' in event) this.found.set(id, event.foundTokens)
    else if (0 in event) this.#append(id, event)
  }

  #append(id: number, [token, finish]: TokenEvent): void {
    const tokens = this.tokens.get(id) ?? []
    this.tokens.set(id, tokens)
    if (token >= 0) tokens.push(token)
    if (finish !== undefined) this.finishes.set(id, finish)
    this.onToken(id)
  }

  async all(commands: readonly SequenceCommand[]): Promise<readonly (readonly number[])[]> {
    for (const [id, what] of commands.entries()) this.engine.add(id, what)
    await this.engine.idle()
    return commands.map((_, id) => this.tokens.get(id) ?? [])
  }
}

const sampled: Sampling = { temperature: 1, topK: 40, topP: 0.95, minP: 0.01, seed: 77, choice: 0 }
const lengths = [17, 66, 5, 33, 129, 2, 1, 65, 9, 193, 3, 97, 30, 12, 200, 80]
const commands = lengths.map((length, index) =>
  command(promptOf(length, index), 30, index % 2 === 0 ? { ...sampled, choice: index } : greedy),
)

/** Each command's answer when it is alone in the engine. */
const aloneOf = async (model: string): Promise<readonly (readonly number[])[]> => {
  const answers = await Answers.open(model, { enable_prefix_caching: false })
  const alone: (readonly number[])[] = []
  for (const [id, what] of commands.entries()) {
    answers.engine.add(id, what)
    await answers.engine.idle()
    alone.push(answers.tokens.get(id)!)
  }
  await answers.dispose()
  return alone
}

for (const model of ['tiny-llama', 'tiny-qwen2', 'tiny-llama-external', 'tiny-llama-subfolder', 'tiny-llama-optimum']) {
  test(`${model}: greedy answers are those of transformers, all prompts in one batch`, async () => {
    const answers = await Answers.open(model)
    const golden = goldenOf(model)
    const tokens = await answers.all(golden.map(({ prompt }) => ({ ...command(prompt, 32), endTokens: [0, 2] })))
    assert.equal(
      tokens,
      golden.map(({ tokens }) => tokens),
    )
    assert.equal(
      [...golden.keys()].map((id) => answers.finishes.get(id)),
      golden.map(({ finish_reason }) => finish_reason),
    )
    await answers.dispose()
  })
}

for (const model of ['tiny-llama', 'tiny-qwen2', 'tiny-llama-optimum']) {
  test(`${model}: answers do not depend on company, on when they join, on chunks, or on a restart between`, async () => {
    const alone = await aloneOf(model)
    assert.ok(alone.every((tokens) => tokens.length === 30))

    const together = await Answers.open(model)
    assert.equal(await together.all(commands), alone)
    await together.dispose()

    const chunked = await Answers.open(model, { max_num_seqs: 5, max_num_batched_tokens: 70 })
    assert.equal(await chunked.all(commands), alone)
    await chunked.dispose()

    const late = await Answers.open(model)
    let joined = 1
    late.onToken = () => {
      if (joined < commands.length && late.tokens.get(0)!.length > 3) late.engine.add(joined, commands[joined++]!)
    }
    await late.all(commands.slice(0, 1))
    assert.equal(
      commands.map((_, id) => late.tokens.get(id)),
      alone,
    )
    await late.dispose()

    const resumed = await Answers.open(model)
    const cut = (id: number) => (id * 5) % 29
    const rest = await resumed.all(commands.map((what, id) => ({ ...what, emitted: alone[id]!.slice(0, cut(id)) })))
    assert.equal(
      rest,
      alone.map((tokens, id) => tokens.slice(cut(id))),
    )
    await resumed.dispose()
  })
}

test('sequences start in the order in which they came, as rows become free', async () => {
  const answers = await Answers.open('tiny-llama', { max_num_seqs: 2 })
  await answers.all(commands.slice(0, 6))
  assert.equal(answers.started, [0, 1, 2, 3, 4, 5])
  assert.is(answers.finishes.size, 6)
  await answers.dispose()
})

test('a dropped sequence leaves the batch within a run, and the next one takes its row', async () => {
  const answers = await Answers.open('tiny-llama', { max_num_seqs: 1 })
  answers.onToken = (id) => {
    if (id === 0 && answers.tokens.get(0)!.length === 3) answers.engine.drop(0)
  }
  const tokens = await answers.all(commands.slice(0, 2))
  assert.is(tokens[0]?.length, 3)
  assert.is(tokens[1]?.length, 30)
  assert.is(answers.engine.running, 0)
  assert.not(answers.finishes.has(0))
  await answers.dispose()
})

test('a run that fails ends its own sequences, and the engine goes on', async () => {
  const answers = await Answers.open('tiny-llama')
  const [good] = await answers.all(commands.slice(0, 1))
  // Token ids that the embedding does not have: ONNX Runtime refuses the run.
  answers.engine.add(100, command([5, 100_000], 4))
  answers.engine.add(101, commands[0]!)
  await answers.engine.idle()
  assert.is(answers.finishes.get(100), 'internal')
  assert.equal(answers.tokens.get(101), good)
  await answers.dispose()
})

/** Tokens of three sequences, of whose second some logits are bad, and who fails. */
const withBad = async (
  bad: readonly number[],
  isBad: (sequence: Sequence, position?: number) => boolean,
  more: Partial<SequenceCommand> = {},
) => {
  const good = new Float32Array(8).fill(1)
  const runner: Runner = {
    vocabularySize: 8,
    givesAllLogits: true,
    lanes: 0,
    rewinds: false,
    run: async () => (sequence, position) =>
      sequence.id === 2 && isBad(sequence, position) ? Float32Array.from(bad) : good.slice(),
    capacity: { blocks: 100, keptBlocks: 0 },
    memory: new Pasts(),
    dispose: () => {},
  }
  const tokens = new Map<number, number>()
  const failed: (readonly [id: number, code: string])[] = []
  const engine = new LlmEngine(
    runner,
    { rows: 4, maxBatchedTokens: 100, splitPrompts: true },
    {
      started: () => {},
      emit: (events) => {
        for (const [id] of events) tokens.set(id, (tokens.get(id) ?? 0) + 1)
      },
      fail: (id, error) => failed.push([id, error.code]),
    },
  )
  for (const id of [1, 2, 3]) engine.add(id, { ...command([5, 6, 7], 6), ...more })
  await engine.idle()
  return { tokens: [1, 2, 3].map((id) => tokens.get(id) ?? 0), failed, corrupted: engine.stats.corrupted }
}

const oneNaN = [1, 1, 1, NaN, 1, 1, 1, 1]
const draws: Sampling = { ...greedy, temperature: 1 }

test('logits that are not numbers, all or one, end their sequence with an error, and no other', async () => {
  const asked: readonly Partial<SequenceCommand>[] = [
    {},
    { sampling: draws, logprobs: 2 },
    { sampling: { ...draws, topK: 2, topP: 0.5 } },
    // Rules under which that one does not count.
    { adjustments: { allowedTokens: [1, 2] } },
    { adjustments: { badWords: [[3]] }, sampling: draws },
  ]
  for (const more of asked) {
    for (const bad of [new Array(8).fill(NaN), oneNaN]) {
      const found = await withBad(bad, ({ tokens }) => tokens.length === 5, more)
      assert.equal(found, { tokens: [6, 2, 6], failed: [[2, 'internal']], corrupted: 1 }, JSON.stringify(more))
    }
  }
})

test("a prompt's logits that are no numbers are found where they are asked for", async () => {
  const isBad = (_: Sequence, position?: number) => position === 1
  const ended = { tokens: [6, 0, 6], failed: [[2, 'internal']], corrupted: 1 }
  assert.equal(await withBad(oneNaN, isBad, { promptLogprobs: 1 }), ended)
  assert.equal(await withBad(oneNaN, isBad), { tokens: [6, 6, 6], failed: [], corrupted: 0 })
})

test.run()
