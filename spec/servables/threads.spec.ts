import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readModelFiles } from '../../servables/llm/model-files.ts'
import { modelInit, TextGenerationOptions } from '../../servables/llm/options.ts'
import { threadsPerHost } from '../../servables/threads.ts'
import { directoryOf } from './llm/tiny-models.ts'

test('a host that is alone has all cores, several have as many each as there are for all, and one at least', () => {
  const shares: readonly (readonly [cores: number, hosts: number, threads: number])[] = [
    [8, 0, 8],
    [8, 1, 8],
    [8, 2, 4],
    [8, 3, 2],
    [2, 2, 1],
    [2, 5, 1],
    [1, 1, 1],
  ]
  for (const [cores, hosts, threads] of shares) assert.is(threadsPerHost(cores, hosts), threads, `${cores} for ${hosts}`)
})

test("a servable's own inference_num_threads wins over its share", async () => {
  const files = await readModelFiles(directoryOf('tiny-llama'))
  const threads = (options: object) => modelInit(files, TextGenerationOptions.parse(options), { threads: 4 }).threads
  assert.is(threads({}), 4)
  assert.is(threads({ inference_num_threads: 7 }), 7)
})

test.run()
