/** `<random id of the worker's store>-<sequence>`: never used twice. */
export type JobId = string & { readonly __brand: 'JobId' }
