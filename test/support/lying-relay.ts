/** A relay that lies to one device about the log of one group, the first that it asks for: everything else of it is the real one. */

import * as v from 'valibot'
import type { GroupEntry } from '#protocol/groups/entries.ts'
import type { ErrorBody } from '#protocol/http/error-body.ts'
import { commitToGroup, fetchGroup } from '#protocol/http/groups.ts'
import { PONG } from '#protocol/version.ts'
import type { Platform } from '#sdk/node.ts'
import { platformSocket } from '#sdk/transport/socket.ts'

const Request = v.object({ group: v.string(), after: v.number() })
const Frame = v.looseObject({ type: v.string() })

export class LyingRelay {
  /** What the device is shown in the place of the log; gets seqs anew. */
  lie: (log: readonly GroupEntry[]) => readonly GroupEntry[] = (log) => log
  /** Whether it says that the device is no member. */
  denies = false
  /** Whether it says that the device's next commit won its epoch, and tells nobody else of it. */
  forks = false
  /** Whether it says that it has nothing any more of what the device has not fetched by now. */
  forgets = false
  readonly #log: GroupEntry[] = []
  #group: string | undefined

  /** The device's platform. */
  readonly platform: Partial<Platform> = {
    fetch: (url, init) => {
      if (url.endsWith(fetchGroup.path)) return this.#page(url, init)
      if (this.forks && url.endsWith(commitToGroup.path)) return Promise.resolve(this.#commit(init))
      return fetch(url, init)
    },
    openSocket: (url, protocols, handlers) =>
      platformSocket(url, protocols, {
        opened: () => handlers.opened(),
        closed: (code, reason) => handlers.closed(code, reason),
        received: (text) => {
          const frame = v.safeParse(Frame, text === PONG ? {} : JSON.parse(String(text)))
          // What is pushed would be the truth: the device only hears that there is something to fetch.
          if (frame.success && frame.output.type === 'groupEntries') {
            return handlers.received(JSON.stringify({ type: 'groupNews', groups: [frame.output['group']] }))
          }
          return handlers.received(text)
        },
      }),
  }

  /** Entries that the device has asked for so far. */
  get length(): number {
    return this.#log.length
  }

  #commit(init: RequestInit): Response {
    const { group: _, ...commit } = v.parse(commitToGroup.request, JSON.parse(bodyOf(init)))
    const at = Date.now()
    this.#log.push({ kind: 'commit', seq: this.#log.at(-1)?.seq ?? 0, at, ...commit })
    this.forks = false
    return Response.json({ seq: (this.#log[0]?.seq ?? 1) + this.#log.length - 1, epoch: commit.epoch + 1, at })
  }

  async #page(url: string, init: RequestInit): Promise<Response> {
    if (this.denies) {
      const error: ErrorBody = {
        error: { code: 'notMember', action: 'fix', message: 'Denied.', correlationId: crypto.randomUUID() },
      }
      return Response.json(error, { status: 403 })
    }
    const request = v.parse(Request, JSON.parse(bodyOf(init)))
    this.#group ??= request.group
    if (request.group !== this.#group) return fetch(url, init)
    const first = this.#log[0]?.seq
    const known = this.#log.at(-1)?.seq ?? request.after
    const response = await fetch(url, { ...init, body: JSON.stringify({ ...request, after: known }) })
    if (!response.ok) return response
    const page = v.parse(fetchGroup.response, await response.json())
    if (this.forgets && page.entries.length > 0) {
      this.forgets = false
      this.#log.length = 0
      return Response.json({ ...page, entries: [], truncatedUpTo: page.head })
    }
    this.#log.push(...page.entries)
    const start = first ?? this.#log[0]?.seq ?? 1
    const shown = this.lie(this.#log).map((entry, at): GroupEntry => Object.assign({}, entry, { seq: start + at }))
    const entries = shown.filter(({ seq }) => seq > request.after)
    return Response.json({ ...page, entries, head: shown.at(-1)?.seq ?? page.head })
  }
}

function bodyOf({ body }: RequestInit): string {
  return typeof body === 'string' ? body : ''
}
