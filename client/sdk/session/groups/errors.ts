/** What a command about a group can refuse, besides what the relay says. */

/** - `groupUnknown`: this device is in no such group. - `groupNotJoined`: it is not, or not any more. */
export type GroupErrorCode =
  | 'groupUnknown'
  | 'groupNotJoined'
  | 'groupBroken'
  | 'roleInsufficient'
  | 'changeInvalid'
  | 'linkInvalid'
  /** It has as many devices as its suite carries. */
  | 'groupFull'
  /** Other members' commits won again and again. */
  | 'groupBusy'

export class GroupError extends Error {
  override readonly name = 'GroupError'
  readonly code: GroupErrorCode
  constructor(code: GroupErrorCode, reason?: string) {
    super(reason ?? `The group refuses: ${code}.`)
    this.code = code
  }
}
