// A click plays a sound in the page; a second click, or another sound, stops it.
const player = new Audio();
let current = null;

function stop() {
  player.pause();
  if (current) current.removeAttribute("aria-current");
  current = null;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest(".grid a");
  if (!link) return;
  event.preventDefault();
  const again = link === current;
  stop();
  if (again) return;
  current = link;
  link.setAttribute("aria-current", "true");
  player.src = link.href;
  player.play().catch(stop);
});
player.addEventListener("ended", stop);
