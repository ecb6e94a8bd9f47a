import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setInterval } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { SamplingParams, Steps } from '../../../servables/llm/llm.ts'
import { decodeModel, encodeModel } from '../../../servables/onnx-file/model-proto.ts'
import { samplingParams } from '../../support/fakes.ts'
import { eachStep } from '../../support/steps.ts'
import { codeOf, directoryOf, hostModel, promptOf } from './tiny-models.ts'

const patient = (): AbortSignal => new AbortController().signal
const params = samplingParams({ maxTokens: 60, temperature: 1, topP: 0.95, seed: 5, ignoreEos: true })

const start = (directory: string, options: object) => hostModel(directory, { options, life: { restartDelay: 1 } })

const collect = async (steps: AsyncIterable<Steps>, onStep: () => void = () => {}): Promise<readonly unknown[]> => {
  const choices: [token: number | undefined, finish: string | undefined][][] = [[], []]
  for await (const { choice, token, finish } of eachStep(steps)) {
    choices[choice]!.push([token, finish])
    onStep()
  }
  return choices
}

/** Works with tiny-llama, in whose embedding one token is not a number. */
const withPoison = async (token: number, work: (directory: string) => Promise<void>): Promise<void> => {
  const directory = await mkdtemp(join(tmpdir(), 'poison-'))
  try {
    await cp(directoryOf('tiny-llama'), directory, { recursive: true, filter: (name) => !name.endsWith('.ovms-ts') })
    const file = join(directory, 'model.onnx')
    const model = decodeModel(await readFile(file), file)
    const embedding = model.graph.initializer.find(({ name }) => name === 'model.embed_tokens.weight')
    const width = Number(embedding!.dims![1])
    Buffer.from(embedding!.rawData!.buffer, embedding!.rawData!.byteOffset).fill(0xff, token * width * 4, (token + 1) * width * 4)
    await writeFile(file, encodeModel(model))
    await work(directory)
  } finally {
    await rm(directory, { recursive: true })
  }
}

test('logits that are not numbers fail their request alone: neighbours, later users of its row, and the cache have none of it', () =>
  withPoison(400, async (directory) => {
    const { llm, host } = await start(directory, { max_num_seqs: 4, max_num_batched_tokens: 80 })
    const sound = promptOf(150, 1).map((token) => (token === 400 ? 401 : token))
    const poisoned = [...sound.slice(0, 140), 400, ...sound.slice(140, 148)]
    const ask = (prompt: readonly number[], more: Partial<SamplingParams> = {}) =>
      collect(llm.generate([prompt], { ...params, ...more }, patient()))
    const seeds = [1, 2, 3, 4, 5, 6]
    const alone: unknown[] = []
    for (const seed of seeds) alone.push(await ask(sound, { seed, cacheSalt: 'alone' }))

    const together = seeds.map((seed) => ask(sound, { seed }))
    const failing = [1, 2, 3].map((seed) => codeOf(() => ask(poisoned, { seed })))
    assert.equal(await Promise.all(together), alone)
    assert.equal(await Promise.all(failing), ['internal', 'internal', 'internal'])
    // In turn, so that each has the row that a poisoned one has left.
    for (const [index, seed] of seeds.entries()) {
      assert.is(await codeOf(() => ask(poisoned, { seed })), 'internal')
      assert.equal(await ask(sound, { seed }), alone[index])
    }
    for await (const _ of setInterval(10)) if (host.stats?.corrupted === 9) break
    await host.dispose()
  }))

test('a request that kills its host again and again ends alone with an error; the others go on to the text they would have had', async () => {
  const { llm, host } = await start(directoryOf('tiny-llama'), { max_num_seqs: 8 })
  const ask = (seed: number, more: Partial<SamplingParams> = {}, onStep?: () => void) =>
    collect(llm.generate([promptOf(20 + seed, seed)], { ...params, seed, ...more }, patient()), onStep)
  const seeds = [1, 2, 3, 4, 5]
  const alone: unknown[] = []
  for (const seed of seeds) alone.push(await ask(seed, { n: 2 }))
  const { restarts } = host

  const kill = () => {
    if (host.healthy) process.kill(host.pid!, 'SIGKILL')
  }
  const killer = codeOf(() => ask(9, { maxTokens: 200 }, kill))
  assert.equal(await Promise.all(seeds.map((seed) => ask(seed, { n: 2 }))), alone)
  assert.is(await killer, 'internal')
  assert.ok(host.restarts - restarts >= 3, `${host.restarts - restarts} restarts`)
  assert.equal(await ask(1, { n: 2 }), alone[0])
  await host.dispose()
})

test.run()
