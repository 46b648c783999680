import { argv } from 'node:process'
import express from 'express'
import { listen } from './listen.ts'
import { PATH } from './order.ts'

// Express alone, as its own guide writes it: it reads the order and answers 202 with the body in the first argument.

const answer: unknown = JSON.parse(argv[2] ?? '')

const app = express()
app.post(PATH, express.json(), (_request, response) => {
  response.status(202).json(answer)
})

await listen(app, async () => ({ worked: 0 }))
