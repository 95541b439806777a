import { LIMITS } from './limits.ts'
import { integer } from './primitives.ts'

/** Seconds after which a message disappears: from its sending for its author, from its reading for who reads it. */
export const Timer = integer(1, LIMITS.timerSeconds)
