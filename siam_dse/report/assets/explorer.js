// The explorer of a run: scatter, parallel coordinates and table share one filter, a range for each column.
"use strict";

function explorer(data) {
  const root = document.getElementById("explore");
  const n = data.size;
  const columns = new Map(data.columns.map((column) => [column.name, { ...column, values: unpacked(column) }]));
  const flags = bytes(data.flags); // bit 0 on the front, bit 1 feasible, bit 2 the knee
  const ids = new Int32Array(bytes(data.ids).buffer);
  const FRONT = 1, FEASIBLE = 2, KNEE = 4;
  const MOST_ROWS = 60, MOST_PINS = 5, MOST_TOLD = 8, DIGITS = 4, REST_MS = 120, PAPER = 1060;
  let INK = colours();
  function colours() {
    return { grid: ink("#e8ecf0"), line: ink("#5b6673"), text: ink("#1f2933"), faint: ink("#c9d0d8"), front: ink("#1a1a1a") === "#1a1a1a" ? "#1a1a1a" : "#8d99a8", pin: "#d55e00", paper: ink("#ffffff") };
  }
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
    if (column.values) return Float32Array.from(bytes(column.data), (code) => column.values[code]); // few different numbers
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

  // --- scatter: plotly draws axes and colour bar, a canvas above them the points, which move with the hand ------------

  const scatter = find("scatter"), canvas = find("points"), pen = canvas.getContext("2d", { willReadFrequently: true });
  const SHADES = 64, SIZES = { off: 3, on: 6, front: 9 }, NEAR = 12;
  const shades = new Uint8Array(n), scales = new Map();
  const at = { x: new Float32Array(n), y: new Float32Array(n) }; // where each design stands on the canvas
  let stamps = null, inks = null, picture = null, ratio = 1, area = null, under = -1;

  function tickText(column) {
    return column.levels ? { tickmode: "array", tickvals: column.levels.map((_, i) => i), ticktext: column.levels } : {};
  }

  function axisOf(name) {
    const column = columns.get(name), scaled = (value) => (column.log ? Math.log10(value) : value);
    const [low, high] = [scaled(column.low), scaled(column.high)], pad = 0.04 * (high - low || 1);
    const title = { text: column.label + (column.better ? `, ${column.better} is better` : "") };
    return { title, type: column.log ? "log" : "linear", range: [low - pad, high + pad], ...tickText(column), showline: true, linecolor: INK.line,
      gridcolor: INK.grid, ticks: "outside", zeroline: false, automargin: true,
      ...(column.log ? { dtick: column.high / column.low < 1000 ? "D2" : 1, tickformat: "~r" } : {}) };
  }

  // Values of a column as its axis measures them: logarithms where it is logarithmic.
  function scaled(name) {
    if (!scales.has(name)) {
      const column = columns.get(name);
      scales.set(name, column.log ? Float32Array.from(column.values, Math.log10) : column.values);
    }
    return scales.get(name);
  }

  // Shade of each design.
  function shade() {
    const values = scaled(state.colour), column = columns.get(state.colour);
    const low = column.log ? Math.log10(column.low) : column.low, span = (column.log ? Math.log10(column.high) : column.high) - low || 1;
    for (let i = 0; i < n; i++) shades[i] = Math.max(0, Math.min(SHADES - 1, Math.floor((SHADES * (values[i] - low)) / span))) || 0;
  }

  const VIRIDIS = ["#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"];
  function viridis(share) {
    const place = share * (VIRIDIS.length - 1), left = Math.min(Math.floor(place), VIRIDIS.length - 2);
    const parts = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));
    const [a, b] = [parts(VIRIDIS[left]), parts(VIRIDIS[left + 1])];
    return `rgb(${a.map((value, k) => Math.round(value + (b[k] - value) * (place - left))).join(",")})`;
  }

  // How much of each pixel a disc covers, 0 to 255: points are stamped into the picture's pixels, which takes a tenth of
  // the time of drawing them where no graphics card helps.
  function disc(diameter) {
    const size = Math.ceil(diameter) + 2, middle = (size - 1) / 2, out = new Uint8Array(size * size);
    for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) {
      out[y * size + x] = 255 * Math.max(0, Math.min(1, diameter / 2 + 0.5 - Math.hypot(x - middle, y - middle)));
    }
    return { size, out };
  }

  function rgb(colour) {
    const found = /^#(..)(..)(..)$/.exec(colour);
    return found ? found.slice(1).map((part) => parseInt(part, 16)) : colour.match(/\d+/g).map(Number);
  }

  function makeStamps() {
    stamps = { off: disc(SIZES.off * ratio), on: disc(SIZES.on * ratio), edge: disc(SIZES.front * ratio), front: disc((SIZES.front - 2.4) * ratio) };
    inks = { off: rgb(INK.faint), edge: rgb(INK.front), shades: Array.from({ length: SHADES }, (_, s) => rgb(viridis(s / (SHADES - 1)))) };
  }

  function stamp({ size, out }, [r, g, b], i) {
    const { width, height, data } = picture, left = Math.round(at.x[i] * ratio - size / 2), top = Math.round(at.y[i] * ratio - size / 2);
    if (left < 0 || top < 0 || left + size > width || top + size > height) return;
    for (let y = 0, k = 0; y < size; y++) {
      for (let x = 0, to = 4 * ((top + y) * width + left); x < size; x++, k++, to += 4) {
        const over = out[k];
        if (over === 0) continue;
        const share = over === 255 || data[to + 3] === 0 ? 1 : over / 255;
        data[to] += share * (r - data[to]);
        data[to + 1] += share * (g - data[to + 1]);
        data[to + 2] += share * (b - data[to + 2]);
        if (over > data[to + 3]) data[to + 3] = over;
      }
    }
  }

  // Fit the canvas to the plot, and know where its axes are.
  function measure() {
    const { l, t, w, h } = scatter._fullLayout._size, { xaxis, yaxis } = scatter._fullLayout;
    ratio = Math.min(window.devicePixelRatio || 1, 2);
    area = { w, h, x: xaxis.range.map(Number), y: yaxis.range.map(Number) };
    const edge = SIZES.front; // room for points on the frame
    Object.assign(canvas.style, { left: `${l - edge}px`, top: `${t - edge}px`, width: `${w + 2 * edge}px`, height: `${h + 2 * edge}px` });
    const [width, height] = [w + 2 * edge, h + 2 * edge].map((side) => Math.round(side * ratio));
    if (picture && canvas.width === width && canvas.height === height) return;
    Object.assign(canvas, { width, height });
    picture = pen.createImageData(width, height);
    makeStamps();
  }

  function drawPoints() {
    const xs = scaled(state.x), ys = scaled(state.y), { w, h, x, y } = area, edge = SIZES.front;
    const kx = w / (x[1] - x[0]), ky = -h / (y[1] - y[0]);
    for (let i = 0; i < n; i++) { at.x[i] = edge + (xs[i] - x[0]) * kx; at.y[i] = edge + h + (ys[i] - y[0]) * ky; }
    picture.data.fill(0);
    for (let i = 0; i < n; i++) if (!active[i] && inScope(i)) stamp(stamps.off, inks.off, i);
    for (let i = 0; i < n; i++) if (active[i] && !(flags[i] & FRONT)) stamp(stamps.on, inks.shades[shades[i]], i);
    for (let i = 0; i < n; i++) if (active[i] && flags[i] & FRONT) { stamp(stamps.edge, inks.edge, i); stamp(stamps.front, inks.shades[shades[i]], i); }
    pen.putImageData(picture, 0, 0);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    Object.assign(pen, { lineWidth: 2.5, strokeStyle: INK.pin, fillStyle: INK.pin, font: `600 13px ${font().family}`, textAlign: "center" });
    for (const i of state.pins) {
      pen.beginPath();
      pen.arc(at.x[i], at.y[i], 8, 0, 2 * Math.PI);
      pen.stroke();
      pen.fillText(ids[i], at.x[i], at.y[i] - 12);
    }
  }

  // Axes and colour bar anew, as after another column was chosen; the two points without size hold them.
  function drawAxes() {
    const colour = columns.get(state.colour), x = columns.get(state.x), y = columns.get(state.y);
    const ends = colour.log ? [Math.log10(colour.low), Math.log10(colour.high)] : [colour.low, colour.high];
    const bar = { title: { text: colour.label, side: "right" }, thickness: 14, outlinewidth: 0, ...colourTicks(colour) };
    shade();
    Plotly.react(scatter, [
      { type: "scatter", mode: "markers", hoverinfo: "skip", x: [x.low, x.high], y: [y.low, y.high], showlegend: false,
        marker: { size: 1, opacity: 0, color: ends, cmin: ends[0], cmax: ends[1], colorscale: VIRIDIS.map((shown, k) => [k / (VIRIDIS.length - 1), shown]), showscale: true, colorbar: bar } },
    ], {
      margin: { l: 76, r: 16, t: 38, b: 58 }, height: 496, // above: the toolbar, clear of the colour bar's top label
      width: isPrinted ? PAPER : undefined, dragmode: "select", hovermode: false, showlegend: false,
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: INK.paper, modebar: { bgcolor: "rgba(0,0,0,0)", color: INK.faint, activecolor: INK.line }, font: font(), xaxis: axisOf(state.x), yaxis: axisOf(state.y),
    }, { ...PLOT_CONFIG, modeBarButtonsToRemove: ["lasso2d", "toImage"] });
    measure();
  }

  function drawScatter(whole) {
    if (whole || !area) drawAxes();
    drawPoints();
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

  // The design nearest to the pointer, those of the front before others; -1 where none is near.
  function nearest(event) {
    const box = canvas.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    if (x < 0 || y < 0 || x > box.width || y > box.height) return -1;
    let best = NEAR * NEAR, found = -1;
    for (let i = 0; i < n; i++) {
      if (!active[i]) continue;
      const far = ((at.x[i] - x) ** 2 + (at.y[i] - y) ** 2) * (flags[i] & FRONT ? 0.5 : 1);
      if (far < best) { best = far; found = i; }
    }
    return found;
  }

  const tip = find("tip");
  function tell(i) {
    const names = [...new Set([...data.objectives, state.x, state.y, state.colour])];
    const differing = data.varied.slice(0, MOST_TOLD);
    const lines = [...differing, ...names.filter((name) => !differing.includes(name))].map((name) => {
      const column = columns.get(name);
      return `<tr><td>${safe(column.label)}</td><td>${text(column, i)}</td></tr>`;
    });
    const kind = flags[i] & KNEE ? "the knee" : flags[i] & FRONT ? "on the front" : flags[i] & FEASIBLE ? "feasible" : "infeasible";
    const more = data.varied.length > MOST_TOLD ? "<br>pin it to see all of it" : "";
    tip.innerHTML = `<b>design ${ids[i]}</b>, ${kind}${flags[i] & FEASIBLE ? "" : `: ${data.broken[i] || ""}`}<table>${lines.join("")}</table>${more}`;
  }

  function pointed(event) {
    const i = event.buttons ? -1 : nearest(event);
    scatter.style.setProperty("--cursor", i >= 0 ? "pointer" : "crosshair");
    if (i === under) return;
    under = i;
    tip.hidden = i < 0;
    if (i < 0) return;
    tell(i);
    const box = find("plot").getBoundingClientRect(), left = event.clientX - box.left, right = left > box.width / 2;
    tip.style.left = right ? "" : `${left + 18}px`;
    tip.style.right = right ? `${box.width - left + 18}px` : "";
    tip.style.top = `${Math.max(0, Math.min(event.clientY - box.top - 30, box.height - tip.offsetHeight))}px`;
  }

  function members(wanted) {
    const out = [];
    for (let i = 0; i < n; i++) if (wanted(i)) out.push(i);
    return out;
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
      { margin: { l: 60, r: 50, t: 50, b: 20 }, height: 360, font: font(12), paper_bgcolor: "rgba(0,0,0,0)" },
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
    const command = (i) => safe(data.command.replace(/ID$/, ids[i]));
    const commands = pins.map((i) => `<li><code>${command(i)}</code> <button data-copy="${command(i)}">copy</button>${data.viewed.includes(ids[i]) ? ` <button data-view="${ids[i]}">show this design</button>` : ""}</li>`).join("");
    part.innerHTML = `<div class="scroll" tabindex="0"><table class="pinned"><thead><tr><th class="text">pinned</th>${head}</tr></thead><tbody>${body.join("")}</tbody></table></div><ul>${commands}</ul>`;
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
  let from = null; // where a press began: one that ends there pins
  scatter.addEventListener("mousedown", (event) => { from = [event.clientX, event.clientY]; tip.hidden = true; under = -1; }, true);
  window.addEventListener("mouseup", (event) => {
    if (from && Math.hypot(event.clientX - from[0], event.clientY - from[1]) < 4) { const i = nearest(event); if (i >= 0) pin(i); }
    from = null;
  }, true);
  scatter.addEventListener("mousemove", pointed);
  scatter.addEventListener("mouseleave", () => { tip.hidden = true; under = -1; });
  scatter.on("plotly_selected", (event) => {
    if (!event || !event.range) return;
    const [x, y] = [event.range.x, event.range.y];
    Plotly.relayout(scatter, { selections: [] });
    setRange(state.x, Math.min(...x), Math.max(...x));
    setRange(state.y, Math.min(...y), Math.max(...y));
  });
  for (const moved of ["plotly_relayouting", "plotly_relayout", "plotly_autosize"]) scatter.on(moved, () => { measure(); drawPoints(); });
  onTheme(() => {
    INK = colours();
    picture = null; // points of other colours
    drawScatter(true);
    drawLines();
  });
  refresh();
}
