import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { fingerprintOf } from './fingerprint.ts'

/** Raised whenever a rewrite writes other files than before. */
export const REWRITE_VERSION = 3

const Fingerprints = z.record(z.string(), z.object({ size: z.number(), modified: z.number(), sha256: z.string() }))

/** What `rewrite.json` in an entry tells. */
const Manifest = z.object({
  version: z.number(),
  /** The ONNX file that was rewritten. */
  source: z.string(),
  /** That file, and those beside it that hold its tensors. */
  sources: Fingerprints,
  /** The entry's own files. */
  files: Fingerprints,
  applied: z.array(z.string()),
  skipped: z.array(z.object({ what: z.string(), why: z.string() })),
})

type Manifest = z.infer<typeof Manifest>
/** By the names of files. */
export type Fingerprints = z.infer<typeof Fingerprints>

/** A rewritten model on disk. */
export interface Entry {
  readonly folder: string
  readonly manifest: Manifest
}

const MANIFEST_FILE = 'rewrite.json'
const UNFINISHED = '.unfinished'
/** An unfinished entry that nobody has written to for so long was left by a process that ended: a day, in milliseconds. */
const ABANDONED = 86_400_000

/**
 * The rewritten forms of one ONNX file, on disk: `.ovms-ts/` beside it, or a folder of the user's cache where that cannot be
 * written. Each entry is a folder that appears at once, whole; several processes may make the same one, and the first wins.
 */
export class RewriteCache {
  readonly #model: string

  constructor(model: string) {
    this.#model = resolve(model)
  }

  /** What the model's files contain now. Files that have not changed since an entry was made of them are not read again. */
  async fingerprintSources(names: readonly string[]): Promise<Fingerprints> {
    const known = (await this.#entries()).map(({ manifest }) => manifest?.sources ?? {})
    const found = names.map(async (name) => {
      const earlier = known.flatMap((sources) => sources[name] ?? [])
      return [name, await fingerprintOf(join(dirname(this.#model), name), earlier)] as const
    })
    return Object.fromEntries(await Promise.all(found))
  }

  /** The entry for these contents and options, if it is there and intact; a damaged one is removed. */
  async find(key: string): Promise<Entry | undefined> {
    for (const base of this.#folders()) {
      const folder = join(base, key)
      const manifest = await readManifest(folder)
      if (manifest !== undefined && (await isIntact(folder, manifest))) return { folder, manifest }
      if (await isThere(folder)) await remove(folder)
    }
    return undefined
  }

  /**
   * Makes an entry: `write` fills an empty folder and tells what is to be remembered. Entries of earlier contents of the same
   * file go. Rejects with the file system's error when none of the folders can be written.
   */
  async make(key: string, write: (folder: string) => Promise<Manifest>): Promise<Entry> {
    const { base, unfinished } = await this.#begin(key)
    try {
      const manifest = await write(unfinished)
      await writeFile(join(unfinished, MANIFEST_FILE), `${JSON.stringify(manifest, undefined, 2)}\n`, { flush: true })
      await rename(unfinished, join(base, key)).catch(acceptOther)
      await this.#removeStale(base, manifest)
      return { folder: join(base, key), manifest }
    } finally {
      await rm(unfinished, { recursive: true, force: true })
    }
  }

  /** The places where entries may be, the best first. */
  #folders(): string[] {
    const directory = dirname(this.#model)
    const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
    const place = createHash('sha256').update(directory).digest('hex').slice(0, 16)
    return [join(directory, '.ovms-ts'), join(cache, 'ovms-ts', 'rewritten', place)]
  }

  /** An empty folder in the first place that can be written; git is told to ignore that place. */
  async #begin(key: string): Promise<{ readonly base: string; readonly unfinished: string }> {
    const reasons: unknown[] = []
    for (const base of this.#folders()) {
      const unfinished = join(base, `${key}.${randomUUID()}${UNFINISHED}`)
      try {
        await mkdir(unfinished, { recursive: true })
        await writeFile(join(base, '.gitignore'), '*\n')
        return { base, unfinished }
      } catch (error) {
        reasons.push(error)
      }
    }
    throw reasons[0]
  }

  async #entries(): Promise<{ readonly folder: string; readonly manifest: Manifest | undefined }[]> {
    const listed = await Promise.all(this.#folders().map(list))
    return Promise.all(listed.flat().map(async (folder) => ({ folder, manifest: await readManifest(folder) })))
  }

  async #removeStale(base: string, { version, source, sources }: Manifest): Promise<void> {
    for (const folder of await list(base)) {
      const found = await readManifest(folder)
      const other = found !== undefined && found.source !== source
      const current = found?.version === version && sameContents(found.sources, sources)
      const stale = folder.endsWith(UNFINISHED) ? await isAbandoned(folder) : !other && !current
      if (stale) await rm(folder, { recursive: true, force: true })
    }
  }
}

/** What an entry is called: the file, what is done to it, and a digest of its contents, the options and the rewrites' version. */
export function keyOf(model: string, label: string, options: readonly string[], sources: Fingerprints): string {
  const digests = Object.entries(sources).map(([name, { sha256 }]) => [name, sha256])
  const hash = createHash('sha256').update(JSON.stringify([REWRITE_VERSION, label, options, digests]))
  return `${basename(model, '.onnx')}-${label}-${hash.digest('hex').slice(0, 16)}`
}

async function isIntact(folder: string, { files }: Manifest): Promise<boolean> {
  const checks = Object.entries(files).map(async ([name, known]) => {
    try {
      return (await fingerprintOf(join(folder, name), [known])).sha256 === known.sha256
    } catch {
      return false
    }
  })
  return (await Promise.all(checks)).every(Boolean)
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    return Manifest.parse(JSON.parse(await readFile(join(folder, MANIFEST_FILE), 'utf8')))
  } catch {
    return undefined
  }
}

const sameContents = (a: Fingerprints, b: Fingerprints): boolean =>
  Object.keys(b).every((name) => a[name]?.sha256 === b[name]?.sha256)

/** Where it cannot be removed it cannot be replaced either: then the next folder serves. */
async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(() => {})
}

async function isThere(folder: string): Promise<boolean> {
  return stat(folder).then(
    () => true,
    () => false,
  )
}

async function isAbandoned(folder: string): Promise<boolean> {
  const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
  return Date.now() - mtimeMs > ABANDONED
}

async function list(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name))
}

/** Another process may have made the same entry meanwhile; it stands then. */
function acceptOther(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
}
