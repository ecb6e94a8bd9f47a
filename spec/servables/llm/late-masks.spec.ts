import { setImmediate } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Matcher } from '../../../servables/grammar/matcher.ts'
import { LlmEngine } from '../../../servables/llm/engine.ts'
import type { SequenceCommand } from '../../../servables/llm/sequence.ts'
import { blockBytesOf, command, greedy, openTiny, promptOf } from './tiny-models.ts'

const everything = new Int32Array(512 / 32).fill(-1)

/** Grammars that allow everything, of a thread that answers at once, or only when it is told to. */
class Thread {
  readonly #waiting = new Set<Matcher>()
  isBusy = false

  follow(id: number): Matcher {
    const close = (matcher: Matcher) => this.#waiting.delete(matcher)
    const matcher = new Matcher(id, 1, { move: (moving) => this.#move(moving), close }, [])
    this.#move(matcher)
    return matcher
  }

  free(): void {
    this.isBusy = false
    for (const matcher of this.#waiting) this.#answer(matcher)
    this.#waiting.clear()
  }

  #move(matcher: Matcher): void {
    if (this.isBusy) this.#waiting.add(matcher)
    else queueMicrotask(() => this.#answer(matcher))
  }

  #answer(matcher: Matcher): void {
    const { turn } = matcher.nextMove()
    matcher.moved({ matcher: matcher.id, turn, refused: -1, ended: false, masks: [everything] })
  }
}

const open = async (options: object = {}) => {
  const { runner, init, dispose } = await openTiny('tiny-llama', options)
  const tokens = new Map<number, number[]>()
  const ended: number[] = []
  const watch = { onToken: (_: number, __: number): void => {} }
  const engine = new LlmEngine(runner, init, {
    started: () => {},
    emit: (events) => {
      for (const [id, event] of events) {
        if ('foundTokens' in event || 'answers' in event) continue
        const [token, finish] = event
        const own = tokens.get(id) ?? []
        tokens.set(id, own)
        own.push(token)
        if (finish !== undefined) ended.push(id)
        watch.onToken(id, own.length)
      }
    },
    fail: (_, error) => {
      throw error
    },
  })
  return { engine, tokens, ended, watch, dispose }
}

const sampled = { ...greedy, temperature: 1, topP: 0.95, seed: 5 }
const asked: readonly SequenceCommand[] = [
  command(promptOf(100, 1), 40, sampled),
  command(promptOf(30, 2), 30, { ...sampled, choice: 1 }),
  command(promptOf(70, 3), 35),
]

const aloneOf = async () => {
  const alone: (readonly number[])[] = []
  const { engine, tokens, dispose } = await open({ enable_prefix_caching: false })
  for (const [id, what] of asked.entries()) {
    engine.add(id, what)
    await engine.idle()
    alone.push(tokens.get(id)!)
  }
  await dispose()
  return alone
}

const alone = await aloneOf()

test('while a grammar thread is busy, answers that it follows sit out, and all others end; then they go on with the same tokens', async () => {
  for (const busyAt of [1, 2, 17]) {
    const thread = new Thread()
    const { engine, tokens, ended, watch, dispose } = await open()
    watch.onToken = (id, count) => {
      if (id === 0 && count === busyAt) thread.isBusy = true
      // It is free again when nobody else is left.
      if (ended.length === 2) thread.free()
    }
    engine.add(0, asked[0]!, thread.follow(0))
    engine.add(1, asked[1]!)
    engine.add(2, asked[2]!)
    await engine.idle()
    assert.equal(
      asked.map((_, id) => tokens.get(id)),
      alone,
      `busy at token ${busyAt}`,
    )
    assert.is(ended.at(-1), 0)
    await dispose()
  }
})

test('the first token waits for its mask without holding up others, also such as come later; the engine is not idle before', async () => {
  const thread = new Thread()
  thread.isBusy = true
  const { engine, tokens, ended, dispose } = await open()
  engine.add(0, asked[0]!, thread.follow(0))
  engine.add(1, asked[1]!)
  let isIdle = false
  const idle = engine.idle().then(() => {
    isIdle = true
  })
  while (!engine.isSettling || ended.length === 0) await setImmediate()
  assert.equal(ended, [1])
  assert.not(tokens.has(0))
  assert.not(isIdle)
  assert.is(engine.running, 1)
  engine.add(2, asked[2]!)
  while (!ended.includes(2)) await setImmediate()
  assert.not(tokens.has(0))
  thread.free()
  await idle
  assert.equal([tokens.get(0), tokens.get(1), tokens.get(2)], alone)
  await dispose()
})

test('an answer that is dropped while it sits out leaves its row', async () => {
  const thread = new Thread()
  const { engine, tokens, watch, dispose } = await open({ max_num_seqs: 1 })
  watch.onToken = (id, count) => {
    if (id === 0 && count === 3) thread.isBusy = true
  }
  engine.add(0, asked[0]!, thread.follow(0))
  engine.add(1, asked[1]!)
  while (tokens.get(0)?.length !== 3 || !engine.isSettling) await setImmediate()
  engine.drop(0)
  await engine.idle()
  assert.is(tokens.get(0)?.length, 3)
  assert.equal(tokens.get(1), alone[1])
  assert.equal([engine.running, engine.waiting], [0, 0])
  await dispose()
})

test('an answer that loses its row while it sits out gives the same tokens', async () => {
  const cache_size = (6.5 * (await blockBytesOf('tiny-llama'))) / 2 ** 30
  const thread = new Thread()
  const { engine, tokens, watch, dispose } = await open({ cache_size })
  // Of lower turn than the other, which outgrows the memory meanwhile.
  const last = { ...asked[1]!, priority: 1 }
  watch.onToken = (id, count) => {
    if (id === 1 && count === 1) thread.isBusy = true
    if (id === 0 && count === 35) thread.free()
  }
  engine.add(0, asked[0]!)
  engine.add(1, last, thread.follow(1))
  await engine.idle()
  assert.equal([tokens.get(0), tokens.get(1)], [alone[0], alone[1]])
  assert.ok(engine.stats.preemptions > 0)
  await dispose()
})

test.run()
