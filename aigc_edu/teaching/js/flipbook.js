// A slider that flips through frames. Without this script all frames stand below each other.
"use strict";
for (const book of document.querySelectorAll(".aigc-flipbook:not([data-alive])")) {
  const slider = book.querySelector("input"), frames = [...book.querySelectorAll(".aigc-frame")];
  const show = () => {
    frames.forEach((frame, number) => {
      frame.hidden = number !== Number(slider.value);
      frame.querySelector(".aigc-frame-name").hidden = true;
      if (frame.hidden) frame.querySelectorAll("audio").forEach((audio) => audio.pause());
    });
    const { text } = frames[slider.value].dataset;
    slider.setAttribute("aria-valuetext", text);
    book.querySelector("output").textContent = text;
  };
  slider.addEventListener("input", show);
  slider.closest("div").style.display = "flex";
  book.dataset.alive = "true";
  show();
}
