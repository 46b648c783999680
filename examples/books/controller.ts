import { type Request, type RequestHandler, Router } from 'express'
import { RefusedError } from '../../src/express/index.ts'
import { type Book, bookIdIn, fitting, newBook, pageQuery } from './book.ts'
import type { Catalogue } from './catalogue.ts'
import type { IsbnProducer } from './isbn-updated.ts'
import { jsonBody } from './json-body.ts'

export interface ControllerParts {
  readonly catalogue: Catalogue
  readonly updates: IsbnProducer
}

type OfBook = RequestHandler<{ id: string }>

/**
 * The books over HTTP. It knows of no gateway: whoever wants to know of an ISBN reads `isbn-updated`. A book and what is published of
 * it are one transaction, and are answered once both are on disk.
 */
export function booksController(parts: ControllerParts): Router {
  const router = Router()
  router.route('/books').get(list(parts)).post(jsonBody, create(parts)).all(notAllowed('GET, HEAD, POST'))
  router
    .route('/books/:id')
    .get(find(parts))
    .put(jsonBody, replace(parts))
    .delete(remove(parts))
    .all(notAllowed('GET, HEAD, PUT, DELETE'))
  return router
}

const list =
  ({ catalogue }: ControllerParts): RequestHandler =>
  (request, response) =>
    void response.json(pageOf(catalogue, request))

const find =
  ({ catalogue }: ControllerParts): OfBook =>
  (request, response) =>
    void response.json(found(catalogue, idOf(request)))

const create =
  ({ catalogue, updates }: ControllerParts): RequestHandler =>
  async (request, response) => {
    const input = fitting(newBook, request.body, 'the book')
    const { book, published } = catalogue.whole((database) => {
      const added = catalogue.add(input)
      const update = { oldIsbn: null, newIsbn: added.isbn }
      return { book: added, published: updates.publishIn(database, added.id, update) }
    })
    await updates.kept(published)
    response.status(201).location(`/books/${book.id}`).json(book)
  }

const replace =
  ({ catalogue, updates }: ControllerParts): OfBook =>
  async (request, response) => {
    const id = idOf(request)
    const input = fitting(newBook, request.body, 'the book')
    const { book, published } = catalogue.whole((database) => {
      const { isbn: oldIsbn } = found(catalogue, id)
      catalogue.replace(id, input)
      const update = { oldIsbn, newIsbn: input.isbn }
      return {
        book: found(catalogue, id),
        published: oldIsbn === input.isbn ? [] : updates.publishIn(database, id, update),
      }
    })
    await updates.kept(published)
    response.json(book)
  }

const remove =
  ({ catalogue, updates }: ControllerParts): OfBook =>
  async (request, response) => {
    const id = idOf(request)
    if (!catalogue.whole(() => catalogue.remove(id))) throw unknownBook(String(id))
    await updates.kept([])
    response.status(204).end()
  }

interface BookPage {
  readonly books: readonly Book[]
  /** Where the next page is; null where this is the last one. */
  readonly next: string | null
}

function pageOf(catalogue: Catalogue, { query }: Pick<Request, 'query'>): BookPage {
  const { after, limit } = fitting(pageQuery, query, 'the query')
  const books = catalogue.list(after, limit + 1)
  const page = books.slice(0, limit)
  return { books: page, next: books.length > limit ? `/books?after=${page.at(-1)?.id}&limit=${limit}` : null }
}

function found(catalogue: Catalogue, id: number): Book {
  const book = catalogue.find(id)
  if (book === undefined) throw unknownBook(String(id))
  return book
}

function idOf({ params }: Request<{ id: string }>): number {
  const id = bookIdIn(params.id)
  if (id === undefined) throw unknownBook(params.id)
  return id
}

const unknownBook = (id: string): RefusedError => new RefusedError(`there is no book ${id}`, { status: 404 })

const notAllowed =
  (allowed: string): RequestHandler =>
  ({ method }, response) => {
    response.set('Allow', allowed)
    throw new RefusedError(`${method} is not for this address, but ${allowed} are`, { status: 405 })
  }
