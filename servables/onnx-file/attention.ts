import { attribute, type Graph, integer } from './graph.ts'
import { readModel } from './model-file.ts'
import type { NodeProto } from './model-proto.ts'

/** Where GroupQueryAttention has its head sinks. */
const HEAD_SINK = 11

/**
 * Whether each run's attention writes the new keys and values of all sequences before it reads any, so that sequences that share
 * memory see each other's. ONNX Runtime's kernel of GroupQueryAttention for float32 does (`ApplyAttentionFlash` in
 * gqa_attention_base.h of 1.30); the one for what that kernel has not (soft caps, head sinks, quantized caches) does not.
 *
 * @returns what stands against it; undefined: nothing
 * @throws EngineError `bad_model` when the file cannot be read
 */
export async function whyAttentionReadsEarly(file: string): Promise<string | undefined> {
  const { graph, files } = await readModel(file)
  await files.close()
  return whyNot(graph)
}

function whyNot({ nodes }: Graph): string | undefined {
  const attentions = nodes.filter(({ opType }) => opType === 'GroupQueryAttention')
  if (attentions.length === 0) return 'it has no GroupQueryAttention'
  const other = attentions.find((node) => !isPlain(node))
  if (other !== undefined) return `${other.name ?? 'its attention'} has soft caps, sinks or a quantized cache`
  const disabled = process.env.ORT_GQA_DISABLE_FLASH_ATTENTION ?? '0'
  return disabled === '0' ? undefined : 'ORT_GQA_DISABLE_FLASH_ATTENTION is set'
}

function isPlain(node: NodeProto): boolean {
  const softcap = attribute(node, 'softcap')?.f ?? 0
  const others = ['smooth_softmax', 'qk_output', 'kv_cache_bit_width'].map((name) => integer(node, name, 0))
  return softcap === 0 && others.every((value) => value <= 0) && (node.input[HEAD_SINK] ?? '') === '' && node.output.length <= 3
}
