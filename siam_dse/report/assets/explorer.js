// The explorer of a run: scatter, parallel coordinates and table share one filter, a range for each column.
"use strict";

function explorer(data) {
  const root = document.getElementById("explore");
  const n = data.size;
  const columns = new Map(data.columns.map((column) => [column.name, { ...column, values: unpacked(column) }]));
  const flags = bytes(data.flags); // bit 0 on the front, bit 1 feasible, bit 2 the knee
  const ids = new Int32Array(bytes(data.ids).buffer);
  const FRONT = 1, FEASIBLE = 2, KNEE = 4;
  const MOST_ROWS = 60, MOST_PINS = 5, DIGITS = 4, REST_MS = 120;
  const find = (name) => root.querySelector(`[data-part="${name}"]`);
  const state = readHash();
  const active = new Uint8Array(n);
  let frame = 0, rest = 0;

  // --- data -------------------------------------------------------------------------------------------------------

  function bytes(text) {
    const raw = atob(text), out = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
    return out;
  }

  function unpacked(column) { // labels and levels may hold any text: see safe()
    return column.levels ? new Uint16Array(bytes(column.data).buffer) : new Float32Array(bytes(column.data).buffer);
  }

  function text(column, i) {
    const value = column.values[i];
    if (column.levels) return safe(column.levels[value]);
    return column.flag ? (value ? "yes" : "no") : number(value);
  }

  function safe(words) {
    return String(words).replace(/[&<>"]/g, (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[letter]);
  }

  function number(value) {
    if (!Number.isFinite(value)) return "–";
    const size = Math.abs(value);
    if (size < 1e6 && (Number.isInteger(value) || size >= 1000)) return value.toFixed(0);
    return String(Number(value.toPrecision(DIGITS)));
  }

  // --- state: what is shown, kept in the page's address so that a view can be sent ----------------------------------

  function defaults() {
    return { x: data.x, y: data.y, colour: data.colour, scope: "feasible", sort: data.x, down: false,
      ranges: new Map(), pins: [] };
  }

  function readHash() {
    const out = defaults();
    const given = new URLSearchParams(location.hash.startsWith("#explore?") ? location.hash.slice(9) : "");
    for (const [key, value] of given) {
      if (["x", "y", "colour"].includes(key) && columns.has(value)) out[key] = value;
      else if (key === "scope" && ["front", "feasible", "all"].includes(value)) out.scope = value;
      else if (key === "pin") out.pins = value.split(",").map((id) => ids.indexOf(Number(id))).filter((i) => i >= 0);
      else if (columns.has(key) && value.includes("..")) {
        const [low, high] = value.split("..").map((end) => (end === "" ? NaN : Number(end)));
        out.ranges.set(key, [Number.isNaN(low) ? -Infinity : low, Number.isNaN(high) ? Infinity : high]);
      }
    }
    return out;
  }

  function writeHash() {
    const shown = new URLSearchParams({ x: state.x, y: state.y, colour: state.colour, scope: state.scope });
    for (const [name, [low, high]] of state.ranges) {
      shown.set(name, `${Number.isFinite(low) ? low : ""}..${Number.isFinite(high) ? high : ""}`);
    }
    if (state.pins.length) shown.set("pin", state.pins.map((i) => ids[i]).join(","));
    history.replaceState(null, "", `#explore?${shown.toString().replaceAll("%2C", ",")}`);
  }

  // --- the filter -----------------------------------------------------------------------------------------------------

  function inScope(i) {
    if (state.scope === "front") return flags[i] & FRONT;
    return state.scope === "all" || flags[i] & FEASIBLE;
  }

  function filter() {
    for (let i = 0; i < n; i++) active[i] = inScope(i) ? 1 : 0;
    for (const [name, [low, high]] of state.ranges) {
      const values = columns.get(name).values;
      for (let i = 0; i < n; i++) if (!(values[i] >= low && values[i] <= high)) active[i] = 0;
    }
  }

  function setRange(name, low, high) {
    const { low: least, high: most } = columns.get(name);
    if (!(low > least) && !(high < most)) state.ranges.delete(name);
    else state.ranges.set(name, [low > least ? low : -Infinity, high < most ? high : Infinity]);
    refresh();
  }

  // At every frame what moves under the hand; what has to be read, when the hand rests.
  function refresh() {
    if (frame) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      filter();
      drawScatter();
      showSliders();
      clearTimeout(rest);
      rest = setTimeout(() => { drawLines(); drawTable(); writeHash(); }, REST_MS);
    });
  }

  // --- scatter ----------------------------------------------------------------------------------------------------------

  const scatter = find("scatter");
  const INK = { grid: "#e8ecf0", line: "#5b6673", text: "#1f2933", faint: "#c9d0d8", front: "#1a1a1a", pin: "#d55e00" };

  function tickText(column) {
    return column.levels ? { tickmode: "array", tickvals: column.levels.map((_, i) => i), ticktext: column.levels } : {};
  }

  function axisOf(name) {
    const column = columns.get(name);
    const title = { text: column.label + (column.better ? `, ${column.better} is better` : "") };
    return { title, type: column.log ? "log" : "linear", ...tickText(column), showline: true, linecolor: INK.line,
      gridcolor: INK.grid, ticks: "outside", zeroline: false, automargin: true,
      ...(column.log ? { dtick: column.high / column.low < 1000 ? "D2" : 1, tickformat: "~r" } : {}) };
  }

  function parts() {
    const out = { off: [[], []], on: [[], [], []], front: [[], [], []] };
    const x = columns.get(state.x).values, y = columns.get(state.y).values, c = columns.get(state.colour);
    const shade = c.log ? (i) => Math.log10(c.values[i]) : (i) => c.values[i];
    for (let i = 0; i < n; i++) {
      if (active[i]) {
        const to = flags[i] & FRONT ? out.front : out.on;
        to[0].push(x[i]); to[1].push(y[i]); to[2].push(shade(i));
      } else if (inScope(i)) { out.off[0].push(x[i]); out.off[1].push(y[i]); }
    }
    return out;
  }

  function members(wanted) {
    const out = [];
    for (let i = 0; i < n; i++) if (wanted(i)) out.push(i);
    return out;
  }

  let drawn = { on: [], front: [] };
  function drawScatter(whole) {
    const part = parts(), colour = columns.get(state.colour);
    drawn = { on: members((i) => active[i] && !(flags[i] & FRONT)), front: members((i) => active[i] && flags[i] & FRONT) };
    const low = colour.log ? Math.log10(colour.low) : colour.low, high = colour.log ? Math.log10(colour.high) : colour.high;
    const pinned = state.pins, x = columns.get(state.x).values, y = columns.get(state.y).values;
    const data_ = {
      x: [part.off[0], part.on[0], part.front[0], pinned.map((i) => x[i])],
      y: [part.off[1], part.on[1], part.front[1], pinned.map((i) => y[i])],
    };
    if (!whole && scatter.data) {
      Plotly.restyle(scatter, { ...data_, "marker.color": [INK.faint, part.on[2], part.front[2], INK.pin],
        text: [null, null, null, pinned.map((i) => ids[i])] }, [0, 1, 2, 3]);
      return;
    }
    const scale = { colorscale: "Viridis", cmin: low, cmax: high };
    const bar = { title: { text: colour.label, side: "right" }, thickness: 14, outlinewidth: 0, ...colourTicks(colour) };
    const kind = n > 2000 ? "scattergl" : "scatter";
    Plotly.react(scatter, [
      { type: kind, mode: "markers", hoverinfo: "skip", x: data_.x[0], y: data_.y[0], marker: { size: 4, color: INK.faint }, name: "filtered out" },
      { type: kind, mode: "markers", hoverinfo: "none", x: data_.x[1], y: data_.y[1], marker: { size: 6, opacity: 0.75, color: part.on[2], ...scale }, name: "designs" },
      { type: kind, mode: "markers", hoverinfo: "none", x: data_.x[2], y: data_.y[2], marker: { size: 10, color: part.front[2], ...scale, showscale: true, colorbar: bar, line: { width: 1.2, color: INK.front } }, name: "on the front" },
      { type: "scatter", mode: "markers+text", hoverinfo: "skip", x: data_.x[3], y: data_.y[3], text: pinned.map((i) => ids[i]), textposition: "top center", textfont: { color: INK.pin, size: 13 }, marker: { size: 17, symbol: "circle-open", color: INK.pin, line: { width: 2.5 } }, name: "pinned" },
    ], {
      margin: { l: 76, r: 16, t: 12, b: 58 }, height: 470, dragmode: "select", hovermode: "closest", showlegend: true,
      legend: { orientation: "h", y: 1.01, yanchor: "bottom", x: 0 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "white",
      font: { family: "Segoe UI, Helvetica Neue, Helvetica, Arial, Liberation Sans, sans-serif", size: 13, color: INK.text },
      xaxis: axisOf(state.x), yaxis: axisOf(state.y), uirevision: `${state.x} ${state.y} ${state.scope}`,
    }, { ...PLOT_CONFIG, modeBarButtonsToRemove: ["lasso2d"] });
  }

  function colourTicks(column) {
    if (column.levels) return tickText(column);
    if (!column.log) return {};
    const marks = [];
    for (let e = Math.floor(Math.log10(column.low)); e <= Math.ceil(Math.log10(column.high)); e++) {
      for (const m of [1, 2, 5]) if (m * 10 ** e >= column.low && m * 10 ** e <= column.high) marks.push(m * 10 ** e);
    }
    return { tickmode: "array", tickvals: marks.map(Math.log10), ticktext: marks.map((mark) => number(mark)) };
  }

  const tip = find("tip");
  function under(event) {
    const point = event.points[0];
    return point.curveNumber === 1 ? drawn.on[point.pointIndex] : drawn.front[point.pointIndex];
  }

  function tell(i) {
    const names = [...new Set([...data.objectives, state.x, state.y, state.colour])];
    const lines = [...data.varied, ...names.filter((name) => !data.varied.includes(name))].map((name) => {
      const column = columns.get(name);
      return `<tr><td>${safe(column.label)}</td><td>${text(column, i)}</td></tr>`;
    });
    const kind = flags[i] & KNEE ? "the knee" : flags[i] & FRONT ? "on the front" : flags[i] & FEASIBLE ? "feasible" : "infeasible";
    tip.innerHTML = `<b>design ${ids[i]}</b>, ${kind}${flags[i] & FEASIBLE ? "" : `: ${data.broken[i] || ""}`}<table>${lines.join("")}</table>`;
  }

  // --- sliders --------------------------------------------------------------------------------------------------------------

  const STEPS = 400;
  function place(column, value) {
    if (column.high === column.low) return 0;
    return column.log
      ? Math.log(value / column.low) / Math.log(column.high / column.low)
      : (value - column.low) / (column.high - column.low);
  }

  function valueAt(column, share) {
    return column.log ? column.low * (column.high / column.low) ** share : column.low + share * (column.high - column.low);
  }

  const sliders = new Map();
  function makeSliders() {
    for (const name of data.sliders) {
      const column = columns.get(name), box = document.createElement("div");
      box.className = "slider";
      box.innerHTML = `<label><span>${safe(column.label)}</span><output></output></label><div class="track"></div>`;
      const ends = ["lowest", "highest"].map((word) => {
        const input = document.createElement("input");
        Object.assign(input, { type: "range", min: 0, max: STEPS, step: 1 });
        input.setAttribute("aria-label", `${word} ${column.label}`);
        box.querySelector(".track").append(input);
        return input;
      });
      const moved = () => {
        const [a, b] = ends.map((input) => Number(input.value)).sort((one, other) => one - other);
        setRange(name, a === 0 ? -Infinity : valueAt(column, a / STEPS), b === STEPS ? Infinity : valueAt(column, b / STEPS));
      };
      for (const input of ends) input.addEventListener("input", moved);
      find("sliders").append(box);
      sliders.set(name, { ends, output: box.querySelector("output"), track: box.querySelector(".track") });
    }
  }

  function showSliders() {
    let passing = 0, of = 0, onFront = 0;
    for (let i = 0; i < n; i++) {
      passing += active[i];
      of += inScope(i) ? 1 : 0;
      onFront += active[i] && flags[i] & FRONT ? 1 : 0;
    }
    find("count").textContent = `${passing.toLocaleString("en")} of ${of.toLocaleString("en")} designs, ${onFront.toLocaleString("en")} of them on the front`;
    for (const [name, { ends, output, track }] of sliders) {
      const column = columns.get(name), [low, high] = state.ranges.get(name) || [-Infinity, Infinity];
      const shares = [low > column.low ? place(column, low) : 0, high < column.high ? place(column, high) : 1];
      ends.forEach((input, end) => { if (document.activeElement !== input) input.value = Math.round(STEPS * shares[end]); });
      track.style.setProperty("--from", `${100 * shares[0]}%`);
      track.style.setProperty("--to", `${100 * shares[1]}%`);
      const shown = (value) => (column.levels ? column.levels[Math.round(value)] : number(value));
      output.textContent = `${shown(Math.max(low, column.low))} to ${shown(Math.min(high, column.high))}`;
    }
  }

  // --- parallel coordinates --------------------------------------------------------------------------------------------------

  const lines = find("lines"), MOST_LINES = 4000;
  function drawLines() {
    if (!find("parallel").open) return;
    const kept = members((i) => inScope(i)).filter((_, k, all) => all.length <= MOST_LINES || k % Math.ceil(all.length / MOST_LINES) === 0);
    const colour = columns.get(state.colour);
    const shade = (i) => (colour.log ? Math.log10(colour.values[i]) : colour.values[i]);
    const dimensions = [...data.varied, ...data.objectives].map((name) => {
      const column = columns.get(name), scaled = (value) => (column.log ? Math.log10(value) : value);
      const range = state.ranges.get(name);
      const out = { label: column.short, values: kept.map((i) => scaled(column.values[i])), range: [scaled(column.low), scaled(column.high)] };
      if (range) out.constraintrange = [scaled(Math.max(range[0], column.low)), scaled(Math.min(range[1], column.high))];
      if (column.log) Object.assign(out, { tickvals: colourTicks(column).tickvals, ticktext: colourTicks(column).ticktext });
      else Object.assign(out, tickText(column));
      return out;
    });
    const line = { color: kept.map(shade), colorscale: "Viridis", cmin: colour.log ? Math.log10(colour.low) : colour.low, cmax: colour.log ? Math.log10(colour.high) : colour.high };
    Plotly.react(lines, [{ type: "parcoords", dimensions, line, unselected: { line: { opacity: 0.04 } } }],
      { margin: { l: 60, r: 50, t: 50, b: 20 }, height: 360, font: { size: 12 }, paper_bgcolor: "rgba(0,0,0,0)" },
      { ...PLOT_CONFIG, displayModeBar: false });
  }

  function brushed(change) {
    const names = [...data.varied, ...data.objectives];
    for (const [key, value] of Object.entries(change[0] || {})) {
      const found = /^dimensions\[(\d+)\]\.constraintrange$/.exec(key);
      if (!found) continue;
      const column = columns.get(names[Number(found[1])]);
      const flat = value ? (Array.isArray(value[0]) ? value[0] : value) : null;
      const [low, high] = Array.isArray(flat) && Array.isArray(flat[0]) ? flat[0] : flat || [-Infinity, Infinity];
      const raw = (end) => (column.log && Number.isFinite(end) ? 10 ** end : end);
      setRange(column.name, raw(low), raw(high));
    }
  }

  // --- table, and pinned designs side by side ------------------------------------------------------------------------------

  function drawTable() {
    const names = [...data.varied, ...data.tabled], by = columns.get(state.sort).values, sign = state.down ? -1 : 1;
    const rows = members((i) => active[i]).sort((a, b) => sign * (by[a] - by[b]));
    const head = names.map((name) => {
      const mark = name === state.sort ? (state.down ? " ▾" : " ▴") : "";
      return `<th><button data-sort="${name}">${safe(columns.get(name).label)}${mark}</button></th>`;
    });
    const body = rows.slice(0, MOST_ROWS).map((i) => {
      const cells = names.map((name) => `<td>${text(columns.get(name), i)}</td>`).join("");
      const mark = flags[i] & KNEE ? " knee" : flags[i] & FRONT ? " front" : "";
      return `<tr class="${state.pins.includes(i) ? "mark" : ""}"><td><button data-pin="${i}" title="pin design ${ids[i]} for comparison">${ids[i]}</button>${mark}</td>${cells}</tr>`;
    });
    find("table").innerHTML = `<thead><tr><th>design</th>${head.join("")}</tr></thead><tbody>${body.join("")}</tbody>`;
    find("more").textContent = rows.length > MOST_ROWS ? `The first ${MOST_ROWS} of ${rows.length.toLocaleString("en")}; a click on a head sorts, on a design's number pins it.` : "A click on a head sorts, on a design's number pins it.";
    drawPins();
  }

  function drawPins() {
    const pins = state.pins, part = find("pins");
    if (!pins.length) { part.innerHTML = "<p class='note'>Pin designs, by a click on a point or on a number in the table, to see them side by side.</p>"; return; }
    const names = [...new Set([...data.varied, ...data.objectives, ...data.tabled])];
    const head = pins.map((i) => `<th>design ${ids[i]} <button data-pin="${i}" aria-label="unpin design ${ids[i]}">×</button></th>`).join("");
    const body = names.map((name) => {
      const column = columns.get(name), values = pins.map((i) => column.values[i]);
      const best = column.better ? (column.better === "lower" ? Math.min(...values) : Math.max(...values)) : NaN;
      const differs = values.some((value) => value !== values[0]);
      const cells = pins.map((i) => `<td class="${differs && column.values[i] === best ? "best" : ""}">${text(column, i)}</td>`);
      return `<tr class="${differs ? "differs" : ""}"><td class="text">${safe(column.label)}</td>${cells.join("")}</tr>`;
    });
    const command = (i) => safe(data.command.replace("ID", ids[i]));
    const commands = pins.map((i) => `<li><code>${command(i)}</code> <button data-copy="${command(i)}">copy</button>${data.viewed.includes(ids[i]) ? ` <button data-view="${ids[i]}">show this design</button>` : ""}</li>`).join("");
    part.innerHTML = `<div class="scroll"><table class="pinned"><thead><tr><th class="text">pinned</th>${head}</tr></thead><tbody>${body.join("")}</tbody></table></div><ul>${commands}</ul>`;
  }

  function pin(i) {
    const at = state.pins.indexOf(i);
    if (at >= 0) state.pins.splice(at, 1);
    else { state.pins.push(i); if (state.pins.length > MOST_PINS) state.pins.shift(); }
    refresh();
  }

  // --- start --------------------------------------------------------------------------------------------------------------------

  function options(part, key, names) {
    const select = find(part);
    select.innerHTML = names.map((name) => `<option value="${name}">${safe(columns.get(name).label)}</option>`).join("");
    select.value = state[key];
    select.addEventListener("change", () => { state[key] = select.value; filter(); drawScatter(true); refresh(); });
  }

  for (const key of ["x", "y", "colour"]) options(key, key, data.columns.map((column) => column.name));
  const scope = find("scope");
  scope.value = state.scope;
  scope.addEventListener("change", () => { state.scope = scope.value; filter(); drawScatter(true); refresh(); });
  find("reset").addEventListener("click", () => { state.ranges.clear(); document.activeElement.blur(); refresh(); });
  root.addEventListener("click", (event) => {
    const at = event.target.closest("button");
    if (!at) return;
    if (at.dataset.pin) pin(Number(at.dataset.pin));
    if (at.dataset.sort) { state.down = state.sort === at.dataset.sort && !state.down; state.sort = at.dataset.sort; refresh(); }
    if (at.dataset.copy) { navigator.clipboard?.writeText(at.dataset.copy); at.textContent = "copied"; }
    if (at.dataset.view) document.dispatchEvent(new CustomEvent("show-design", { detail: Number(at.dataset.view) }));
  });
  find("parallel").addEventListener("toggle", () => { drawLines(); if (lines.on && !lines.heard) { lines.heard = true; lines.on("plotly_restyle", brushed); } });
  makeSliders();
  filter();
  drawScatter(true);
  scatter.on("plotly_click", (event) => { const i = under(event); if (i !== undefined) pin(i); });
  scatter.on("plotly_hover", (event) => {
    const i = under(event);
    if (i === undefined) return;
    tell(i);
    const box = find("plot").getBoundingClientRect(), mouse = event.event;
    tip.hidden = false;
    const left = mouse.clientX - box.left, right = left > box.width / 2;
    tip.style.left = right ? "" : `${left + 18}px`;
    tip.style.right = right ? `${box.width - left + 18}px` : "";
    tip.style.top = `${Math.max(0, Math.min(mouse.clientY - box.top - 30, box.height - tip.offsetHeight))}px`;
  });
  scatter.on("plotly_unhover", () => { tip.hidden = true; });
  scatter.on("plotly_selected", (event) => {
    if (!event || !event.range) return;
    const [x, y] = [event.range.x, event.range.y];
    Plotly.restyle(scatter, { selectedpoints: [null] });
    Plotly.relayout(scatter, { selections: [] });
    setRange(state.x, Math.min(...x), Math.max(...x));
    setRange(state.y, Math.min(...y), Math.max(...y));
  });
  refresh();
}
