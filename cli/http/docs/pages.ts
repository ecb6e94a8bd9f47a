/** Everything is named relative to the page, so that a proxy may put the server under a path of its own. */
const page = (head: string, body: string) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>ovms-ts</title>
    <link rel="icon" href="data:,">
    ${head}
  </head>
  <body style="margin: 0">
    ${body}
  </body>
</html>
`

/** Swagger UI over the document. */
export const swaggerPage = page(
  '<link rel="stylesheet" href="docs/swagger-ui.css">',
  `<div id="docs"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/start.js"></script>`,
)

/** A badge of its own would have the document checked by another host. */
export const swaggerStart = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: 'none' })
`

/** Redoc over the document. Its menu ends in a picture from another host, which isn't loaded. */
export const redocPage = page(
  '<style>img[src^="https:"] { display: none }</style>',
  `<redoc spec-url="openapi.json"></redoc>
    <script src="redoc/redoc.standalone.js"></script>`,
)
