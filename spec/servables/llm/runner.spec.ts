import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { chunkEnd } from '../../../servables/llm/chunks.ts'
import type { Runner } from '../../../servables/llm/runner.ts'
import { Sequence } from '../../../servables/llm/sequence.ts'
import { codeOf, command, directoryOf, openTiny, promptOf } from './tiny-models.ts'

const sequenceIn = (row: number, length: number, seed: number): Sequence => {
  const sequence = new Sequence(row, command(promptOf(length, seed), 40))
  sequence.row = row
  return sequence
}

/** Computes a prompt in chunks of the given sizes; the last position's logits. */
const prefill = async (runner: Runner, sequence: Sequence, chunks: readonly number[] = [sequence.promptLength]) => {
  let logits = new Float32Array()
  for (const chunk of chunks) {
    const from = sequence.computed
    const run = await runner.run({ kind: 'prefill', sequence, from, to: from + chunk, wanting: [] })
    logits = run(sequence).slice()
    sequence.computed += chunk
  }
  return logits
}

/** One token for each sequence, over as many rows as it takes; each sequence's logits. */
const decode = async (runner: Runner, sequences: readonly Sequence[]) => {
  const lengths = new Array<number>(Math.max(...sequences.map(({ row }) => row)) + 1).fill(1)
  for (const { row, computed } of sequences) lengths[row] = computed + 1
  const logits = await runner.run({ kind: 'decode', sequences, lengths, wanting: [] })
  return sequences.map((sequence) => {
    sequence.computed++
    return logits(sequence).slice()
  })
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) => Buffer.from(buffer, byteOffset, byteLength)
const equal = (a: Float32Array, b: Float32Array, what: string) => assert.ok(bytesOf(a).equals(bytesOf(b)), what)

for (const model of ['tiny-llama', 'tiny-qwen2']) {
  test(`${model}: logits are the same bits alone and in a ragged batch, with rows between that take no part`, async () => {
    const { runner, dispose } = await openTiny(model, { max_num_seqs: 8 })
    const lengths = [17, 60, 5, 33, 100, 2]
    const alone: Float32Array[][] = []
    for (const [index, length] of lengths.entries()) {
      const sequence = sequenceIn(0, length, index)
      const steps = [await prefill(runner, sequence)]
      for (let step = 0; step < 12; step++) {
        sequence.append(3 + step * 7 + index)
        steps.push(...(await decode(runner, [sequence])))
      }
      alone.push(steps)
    }
    const together = lengths.map((length, index) => sequenceIn([0, 1, 2, 4, 5, 7][index]!, length, index))
    for (const [index, sequence] of together.entries())
      equal(await prefill(runner, sequence), alone[index]![0]!, `prefill ${index}`)
    for (let step = 0; step < 12; step++) {
      for (const [index, sequence] of together.entries()) sequence.append(3 + step * 7 + index)
      const logits = await decode(runner, together)
      for (const index of together.keys()) equal(logits[index]!, alone[index]![step + 1]!, `sequence ${index}, step ${step}`)
    }
    await dispose()
  })

  test(`${model}: a prompt's logits are the same bits wherever the scheduler may cut it`, async () => {
    const { runner, dispose } = await openTiny(model, { max_num_seqs: 8 })
    for (const length of [33, 65, 66, 96, 97, 128, 129, 130, 161, 193, 200]) {
      const whole = await prefill(runner, sequenceIn(3, length, 1))
      for (const room of [65, 100, 128, 150, 192]) {
        const chunks = chunksOf(length, room)
        equal(await prefill(runner, sequenceIn(3, length, 1), chunks), whole, chunks.join('+'))
      }
    }
    await dispose()
  })
}

const chunksOf = (length: number, room: number): readonly number[] => {
  const chunks: number[] = []
  for (let from = 0; from < length; from += chunks.at(-1)!) chunks.push(chunkEnd(from, length, room)! - from)
  return chunks
}

for (const model of ['tiny-llama', 'tiny-qwen2']) {
  test(`${model}: tokens in lanes beside each other have the bits that they have one after the other`, async () => {
    if (process.platform !== 'linux') return
    const { runner, dispose } = await openTiny(model, { max_num_seqs: 4, prompt_lookup: true })
    const lengths = [40, 130]
    const following = (index: number) => Array.from({ length: 7 }, (_, step) => 3 + step * 11 + index)
    const alone: Float32Array[][] = []
    for (const [index, length] of lengths.entries()) {
      const sequence = sequenceIn(0, length, index)
      await prefill(runner, sequence)
      const logits: Float32Array[] = []
      for (const token of following(index)) {
        sequence.append(token)
        logits.push(...(await decode(runner, [sequence])))
      }
      alone.push(logits)
    }
    for (let time = 0; time < 20; time++) {
      const sequences = lengths.map((length, index) => sequenceIn(3 - ((time + index) % 4), length, index))
      for (const sequence of sequences) await prefill(runner, sequence)
      const lanes = sequences.flatMap((sequence, index) =>
        following(index).map((token, step) => ({ sequence, position: lengths[index]! + step, token, isGuess: true })),
      )
      const logits = await runner.run({ kind: 'lanes', sequences, lanes, wanting: [] })
      for (const [index, sequence] of sequences.entries())
        for (const [step, expected] of alone[index]!.entries())
          equal(logits(sequence, lengths[index]! + step), expected, `sequence ${index}, token ${step}, time ${time}`)
      // What they wrote is what is read behind them.
      for (const [index, sequence] of sequences.entries()) {
        for (const token of following(index).slice(0, -1)) sequence.append(token)
        sequence.computed = sequence.tokens.length
        sequence.append(following(index).at(-1)!)
      }
      const last = await decode(runner, sequences)
      for (const [index, each] of last.entries()) equal(each, alone[index]!.at(-1)!, `behind sequence ${index}`)
    }
    await dispose()
  })
}

test('a file that is no language model is refused', async () => {
  for (const file of ['add.onnx', 'throws.onnx']) {
    assert.is(await codeOf(() => openTiny('tiny-llama', {}, { file: `${directoryOf('ops')}/${file}` })), 'bad_model')
  }
})

test.run()
