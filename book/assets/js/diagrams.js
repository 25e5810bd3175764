// Draw the Mermaid diagrams, in the colours of the page, and again when the reader changes them.
"use strict";
(() => {
  const diagrams = [...document.querySelectorAll(".mermaid")];
  const sources = diagrams.map((element) => element.textContent.trim());

  const paint = (element, source) => {
    element.removeAttribute("data-processed");
    element.textContent = source;
    return mermaid.run({ nodes: [element] });
  };

  // A row of boxes that doesn't fit the column would shrink until nobody can read it: stack it.
  const fits = (element) => {
    const svg = element.querySelector("svg");
    return !svg || svg.viewBox.baseVal.width <= element.clientWidth * 1.3;
  };

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const settings = () => ({
    startOnLoad: false,
    securityLevel: "strict",
    theme: "base",
    themeVariables: {
      darkMode: document.documentElement.dataset.theme === "dark",
      fontFamily: getComputedStyle(document.body).fontFamily,
      background: colour("--pst-color-background"),
      primaryColor: colour("--pst-color-surface"),
      primaryTextColor: colour("--pst-color-text-base"),
      primaryBorderColor: colour("--course-accent"),
      lineColor: colour("--pst-color-text-muted"),
      edgeLabelBackground: colour("--pst-color-background"),
    },
    flowchart: { useMaxWidth: true },
  });

  const draw = async () => {
    mermaid.initialize(settings());
    for (const [i, element] of diagrams.entries()) {
      await paint(element, sources[i]);
      if (!fits(element)) {
        await paint(element, sources[i].replace(/^((?:flowchart|graph) )LR\b/m, "$1TB"));
      }
    }
  };

  let last = Promise.resolve();
  const redraw = () => {
    if (["light", "dark"].includes(document.documentElement.dataset.theme)) {
      last = last.then(draw).catch((error) => console.error(error));
    }
  };
  redraw(); // does nothing before the theme's script has chosen between light and dark
  new MutationObserver(redraw).observe(document.documentElement, {
    attributeFilter: ["data-theme"],
  });
})();
