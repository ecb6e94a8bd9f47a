import type { Repository } from '../servables/index.ts'
import type { Configuration } from './configuration/index.ts'
import { version } from './version.ts'

/** What `serve` prints when it is ready: the address, the models, and requests to paste, one for each kind of model. */
export function announcement(url: string, { models }: Configuration, repository: Pick<Repository, 'status'>): string {
  const width = Math.max(0, ...models.map(({ name }) => name.length))
  const lines = models.map(({ name, endpoints }) => {
    const status = repository.status(name)
    const what = status?.state === 'FAILED' ? `failed: ${status.reason}` : [...endpoints.keys()].join(', ')
    return `  ${name.padEnd(width)}  ${what}`
  })
  const shown = new Set<string>()
  const examples = models.flatMap(({ name, endpoints }) => {
    const [route] = endpoints.keys()
    if (route === undefined || shown.has(route) || repository.status(name)?.state !== 'AVAILABLE') return []
    shown.add(route)
    return [example(url, route, name)]
  })
  const requests = examples.length > 0 ? ['', 'To try it:', '', ...examples] : []
  return ['', `ovms-ts ${version} at ${url}`, '', ...lines, ...requests, '', 'Ctrl-C ends it.', '', ''].join('\n')
}

/** Bodies to start from, by route; a route of the author's own begins with its model alone. */
const bodies: Readonly<Record<string, object>> = {
  'chat/completions': { messages: [{ role: 'user', content: 'Hello! Who are you?' }], stream: true },
  completions: { prompt: 'Once upon a time', max_tokens: 32, stream: true },
  embeddings: { input: ['How do I reset my password?', 'I forgot my login credentials'] },
  rerank: {
    query: 'What is the capital of France?',
    documents: ['Berlin is in Germany.', 'Paris is the capital of France.', 'Cats are animals.'],
  },
  tokenize: { text: 'Hello, world' },
}

function example(url: string, route: string, model: string): string {
  const body = JSON.stringify({ model, ...bodies[route] })
  return `  curl -N ${url}/v1/${route} -H 'Content-Type: application/json' \\\n    -d '${body}'`
}
