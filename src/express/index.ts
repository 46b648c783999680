export { RefusedError, type RefusedDetails } from './refused-error.ts'
export { webhook, type WebhookListener, type WebhookOptions } from './webhook.ts'
export type { HttpRequest, WebhookRequest } from './request.ts'
