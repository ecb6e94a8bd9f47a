import { integer, setInteger } from '../graph.ts'
import type { Rewrite } from './rewrite.ts'

const WINDOW = 'local_window_size'

/**
 * Gives all layers' GroupQueryAttention a sliding window, in tokens, where a file has none in any. Versions of
 * onnxruntime-genai's model builder (0.18 with transformers 5) leave Mistral's and Phi-3's out, so that answers go astray once a
 * text is longer. Attention that is spelled out has its window in its mask.
 */
export const slidingWindow =
  (size: number): Rewrite =>
  (graph) => {
    const attention = graph.nodes.filter(({ opType }) => opType === 'GroupQueryAttention')
    const lacking = attention.every((node) => integer(node, WINDOW, -1) <= 0)
    if (lacking) for (const node of attention) setInteger(node, WINDOW, size)
    return { applied: lacking && attention.length > 0, skipped: undefined }
  }
