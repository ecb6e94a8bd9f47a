import { rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compiled, type LiveServer, root, serving } from '../cli/support.ts'

/** Models of all kinds, by the names that the default configuration has for its own; these have random weights, but for chat. */
const models = {
  'demo-chat': 'models/demo-chat',
  'demo-embed': 'spec/fixtures/encoders/bert-mean',
  'demo-rerank': 'spec/fixtures/encoders/bert-rerank',
  classifier: 'spec/fixtures/encoders/roberta-classify',
}

/** Elements of `demo-embed`'s vectors. */
export const width = 32

/** A live server of these models; `stop` ends it, and gives its exit code. */
export async function servingEncoders(
  names: readonly (keyof typeof models)[] = ['demo-embed', 'demo-rerank', 'classifier'],
): Promise<Pick<LiveServer, 'url' | 'stop' | 'stderr'>> {
  const folder = await mkdtemp(join(tmpdir(), 'ovms-ts-encoders-'))
  const list = names.map((name) => ({ config: { name, base_path: join(root, models[name]) } }))
  const config = join(folder, 'config.json')
  writeFileSync(config, JSON.stringify({ model_config_list: list, default_model: names[0] }))
  const server = await serving(['--config', config], { program: compiled })
  rmSync(folder, { recursive: true })
  return server
}
