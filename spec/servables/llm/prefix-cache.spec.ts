import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { LlmEngine } from '../../../servables/llm/engine.ts'
import type { Sampling } from '../../../servables/llm/sampler.ts'
import type { SequenceCommand } from '../../../servables/llm/sequence.ts'
import { blockBytesOf, codeOf, command, greedy, type OpenModel, openTiny, promptOf } from './tiny-models.ts'

/** An engine in this process, its answers, and what it found of their prompts. */
class Answers {
  readonly engine: LlmEngine
  readonly tokens = new Map<number, number[]>()
  readonly found = new Map<number, number>()
  onToken: () => void = () => {}
  readonly #model: OpenModel

  constructor(model: OpenModel) {
    this.#model = model
    this.engine = new LlmEngine(model.runner, model.init, {
      started: () => {},
      emit: (events) => {
        for (const [id, event] of events) {
          if ('foundTokens' in event) this.found.set(id, event.foundTokens)
          else if (0 in event && event[0] >= 0) this.tokens.set(id, [...(this.tokens.get(id) ?? []), event[0]])
        }
        this.onToken()
      },
      fail: (_, error) => {
        throw error
      },
    })
  }

  async all(commands: readonly SequenceCommand[], firstId = 0): Promise<readonly (readonly number[])[]> {
    for (const [index, what] of commands.entries()) this.engine.add(firstId + index, what)
    await this.engine.idle()
    return commands.map((_, index) => this.tokens.get(firstId + index) ?? [])
  }

  dispose(): Promise<void> {
    return this.#model.dispose()
  }
}

const open = async (model: string, options: object = {}, blocks?: number): Promise<Answers> => {
  const { init, runner, dispose } = await openTiny(model, options)
  if (blocks === undefined) return new Answers({ init, runner, dispose })
  const kept = Math.min(blocks, runner.capacity.keptBlocks)
  return new Answers({ init, runner: Object.assign(runner, { capacity: { blocks, keptBlocks: kept } }), dispose })
}

const sampled: Sampling = { temperature: 1, topK: 40, topP: 0.95, minP: 0.01, seed: 77, choice: 0 }
/** Prompts with much in common, and not so much; lengths around the ends of blocks. */
const lengths = [31, 32, 33, 34, 64, 65, 66, 96, 97, 98, 120, 150, 5, 2, 1, 70]
const commands = lengths.map((length, index) => {
  const prompt = [
    ...promptOf(150, 1).slice(0, Math.floor(length / 2)),
    ...promptOf(150, index % 3).slice(Math.floor(length / 2), length),
  ]
  return command(prompt, 40, index % 2 === 0 ? { ...sampled, choice: index } : greedy)
})

for (const model of ['tiny-llama', 'tiny-qwen2', 'tiny-llama-optimum']) {
  const isInPlace = model !== 'tiny-llama-optimum'

  test(`${model}: answers are the same after prefix hits, chunked, preempted at every length, and restarted`, async () => {
    const cold = await open(model, { enable_prefix_caching: false })
    const alone: (readonly number[])[] = []
    for (const [id, what] of commands.entries()) alone.push(...(await cold.all([what], id)))
    assert.is(cold.found.size, 0)
    assert.ok(alone.every((tokens) => tokens.length === 40))
    await cold.dispose()

    const warm = await open(model)
    for (const [id, what] of commands.entries()) assert.equal(await warm.all([what], id), [alone[id]], `first ${id}`)
    for (const [id, what] of commands.entries()) assert.equal(await warm.all([what], 100 + id), [alone[id]], `again ${id}`)
    assert.equal(await warm.all(commands, 200), alone)
    const expected = lengths.map((length) => Math.max(0, Math.floor((length - 2) / 64) * 64))
    if (isInPlace)
      assert.equal(
        lengths.map((_, id) => warm.found.get(100 + id) ?? 0),
        expected,
      )
    else assert.is(warm.found.size, 0)
    await warm.dispose()

    const chunked = await open(model, { max_num_seqs: 5, max_num_batched_tokens: 9 })
    assert.equal(await chunked.all(commands), alone)
    assert.equal(await chunked.all(commands, 100), alone)
    await chunked.dispose()

    for (const blocks of [6, 7, 9, 14]) {
      const short = await open(model, { max_num_seqs: 8, max_num_batched_tokens: 64 }, blocks)
      assert.equal(await short.all(commands), alone, `${blocks} blocks`)
      const { preemptions, running, waiting, cacheUsage } = short.engine.stats
      assert.ok(preemptions > 0 || blocks === 6, `${blocks} blocks`)
      assert.equal([running, waiting, cacheUsage], [0, 0, 0])
      await short.dispose()
    }

    const resumed = await open(model, { max_num_seqs: 8 }, 12)
    const cut = (id: number) => (id * 7) % 39
    const onward = commands.map((what, id) => ({ ...what, emitted: alone[id]!.slice(0, cut(id)) }))
    const rest = alone.map((tokens, id) => tokens.slice(cut(id)))
    assert.equal(await resumed.all(onward), rest)
    assert.equal(await resumed.all(onward, 100), rest)
    await resumed.dispose()
  })
}

test('preempted at any step, an answer is the same, whether computed again or copied back', async () => {
  const [older, younger] = [command(promptOf(50, 9), 70), command(promptOf(40, 3), 56, sampled)]
  const model = await openTiny('tiny-llama', { max_num_seqs: 2 })
  const alone = (await new Answers(model).all([{ ...younger, cacheSalt: 'cold' }]))[0]!
  for (const keptBlocks of [0, 100]) {
    for (let step = 1; step < 56; step++) {
      const capacity = { blocks: 100, keptBlocks }
      const answers = new Answers({
        ...model,
        runner: Object.assign(model.runner, { capacity }),
      })
      answers.onToken = () => {
        const { preemptions, cacheUsage } = answers.engine.stats
        const isDue = preemptions === 0 && answers.tokens.get(1)?.length === step
        capacity.blocks = isDue ? Math.round(cacheUsage * capacity.blocks) - 1 : 100
      }
      assert.equal((await answers.all([older, younger]))[1], alone, `step ${step}`)
      assert.is(answers.engine.stats.preemptions, 1)
    }
  }
  await model.dispose()
})

test('salts keep prefixes apart, and answers stay the same', async () => {
  const answers = await open('tiny-llama')
  const ask = async (id: number, cacheSalt: string | undefined) => (await answers.all([{ ...commands[11]!, cacheSalt }], id))[0]
  const first = await ask(0, 'a')
  assert.equal([await ask(1, 'b'), await ask(2, undefined), await ask(3, 'a'), await ask(4, 'b')], [first, first, first, first])
  assert.equal(
    [0, 1, 2, 3, 4].map((id) => answers.found.get(id)),
    [undefined, undefined, undefined, 128, 128],
  )
  const { prefixCacheHits, prefixCacheQueries } = answers.engine.stats
  assert.equal([prefixCacheHits, prefixCacheQueries], [256, 750])
  await answers.dispose()
})

test('answers to one prompt share what the first computes', async () => {
  const answers = await open('tiny-llama')
  const asked = Array.from({ length: 4 }, (_, choice) => command(promptOf(100, 2), 10, { ...sampled, choice }))
  const together = await answers.all(asked)
  assert.equal(
    [...answers.found],
    [
      [1, 64],
      [2, 64],
      [3, 64],
    ],
  )
  const cold = await open('tiny-llama', { enable_prefix_caching: false })
  assert.equal(await cold.all(asked), together)
  await Promise.all([answers.dispose(), cold.dispose()])
})

test('prefixes take no more than their budget', async () => {
  const perBlock = await blockBytesOf('tiny-llama')
  const model = await openTiny('tiny-llama', {}, { prefixCacheBytes: 5.5 * perBlock, cacheBytes: 40 * perBlock })
  assert.equal(model.runner.capacity, { blocks: 40, keptBlocks: 5 })
  const answers = new Answers(model)
  await answers.all(Array.from({ length: 6 }, (_, seed) => command(promptOf(100, seed), 3)))
  await answers.all([command(promptOf(100, 5), 3), command(promptOf(100, 0), 3)], 10)
  assert.is(answers.found.get(10), 64)
  assert.is(answers.found.get(11), undefined)
  await answers.dispose()
})

test('a sequence that could outgrow the cache even alone is refused, and so is a cache of nothing', async () => {
  const answers = await open('tiny-llama', {}, 3)
  assert.is(await codeOf(() => answers.engine.add(1, command(promptOf(90, 1), 7))), 'context_length_exceeded')
  assert.is((await answers.all([command(promptOf(90, 1), 6)], 2))[0]?.length, 6)
  await answers.dispose()
  assert.is(await codeOf(() => openTiny('tiny-llama', {}, { cacheBytes: 100 })), 'bad_model')
})

test.run()
