// Theme and text size before the first paint: a classic script in the head, because a module would come after it and the
// Content-Security-Policy allows none inside the page. The rules are those of state/appearance.ts.
;(function () {
  var kept = null
  try {
    kept = JSON.parse(localStorage.getItem('silentrelay.appearance'))
  } catch {
    // Refused or not understood: the defaults.
  }
  if (kept === null || typeof kept !== 'object') return
  var root = document.documentElement
  if (kept.theme === 'light' || kept.theme === 'dark') root.dataset.theme = kept.theme
  if ([87.5, 112.5, 125, 150].includes(kept.textSize)) root.style.fontSize = kept.textSize + '%'
})()
