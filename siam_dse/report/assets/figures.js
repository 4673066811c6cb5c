// Figures are drawn when they are scrolled to, or all of them before the page is printed.
"use strict";

(() => {
  const waiting = new Map([...document.querySelectorAll("script[data-of]")].map((data) => [document.getElementById(data.dataset.of), data]));

  function draw(box) {
    const data = waiting.get(box);
    if (!data) return;
    waiting.delete(box);
    const figure = JSON.parse(data.textContent);
    Plotly.newPlot(box, figure.data, figure.layout, PLOT_CONFIG);
  }

  const seen = new IntersectionObserver((entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => { draw(entry.target); seen.unobserve(entry.target); }), { rootMargin: "600px" });
  for (const box of waiting.keys()) seen.observe(box);
  window.addEventListener("beforeprint", () => [...waiting.keys()].forEach(draw));
})();
