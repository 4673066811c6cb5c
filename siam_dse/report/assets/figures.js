// Figures are drawn when they are scrolled to, or all of them before the page is printed, as wide as paper takes.
"use strict";

(() => {
  const PAPER = 1060; // pixels: the style sheet shrinks them to the page
  const texts = new Map([...document.querySelectorAll("script[data-of]")].map((data) => [document.getElementById(data.dataset.of), data]));
  const drawn = new Set();

  function draw(box) {
    const figure = JSON.parse(inked(texts.get(box).textContent));
    if (isPrinted) Object.assign(figure.layout, { width: PAPER, autosize: false });
    drawn.add(box);
    Plotly.react(box, figure.data, figure.layout, PLOT_CONFIG);
  }

  const seen = new IntersectionObserver((entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => { if (!drawn.has(entry.target)) draw(entry.target); seen.unobserve(entry.target); }), { rootMargin: "600px" });
  for (const box of texts.keys()) seen.observe(box);
  onTheme(() => (isPrinted ? [...texts.keys()] : drawn).forEach(draw));
})();
