// The page before the dial-in looks again by itself when the door opens; without this file one reloads it by hand.
const waiting = document.querySelector("[data-reload-at]");
if (waiting) {
  const LATE_MS = 2000; // clocks differ a little, and everybody at once would be a crowd
  const LONGEST_MS = 2 ** 31 - 1; // longer waits end at once in browsers
  const left = new Date(waiting.dataset.reloadAt) - Date.now() + LATE_MS + Math.random() * LATE_MS;
  if (left < LONGEST_MS) {
    setTimeout(() => location.reload(), Math.max(left, 30_000));
  }
}
