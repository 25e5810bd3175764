// The widgets' runtime calls MathJax 2 to typeset the labels of widgets; the book has MathJax 3.
"use strict";
if (window.MathJax && window.MathJax.typesetPromise && !window.MathJax.Hub) {
  window.MathJax.Hub = {
    Queue: (...calls) => {
      for (const [command, , element] of calls) {
        if (command === "Typeset" && element) {
          window.MathJax.typesetPromise([element]);
        }
      }
    },
  };
}
