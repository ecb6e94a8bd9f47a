import type { DoorOptions } from '../../cli/http/index.ts'
import type { Graph } from '../../engine/index.ts'
import { byteTokenizer, fakeEncoder } from './fakes.ts'
import { graphDoor } from './graph-door.ts'
import { libraryGraph } from './run-graph.ts'

/** Every route of encoders and rerankers, and its graph in the library. */
const routes = {
  embeddings: 'embeddings',
  embed: 'embed',
  embed_all: 'embed_all',
  embed_sparse: 'embed_sparse',
  'v1/embed': 'v2/embed',
  'v2/embed': 'v2/embed',
  rerank: 'rerank',
  'v1/rerank': 'rerank',
  'v2/rerank': 'rerank',
  score: 'score',
  classify: 'classify',
  pooling: 'pooling',
  tokenize: 'encoders/tokenize',
  detokenize: 'encoders/detokenize',
}

const graphs = new Map<string, Graph>()
for (const [route, name] of Object.entries(routes)) graphs.set(route, await libraryGraph(name))

const answers = {
  vector: (tokens: number) => [tokens, 1, -1, 0.5],
  tokens: (tokens: number) => Array<number>(tokens * 4).fill(0.5),
  sparse: () => [3, 0.5],
}

/** The HTTP door with the own graphs of these routes, over a model that can do whatever they ask: all of a request's way but the host. */
export function encoderDoor({
  sides = {},
  ...options
}: Partial<DoorOptions> & { readonly sides?: Readonly<Record<string, unknown>> } = {}) {
  const encoder = fakeEncoder(({ ids, output = 'vector' }) => answers[output](ids.length), {
    outputs: ['vector', 'tokens', 'sparse'],
    labels: ['a', 'b', 'c', 'd'],
    prompts: { query: 'query: ' },
    maxLength: 64,
    maxChunks: 10_000,
  })
  return graphDoor(graphs, { ENCODER: encoder, TOKENIZER: byteTokenizer, ...sides }, options)
}
