// What a screen reader and weak eyes need, asked of the page as it stands: a language, one main part, headings in order, a name
// for everything one can use, headers of tables, and contrast of at least 4.5 (WCAG 2.2 AA, 1.4.3).
() => {
  const faults = [];
  if (!document.documentElement.lang) faults.push("no language");
  if (!document.title.includes("dr-runbook")) faults.push("no title");
  if (document.querySelectorAll("main").length !== 1) faults.push("not one main");
  if (document.querySelectorAll("h1").length !== 1) faults.push("not one h1");
  let level = 1;
  for (const h of document.querySelectorAll("h1,h2,h3")) {
    const l = Number(h.tagName[1]);
    if (l > level + 1) faults.push("heading skips to " + h.textContent);
    level = l;
  }
  for (const i of document.querySelectorAll("input:not([type=hidden]),select"))
    if (i.labels.length === 0) faults.push("no label: " + i.name);
  for (const b of document.querySelectorAll("button,a,summary"))
    if (!(b.textContent.trim() || b.ariaLabel)) faults.push("no name: " + b.outerHTML);
  for (const t of document.querySelectorAll("table"))
    if (!t.querySelector("th[scope]")) faults.push("table without headers");
  for (const s of document.querySelectorAll("svg:not([aria-hidden=true])"))
    if (!s.querySelector("title")) faults.push("drawing without title");
  for (const p of document.querySelectorAll("progress:not([hidden])"))
    if (p.offsetParent && !p.ariaLabel && !p.getAttribute("aria-labelledby")) faults.push("progress without name");
  const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
  if (new Set(ids).size !== ids.length) faults.push("an id twice");
  for (const e of document.querySelectorAll("[aria-labelledby],[aria-describedby]"))
    for (const id of (e.getAttribute("aria-labelledby") + " " + (e.getAttribute("aria-describedby") || "")).split(" "))
      if (id && id !== "null" && !document.getElementById(id)) faults.push("nothing has the id " + id);
  const rgb = c => c.match(/[\d.]+/g).map(Number);
  const lum = c => { const [r, g, b] = rgb(c).map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (rgb(c)[3] !== 0) return c; } return "rgb(255,255,255)"; };
  for (const e of document.querySelectorAll("p,span,a,dd,dt,li,td,th,h1,h2,h3,button,label,strong,code")) {
    if (!e.offsetParent || !e.textContent.trim()) continue;
    const a = lum(getComputedStyle(e).color), b = lum(ground(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) faults.push("contrast " + ratio.toFixed(1) + ": " + e.textContent.trim().substring(0, 40));
  }
  return faults;
}
