import { readFile } from 'node:fs/promises'
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

/** A file of a package, by its URL. */
const packaged = (contentType: string, url: string): DocsFile => ({ contentType, read: () => readFile(fileURLToPath(url)) })

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
  '/docs/swagger-ui-bundle.js': packaged(javascript, import.meta.resolve('swagger-ui-dist/swagger-ui-bundle.js')),
  '/docs/swagger-ui.css': packaged('text/css; charset=utf-8', import.meta.resolve('swagger-ui-dist/swagger-ui.css')),
  '/redoc': { ...text(html, redocPage), policy },
  '/redoc/redoc.standalone.js': packaged(javascript, import.meta.resolve('redoc/bundles/redoc.standalone.js')),
}
