import type { Signal } from '#db/audit/signals.ts'
import type { Level, Verdict } from './judge.ts'

export interface NoteCall {
  readonly subject: string
  readonly signal: Signal
  /** How many of it since the last call. */
  readonly count: number
  /** Of the request that was the last of them. */
  readonly correlationId: string
}

export interface LiftCall {
  readonly subject: string
  readonly correlationId: string
}

/** The object's calls, as their callers see them. */
export interface WatchCalls {
  /** Counts signals; answers what the subject may do now. */
  note(call: NoteCall): Promise<Verdict>
  /** Ends what was put upon a subject, before its time; answers what that was. */
  lift(call: LiftCall): Promise<Level>
  /** What a subject may do. */
  verdict(subject: string): Promise<Verdict>
}
