// A peer of `npm run bench -- embeddings`: transformers.js behind a plain route. `node transformers.mjs FOLDER THREADS PORT`
import { basename, dirname } from 'node:path'
import { serve } from '@hono/node-server'
import { env, pipeline } from '@huggingface/transformers'
import { Hono } from 'hono'

const [folder, threads, port] = process.argv.slice(2)
env.allowRemoteModels = false
env.localModelPath = dirname(folder)
const session_options = { intraOpNumThreads: Number(threads) }
const embed = await pipeline('feature-extraction', basename(folder), { dtype: 'fp32', session_options })

const app = new Hono()
app.get('/health', (context) => context.text('ok'))
app.post('/embeddings', async (context) => {
  const { input } = await context.req.json()
  const vectors = await embed(input, { pooling: 'mean', normalize: true })
  return context.json({ data: vectors.tolist().map((embedding, index) => ({ object: 'embedding', index, embedding })) })
})
serve({ fetch: app.fetch, port: Number(port), hostname: '127.0.0.1' })
