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
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return; // those open the file
  event.preventDefault();
  const again = link === current;
  stop();
  if (again) return;
  current = link;
  link.setAttribute("aria-current", "true");
  player.src = link.href;
  player.play().catch(() => {
    if (current === link) stop(); // the sound before it complains, too, of being stopped
  });
});
player.addEventListener("ended", stop);
