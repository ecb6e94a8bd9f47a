export { type ApiDescription, openApiDocument } from './document.ts'
