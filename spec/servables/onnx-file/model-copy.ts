import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { fixture } from './decoder.ts'
import { inFolder } from './small-models.ts'

/** Works with a copy of a fixture's folder, without what loading it may have left there; it is removed afterwards, with all that was written. */
export const inCopyOf = <T>(model: string, work: (file: string) => Promise<T>): Promise<T> =>
  inFolder(async (folder) => {
    await cp(fixture(model), folder, { recursive: true, filter: (name) => !name.endsWith('.ovms-ts') })
    return work(join(folder, 'model.onnx'))
  })
