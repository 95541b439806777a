/** What is done to messages of groups: sent by the log, which says in which order, and by the roles of which state, it counts. */

import type { Annotation } from '#protocol/content/annotation.ts'
import { annotate } from '../annotations/annotate.ts'
import { mayDeleteOthers, mayPin, operationInGroup, targetOf } from '../annotations/rules.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import type { GroupBook } from './book.ts'
import { GroupError } from './errors.ts'
import { loadMls } from './mls.ts'
import type { GroupOutbox } from './outbox.ts'

export class GroupAnnotating {
  readonly #core: Core
  readonly #book: GroupBook
  readonly #outbox: GroupOutbox

  constructor(core: Core, book: GroupBook, outbox: GroupOutbox) {
    this.#core = core
    this.#book = book
    this.#outbox = outbox
  }

  /**
   * Queues it. What depends on roles or on the log's order takes effect when the log has it, and the rest at once.
   *
   * @throws GroupError when it may not be, or nothing can be sent to the group
   */
  async say(draft: Draft, group: string, annotation: Annotation, id: string): Promise<void> {
    const { account: by } = this.#core.requireAccount()
    await this.#book.requireWritable(draft, group)
    const of = targetOf(annotation, by)
    const isByRole = annotation.kind === 'pin' || (annotation.kind === 'delete' && of.author !== by)
    if (isByRole) {
      const { state } = await this.#book.joined(draft, group)
      const { roleOf } = await loadMls()
      const roles = { by: roleOf(state, by), author: roleOf(state, of.author) }
      const may = annotation.kind === 'pin' ? mayPin(roles.by) : mayDeleteOthers(roles)
      if (!may) throw new GroupError('roleInsufficient')
    } else {
      const said = { by, id, at: this.#core.now() }
      const operation = operationInGroup(annotation, said, 1, { by: undefined, author: undefined })
      if (operation !== undefined) await annotate(this.#core, draft, group, of, operation)
    }
    this.#outbox.enqueue(draft, group, annotation, undefined, id)
  }
}
