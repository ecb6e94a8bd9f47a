import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { redocPage, swaggerPage, swaggerStart } from './pages.ts'

/** A file that the pages consist of. */
export interface DocsFile {
  readonly contentType: string
  /** A page's: what a browser may load for it. */
  readonly policy?: string
  read(): Promise<string | Buffer>
}

const text = (contentType: string, content: string): DocsFile => ({ contentType, read: async () => content })

/** A package's file: the build has put it beside this one, so that those who install the server need not have the package. */
function packaged(contentType: string, file: string): DocsFile {
  const isBuilt = import.meta.filename.endsWith('.js')
  const path = isBuilt ? join(import.meta.dirname, basename(file)) : fileURLToPath(import.meta.resolve(file))
  return { contentType, read: () => readFile(path) }
}

const html = 'text/html; charset=utf-8'
const javascript = 'text/javascript; charset=utf-8'

/**
 * Nothing comes from another host, and no page there may frame these. Both pages make styles as they go; Redoc searches in a worker
 * that it makes itself.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  'worker-src blob:',
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** All that a browser needs to read the API's document, by path. */
export const docsFiles: Readonly<Record<string, DocsFile>> = {
  '/docs': { ...text(html, swaggerPage), policy },
  '/docs/start.js': text(javascript, swaggerStart),
  '/docs/swagger-ui-bundle.js': packaged(javascript, 'swagger-ui-dist/swagger-ui-bundle.js'),
  '/docs/swagger-ui.css': packaged('text/css; charset=utf-8', 'swagger-ui-dist/swagger-ui.css'),
  '/redoc': { ...text(html, redocPage), policy },
  '/redoc/redoc.standalone.js': packaged(javascript, 'redoc/bundles/redoc.standalone.js'),
}
