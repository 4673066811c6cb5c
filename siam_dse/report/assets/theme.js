// Colours of figures: as they are written where a page is light, their counterparts where it is dark.
"use strict";

const DARK = window.matchMedia("screen and (prefers-color-scheme: dark)");
const NIGHT = {
  "#ffffff": "#171c22", "#fafbfc": "#1f262e", "#1f2933": "#e4e8ec", "#1a1a1a": "#f0f2f4", "#2a3f5f": "#e4e8ec", "#5b6673": "#a9b4c0", "#e8ecf0": "#333d47",
  "#ebf0f8": "#333d47", "#c8d4e3": "#46525e", "#c3ccd5": "#46525e", "#eef1f4": "#2a323b", "#c9d0d8": "#4a5561", "#8d99a8": "#8d99a8", "#0072b2": "#4aa8e0",
};
let isPrinted = false; // while the page is printed its colours are those of paper

function ink(colour) {
  return DARK.matches && !isPrinted ? NIGHT[colour.toLowerCase()] || colour : colour;
}

function font(size = 13) {
  return { family: "Segoe UI, Helvetica Neue, Helvetica, Arial, Liberation Sans, sans-serif", size, color: ink("#1f2933") };
}

// Draw again when the page turns dark or light, and in the colours of paper while it is printed.
function onTheme(redraw) {
  DARK.addEventListener("change", redraw);
  window.addEventListener("beforeprint", () => { isPrinted = true; redraw(); });
  window.addEventListener("afterprint", () => { isPrinted = false; redraw(); });
}

// A figure's text with its colours as the page is.
function inked(text) {
  return DARK.matches && !isPrinted ? text.replace(/"#[0-9a-f]{6}"/gi, (word) => `"${ink(word.slice(1, -1))}"`).replaceAll('"white"', `"${ink("#ffffff")}"`).replace(/color:#5b6673/g, `color:${ink("#5b6673")}`) : text;
}
