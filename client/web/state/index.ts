/** A thin mirror of what the engine tells: hooks to read it, nothing that decides. */

export { type EngineConnection, engineApi, useApi } from './api.ts'
export {
  type ConversationFilter,
  getConversation,
  listedConversations,
  useConversation,
  useConversations,
  useConversationsLoaded,
  useTyping,
  useUnreadCount,
} from './conversations.ts'
export {
  type Connection,
  getPhase,
  startEngine,
  useConnection,
  useDevicesVersion,
  usePhase,
  useProfile,
} from './engine.ts'
export { type Timeline, useTimeline } from './timelines.ts'
