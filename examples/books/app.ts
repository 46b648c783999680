import express, { type Express } from 'express'
import { RefusedError } from '../../src/express/index.ts'
import { booksController, type ControllerParts } from './controller.ts'
import { problems } from './problem.ts'

export interface AppParts extends ControllerParts {
  /** Gets the errors that are not the caller's. Default: stderr. */
  readonly print?: (text: string) => void
}

/** The HTTP side of the service. */
export function booksApp({ print = (text) => process.stderr.write(text), ...parts }: AppParts): Express {
  const app = express()
  app.disable('x-powered-by')
  app.get('/health', (_, response) => void response.type('text').send('ok'))
  app.use(booksController(parts))
  app.use(({ path }) => {
    throw new RefusedError(`there is nothing at ${path}`, { status: 404 })
  })
  app.use(problems(print))
  return app
}
