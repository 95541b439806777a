import { Trans, useLingui } from '@lingui/react/macro'
import { useNavigate } from '@tanstack/react-router'
import { Search } from 'lucide-react'
import { type KeyboardEvent, useMemo, useState } from 'react'
import { Dialog, TextField } from '../../kit/index.ts'
import { jumpTo, useAllConversations, useConversations, useProfile } from '../../state/index.ts'
import { FilterRow } from './filter-row.tsx'
import { ResultList } from './result-list.tsx'
import { SearchCoverage } from './search-coverage.tsx'
import { type Filters, parseTyped } from './typed-query.ts'
import { useSearch } from './use-search.ts'

/** Conversations that are offered to go to. */
const MOST_CONVERSATIONS = 6
const LIST = 'search-results'

/** Goes to a conversation by its name, or to a message by its words. */
export default function SearchDialog({ onClose }: { onClose: () => void }) {
  const { t } = useLingui()
  const navigate = useNavigate()
  const own = useProfile()?.account ?? ''
  const all = useAllConversations()
  const [typed, setTyped] = useState('')
  const [chosen, setChosen] = useState<Filters>({})
  const [active, setActive] = useState(0)
  const query = useMemo(() => parseTyped(typed, all.values(), own), [typed, all, own])
  const { text, unknown } = query
  // What is typed counts more than what is chosen below it.
  const { from, in: place, has, before } = { ...chosen, ...definedIn(query) }
  const isFiltered = [from, place, has, before].some((filter) => filter !== undefined)
  const conversations = useConversations({ search: text })
  const offered = isFiltered ? [] : conversations.slice(0, MOST_CONVERSATIONS)
  const found = useSearch({
    text,
    ...(from === undefined ? {} : { from }),
    ...(place === undefined ? {} : { in: place }),
    ...(has === undefined ? {} : { has }),
    ...(before === undefined ? {} : { before: new Date(`${before}T00:00`).getTime() }),
  })
  const hits = found.state === 'found' ? found.result.hits : []
  const count = offered.length + hits.length
  const at = Math.min(active, Math.max(0, count - 1))

  const open = (index: number) => {
    const row = offered[index]
    const hit = hits[index - offered.length]
    if (row === undefined && hit === undefined) return
    const id = row?.id ?? hit?.conversation ?? ''
    if (hit !== undefined) jumpTo(hit.conversation, hit.order)
    onClose()
    void navigate({ to: '/c/$id', params: { id } })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key]
    if (to !== undefined && count > 0) {
      event.preventDefault()
      setActive((to + count) % count)
      document.getElementById(`${LIST}-${(to + count) % count}`)?.scrollIntoView({ block: 'nearest' })
    } else if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
      event.preventDefault()
      open(at)
    }
  }
  return (
    <Dialog open onOpenChange={onClose} wide title={<Trans>Search</Trans>}>
      <TextField
        label={t`Conversations and messages`}
        placeholder={t`Words, or from:name in:name has:link before:2026-01-31`}
        lead={<Search aria-hidden />}
        autoFocus
        autoComplete="off"
        spellCheck={false}
        role="combobox"
        aria-expanded={count > 0}
        aria-controls={LIST}
        aria-autocomplete="list"
        {...(count > 0 ? { 'aria-activedescendant': `${LIST}-${at}` } : {})}
        value={typed}
        error={unknown.length === 0 ? undefined : <Trans>Nothing here is called so: {unknown.join(', ')}</Trans>}
        onChange={(event) => {
          setTyped(event.target.value)
          setActive(0)
        }}
        onKeyDown={onKeyDown}
      />
      <FilterRow
        filters={{ from, in: place, has, before }}
        onChange={(change) => {
          setChosen({ ...chosen, ...change })
          setActive(0)
        }}
      />
      <ResultList
        id={LIST}
        conversations={offered}
        hits={hits}
        active={at}
        more={found.state === 'found' && found.result.more}
        isFailed={found.state === 'failed'}
        isAsked={text !== '' || isFiltered}
        onOpen={open}
        onActive={setActive}
      />
      <SearchCoverage coverage={found.state === 'found' ? found.result.coverage : undefined} />
    </Dialog>
  )
}

/** Without filters that are not there. */
function definedIn({ from, in: place, has, before }: Filters): Filters {
  return {
    ...(from === undefined ? {} : { from }),
    ...(place === undefined ? {} : { in: place }),
    ...(has === undefined ? {} : { has }),
    ...(before === undefined ? {} : { before }),
  }
}
