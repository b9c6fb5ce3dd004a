// Switches the frontend's scripts on, and two small comforts of ours. Every page works without it.
import { initAll } from './nhsuk-frontend.min.js'

document.body.classList.add('js-enabled', 'nhsuk-frontend-supported')
initAll()

// "Print this page" is of no use without scripts, so it is hidden until now.
for (const button of document.querySelectorAll('[data-haven-print]')) {
  button.hidden = false
  button.addEventListener('click', () => window.print())
}

// A board keeps itself up to date until somebody stops it.
for (const part of document.querySelectorAll('[data-haven-refresh]')) {
  const button = part.querySelector('button')
  const words = part.querySelector('span')
  const milliseconds = Number(part.dataset.havenRefresh) * 1000
  let timer = window.setTimeout(() => window.location.reload(), milliseconds)
  part.hidden = false
  button.addEventListener('click', () => {
    window.clearTimeout(timer)
    timer = undefined
    words.textContent = 'This page no longer refreshes by itself.'
    button.remove()
  })
}
