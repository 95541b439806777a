import type { EngineApi } from '../api.ts'
import { toFailure } from '../failure.ts'

/** Every command, as a value. The compiler refuses a name that is missing here or that the interface does not have. */
const NAMES: Record<keyof EngineApi, true> = {
  register: true,
  recoveryKey: true,
  confirmRecoveryKey: true,
  unlock: true,
  lock: true,
  setAppLock: true,
  passkeyLock: true,
  openByUsername: true,
  openByAccount: true,
  timeline: true,
  sendText: true,
  retryMessage: true,
  sendFiles: true,
  cancelFiles: true,
  mediaStatus: true,
  loadMedia: true,
  stopMedia: true,
  mediaBlob: true,
  react: true,
  editMessage: true,
  deleteMessage: true,
  pinMessage: true,
  pinnedMessages: true,
  forwardMessage: true,
  versionsOf: true,
  reactionsOf: true,
  search: true,
  markRead: true,
  setTyping: true,
  setTimer: true,
  decide: true,
  saveDraft: true,
  setPinned: true,
  setArchived: true,
  setMuted: true,
  safetyNumber: true,
  setVerified: true,
  acceptIdentity: true,
  trust: true,
  chooseWitness: true,
  keyLogEvidence: true,
  dismissKeyLogAlarm: true,
  createGroup: true,
  renewGroup: true,
  group: true,
  addToGroup: true,
  removeFromGroup: true,
  setGroupRole: true,
  changeGroup: true,
  leaveGroup: true,
  createGroupLink: true,
  revokeGroupLink: true,
  joinGroup: true,
  rejoinGroup: true,
  readersOf: true,
  setName: true,
  claimUsername: true,
  changeSettings: true,
  devices: true,
  revokeDevice: true,
  acknowledgeDevices: true,
  about: true,
  pushKey: true,
  subscribePush: true,
  unsubscribePush: true,
}

export const COMMANDS = Object.keys(NAMES) as readonly (keyof EngineApi)[]

/** One command with its arguments. */
export type Call = (...args: readonly unknown[]) => Promise<unknown>

/** An {@link EngineApi} of which every command goes through `call`. */
export function commandsBy(call: (name: keyof EngineApi, args: readonly unknown[]) => Promise<unknown>): EngineApi {
  const commands = COMMANDS.map((name): [string, Call] => [name, (...args) => call(name, args)])
  return Object.fromEntries(commands) as unknown as EngineApi
}

/** Runs a command of `api`; what it throws becomes plain data, which is all that crosses threads. */
export async function runCommand(
  api: Partial<EngineApi>,
  name: keyof EngineApi,
  args: readonly unknown[],
): Promise<unknown> {
  try {
    const command = api[name] as Call | undefined
    return await command?.apply(api, [...args])
  } catch (error) {
    // Not an Error: comlink strips an Error of its code, and adds a stack
    throw toFailure(error)
  }
}
