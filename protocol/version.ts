/**
 * The version of the wire: frames, HTTP bodies and message content. `schema-hash.test.ts` fails when a schema changes
 * and this number, or the hash beside it, does not.
 */
export const PROTOCOL_VERSION = 1

/** What `schema-hash.ts` makes of the wire of this version. */
export const PROTOCOL_HASH = 'pJglQKLsKqAslh8rx04F3Q'

/** The WebSocket subprotocol (RFC 6455 section 1.9) of this version. The ticket travels as a second one, never in a URL. */
export const SOCKET_SUBPROTOCOL = `silentrelay.v${PROTOCOL_VERSION}`

/** Prefix of the subprotocol that carries a socket ticket: `ticket.<account>.<secret>`. */
export const TICKET_SUBPROTOCOL_PREFIX = 'ticket.'

/** The text frames that workerd answers without waking the object. They are not JSON, so they cannot collide with a frame. */
export const PING = 'ping'
export const PONG = 'pong'
