/** What is asked of a page while it is measured. `observe` runs in the page, before its scripts. */

export interface Observed {
  /** Milliseconds of this page's clock at which the frame was drawn that first had what was asked for. */
  readonly painted: number
  /** When the key press, click or change of a field before it was made, by the same clock. */
  readonly input: number
}

/** A condition on what stands in the page. */
export interface Wanted {
  /** Selects the element. */
  readonly selector: string
  /** What one of the elements says, in part; anything, where it is left out. */
  readonly text?: string
}

export interface Observer {
  /** Begins to look, at every frame. */
  await(wanted: Wanted): void
  /** Resolves when it is there and painted. Rejects when it was there before the input. */
  found(): Promise<Observed>
}

/**
 * Puts an {@link Observer} into the page. A frame counts as painted when its own work on the main thread (script, layout,
 * paint) is over: at the first task after its animation callbacks.
 */
export function observe(): void {
  const page = globalThis as unknown as { observer: Observer; firstRow: Promise<Observed> }
  let input = 0
  let looking: Promise<Observed> | undefined
  let lookingSince = 0
  for (const type of ['keydown', 'click', 'input']) {
    addEventListener(
      type,
      (event) => {
        input = event.timeStamp
      },
      { capture: true },
    )
  }
  const look = (wanted: Wanted) =>
    new Promise<Observed>((resolve) => {
      const onFrame = () => {
        const { selector, text = '' } = wanted
        // What was last added stands last.
        const found = [...document.querySelectorAll(selector)].findLast((one) => one.textContent.includes(text))
        if (found === undefined) return void requestAnimationFrame(onFrame)
        const afterFrame = new MessageChannel()
        afterFrame.port1.addEventListener('message', () => resolve({ painted: performance.now(), input }))
        afterFrame.port1.start()
        return afterFrame.port2.postMessage(null)
      }
      requestAnimationFrame(onFrame)
    })
  page.observer = {
    await: (wanted) => {
      lookingSince = performance.now()
      looking = look(wanted)
    },
    found: async () => {
      if (looking === undefined) throw new Error('nothing is awaited')
      const observed = await looking
      // Else it was there before, and the time would be that of an earlier input.
      if (observed.input < lookingSince) throw new Error('what is awaited was there before the input')
      return observed
    },
  }
  page.firstRow = look({ selector: '[data-conversation]' })
}
