#include <ramie/autograd/draw_page.h>

namespace ramie::detail {
namespace {

constexpr const char* style = R"(
:root { color-scheme: light; --ink: #1c2430; --soft: #66728a; --line: #dde3ee; --paper: #f6f8fc; --blue: #2457d6; --orange: #c2570c; }
* { box-sizing: border-box; }
body { margin: 0; height: 100vh; display: grid; grid-template: auto 1fr / 1fr 390px; font: 14px/1.5 system-ui, "DejaVu Sans", sans-serif; color: var(--ink); background: var(--paper); }
header { grid-column: 1 / 3; display: flex; flex-wrap: wrap; gap: 8px 14px; align-items: center; padding: 10px 18px; background: #fff; border-bottom: 1px solid var(--line); }
h1 { font-size: 16px; margin: 0 10px 0 0; }
button { font: inherit; padding: 4px 12px; border: 1px solid #c6cfdf; border-radius: 7px; background: #fff; color: var(--ink); cursor: pointer; }
button:hover:enabled { border-color: var(--blue); color: var(--blue); }
button:disabled { opacity: 0.4; cursor: default; }
#play { background: var(--blue); border-color: var(--blue); color: #fff; min-width: 76px; }
label { color: var(--soft); display: flex; gap: 6px; align-items: center; }
#position { width: 190px; accent-color: var(--blue); }
#count { color: var(--soft); min-width: 88px; }
main { overflow: auto; padding: 18px; display: grid; }
#graph { margin: auto; }
#graph.fit { width: 100%; height: auto; max-height: 100%; }
aside { overflow: auto; background: #fff; border-left: 1px solid var(--line); padding: 16px 18px; }
h2 { font-size: 15px; margin: 0 0 2px; }
h3 { font-size: 12px; text-transform: uppercase; letter-spacing: 0.06em; color: var(--soft); margin: 18px 0 6px; }
p { margin: 4px 0; }
.mono, table.grid, #steps { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 12.5px; }
.rule { background: var(--paper); border: 1px solid var(--line); border-radius: 7px; padding: 8px 10px; margin-top: 8px; }
.given { border: 1px solid var(--line); border-radius: 7px; padding: 8px 10px; margin: 8px 0; }
.given b { color: var(--orange); }
dl { display: grid; grid-template-columns: auto 1fr; gap: 3px 12px; margin: 4px 0; align-items: baseline; }
dt { color: var(--soft); }
dd { margin: 0; }
table.grid { border-collapse: collapse; }
table.grid td { border: 1px solid var(--line); padding: 1px 6px; text-align: right; }
.shape { color: var(--soft); font-size: 11px; }
#steps { list-style: none; margin: 0; padding: 0; }
#steps li { padding: 2px 8px; border-radius: 6px; cursor: pointer; }
#steps li:hover { background: var(--paper); }
#steps li.done { color: var(--soft); }
#steps li.now { background: #e3eafd; color: var(--blue); font-weight: bold; }
kbd { font: 11px ui-monospace, monospace; border: 1px solid #c6cfdf; border-bottom-width: 2px; border-radius: 4px; padding: 0 4px; background: #fff; }
.op { cursor: pointer; }
.op.done rect { fill: #d7def0; }
.op.now rect { fill: var(--blue); stroke: var(--blue); }
.op.now text { fill: #fff; }
.value .grad.empty { fill: #aab3c2; }
.value.incoming rect { stroke: var(--blue); stroke-width: 2.5; }
.value.incoming .grad { fill: var(--blue); font-weight: bold; }
.value.receives rect { stroke: var(--orange); stroke-width: 2.5; }
.value.receives .grad { fill: var(--orange); font-weight: bold; }
.edge.flow { stroke: var(--orange); stroke-width: 3; stroke-dasharray: 7 5; animation: flow 0.7s linear infinite; }
.edge.into { stroke: var(--blue); stroke-width: 3; stroke-dasharray: 7 5; animation: flow 0.7s linear infinite; }
@keyframes flow { to { stroke-dashoffset: 12; } }
@media (prefers-reduced-motion: reduce) { .edge { animation: none !important; } }
@media (max-width: 900px) { body { grid-template: auto 55vh auto / 1fr; height: auto; } header { grid-column: 1; } aside { border-left: 0; border-top: 1px solid var(--line); } }
)";

constexpr const char* frame = R"(<header>
<h1><!--title--></h1>
<button id="reset" title="Home">Reset</button>
<button id="back" title="Left arrow">Back</button>
<button id="play" title="Space">Play</button>
<button id="step" title="Right arrow">Step</button>
<button id="end" title="End">End</button>
<label>step <input id="position" type="range" min="0" value="0" aria-label="step"></label>
<span id="count"></span>
<label>speed <select id="speed" aria-label="speed"><option value="2200">slow</option><option value="1100" selected>normal</option><option value="450">fast</option></select></label>
<label><input id="fit" type="checkbox"> fit</label>
</header>
<main>
<!--picture--><defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="6" markerHeight="6" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L10 5L0 10z" fill="#9aa6ba"/></marker></defs>
</svg>
</main>
<aside>
<section id="panel" aria-live="polite"></section>
<h3>All steps</h3>
<ol id="steps"></ol>
<h3>Keys</h3>
<p><kbd>Space</kbd> play or pause &nbsp; <kbd>&rarr;</kbd> step &nbsp; <kbd>&larr;</kbd> back</p>
<p><kbd>Home</kbd> reset &nbsp; <kbd>End</kbd> all steps &nbsp; <kbd>F</kbd> fit. Click an op to jump to it.</p>
</aside>
)";

constexpr const char* script = R"('use strict';
const backward = (() => {
  const $ = id => document.getElementById(id);
  const last = data.steps.length;
  let at = 0, timer = null;

  // What has arrived at each value after k steps; null: nothing yet.
  function sums(k) {
    const out = data.values.map(() => null);
    out[out.length - 1] = data.start;
    for (const step of data.steps.slice(0, k)) for (const g of step.given) out[g.value] = g.sum;
    return out;
  }

  // ---- the graph -------------------------------------------------------------------------------
  function write(text, lines) {
    const x = text.getAttribute('x');
    text.replaceChildren(...lines.map((line, i) => {
      const span = document.createElementNS('http://www.w3.org/2000/svg', 'tspan');
      span.setAttribute('x', x);
      span.setAttribute('dy', i ? 15 : 0);
      span.textContent = line;
      return span;
    }));
  }
  function paint(k) {
    const now = k > 0 ? data.steps[k - 1] : null, done = new Set(data.steps.slice(0, k).map(s => s.value));
    sums(k).forEach((sum, i) => {
      const group = $('value' + i), grad = group.querySelector('.grad');
      write(grad, sum ? sum.lines : ['-']);
      grad.classList.toggle('empty', !sum);
      group.classList.toggle('incoming', !!now && now.value === i);
      group.classList.toggle('receives', !!now && now.given.some(g => g.value === i));
    });
    for (const step of data.steps) {
      const op = $('op' + step.value);
      op.classList.toggle('done', done.has(step.value));
      op.classList.toggle('now', step === now);
      $('edge' + step.value).classList.toggle('into', step === now);
      for (const g of step.given) $('edge' + step.value + '-' + g.input).classList.toggle('flow', step === now);
    }
    $(now ? 'op' + now.value : 'value' + (data.values.length - 1)).scrollIntoView({ block: 'nearest', inline: 'center' });
  }

  // ---- the panel -------------------------------------------------------------------------------
  function make(tag, css, ...content) {
    const e = document.createElement(tag);
    if (css) e.className = css;
    e.append(...content);
    return e;
  }
  function tensor(t) {
    if (!t) return make('span', 'shape', 'not a single number: see the rule');
    const out = make('span');
    if (t.grid.length) {
      const rows = t.grid.map(row => make('tr', '', ...row.map(v => make('td', '', v))));
      out.append(make('table', 'grid', make('tbody', '', ...rows)));
    } else {
      out.append(make('span', 'mono', t.lines.join('   ')));
    }
    if (t.shape) out.append(make('div', 'shape', t.shape));
    return out;
  }
  function pairs(...rows) {
    return make('dl', '', ...rows.flatMap(([term, content]) => [make('dt', '', term), make('dd', '', content)]));
  }
  function call(i) {
    const v = data.values[i];
    const inputs = v.inputs.map(k => k < 0 ? 'constant' : data.values[k].label);
    return v.label + ' = ' + v.op + '(' + inputs.join(', ') + ')';
  }
  function given(g, before) {
    const to = data.values[g.value];
    const rows = [];
    if (g.local) rows.push(['local derivative', tensor(g.local)]);
    rows.push(['times incoming', tensor(g.gradient)]);
    rows.push(['sum before', before ? tensor(before) : make('span', 'shape', 'nothing yet')]);
    rows.push(['running sum', tensor(g.sum)]);
    return make('div', 'given', make('p', '', 'to ', make('b', 'mono', to.label)), pairs(...rows));
  }
  function panel(k) {
    const result = data.values[data.values.length - 1];
    if (k === 0)
      return [make('h2', '', 'Before the first step'),
              make('p', '', 'The backward starts at ', make('b', 'mono', result.label), ' with its own derivative:'),
              pairs(['d ' + result.label + ' / d ' + result.label, tensor(data.start)]),
              make('p', '', 'Each step takes the youngest value that has a gradient, multiplies it by the ' +
                            'local derivatives of the op that made the value, and adds the products to the inputs.')];
    const step = data.steps[k - 1], v = data.values[step.value], running = sums(k - 1);
    const out = [make('h2', '', 'Step ' + k + ' of ' + last + ': ', make('span', 'mono', v.op)),
                 make('p', 'mono', call(step.value)),
                 make('div', 'rule mono', make('div', '', v.forward), make('div', '', v.rule)),
                 make('h3', '', 'Incoming gradient'), pairs(['d ' + result.label + ' / d ' + v.label, tensor(step.incoming)]),
                 make('h3', '', 'Contributions')];
    for (const g of step.given) {
      out.push(given(g, running[g.value]));
      running[g.value] = g.sum;
    }
    return out;
  }

  // ---- the controls ----------------------------------------------------------------------------
  function show(k) {
    at = Math.min(Math.max(k, 0), last);
    paint(at);
    $('panel').replaceChildren(...panel(at));
    $('position').value = at;
    $('count').textContent = 'step ' + at + ' of ' + last;
    $('reset').disabled = $('back').disabled = at === 0;
    $('step').disabled = $('end').disabled = at === last;
    [...$('steps').children].forEach((li, i) => {
      li.classList.toggle('done', i < at - 1);
      li.classList.toggle('now', i === at - 1);
    });
  }
  function pause() {
    clearInterval(timer);
    timer = null;
    $('play').textContent = 'Play';
  }
  function play() {
    if (at === last) show(0);
    $('play').textContent = 'Pause';
    timer = setInterval(() => { show(at + 1); if (at === last) pause(); }, Number($('speed').value));
  }
  function jump(k) { pause(); show(k); }
  function toggle() { if (timer) pause(); else play(); }
  function fit(on) { $('graph').classList.toggle('fit', on); $('fit').checked = on; }

  const keys = { ' ': toggle, ArrowRight: () => jump(at + 1), ArrowLeft: () => jump(at - 1),
                 Home: () => jump(0), End: () => jump(last), f: () => fit(!$('fit').checked) };
  function start() {
    $('position').max = last;
    $('position').oninput = e => jump(Number(e.target.value));
    $('reset').onclick = keys.Home;
    $('back').onclick = keys.ArrowLeft;
    $('step').onclick = keys.ArrowRight;
    $('end').onclick = keys.End;
    $('play').onclick = toggle;
    $('speed').onchange = () => { if (timer) { pause(); play(); } };
    $('fit').onchange = e => fit(e.target.checked);
    data.steps.forEach((step, i) => {
      const li = make('li', '', (i + 1) + '. ' + call(step.value));
      li.onclick = $('op' + step.value).onclick = () => jump(i + 1);
      $('steps').append(li);
    });
    document.addEventListener('keydown', e => {
      const f = keys[e.key.length === 1 ? e.key.toLowerCase() : e.key];
      if (!f || e.ctrlKey || e.metaKey || e.altKey || e.target.tagName === 'SELECT') return;
      e.preventDefault();
      f();
    });
    const wide = $('graph').width.baseVal.value / document.querySelector('main').clientWidth;
    fit(wide > 1 && wide < 1.6);
    show(Number(location.hash.slice(1)) || 0);  // page.html#3 opens at the third step
  }
  start();
  return { jump, play, pause, position: () => at, playing: () => timer !== null };
})();
)";

}  // namespace

std::string page() {
  return std::string(
             "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<title><!--title--></title>\n<style>\n/*picture style*/") +
         style + "</style>\n</head>\n<body>\n" + frame + "<script>\nconst data = /*data*/;\n" + script +
         "</script>\n</body>\n</html>\n";
}

}  // namespace ramie::detail
