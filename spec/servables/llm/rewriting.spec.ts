import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readModelFiles } from '../../../servables/llm/model-files.ts'
import { openRewritten, openRunner } from '../../../servables/llm/open-runner.ts'
import { modelInit, TextGenerationOptions } from '../../../servables/llm/options.ts'
import type { Runner } from '../../../servables/llm/runner.ts'
import { likeliest } from '../../../servables/llm/select.ts'
import { Sequence } from '../../../servables/llm/sequence.ts'
import { command, directoryOf, openTiny, promptOf } from './tiny-models.ts'

/** Opens a copy of a model as a host process would, which rewrites it. */
const withRewritten = async (
  model: string,
  precision: 'int8' | 'keep',
  work: (runner: Runner) => Promise<void>,
): Promise<void> => {
  const directory = await mkdtemp(join(tmpdir(), 'rewriting-'))
  try {
    await cp(directoryOf(model), directory, { recursive: true, filter: (name) => !name.endsWith('.ovms-ts') })
    const asked = modelInit(await readModelFiles(directory), TextGenerationOptions.parse({ max_num_seqs: 8, precision }))
    const said: string[] = []
    const phases: string[] = []
    const { session, init } = await openRewritten(asked, {
      log: (_, message) => said.push(message),
      progress: ({ phase }) => phases.push(phase),
    })
    assert.is.not(init.file, asked.file)
    assert.is(said.length, 1)
    assert.equal(phases, ['rewriting', 'creating the session'])
    const runner = await openRunner(session, init, () => {})
    await work(runner)
    await session.dispose()
    runner.dispose()
    const again = await openRewritten(asked, { log: () => {}, progress: ({ phase }) => phases.push(phase) })
    await again.session.dispose()
    assert.equal(phases.slice(2), ['creating the session'])
  } finally {
    await rm(directory, { recursive: true })
  }
}

const sequenceIn = (row: number, length: number): Sequence => {
  const sequence = new Sequence(row, command(promptOf(length, row), 40))
  sequence.row = row
  return sequence
}

/** A prompt in two chunks, for each row; then tokens for all rows together. All logits, in order. */
const logitsOf = async (runner: Runner, rows: readonly number[]): Promise<Float32Array[]> => {
  const logits: Float32Array[] = []
  const sequences = rows.map((row) => sequenceIn(row, 9 + 11 * row))
  for (const sequence of sequences) {
    for (const [from, to] of [
      [0, 4],
      [4, sequence.promptLength],
    ] as const) {
      logits.push((await runner.run({ kind: 'prefill', sequence, from, to, wanting: [] }))(sequence).slice())
      sequence.computed = to
    }
  }
  for (let step = 0; step < 6; step++) {
    for (const sequence of sequences) sequence.append(3 + step * 7 + sequence.row)
    const lengths = new Array<number>(Math.max(...rows) + 1).fill(1)
    for (const { row, computed } of sequences) lengths[row] = computed + 1
    const run = await runner.run({ kind: 'decode', sequences, lengths, wanting: [] })
    for (const sequence of sequences) {
      logits.push(run(sequence).slice())
      sequence.computed++
    }
  }
  return logits
}

const same = (a: readonly Float32Array[], b: readonly Float32Array[]): boolean =>
  a.length === b.length && a.every((values, index) => Buffer.from(values.buffer).equals(Buffer.from(b[index]!.buffer)))

for (const model of ['tiny-llama', 'tiny-llama-external', 'tiny-qwen2', 'tiny-llama-optimum']) {
  test(`${model}: asked for wanted positions alone, a model gives the bits that it gave before`, async () => {
    const { runner, dispose } = await openTiny(model, { max_num_seqs: 8 })
    const before = await logitsOf(runner, [0, 2, 3])
    await dispose()
    await withRewritten(model, 'keep', async (rewritten) => assert.ok(same(await logitsOf(rewritten, [0, 2, 3]), before)))
  })
}

/** What follows each token of a prompt of two chunks, whose logprobs are asked for. */
const promptLogitsOf = async (runner: Runner): Promise<Float32Array[]> => {
  const sequence = new Sequence(2, { ...command(promptOf(30, 1), 1), promptLogprobs: 0 })
  sequence.row = 2
  const logits: Float32Array[] = []
  for (const [from, to] of [
    [0, 12],
    [12, 30],
  ] as const) {
    const run = await runner.run({ kind: 'prefill', sequence, from, to, wanting: [sequence] })
    for (let position = from; position < to; position++) logits.push(run(sequence, position).slice())
    assert.ok(same([run(sequence).slice()], logits.slice(-1)))
    sequence.computed = to
  }
  return logits
}

for (const model of ['tiny-llama', 'tiny-qwen2', 'tiny-llama-optimum']) {
  test(`${model}: all positions of a prompt can be wanted, and are the bits that the model gave before`, async () => {
    const { runner, dispose } = await openTiny(model, { max_num_seqs: 8 })
    const before = await promptLogitsOf(runner)
    await dispose()
    assert.is(before.length, 30)
    await withRewritten(model, 'keep', async (rewritten) => assert.ok(same(await promptLogitsOf(rewritten), before)))
  })
}

for (const model of ['tiny-llama', 'tiny-qwen2']) {
  test(`${model}: with weights of 8 bits, a row's logits are the same bits alone and beside others`, () =>
    withRewritten(model, 'int8', async (runner) => {
      const together = await logitsOf(runner, [0, 3, 5])
      for (const [index, row] of [0, 3, 5].entries()) {
        const alone = await logitsOf(runner, [row])
        const own = [...together.slice(2 * index, 2 * index + 2), ...together.slice(6).filter((_, at) => at % 3 === index)]
        assert.ok(same(own, alone), `row ${row}`)
      }
    }))
}

for (const precision of ['keep', 'int8'] as const) {
  test(`precision ${precision}: a step tells the highest of each stretch of logits, and the likeliest token is found by them`, () =>
    withRewritten('tiny-llama', precision, async (runner) => {
      const sequences = [0, 2].map((row) => sequenceIn(row, 20 + row))
      for (const sequence of sequences) {
        await runner.run({ kind: 'prefill', sequence, from: 0, to: sequence.promptLength, wanting: [] })
        sequence.computed = sequence.promptLength
        sequence.append(5)
      }
      const run = await runner.run({ kind: 'decode', sequences, lengths: [21, 1, 23], wanting: [] })
      for (const sequence of sequences) {
        const [logits, maxima] = [run(sequence), run.maxima!(sequence)]
        const highest = Array.from(maxima, (_, index) => Math.max(...logits.subarray(index * 64, (index + 1) * 64)))
        assert.is(maxima.length * 64, runner.vocabularySize)
        assert.equal([...maxima], highest)
        assert.is(likeliest(logits, maxima), likeliest(logits))
      }
    }))
}

test.run()
