import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { calculators } from '../../calculators/index.ts'
import { directoryLibrary, loadGraph } from '../../engine/index.ts'

const folder = path.join(import.meta.dirname, '../../graphs')
const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.yaml'))

test('every graph loads without faults or warnings', async () => {
  assert.ok(files.length >= 4)
  const library = await directoryLibrary([path.join(folder, 'subgraphs')])
  for (const file of files) {
    const { plan, faults, warnings } = await loadGraph(path.join(folder, file), { registry: calculators, library })
    assert.equal([file, faults, warnings], [file, [], []])
    assert.ok(plan)
  }
})

test.run()
