import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EngineError } from '../../../engine/index.ts'
import { type EncoderHost, HostedTextEncoder } from '../../../servables/encoder/client.ts'
import { readEncoderFiles } from '../../../servables/encoder/files.ts'
import type { EncoderInit } from '../../../servables/encoder/hosted.ts'
import { Host } from '../../../servables/host/index.ts'
import { decodeModel, encodeModel } from '../../../servables/onnx-file/model-proto.ts'
import { directoryOf, loadEmbedder, unload } from './families.ts'

const patient = () => new AbortController().signal
const codeOf = (answer: Promise<unknown>) =>
  answer.then(
    () => 'answered',
    ({ code }: EngineError) => code,
  )

/** Texts of the fixtures' tokens, of all lengths, none of them the last one. */
const textsOf = (count: number, seed: number) =>
  Array.from({ length: count }, (_, text) => ({
    ids: Array.from({ length: 3 + ((text * 7 + seed) % 60) }, (_, token) => 5 + ((text * 31 + token * 17 + seed) % 90)),
  }))

/** How far apart vectors are: in another company they are computed with other padding. */
const farthest = (a: readonly Float32Array[], b: readonly Float32Array[]) =>
  Math.max(...a.map((vector, row) => Math.max(...vector.map((value, element) => Math.abs(value - b[row]![element]!)))))

/** An encoder and its host, which is there for the killing. */
async function killable() {
  const { file, padToken, dense, prompts, vocabularySize } = await readEncoderFiles(directoryOf('bert-mean'), 'embeddings')
  const init: EncoderInit = {
    file,
    padToken,
    dense,
    task: 'embeddings',
    pooling: ['MEAN'],
    isPoolingAsked: false,
    normalize: true,
    defaultTask: 0,
    threads: 1,
    limits: { tokens: 1024, scores: 1e6, rows: 16 },
  }
  const told = { log: () => {}, progress: () => {}, signal: patient() }
  const tenant: EncoderHost = await Host.start({ name: 'killable', kind: 'embeddings', init, restartDelay: 1, ...told })
  const encoder = new HostedTextEncoder(tenant, {
    name: 'killable',
    maxLength: 64,
    truncate: false,
    vocabularySize,
    outputs: tenant.info.outputs,
    labels: [],
    activation: 'identity',
    prompts,
    defaultPrompt: undefined,
    tasks: [],
    maxChunks: 1,
    maxQueuedTokens: 1e9,
  })
  return { encoder, tenant }
}

test('killed while requests are at work, the host comes back, and every request gets its vectors', async () => {
  const { encoder, tenant } = await killable()
  const requests = [1, 2, 3, 4, 5, 6].map((seed) => textsOf(60, seed))
  const alone: (readonly Float32Array[])[] = []
  for (const inputs of requests) alone.push(await encoder.encode(inputs, patient()))
  for (const times of [1, 2]) {
    const pid = tenant.pid!
    const answers = Promise.all(requests.map((inputs) => encoder.encode(inputs, patient())))
    process.kill(pid, 'SIGKILL')
    for (const [index, vectors] of (await answers).entries()) assert.ok(farthest(vectors, alone[index]!) < 1e-5)
    assert.is.not(tenant.pid, pid)
    assert.is(tenant.restarts, times)
  }
  await tenant.dispose()
})

test('a request that kills its host again and again ends alone with an error; the others get their vectors', async () => {
  const { encoder, tenant } = await killable()
  const others = [1, 2, 3].map((seed) => textsOf(40, seed))
  const alone: (readonly Float32Array[])[] = []
  for (const inputs of others) alone.push(await encoder.encode(inputs, patient()))

  const inputs = textsOf(1500, 9)
  const places = [...inputs.keys()]
  const killed = new Set<number>()
  const end = new Promise<EngineError>((resolve) => {
    tenant.submit({
      command: () => ({ inputs, places }),
      receive() {
        // It is at work when its first vectors come.
        const pid = tenant.pid
        if (pid === undefined || killed.has(pid)) return
        killed.add(pid)
        process.kill(pid, 'SIGKILL')
      },
      fail: resolve,
    })
  })
  const answers = Promise.all(others.map((inputs) => encoder.encode(inputs, patient())))
  assert.is((await end).code, 'internal')
  assert.ok(killed.size >= 2, `${killed.size}`)
  for (const [index, vectors] of (await answers).entries()) assert.ok(farthest(vectors, alone[index]!) < 1e-5)
  assert.is((await encoder.encode(others[0]!, patient())).length, 40)
  await tenant.dispose()
})

test('what is no number fails its request alone, in a batch with others', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'poison-'))
  try {
    await cp(directoryOf('bert-mean'), directory, { recursive: true })
    const file = join(directory, 'model.onnx')
    const model = decodeModel(await readFile(file), file)
    const words = model.graph.initializer.find(({ name }) => name?.endsWith('word_embeddings.weight'))!
    const width = Number(words.dims![1])
    Buffer.from(words.rawData!.buffer, words.rawData!.byteOffset).fill(0xff, 120 * width * 4, 121 * width * 4)
    await writeFile(file, encodeModel(model))
    const { sides } = await loadEmbedder(directory)
    const [sound, poisoned] = [textsOf(20, 3), [...textsOf(5, 4), { ids: [5, 120, 6] }]]
    const alone = await sides.ENCODER.encode(sound, patient())
    const [beside, failed] = await Promise.all([
      sides.ENCODER.encode(sound, patient()),
      codeOf(sides.ENCODER.encode(poisoned, patient())),
    ])
    assert.ok(farthest(beside, alone) < 1e-5)
    assert.is(failed, 'internal')
  } finally {
    await unload()
    await rm(directory, { recursive: true })
  }
})

test('one who leaves takes back what waits, and the others go on', async () => {
  const { sides } = await loadEmbedder('bert-mean')
  const leaving = new AbortController()
  const left = codeOf(sides.ENCODER.encode(textsOf(500, 1), leaving.signal))
  const staying = sides.ENCODER.encode(textsOf(10, 2), patient())
  leaving.abort()
  assert.is(await left, 'cancelled')
  assert.is((await staying).length, 10)
  assert.is(await codeOf(sides.ENCODER.encode(textsOf(1, 1), leaving.signal)), 'cancelled')
})

test('beyond as many tokens as may wait, requests are refused; one that is alone is always taken', async () => {
  const { sides } = await loadEmbedder('bert-mean', { max_queued_tokens: 100 })
  const first = sides.ENCODER.encode(textsOf(50, 1), patient())
  assert.is(await codeOf(sides.ENCODER.encode(textsOf(5, 1), patient())), 'overloaded')
  assert.is((await first).length, 50)
  assert.is(await codeOf(sides.ENCODER.encode(textsOf(50, 1), patient())), 'answered')
})

test.after(unload)
test.run()
