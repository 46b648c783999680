import express, { type ErrorRequestHandler, type Express, type Response } from 'express'
import { z } from 'zod'
import type { Post } from '../post.ts'
import type { Publish } from '../ways/way.ts'

/** The largest body of a request: three times what the longest texts have in UTF-8. */
const MAX_BODY = '16kb'

const post: z.ZodType<Post> = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,100}$/),
  author: z.string().min(1).max(100),
  title: z.string().min(1).max(1_000),
})

/** `POST /posts`: answers 202 once the post and all that is sent of it are on disk. */
export function blogApp(publish: Publish): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use(express.json({ limit: MAX_BODY, type: () => true }))
  app.post('/posts', async ({ body }, response) => posted(body, publish, response))
  app.use((_, response) => problem(response, 404, 'Not Found'))
  app.use(failed)
  return app
}

async function posted(body: unknown, publish: Publish, response: Response): Promise<void> {
  const { data, error } = post.safeParse(body)
  if (data === undefined) problem(response, 400, 'Bad Request', z.prettifyError(error))
  else if (await publish(data)) response.status(202).json({ id: data.id })
  else problem(response, 409, 'Conflict', `there is a post ${data.id} already`)
}

/** Express knows an error handler by its four parameters. Its own would answer with the stack. */
const failed: ErrorRequestHandler = (error: { readonly status?: unknown }, _request, response, next) => {
  if (response.headersSent) next(error)
  else if (error.status === 400) problem(response, 400, 'Bad Request', 'the body must be a JSON object')
  else if (error.status === 413) problem(response, 413, 'Content Too Large', `the body must be at most ${MAX_BODY}`)
  else problem(response, 500, 'Internal Server Error')
}

/** RFC 9457. */
function problem(response: Response, status: number, title: string, detail?: string): void {
  response
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', title, status, detail }))
}
