/** Focus is never left to nobody: who reads by ear or goes by keys would be at the top of the page again. */

const FOCUSABLE = 'a[href], button:not(:disabled), input:not(:disabled), textarea:not(:disabled), [tabindex]'
const OVERLAY = '[role=dialog], [role=menu]'
/** What takes the focus by itself (a field that comes, the button of a dialog that closes) has done so by then. Milliseconds. */
const OTHERS_FIRST_MS = 50

const hasNobody = (): boolean => document.activeElement === null || document.activeElement === document.body

/** To the heading of the part that the page is about, else to the part itself. */
export function focusMain(): void {
  const targets = [
    ...document.querySelectorAll<HTMLElement>(':is(main, [role=main]) h1[tabindex]'),
    ...document.querySelectorAll<HTMLElement>('main, [role=main]'),
  ]
  targets.find((target) => target.checkVisibility())?.focus({ preventScroll: true })
}

/** An element and all that it stands in, from the inside. */
function around(element: Element): readonly Element[] {
  const elements: Element[] = []
  for (let one: Element | null = element; one !== null && one !== document.body; one = one.parentElement)
    elements.push(one)
  return elements
}

/** To the first that is still there, or the first thing in it; what is as large as a screen has a heading. */
function focusFirstLeft(places: readonly Element[]): void {
  const left = places.find((place) => place.isConnected)
  const screen = left === undefined || left.matches('main, [role=main]') || left.querySelector('main, h1') !== null
  const inside = screen ? [] : [left, ...left.querySelectorAll(FOCUSABLE)]
  const target = inside.find((element) => element.matches(FOCUSABLE) && element.checkVisibility())
  if (target instanceof HTMLElement) target.focus({ preventScroll: true })
  else focusMain()
}

/** When what has the focus is taken out of the page, what stood around it gets the focus. For as long as the page lives. */
export function keepFocus(): void {
  let last: Element | undefined
  /** Of the page, while a dialog or a menu is open over it. */
  let below: Element | undefined
  let places: readonly Element[] = []
  addEventListener('focusin', ({ target }) => {
    last = target as Element
    if (last.closest(OVERLAY) === null) below = last
    places = [...around(last), ...(below === undefined || below === last ? [] : around(below))]
  })
  const observer = new MutationObserver(() => {
    if (last === undefined || last.isConnected || !hasNobody()) return
    last = undefined
    setTimeout(() => {
      if (hasNobody()) focusFirstLeft(places)
    }, OTHERS_FIRST_MS)
  })
  observer.observe(document.body, { childList: true, subtree: true })
}
