import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'

/** What a file's contents were, and how to see cheaply that they still are that. */
export interface Fingerprint {
  readonly size: number
  /** Milliseconds since 1970, with fractions. */
  readonly modified: number
  readonly sha256: string
}

/** A file's fingerprint. It is read only when it is not as it was when one of the known fingerprints was taken. */
export async function fingerprintOf(file: string, known: readonly Fingerprint[]): Promise<Fingerprint> {
  const { size, mtimeMs: modified } = await stat(file)
  const same = known.find((each) => each.size === size && each.modified === modified)
  if (same !== undefined) return same
  const hash = createHash('sha256')
  await pipeline(createReadStream(file, { highWaterMark: 2 ** 20 }), hash)
  return { size, modified, sha256: hash.digest('hex') }
}
