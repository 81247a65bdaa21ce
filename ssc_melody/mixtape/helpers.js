/* Small functions of the player: numbers, and elements that are changed only where they must be. */

/* Reads y at x between rows of [x, y] (or of [y, x]), going straight on after the last. */
function between(clock, x, from, to) {
  let i = 1;
  while (i < clock.length - 1 && clock[i][from] <= x) i++;
  const [a, b] = [clock[i - 1], clock[i]];
  const span = b[from] - a[from];
  return span > 0 ? a[to] + ((x - a[from]) * (b[to] - a[to])) / span : a[to];
}

const clip = (x, low, high) => Math.min(high, Math.max(low, x));
const minutes = (seconds) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
const text = (element, value) => { if (element.textContent !== value) element.textContent = value; };
const attribute = (element, name, value) => {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
};
