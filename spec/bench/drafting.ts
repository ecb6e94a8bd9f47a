import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openBareLoop } from '../../servables/llm/bare-loop.ts'
import { readModel, writeModel } from '../../servables/onnx-file/model-file.ts'
import type { NodeProto } from '../../servables/onnx-file/model-proto.ts'

type Model = Awaited<ReturnType<typeof readModel>>

const promptTokens = 80
const answerTokens = 96
const rounds = 3
const draftLayers = 2
/** What the layers behind the draft's add, in proportion to what they added: by that it is right always, mostly, or hardly ever. */
const shares = [0, 0.1, 1]

/**
 * A draft model at batch 1 and 4: the first layers of the model itself, whose others add less than they did. So the draft is
 * right as often as wanted, and both cost what they would cost with weights that were trained.
 */
export async function drafting(model: string): Promise<void> {
  const folder = await mkdtemp(join(dirname(model), 'drafting-'))
  try {
    await copied(model, join(folder, 'draft'), (source) => truncate(source, draftLayers))
    for (const share of shares) {
      const target = join(folder, `target-${share}`)
      await copied(model, target, (source) => weaken(source, draftLayers, share))
      for (const sequences of [1, 4]) await compare(target, share, sequences)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function compare(target: string, share: number, sequences: number): Promise<void> {
  const options = { max_num_seqs: sequences, enable_prefix_caching: false }
  const plain = await openBareLoop(target, options)
  const ahead = await openBareLoop(target, { ...options, draft_models_path: '../draft' })
  const prompts = Array.from({ length: sequences }, (_, k) =>
    Array.from({ length: promptTokens }, (_, index) => 20 + ((index * 37 + k * 11) % 400)),
  )
  const seconds = async (loop: typeof plain): Promise<number> => {
    const began = performance.now()
    await Promise.all(prompts.map((prompt) => loop.answer(prompt, answerTokens, () => {})))
    return (performance.now() - began) / 1000
  }
  const ratios: number[] = []
  for (let round = 0; round < rounds; round++) ratios.push((await seconds(plain)) / (await seconds(ahead)))
  const [least, median, most] = [0, Math.floor(rounds / 2), rounds - 1].map((at) =>
    ratios.toSorted((a, b) => a - b)[at]!.toFixed(2),
  )
  const { draftTokens, acceptedTokens } = ahead.stats
  const tokens = rounds * sequences * answerTokens
  console.log(
    `share ${share}, ${sequences} answers: ${median} times as fast (${least} to ${most}); ` +
      `${(draftTokens / tokens).toFixed(2)} guesses a token, ${((100 * acceptedTokens) / draftTokens).toFixed(0)} % right`,
  )
  await ahead.dispose()
  await plain.dispose()
}

/** A copy of a model's folder, with its ONNX file changed. */
async function copied(model: string, folder: string, change: (model: Model) => void): Promise<void> {
  const isKept = (name: string) => name === model || (dirname(name) === model && /\.(json|jinja)$/.test(name))
  await cp(model, folder, { recursive: true, filter: isKept })
  const source = await readModel(join(model, 'model.onnx'))
  change(source)
  source.graph.prune()
  await mkdir(folder, { recursive: true })
  await writeModel(source, folder)
  await source.files.close()
}

/** The nodes of the model builder's graph: what begins a layer, and the norm behind the last of them. */
const layerOf = ({ name = '' }: NodeProto): number => Number(/\/layers\.(\d+)\//.exec(name)?.[1] ?? Number.NaN)

/** The final norm reads what a later layer's first one did. */
function truncate({ graph }: Model, layers: number): void {
  const norm = graph.nodes.find(({ name }) => name?.endsWith('/final_norm_layernorm/SkipLayerNorm'))!
  const first = graph.nodes.find(({ name }) => name?.endsWith(`/layers.${layers}/input_layernorm/SkipLayerNorm`))!
  for (const at of [0, 1]) graph.feed(norm, norm.input[at]!, first.input[at]!)
  const model = graph.model.graph
  const isKept = ({ name }: { readonly name: string }) => !(Number(/\.(\d+)\.(key|value)$/.exec(name)?.[1]) >= layers)
  model.output = model.output.filter(isKept)
  model.input = model.input.filter(isKept)
}

/** Scales what the layers from `first` on add to the text's hidden states: their int4 weights' scales. */
function weaken({ graph }: Model, first: number, share: number): void {
  for (const node of graph.nodes) {
    if (!(layerOf(node) >= first) || !/\/(o_proj|down_proj)\//.test(node.name ?? '')) continue
    const scales = graph.constant(node.input[2]!)!
    const name = graph.fresh(`${scales.name}/weakened`)
    graph.addComputed({
      tensors: [{ name, type: scales.type, shape: scales.shape }],
      async compute() {
        const bytes = await scales.bytes()
        const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4).map((scale) => scale * share)
        return [new Uint8Array(values.buffer)]
      },
    })
    graph.feed(node, scales.name, name)
  }
}
